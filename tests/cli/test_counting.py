"""Counted nouns in what the commands print."""

import pytest

from renvoi.cli.setup import counted


@pytest.mark.parametrize(("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1_000, "1,000 files")])
def test_noun_agrees_with_its_number(number: int, text: str) -> None:
    assert counted(number, one="file", many="files") == text
