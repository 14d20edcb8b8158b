"""Addresses that a browser accepts, but that hardly any visitor could reach."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.address_doubts import DoubtReason, doubt_of
from renvoi.domain.addresses import AddressRefused, parse_address, trim_address

few = settings(max_examples=60, deadline=None)
host_like = st.lists(
    st.sampled_from(
        ["http", "s", ":", "//", "@", "a", ".", "xn--", ",", "1", "0x", "[", "::", "]", "é", "\u200b", " ", "/"]
    )
).map("".join)


def doubted(text: str) -> tuple[DoubtReason, str | None] | None:
    doubt = doubt_of(trim_address(text), href=parse_address(text))
    return None if doubt is None else (doubt.reason, doubt.suggestion)


@pytest.mark.parametrize(
    ("text", "reason", "suggestion"),
    [
        ("https://https://x.example", "scheme_twice", "https://x.example"),
        ("https://https//x.example/a?b#c", "scheme_twice", "https://x.example/a?b#c"),
        ("http://http://https://x.example/", "scheme_twice", "https://x.example/"),
        ("https://https://x.example/?to=http://y.example", "scheme_twice", "https://x.example/?to=http://y.example"),
        ("https://www,x.example", "characters", "https://www.x.example/"),
        ("https://x.example,", "characters", "https://x.example/"),
        ("https://x.example;/fr", "characters", "https://x.example/fr"),
        ("https://x..example/fr", "empty_label", "https://x.example/fr"),
        ("https://.x.example", "empty_label", "https://x.example/"),
        (f"https://{'a' * 64}.example", "empty_label", None),
        ("https://a.xn--pokxncvks", "punycode", None),
        ("https://10.0.0.xN--pokxncvks/", "punycode", None),
        ("https://xn--a.example/", "punycode", None),
        ("https://intranet/", "no_dot", None),
        ("https://localhost:8000/", "not_public", None),
        ("https://crm.local", "not_public", None),
        ("https://crm.internal.", "not_public", None),
        ("http://192.168.8.", "not_public", None),
        ("http://10.0.0.1", "not_public", None),
        ("http://0x7f.1", "not_public", None),
        ("http://[::1]/", "not_public", None),
        ("http://[fd00::1]/", "not_public", None),
        ("http://[::ffff:192.168.0.1]/", "not_public", None),
        ("http://[64:ff9b::a00:1]/", "not_public", None),
        ("http://[2002:a00:1::]/", "not_public", None),
        ("http://203.0.113.7", "not_public", None),
        ("http://64.0", "rewritten", None),
        ("http://0x8.8.8.8", "rewritten", None),
        ("http://134744072", "rewritten", None),
        ("https://x.\u200bexample/", "invisible", "https://x.example/"),
        ("https://x.example/a\u00adb", "invisible", "https://x.example/ab"),
        ("https://x.exam\tple/", "invisible", "https://x.example/"),
    ],
)
def test_address_is_doubted(text: str, reason: DoubtReason, suggestion: str | None) -> None:
    assert doubted(text) == (reason, suggestion)


@pytest.mark.parametrize(
    "text",
    [
        "https://x.example/fr?a=1,2#b",
        "https://x.example:8443/",
        "https://www.x_y.example",
        "https://example.com./",
        "https://bücher.example/",
        "https://xn--bcher-kva.example/",
        "https://i❤.example/",
        "https://http.example/",
        "http://8.8.8.8/",
        "http://8.8.8.8:8080/",
        "http://[2001:4860:4860::8888]/",
        "https://x.example/a b",
        "\u200b\u00a0https://x.example/\ufeff\u2003",
    ],
)
def test_ordinary_address_is_not_doubted(text: str) -> None:
    assert doubted(text) is None


@few
@given(host_like)
def test_suggestion_never_repeats_a_scheme_and_any_address_can_be_asked_about(text: str) -> None:
    try:
        href = parse_address(f"https://{text}")
    except AddressRefused:
        return
    doubt = doubt_of(f"https://{text}", href=href)
    if doubt and doubt.reason == "scheme_twice" and doubt.suggestion:
        assert doubt.suggestion.count("://") == 1
