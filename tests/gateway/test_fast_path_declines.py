"""The fast path declines every request that differs from a learned one in more than its client's address."""

import random
from pathlib import Path

import pytest

from tests.gateway.fast_path import BRAZIL, MIQUELON, PLAIN, Harness, head_of, open_harness


@pytest.mark.parametrize(
    "extra_headers",
    [
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
        {"User-Agent": "curl/8.0"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"Accept-Language": "fr, " + "en;q=0.1, " * 20},
        {"Host": "evil.example"},
        {"Host": "localhost, evil.example"},
        {"Host": ""},
        {"Referer": "https://x.example/é"},
        {"Referer": "https://x.example/" + "a" * 9000},
        {"Accept ": "x"},
        {"Accept": " x"},
        {"Accept": "x "},
        {"Accept": "x\ty"},
        {"Accept": "x\r\n y"},
        {"Accept": "x\ny: z"},
        {"Accept": "x\r\n\r\nGET / HTTP/1.1\r\nHost: localhost"},
        {"accept": "a", "Accept": "b"},
        {"x-forwarded-for": MIQUELON},
        {"cookie": "a", "Cookie": "b"},
        {"X-Forwarded-For": BRAZIL + "\t"},
    ],
    ids=repr,
)
def test_head_with_other_headers_is_declined(extra_headers: dict[str, str], harness: Harness) -> None:
    head = head_of(PLAIN | extra_headers)
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
        "GET /?country=B R HTTP/1.1",
        "GET /?a=é HTTP/1.1",
        "GET /?a=b#c HTTP/1.1",
        "GET /?a=\\ HTTP/1.1",
        "GET /go/07 HTTP/1.1",
        "GET /go/x HTTP/1.1",
        "GET /go/7/ HTTP/1.1",
        "GET /%67o/7 HTTP/1.1",
        "GET /robots.txt HTTP/1.1",
        "GET /console/ HTTP/1.1",
        "GET http://localhost/ HTTP/1.1",
        f"GET /?src={'a' * 600} HTTP/1.1",
        "GET / HTTP/1.1 HTTP/1.1",
        "GET // HTTP/1.1",
        "get / HTTP/1.1",
    ],
)
def test_other_request_line_is_declined(line: str, harness: Harness) -> None:
    head = head_of(PLAIN, line=line)
    harness.learn(head)
    assert harness.fast(head) is None


@pytest.mark.parametrize("name", ["User-Agent", "Accept-Language", "Host"])
def test_country_header_that_means_something_else_too_is_declined(name: str, tmp_path: Path) -> None:
    with open_harness(tmp_path / "data", country_header=name) as harness:
        headers = {"Accept-Language": "fr", **PLAIN}
        harness.learn(head_of(headers))
        assert harness.fast(head_of(headers)) is None


def test_head_with_any_changed_byte_is_declined(harness: Harness) -> None:
    """With any bit of a learned head changed, the fast path declines it, unless the change is in X-Forwarded-For."""
    head = head_of(PLAIN)
    harness.learn(head)
    draw = random.Random(7)
    address_range = range(head.index(BRAZIL.encode()), head.index(BRAZIL.encode()) + len(BRAZIL))
    for at in range(len(head)):
        altered = head[:at] + bytes([head[at] ^ 1 << draw.randrange(8)]) + head[at + 1 :]
        if at not in address_range:
            assert harness.fast(altered) is None, altered
    for cut in range(len(head)):
        assert harness.fast(head[:cut]) is None
    assert harness.fast(head + b"\r\n") is None
    assert harness.fast(head + head) is None


@pytest.mark.parametrize("value", [b"a\rb", b"a\nb", b"a\0b", b"a\x7fb", b"a\xe9b", b"a\tb", b"a\r\nX: y"])
@pytest.mark.parametrize("name", [b"X-Forwarded-For", b"Cookie", b"X-Request-ID"])
def test_control_character_in_a_variable_line_is_declined(harness: Harness, name: bytes, value: bytes) -> None:
    head = head_of(PLAIN | {"Cookie": "a=b", "X-Request-ID": "1"})
    harness.learn(head)
    start = head.index(name + b": ") + len(name) + 2
    end = head.index(b"\r\n", start)
    assert harness.fast(head) is not None
    assert harness.fast(head[:start] + b"a" + head[end:]) is not None
    assert harness.fast(head[:start] + value + head[end:]) is None


@pytest.mark.parametrize(
    "name", ["Content-Length", "Transfer-Encoding", "Forwarded", "Sec-Purpose", "Expect", "Cookie"]
)
def test_line_of_another_header_in_the_place_of_an_ignored_one_is_declined(harness: Harness, name: str) -> None:
    """A learned head tells which header stands in each place, and not only that one does."""
    headers = PLAIN | {"X-Request-ID": "1", "Cookie": "a=b"}
    harness.learn(head_of(headers))
    assert harness.fast(head_of(headers)) is not None
    assert harness.fast(head_of(headers).replace(b"X-Request-ID: 1", f"{name}: 1".encode())) is None
