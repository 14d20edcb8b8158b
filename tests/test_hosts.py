"""The canonical forms of hosts, host patterns, origins and networks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.hosts import canonical_host, canonical_network, canonical_origin, canonical_pattern, split_host


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Renvoi.EXAMPLE", "renvoi.example"),
        ("renvoi.example.", "renvoi.example"),
        ("référence.example", "xn--rfrence-byab.example"),
        ("RÉFÉRENCE.example.", "xn--rfrence-byab.example"),
        ("re\u0301fe\u0301rence.example", "xn--rfrence-byab.example"),
        ("127.1", "127.0.0.1"),
        ("0x7f.0.0.1", "127.0.0.1"),
        ("１２７.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("[0:0::1]", "[::1]"),
        ("[::FFFF:127.0.0.1]", "127.0.0.1"),
        ("my_host", "my_host"),
    ],
)
def test_spellings_of_a_host_have_one_form(text: str, host: str) -> None:
    assert canonical_host(text) == host
    assert canonical_host(host) == host


@pytest.mark.parametrize(
    "text", ["", ".", "a b", "a/b", "a@b", "a:80", "[::1", "::1", "a%2eb", "[fe80::1%eth0]", "256.256.256.256", "a?b"]
)
def test_text_that_is_no_host_has_no_form(text: str) -> None:
    assert canonical_host(text) is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Renvoi.example:8443", ("renvoi.example", 8443)),
        ("renvoi.example.:8443", ("renvoi.example", 8443)),
        ("renvoi.example:", ("renvoi.example", None)),
        ("[::1]", ("[::1]", None)),
        ("référence.example".encode().decode("latin-1"), ("xn--rfrence-byab.example", None)),
        ("r\xe9f.example", None),
        ("renvoi.example:80:80", None),
        ("renvoi.example:x", None),
        ("renvoi.example, other.example", None),
    ],
)
def test_host_header_is_split(header: str, expected: tuple[str, int | None] | None) -> None:
    assert split_host(header) == expected


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Renvoi.example:443", "https://renvoi.example"),
        ("HTTP://renvoi.example.:8080", "http://renvoi.example:8080"),
        ("https://référence.example", "https://xn--rfrence-byab.example"),
        ("https://[0::1]:8443", "https://[::1]:8443"),
        ("http://127.1:8000", "http://127.0.0.1:8000"),
        ("null", None),
        ("https://renvoi.example/", None),
        ("https://ana@renvoi.example", None),
        ("https://renvoi.example:99999", None),
        ("ftp://renvoi.example", None),
        ("renvoi.example", None),
        ("https://", None),
    ],
)
def test_origin_has_one_form(text: str, origin: str | None) -> None:
    assert canonical_origin(text) == origin


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("*", "*"),
        (".Boreale.example.", ".boreale.example"),
        (".référence.example", ".xn--rfrence-byab.example"),
        ("renvoi.example:8443", "renvoi.example"),
        ("::1", "[::1]"),
        ("2001:DB8::7", "[2001:db8::7]"),
        ("[::ffff:10.0.0.5]:80", "10.0.0.5"),
    ],
)
def test_pattern_has_one_form(text: str, pattern: str) -> None:
    assert canonical_pattern(text) == pattern


@pytest.mark.parametrize(
    "text", ["https://renvoi.example", "*.boreale.example", "..boreale.example", ".", "a/b", "ana@renvoi.example", "**"]
)
def test_pattern_that_no_host_matches_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        canonical_pattern(text)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:a00:1", "10.0.0.1/32"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("fd00::/8", "fd00::/8"),
        ("::/0", "::/0"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::1", "::1/128"),
        ("fe80::/10", "fe80::/10"),
    ],
)
def test_network_has_the_form_of_its_peers(text: str, network: str) -> None:
    assert str(canonical_network(text)) == network


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("10.0.0.1/8", "10.0.0.1/8 has host bits set; the network is 10.0.0.0/8"),
        ("::ffff:10.0.0.1/104", "::ffff:10.0.0.1/104 has host bits set; the network is ::ffff:a00:0/104"),
        ("fd00::1/8", "fd00::1/8 has host bits set; the network is fd00::/8"),
        ("fe80::1%eth0", "fe80::1%eth0 has a zone: leave it out"),
        ("0.0.0.0", "0.0.0.0 is no address of a proxy; all addresses are 0.0.0.0/0"),
        ("::", ":: is no address of a proxy; all addresses are ::/0"),
        ("::10.0.0.0/104", "::10.0.0.0/104 can't be the address of a proxy"),
        ("224.0.0.0/4", "224.0.0.0/4 can't be the address of a proxy"),
        ("ff02::1", "ff02::1 can't be the address of a proxy"),
        ("255.255.255.255", "255.255.255.255 can't be the address of a proxy"),
    ],
)
def test_network_that_no_peer_is_in_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(ValueError) as raised:
        canonical_network(text)
    assert str(raised.value) == reason


@given(st.text())
def test_any_text_has_a_stable_form_or_none(text: str) -> None:
    host = canonical_host(text)
    assert host is None or canonical_host(host) == host
    split_host(text)
    canonical_origin(f"https://{text}")
