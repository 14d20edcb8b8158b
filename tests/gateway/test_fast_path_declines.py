"""The fast path declines every request that differs from a learned one in more than its client's address."""

import random
from pathlib import Path

import pytest

from tests.gateway.fast_path import BRAZIL, MIQUELON, PLAIN, Harness, head_of, open_harness


@pytest.mark.parametrize(
    "extra_headers",
    [
        {"Cookie": "a=b"},
        {"Sec-Purpose": "prefetch"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"Forwarded": "for=203.0.0.1"},
        {"Content-Length": "0"},
        {"Content-Length": "5"},
        {"Transfer-Encoding": "chunked"},
        {"Expect": "100-continue"},
        {"Upgrade": "websocket", "Connection": "upgrade"},
        {"Connection": "close"},
        {"Connection": "keep-alive, x"},
        {"TE": "trailers"},
        {"X-Anything": "1"},
        {"User-Agent": "curl/8.0"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"Accept-Language": "fr, " + "en;q=0.1, " * 20},
        {"Host": "evil.example"},
        {"Host": "localhost, evil.example"},
        {"Host": ""},
        {"Referer": "https://x.example/é"},
        {"Referer": "https://x.example/" + "a" * 3000},
        {"Accept ": "x"},
        {"Accept": " x"},
        {"Accept": "x "},
        {"Accept": "x\ty"},
        {"Accept": "x\r\n y"},
        {"Accept": "x\ny: z"},
        {"Accept": "x\r\n\r\nGET / HTTP/1.1\r\nHost: localhost"},
        {"accept": "a", "Accept": "b"},
        {"x-forwarded-for": MIQUELON},
        {"X-Forwarded-For": "junk"},
        {"X-Forwarded-For": BRAZIL + "\t"},
    ],
    ids=repr,
)
def test_head_with_other_headers_is_declined(extra_headers: dict[str, str], harness: Harness) -> None:
    head = head_of(PLAIN | extra_headers)
    harness.normal(PLAIN)
    harness.learn(head)
    harness.learn(head_of(PLAIN))
    assert harness.fast(head_of(PLAIN)) is not None
    assert harness.fast(head) is None


@pytest.mark.parametrize(
    "line",
    [
        "GET / HTTP/1.0",
        "HEAD / HTTP/1.1",
        "POST / HTTP/1.1",
        "GET /?country=BR HTTP/1.1",
        "GET // HTTP/1.1",
        "get / HTTP/1.1",
    ],
)
def test_other_request_line_is_declined(line: str, harness: Harness) -> None:
    harness.normal(PLAIN)
    head = head_of(PLAIN, line=line)
    harness.learn(head)
    assert harness.fast(head) is None


def test_head_with_the_configured_country_header_is_declined(tmp_path: Path) -> None:
    with open_harness(tmp_path / "data", country_header="Sec-GPC") as harness:
        headers = PLAIN | {"Sec-GPC": "PM"}
        assert harness.normal(headers).header("location") == "https://boreale.example/fr/inscription"
        harness.normal(PLAIN)
        harness.learn(head_of(headers))
        assert harness.fast(head_of(headers)) is None


def test_head_with_any_changed_byte_is_declined(harness: Harness) -> None:
    """With any bit of a learned head changed, the fast path declines it, unless the change is in X-Forwarded-For."""
    head = head_of(PLAIN)
    harness.learn(head)
    harness.normal(PLAIN)
    draw = random.Random(7)
    address_range = range(head.index(BRAZIL.encode()), head.index(BRAZIL.encode()) + len(BRAZIL))
    for at in range(len(head)):
        altered = head[:at] + bytes([head[at] ^ 1 << draw.randrange(8)]) + head[at + 1 :]
        is_case = altered.lower() == head.lower() and b"orwarded" in head[max(0, at - 12) : at + 12]
        if at not in address_range and not is_case:
            assert harness.fast(altered) is None, altered
    for cut in range(len(head)):
        assert harness.fast(head[:cut]) is None
    assert harness.fast(head + b"\r\n") is None
    bare = head_of({name: value for name, value in PLAIN.items() if name != "X-Forwarded-For"})
    harness.learn(bare)
    assert harness.fast(bare + f"X-Forwarded-For: {BRAZIL}\r\n".encode()) is None
    assert harness.fast(bare[:-2] + f"X-Forwarded-For: {BRAZIL}\r\n\r\n".encode()) is not None
    assert harness.fast(head + head) is None
