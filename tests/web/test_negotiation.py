"""Language negotiation from query parameter, cookie and Accept-Language header."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.places import LANGUAGES, Language
from renvoi.web.negotiation import MAX_MEMBERS, choose_language, negotiate, parse_language
from tests.corpora.headers import DEFAULT, outside_headers
from tests.corpora.headers import HEADERS as COLLECTED

few = settings(max_examples=40, deadline=None)
any_text = st.text(alphabet=st.characters(exclude_categories=()), max_size=60)
header_like = st.lists(
    st.sampled_from(
        [
            "fr",
            "en",
            "fr-CA",
            "en-US",
            "es",
            "*",
            ";q=0",
            ";q=1",
            ";q=0.5",
            ";q=2",
            ",",
            ",",
            ", ",
            '"',
            "\\",
            " ",
        ]
    ),
    max_size=25,
).map("".join)

# Header, result if the default is French, result if it is English; "-" is None.
HEADERS = [
    ("", "-", "-"),
    (" , ,\t", "-", "-"),
    ("fr", "fr", "fr"),
    ("fr-CA", "fr", "fr"),
    ("FR-ca", "fr", "fr"),
    ("fr-CA-x-private", "fr", "fr"),
    ("fr-150", "fr", "fr"),
    ("en-GB", "en", "en"),
    ("es, de", "-", "-"),
    ("fra, frr, eng, enm", "-", "-"),
    ("az-AZ", "-", "-"),
    # Weights take precedence over order.
    ("en, fr", "en", "en"),
    ("fr, en", "fr", "fr"),
    ("en;q=0.8, fr;q=0.9", "fr", "fr"),
    ("en;q=0.999, fr;q=1.000", "fr", "fr"),
    ("es, en;q=0.1", "en", "en"),
    ("fr;q=0.5, en;q=0.5", "fr", "fr"),
    ("en-US, fr;q=0.9, en;q=0.1", "en", "en"),
    ("fr;q=0.2, en;q=0.1, fr;q=0.3", "fr", "fr"),
    ("fr;q=0.001", "fr", "fr"),
    ("fr;Q=0.5, en;q=0.4", "fr", "fr"),
    ("fr\t;\tq=0.5 ,en ; q=0.6", "en", "en"),
    ("fr;q=1., en", "fr", "fr"),
    ("fr;q=0., en;q=0.1", "en", "en"),
    # Exclusions.
    ("en;q=0", "-", "fr"),
    ("fr;q=0", "en", "-"),
    ("en;q=0, en-US", "-", "fr"),
    ("en-US, en;q=0.000", "-", "fr"),
    ("en-US;q=0", "-", "-"),
    ("en-US;q=0, en", "en", "en"),
    ("fr;q=0, en;q=0", "-", "-"),
    ("fr;q=0, en;q=0, *", "-", "-"),
    ("es, fr;q=0", "en", "-"),
    ("en;q=0, fr;q=0.1", "fr", "fr"),
    ("en, en;q=0", "-", "fr"),
    # Wildcards.
    ("*", "fr", "en"),
    ("*;q=0.1", "fr", "en"),
    ("*, en;q=0", "fr", "fr"),
    ("*, fr;q=0", "en", "en"),
    ("*;q=0", "-", "-"),
    ("*;q=0, fr", "fr", "fr"),
    ("es, *;q=0.5", "fr", "en"),
    ("en, *;q=0.5", "en", "en"),
    ("*;q=0.8, en, es", "en", "en"),
    ("fr-CA,*;q=0.8", "fr", "fr"),
    # Members whose meaning is plain in spite of their form.
    ("en-US;q=0,8", "en", "en"),
    ("fr;q=0,3, en;q=0,8", "en", "en"),
    ("fr;q=0,9,en;q=0,8", "fr", "fr"),
    ("es,fr;q=0,5,en;q=0,4", "fr", "fr"),
    ("fr;q=0,0, en;q=0,001", "en", "en"),
    ("fr;q=1,0,en", "fr", "fr"),
    ("fr;q=,5, en;q=0.4", "fr", "fr"),
    ("fr;q=0, en;q=0.1", "en", "en"),
    ("fr;q=0,en", "en", "en"),
    ("en_US", "en", "en"),
    ("fr_CA, en;q=0.1", "fr", "fr"),
    ("zh_Hant_TW, fr_CA;q=0,1", "fr", "fr"),
    ("fr_CA.UTF-8, en;q=0.1", "fr", "fr"),
    ("fr.UTF-8", "fr", "fr"),
    ("en;q=0.5, fr;q=1.0000", "fr", "fr"),
    ("fr;q=0.1234, en;q=0.1", "fr", "fr"),
    ("fr;q=0.00000, en;q=0.1", "en", "en"),
    ("fr;q=.5, en;q=0.1", "fr", "fr"),
    ("fr;q =1, en;q=0.1", "fr", "fr"),
    ("fr;q= 0.9 , en;q=0.1", "fr", "fr"),
    ("fr;, en;q=0.1", "fr", "fr"),
    ("fr;q=0.5;, en;q=0.1", "fr", "fr"),
    # Malformed members are ignored.
    ("fr;q=1,5, en;q=0.1", "en", "en"),
    ("fr;q=2,0, en;q=0.1", "en", "en"),
    ("fr;q=0,8,9, en;q=0.1", "fr", "fr"),
    ("fr_, en;q=0.1", "en", "en"),
    ("fr.UTF 8, en;q=0.1", "en", "en"),
    ("fr;q=., en;q=0.1", "en", "en"),
    ("fr;q=1.5, en", "en", "en"),
    ("fr;q=1.001, en;q=0.1", "en", "en"),
    ("fr;q=-1, en;q=0.1", "en", "en"),
    ("fr;q=, en;q=0.1", "en", "en"),
    ("fr;q=1;q=1, en;q=0.1", "en", "en"),
    ("fr;level=1, en;q=0.1", "en", "en"),
    ("fr-, en;q=0.1", "en", "en"),
    ("fr-toolongsubtag, en;q=0.1", "en", "en"),
    ("*-CA, en;q=0.1", "en", "en"),
    ("fr en", "-", "-"),
    ("fr\n, en;q=0.1", "en", "en"),
    ("fr;q=٠, en;q=0.1", "en", "en"),
    # Commas in quoted strings do not separate members; an unclosed quote is an ordinary character.
    ('en-US;foo="bar,fr,baz", en-GB;q=0.1', "en", "en"),
    ('en;foo="a\\",fr,b", es', "-", "-"),
    ('en;foo="a, fr;q=0.5', "fr", "fr"),
    ('es;a="x,en" , fr;b="y, en;q=0.2', "en", "en"),
    ('"\\', "-", "-"),
    ('fr,"', "fr", "fr"),
]


@pytest.mark.parametrize(("header", "if_french", "if_english"), HEADERS)
def test_negotiated_language(header: str, if_french: str, if_english: str) -> None:
    assert (negotiate(header, default="fr") or "-") == if_french
    assert (negotiate(header, default="en") or "-") == if_english


@pytest.mark.parametrize(("header", "expected"), COLLECTED.items())
def test_header_of_browsers_and_programs(header: str, expected: str) -> None:
    for default in LANGUAGES:
        assert (negotiate(header, default=default) or "") == (default if expected == DEFAULT else expected)


def test_headers_from_test_suites_of_other_libraries() -> None:
    for header in outside_headers():
        plain = {part.split(";")[0].strip().partition("-")[0] for part in header.split(",") if '"' not in part}
        for default in LANGUAGES:
            answer = negotiate(header, default=default)
            assert answer is None or answer in plain or "*" in plain or "q=0" in header, header
            assert answer is not None or not ({"fr", "en"} & plain and "foo=" not in header), header


@few
@given(any_text | header_like, st.sampled_from(LANGUAGES))
def test_any_header_is_accepted_and_excluded_language_is_never_returned(header: str, default: Language) -> None:
    negotiated = negotiate(header, default=default)
    assert negotiated in {None, *LANGUAGES}
    for language in LANGUAGES:
        assert negotiate(f"{language};q=0, {header}", default=default) != language


@few
@given(header_like, st.sampled_from(LANGUAGES))
def test_case_and_malformed_members_are_ignored(header: str, default: Language) -> None:
    negotiated = negotiate(header, default=default)
    assert negotiate(header.upper(), default=default) == negotiated
    assert negotiate(f"fr;q=9, en;x=1, {header}", default=default) == negotiated


@pytest.mark.parametrize(
    "fragment",
    ["fr;", ",", '"', '\\"', '"\\', "\\", " ", "\t;", "a-", "a", "*", "q=0.", '",', 'a"b,', "fr;q=0.5,"],
)
def test_long_malformed_header_takes_linear_time(fragment: str) -> None:
    started = time.process_time()
    assert negotiate(fragment * (100_000 // len(fragment)), default="fr") in {None, "fr"}
    # Linear time is milliseconds; quadratic time would be minutes.
    assert time.process_time() - started < 1


def test_members_after_limit_are_ignored() -> None:
    assert negotiate("es," * (MAX_MEMBERS - 1) + "fr", default="en") == "fr"
    assert negotiate("es," * MAX_MEMBERS + "fr", default="en") is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("fr", "fr"),
        ("EN", "en"),
        ("fr-CA", "fr"),
        ("en-Latn-US", "en"),
        ("", None),
        (" fr", None),
        ("fr\n", None),
        ("fr_CA", "fr"),
        ("fr_CA.UTF-8", "fr"),
        ("fr_", None),
        ("_fr", None),
        ("french", None),
        ("es", None),
        ("*", None),
        ("ﬀ", None),
        ("\ud800", None),
    ],
)
def test_parse_language(text: str, language: Language | None) -> None:
    assert parse_language(text) == language


@pytest.mark.parametrize(
    ("parameter", "cookie", "accept_language", "expected"),
    [
        ("en", "fr", "fr", "en"),
        ("EN-gb", "fr", "fr", "en"),
        ("es", "en", "fr", "en"),
        ("", "en", "fr", "en"),
        (None, "en", "fr", "en"),
        (None, "en;q=1", "en-CA, fr;q=0.5", "en"),
        (None, None, "en-CA, fr;q=0.5", "en"),
        (None, None, "fr;q=0", "en"),
        ("es", "es", "es", "fr"),
        (None, None, None, "fr"),
        (None, None, "", "fr"),
    ],
)
def test_choose_language_uses_first_supported_value(
    parameter: str | None, cookie: str | None, accept_language: str | None, expected: Language
) -> None:
    chosen = choose_language(parameter=parameter, cookie=cookie, accept_language=accept_language, default="fr")
    assert chosen == expected


@few
@given(st.none() | any_text, st.none() | any_text, st.none() | header_like, st.sampled_from(LANGUAGES))
def test_choose_language_accepts_any_values(
    parameter: str | None, cookie: str | None, accept_language: str | None, default: Language
) -> None:
    chosen = choose_language(parameter=parameter, cookie=cookie, accept_language=accept_language, default=default)
    assert chosen in LANGUAGES
