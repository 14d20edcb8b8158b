"""Folded keys and sort keys of texts."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.names.keys import fold, sort_key

any_text = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
few = settings(max_examples=40, deadline=None)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("États-Unis", "etats-unis"),
        ("  É ", "  e "),
        ("Œuvre", "oeuvre"),
        ("ǼON", "aeon"),
        ("L’Île ‘d’", "l'ile 'd'"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("Straße", "strasse"),
        ("ﬁ", "fi"),
        ("ＡＢ", "ab"),
        ("İ", "i"),
        ("Ω\u0345", "ωι"),
        ("", ""),
        ("\u0301\u0300", "\u0301\u0300"),
        ("日本", "日本"),
        ("AYDIN", "aydin"),
        ("Aydın", "aydin"),
        ("Ørsted Łódź Đà Þór Ðð Ħal ŧŋ", "orsted lodz da thor dd hal tn"),
        ("ǿ", "o"),
        ("Lʼétoile `a´ bʹc ′", "l'etoile 'a' b'c '"),
        ("a\u2010b\u2011c\u2012d\u2013e\u2014f\u2015g−h", "a-b-c-d-e-f-g-h"),
        ("a\u00a0b\u2003c\u202fd\u3000e\tf\u2028g", "a b c d e f g"),
        ("ze\u200bro so\u00adft a\u2060b \ufeffc\u2066d \U000e0041", "zero soft ab cd "),
        ("\u200b", "\u200b"),
        ("\ud800", "\ud800"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_every_blank_folds_to_a_space_or_line_end() -> None:
    blanks = [character for character in map(chr, range(0x110000)) if character.isspace()]
    assert {fold(character) for character in blanks} == {" ", "\n"}


@few
@given(any_text)
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@few
@given(st.text(alphabet=st.characters(categories=["Mn"]), max_size=5))
def test_fold_of_marks_only_is_idempotent_and_not_empty(text: str) -> None:
    assert bool(fold(text)) == bool(text)
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    "ordered",
    [
        ["Danemark", "Égypte", "Espagne"],
        ["Guinée", "Guinée-Bissau", "Guinée équatoriale"],
        ["Niger", "Nigéria"],
        ["Inde", "Indonésie"],
        ["odeur", "Œuvre", "offre"],
        ["L'Aa", "L’Ab", "Lac"],
        ["Nora", "Øresund", "Pau"],
        ["Lodi", "Łódź", "Lyon"],
        ["Saint Kitts", "Saint-Marin", "Sainte-Lucie"],
        ["Mali", "Mali Sud", "Malia"],
        ["10 Télécom", "Alpha"],
        ["🍕", "A"],
    ],
)
def test_sort_key_follows_french_order(ordered: list[str]) -> None:
    assert all(sort_key(first) < sort_key(second) for first, second in pairwise(ordered))


@few
@given(any_text, any_text)
def test_equal_sort_keys_imply_equal_folded_keys(first: str, second: str) -> None:
    assert (sort_key(first) == sort_key(second)) == (fold(first) == fold(second))
    assert ("\x00" in sort_key(first)) == ("\x00" in first)
