"""Web addresses: which are accepted, why others are refused, and how they are displayed."""

import pytest
from ada_url import URL
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.addresses import (
    MAX_LENGTH,
    AddressRefused,
    AddressView,
    IsOwn,
    RefusalReason,
    mixes_scripts,
    parse_address,
    view_address,
)
from tests.corpora.addresses import address_cases

few = settings(max_examples=40, deadline=None)
any_text = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
address_like = st.builds(
    "".join,
    st.lists(st.sampled_from(["http", "https", ":", "/", "\\", "@", "a.b", "x", "?", "#", "é", "%41", ".", "8", " "])),
)


def is_own(host: str, port: int) -> bool:
    return host == "renvoi.example" and port in {80, 443, 8443}


def is_nobody(_host: str, _port: int) -> bool:
    return False


def refusal(text: str, *, is_own: IsOwn = is_nobody) -> tuple[RefusalReason, str | None]:
    """Return the reason for refusal and the suggestion; fail if the text is accepted."""
    with pytest.raises(AddressRefused) as raised:
        parse_address(text, is_own=is_own)
    assert str(raised.value) == raised.value.reason
    return raised.value.reason, raised.value.suggestion


def accepted(text: str, *, is_own: IsOwn = is_nobody) -> str | None:
    """Return the parsed address, or None if it is refused."""
    try:
        return parse_address(text, is_own=is_own)
    except AddressRefused:
        return None


def test_addresses_are_accepted_as_browsers_parse_them() -> None:
    for case in address_cases():
        is_acceptable = (
            not case.get("failure")
            and case["protocol"] in {"http:", "https:"}
            and case["host"] != ""
            and not case["username"]
            and not case["password"]
        )
        assert accepted(case["input"]) == (case["href"] if is_acceptable else None), case


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("https://partner.example", "https://partner.example/"),
        ("HTTP://Partner.Example:80/Fr", "http://partner.example/Fr"),
        ("  https://partner.example/fr\n", "https://partner.example/fr"),
        ("https://partner\t.exa\nmple/", "https://partner.example/"),
        ("https:partner.example", "https://partner.example/"),
        ("https:\\\\partner.example\\fr", "https://partner.example/fr"),
        ("https://:@test", "https://test/"),
        ("https://bücher.example/é?q=é#é", "https://xn--bcher-kva.example/%C3%A9?q=%C3%A9#%C3%A9"),
        ("https://x.example/a\ud800b", "https://x.example/a%EF%BF%BDb"),
        ("https://x.example/\ud83d\ude00", "https://x.example/%F0%9F%98%80"),
        ("https://x.example/?", "https://x.example/?"),
        ("https://x.example/a%20b%zz", "https://x.example/a%20b%zz"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
    ],
)
def test_address_is_parsed_as_in_browser(text: str, href: str) -> None:
    assert parse_address(text) == href


@pytest.mark.parametrize(
    ("text", "reason", "suggestion"),
    [
        ("", "empty", None),
        (" \t\r\n\x00", "empty", None),
        ("partner.example/fr", "no_scheme", "https://partner.example/fr"),
        ("  partner.example ", "no_scheme", "https://partner.example"),
        ("\u00a0partner.example", "no_scheme", "https://partner.example"),
        ("\ufeffpartner.example/fr", "no_scheme", "https://partner.example/fr"),
        ("https//partner.example/fr", "no_scheme", "https://partner.example/fr"),
        ("http;//partner.example", "no_scheme", "https://partner.example"),
        ("https/partner.example", "no_scheme", "https://partner.example"),
        ("htps//partner.example", "no_scheme", "https://partner.example"),
        (
            "partner.example/go?to=http://other.example",
            "no_scheme",
            "https://partner.example/go?to=http://other.example",
        ),
        ("partner.example/https//fr", "no_scheme", "https://partner.example/https//fr"),
        ("www.x.com:8080/a", "no_scheme", "https://www.x.com:8080/a"),
        ("localhost:8000", "no_scheme", "https://localhost:8000"),
        ("//partner.example/fr", "no_scheme", "https://partner.example/fr"),
        ("[2001:db8::1]/fr", "no_scheme", "https://[2001:db8::1]/fr"),
        ("bücher.example", "no_scheme", "https://bücher.example"),
        ("/fr/offres", "no_scheme", None),
        ("\\fr", "no_scheme", None),
        ("///fr", "no_scheme", None),
        ("?q=1", "no_scheme", None),
        ("a b", "no_scheme", None),
        ("x.com:99999/a", "no_scheme", None),
        ("jean@partner.example", "no_scheme", None),
        ("\u00a0ftp://partner.example", "scheme", None),
        ("ftp://partner.example/", "scheme", None),
        ("javascript:alert(1)", "scheme", None),
        ("java\nscript:alert(1)", "scheme", None),
        ("mailto:jean@partner.example", "scheme", None),
        ("tel:911", "scheme", None),
        ("data:text/html,x", "scheme", None),
        ("file:///etc/passwd", "scheme", None),
        ("htps://partner.example", "scheme", None),
        ("file://a b/", "scheme", None),
        ("https://", "no_host", None),
        ("https:", "no_host", None),
        ("http:///", "no_host", None),
        ("https://?q", "no_host", None),
        ("https://jean@/fr", "no_host", None),
        ("https://:8080/", "no_host", None),
        ("https://a b/", "unparsable", None),
        ("https://x.example:99999/", "unparsable", None),
        ("https://[::1/", "unparsable", None),
        ("http://1.2.3.256/", "unparsable", None),
        ("https://xn--/", "punycode", None),
        ("https://xn--bcher-kv.example/", "punycode", None),
        ("https://a.XN--zzzzzzzz99999/", "punycode", None),
        ("https://xn--abc-.example/", "punycode", None),
        ("https://jean@partner.example/", "credentials", None),
        ("https://:secret@partner.example/", "credentials", None),
        ("https://partner.example@evil.example/", "credentials", None),
    ],
)
def test_refusal_has_reason_and_suggestion(text: str, reason: RefusalReason, suggestion: str | None) -> None:
    assert refusal(text) == (reason, suggestion)


def test_length_limit_applies_to_input_and_href() -> None:
    start = "https://x.example/"
    longest = start + "a" * (MAX_LENGTH - len(start))
    assert parse_address(f"  {longest}\n") == longest
    assert refusal(longest + "a") == ("too_long", None)
    assert refusal("a" * 2_000_000) == ("too_long", None)
    assert refusal(start + "é" * 400) == ("too_long", None)
    assert parse_address(start + "é" * 330).endswith("%C3%A9")


def test_suggestion_that_would_be_refused_is_omitted() -> None:
    assert refusal("x.example/" + "a" * 1985) == ("no_scheme", None)
    assert refusal("renvoi.example", is_own=is_own) == ("no_scheme", None)


@pytest.mark.parametrize(
    "text",
    [
        "https://renvoi.example/go/1",
        "https://RENVOI.example:8443/",
        "http://renvoi.example",
        "https://ren\u00advoi.example/",
        "https://%72envoi.example/",
    ],
)
def test_own_host_is_refused_at_its_port(text: str) -> None:
    assert refusal(text, is_own=is_own) == ("own_host", None)
    other = text.replace("example", "example.org")
    assert parse_address(other, is_own=is_own) == URL(other).href
    assert parse_address("https://renvoi.example:9/", is_own=is_own) == "https://renvoi.example:9/"


@few
@given(any_text | address_like | address_like.map("https://".__add__))
def test_any_text_is_accepted_or_refused_and_parsing_is_idempotent(text: str) -> None:
    href = accepted(text)
    assert accepted(text) == href
    if href is None:
        _, suggestion = refusal(text)
        assert suggestion is None or parse_address(suggestion)
    else:
        url = URL(href)
        assert parse_address(href) == href
        assert href.isascii()
        assert url.protocol in {"http:", "https:"}
        assert (url.username, url.password) == ("", "")
        assert url.host


@few
@given(address_like.map("https://a.example/".__add__))
def test_view_preserves_everything_but_bare_slash(text: str) -> None:
    href = parse_address(text)
    view = view_address(href)
    assert href in {f"https://{view.host}{view.rest}", f"https://{view.host}{view.rest}/"}
    assert view.short.startswith(view.host)
    assert len(view.short) <= max(40, len(view.host) + 13)


@pytest.mark.parametrize(
    ("href", "host", "rest", "short"),
    [
        ("https://partner.example/", "partner.example", "", "partner.example"),
        ("https://partner.example:8443/", "partner.example:8443", "", "partner.example:8443"),
        ("https://partner.example/fr/", "partner.example", "/fr/", "partner.example/fr/"),
        ("https://partner.example/?", "partner.example", "/?", "partner.example/?"),
        ("https://partner.example/#a", "partner.example", "/#a", "partner.example/#a"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", "", "xn--bcher-kva.example"),
        (
            "https://partner.example/0123456789012345678901234",
            "partner.example",
            "/0123456789012345678901234",
            "partner.example…345678901234",
        ),
        (
            "https://partner.example/012345678901234567890123",
            "partner.example",
            "/012345678901234567890123",
            "partner.example/012345678901234567890123",
        ),
        (
            "https://a-host-that-is-by-itself-as-long-as-that.example/fr/offres",
            "a-host-that-is-by-itself-as-long-as-that.example",
            "/fr/offres",
            "a-host-that-is-by-itself-as-long-as-that.example/fr/offres",
        ),
    ],
)
def test_view_address(href: str, host: str, rest: str, short: str) -> None:
    assert view_address(href) == AddressView(host=host, rest=rest, short=short)


@pytest.mark.parametrize("href", ["", "partner.example", "https://"])
def test_view_of_invalid_address_raises(href: str) -> None:
    with pytest.raises(ValueError, match="Invalid"):
        view_address(href)


@pytest.mark.parametrize(
    "host",
    [
        "pаypal.example",
        "gοogle.example",
        "www.раypal.example",
        "телефонx.example",
        "aա.example",
        "日本한か.example",
        "한か.example",
    ],
)
def test_host_with_mixed_scripts_is_reported(host: str) -> None:
    assert mixes_scripts(parse_address(f"https://{host}/"))


@pytest.mark.parametrize(
    "host",
    [
        "partner.example",
        "bücher.example",
        "école-3.example",
        "телефон.example",
        "телефон-24.latin.example",
        "ελλάδα.example",
        "日本語abcひらがなカタカナー々.example",
        "中文abc.example",
        "한국abc韓.example",
        "हिन्दी.example",
        "شبكة.example",
        "xn--a.example",
        "127.0.0.1",
        "[::1]",
    ],
)
def test_host_with_scripts_of_one_language_is_not_reported(host: str) -> None:
    href = accepted(f"https://{host}/")
    assert href is None or not mixes_scripts(href)
