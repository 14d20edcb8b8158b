"""The mark in the footer of each page: what it says, and that it is read back however it was copied or typed."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.domain.places import COUNTRIES, CountryCode, Language, RegionCode, elsewhere, regions_of
from renvoi.visitor.html.page_mark import PageMark, parse_mark
from renvoi.visitor.html.pages import Pages
from renvoi.visitor.params import QueryParams
from tests.visitor.cast import country, decision, operator

BR, CA = country("BR"), country("CA")
ONTARIO = RegionCode("CA-ON")
_MARK = re.compile(r'<p class="mark" translate="no">([^<]*)</p>')


@pytest.mark.parametrize(
    ("code", "region", "expected"),
    [
        pytest.param(None, None, "{} · – · {}", id="unknown"),
        pytest.param("BR", None, "{} · BR · {}", id="partner"),
        pytest.param("MX", None, "{} · MX · {}", id="choice"),
        pytest.param("VC", None, "{} · VC · {}", id="none"),
        pytest.param("CA", None, "{} · CA · {}", id="region"),
        pytest.param("CA", "CA-ZZ", "{} · CA-ZZ · {}", id="elsewhere"),
        pytest.param("PM", None, "{} · PM · {}", id="own, for a crawler"),
        pytest.param("BR", "CA-ON", "{} · BR · {}", id="stale region"),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_page_says_which_table_decided_for_whom(
    code: str | None, region: str | None, expected: str, language: Language
) -> None:
    outcome = decision(code, region=region, language=language)
    html = Pages(operator()).page(outcome, params=QueryParams()).decode()
    assert _MARK.findall(html) == [expected.format(outcome.generation, language)]


def test_same_page_says_another_region() -> None:
    pages = Pages(operator())
    outcomes = [decision("CA", region=region) for region in ("CA-BC", "CA-ZZ", "CA-BC")]
    marks = [_MARK.findall(pages.page(one, params=QueryParams()).decode())[0] for one in outcomes]
    assert marks == ["3 · CA-BC · fr", "3 · CA-ZZ · fr", "3 · CA-BC · fr"]


def test_refusal_has_no_mark() -> None:
    assert not _MARK.search(Pages(operator()).refused("not_found", language="fr").decode())


def _places() -> list[tuple[CountryCode | None, RegionCode | None]]:
    regions = [(code, region) for code in sorted(COUNTRIES) for region in (*regions_of(code), elsewhere(code))]
    return [(None, None), *((code, None) for code in sorted(COUNTRIES)), *regions]


def test_every_mark_is_read_back() -> None:
    for (code, region), language in product(_places(), ("fr", "en")):
        mark = PageMark(9_000_000_041, code, region, "fr" if language == "fr" else "en")
        assert parse_mark(str(mark)) == mark
        assert parse_mark(str(mark).upper().replace(" · ", "-")) == mark


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("41 · BR · fr", PageMark(41, BR, None, "fr")),
        ("  41·br·FR\n", PageMark(41, BR, None, "fr")),
        ("«\u00a041\u00a0·\u00a0BR\u00a0·\u00a0en\u00a0»", PageMark(41, BR, None, "en")),
        ("41 BR fr", PageMark(41, BR, None, "fr")),
        ("41, BR, fr", PageMark(41, BR, None, "fr")),
        ("Version 41 / BR / fr.", PageMark(41, BR, None, "fr")),
        ("41-CA-ON-fr", PageMark(41, CA, ONTARIO, "fr")),
        ("041 • ca on • en", PageMark(41, CA, ONTARIO, "en")),
        ("41 · – · fr", PageMark(41, None, None, "fr")),
        ("41 fr", PageMark(41, None, None, "fr")),
    ],
)
def test_mark_is_read_with_any_separators(typed: str, expected: PageMark) -> None:
    assert parse_mark(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "·", "41", "BR", "fr", "41 BR", "BR fr", "41 BR de", "41 XX fr", "41 CA-XX fr", "0 BR fr"),
        *("-", "41 BR fr en fr", "1" * 19 + " BR fr", "41" + " " * 400 + "BR fr", "quarante BR fr", "٤١ BR fr"),
    ],
)
def test_other_text_is_no_mark(typed: str) -> None:
    assert parse_mark(typed) is None


@given(text=st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert parse_mark(text) is None or parse_mark(text)
