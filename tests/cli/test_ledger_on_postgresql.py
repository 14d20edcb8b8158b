"""Tests of `renvoi ledger` on PostgreSQL. The contract of both engines is tested in tests/ledger."""

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from renvoi.cli import cli
from renvoi.config import read_config
from renvoi.domain.ledger_entry import serialise_entry
from renvoi.ledger.engines import open_store
from tests.databases import on_postgresql, url_for
from tests.ledger.cast import entries
from tests.running import RunningRenvoi

pytestmark = on_postgresql


def test_tail_and_verify_read_appended_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENVOI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RENVOI_DATABASE_URL", url_for(tmp_path))
    stored = entries(30)
    with closing(open_store(read_config())) as store:
        store.prepare()
        store.append(stored)
    tail = CliRunner().invoke(cli, ["ledger", "tail", "--limit", "2"])
    assert tail.stdout.splitlines() == [f"{at}\t{serialise_entry(stored[at - 1])}" for at in (29, 30)]
    verified = RunningRenvoi(tmp_path).run("ledger", "verify")
    assert verified.stdout == "The ledger is as it was written: 30 entries.\n"
