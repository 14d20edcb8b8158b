"""The Lighthouse run fails where a page exceeds a limit: in figures, in a report, and on pages with planted faults."""

from dataclasses import replace
from typing import Any

import pytest

from tools.lighthouse import MARKS, MAX_BYTES, MAX_LCP_MS, PAGES, Figures, Visited, figures_of, median

GOOD = Figures(page="partner", marks=dict.fromkeys(MARKS, 100), lcp_ms=MAX_LCP_MS, bytes=MAX_BYTES, requests=1)
PAGE, REFUSAL = Visited("partner", "/?country=KI"), Visited("not found", "/nothing", is_refusal=True)
DATA, LOGO = "data:image/svg+xml,<svg/>", "http://127.0.0.1:8000/logo/0123456789abcdef.png"


def report(*requests: tuple[str, int], score: float = 1.0) -> dict[str, Any]:
    """Return as much of a report as is read."""
    items = [{"url": url, "transferSize": size} for url, size in (("http://127.0.0.1:8000/", 5_000), *requests)]
    return {
        "categories": {name: {"score": score} for name in MARKS},
        "audits": {
            "network-requests": {"details": {"items": items}},
            "largest-contentful-paint": {"numericValue": 800.04},
        },
    }


def test_page_at_the_limits_passes() -> None:
    assert list(GOOD.faults()) == []


@pytest.mark.parametrize(
    ("worse", "fault"),
    [
        *(({"marks": {**GOOD.marks, name: 99}}, f"{name} 99, below 100") for name in MARKS),
        ({"lcp_ms": MAX_LCP_MS + 1}, "LCP 1001 ms, over 1000"),
        ({"bytes": MAX_BYTES + 1}, "6145 bytes transferred, over 6144"),
        ({"requests": 2}, "2 requests beside the logo, over 1"),
    ],
)
def test_each_limit_fails(worse: dict[str, Any], fault: str) -> None:
    assert list(replace(GOOD, **worse).faults()) == [fault]


def test_logo_and_addresses_that_contain_their_file_are_no_requests() -> None:
    figures = figures_of(PAGE, report((LOGO, 9_000), (DATA, 0)))
    assert (figures.lcp_ms, figures.bytes, figures.requests) == (800.0, 5_000, 1)
    assert list(figures.faults()) == []


def test_further_request_and_low_mark_are_read_from_the_report() -> None:
    figures = figures_of(PAGE, report(("http://127.0.0.1:8000/style.css", 2_000), score=0.994))
    assert (figures.bytes, figures.requests, set(figures.marks.values())) == (7_000, 2, {99})


def test_refusal_has_no_mark_for_search_engines() -> None:
    assert set(MARKS) - set(figures_of(REFUSAL, report()).marks) == {"seo"}
    assert [page.name for page in PAGES if page.is_refusal] == ["not found (404)"]


def test_page_that_did_not_load_is_an_error() -> None:
    with pytest.raises(ValueError, match="partner: NO_FCP"):
        figures_of(PAGE, report() | {"runtimeError": {"code": "NO_FCP", "message": "nothing was painted"}})


def test_median_of_times_and_the_most_bytes() -> None:
    runs = [replace(GOOD, lcp_ms=time, bytes=size) for time, size in ((700.0, 5_000), (1_500.0, 5_100), (800.0, 5_050))]
    assert (median(runs).lcp_ms, median(runs).bytes) == (800.0, 5_100)
