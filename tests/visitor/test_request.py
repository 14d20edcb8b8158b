"""Tests of how a request is read. Each class tests one rule of the product's contract."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.domain.places import Language
from renvoi.visitor.params import parse_params
from renvoi.visitor.request import Evidence, RequestReader, draw_for
from renvoi.web.headers import parse_urlencoded
from tests.visitor.cast import PROXY, STRANGER, config, scope
from tests.visitor.reading import CONFIGURED, country_of, country_of_text, place, read

READER = RequestReader(CONFIGURED, country_of=country_of, country_of_text=country_of_text)
BEHIND_PUBLIC_PROXY = RequestReader(
    config(trusted_proxies=f"{PROXY}, {STRANGER}"), country_of=country_of, country_of_text=country_of_text
)


class TestCountryParameter:
    """?country=XX has precedence. Any case; UK means GB. An unknown value is ignored, and the page says so."""

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("country=BR", "BR"),
            ("country=br", "BR"),
            ("country=UK", "GB"),
            ("country=%42R", "BR"),
            ("country=XK", "XK"),
            ("country=BR&country=PT", "BR"),
            ("a=1&country=PT&b=2", "PT"),
            ("country=+BR+", "BR"),
        ],
    )
    def test_known_country_has_precedence(self, query: str, expected: str) -> None:
        request = read(scope(query=query, headers={"cookie": "renvoi_country=PT"}))
        assert (request.visitor.country, request.visitor.country_source) == (expected, "parameter")
        assert not request.params.country_ignored

    @pytest.mark.parametrize(
        "value", ["Narnia", "XX", "T1", "ZZ", "EU", "AP", "B", "BRA", "%00", "%ff%fe", "<b>", "ß", "B%0AR"]
    )
    def test_unknown_country_is_ignored_and_reported(self, value: str) -> None:
        request = read(scope(query=f"country={value}"))
        assert (request.visitor.country, request.visitor.country_source) == ("GB", "address")
        assert request.params.country_ignored

    @pytest.mark.parametrize("query", ["", "country=", "country", "country=%20", "Country=BR", "countr=BR"])
    def test_missing_country_is_not_reported(self, query: str) -> None:
        request = read(scope(query=query))
        assert request.visitor.country_source == "address"
        assert not request.params.country_ignored


class TestCountryCookie:
    """The remembered choice comes second. If the public URL is https, only the `__Host-` cookie counts."""

    def test_cookie_has_precedence_over_header_and_address(self) -> None:
        headers = {"cookie": "a=b; renvoi_country=PT; c", "cf-ipcountry": "FR", "x-forwarded-for": STRANGER}
        assert place(scope(headers=headers, peer=PROXY), configured=CONFIGURED) == ("PT", "cookie")

    @pytest.mark.parametrize("value", ["", "XX", "Narnia", "BRA", "\x00", "é"])
    def test_unknown_country_in_cookie_is_ignored(self, value: str) -> None:
        assert place(scope(headers={"cookie": f"renvoi_country={value}"})) == ("GB", "address")

    def test_https_reads_only_the_host_cookie(self) -> None:
        https = config(public_url="https://renvoi.example")
        assert place(scope(headers={"cookie": "renvoi_country=PT"}), configured=https)[1] == "address"
        assert place(scope(headers={"cookie": "__Host-renvoi_country=PT"}), configured=https) == ("PT", "cookie")

    def test_first_of_two_cookies_counts(self) -> None:
        assert place(scope(headers={"cookie": "renvoi_country=PT; renvoi_country=BR"})) == ("PT", "cookie")


class TestSourceOfAClick:
    """For a click, the source is the first one other than the parameter that yields the same country."""

    @pytest.mark.parametrize(
        ("cookie", "header", "expected"),
        [
            ("BR", "BR", "cookie"),
            ("PT", "BR", "header"),
            ("PT", "FR", "parameter"),
            ("", "", "parameter"),
            ("GB", "", "cookie"),
        ],
    )
    def test_source_is_the_next_one_with_the_same_country(self, cookie: str, header: str, expected: str) -> None:
        headers = {"cookie": f"renvoi_country={cookie}", "cf-ipcountry": header, "x-forwarded-for": STRANGER}
        reader = RequestReader(CONFIGURED, country_of=country_of)
        code = "GB" if cookie == "GB" else "BR"
        request = reader.read(
            scope("/go/7", query=f"country={code}", headers=headers, peer=PROXY), default_language="fr", is_click=True
        )
        assert (request.visitor.country, request.visitor.country_source) == (code, expected)

    def test_source_can_be_the_address(self) -> None:
        reader = RequestReader(config(), country_of=country_of)
        request = reader.read(scope("/go/7", query="country=GB"), default_language="fr", is_click=True)
        assert request.visitor.country_source == "address"

    def test_source_without_a_parameter_is_that_of_a_visit(self) -> None:
        reader = RequestReader(config(), country_of=country_of)
        request = reader.read(
            scope("/go/7", headers={"cookie": "renvoi_country=BR"}), default_language="fr", is_click=True
        )
        assert (request.visitor.country, request.visitor.country_source) == ("BR", "cookie")


class TestRegion:
    """Parameter, cookie, trusted header. A region of another country is ignored."""

    @pytest.mark.parametrize(
        ("query", "cookie", "header", "expected"),
        [
            ("country=CA&region=CA-ON", "CA-QC", "CA-AB", "CA-ON"),
            ("country=CA&region=ca-on", "", "", "CA-ON"),
            ("country=CA", "CA-QC", "CA-AB", "CA-QC"),
            ("country=CA", "", "CA-AB", "CA-AB"),
            ("country=CA&region=nowhere", "CA-XX", "", None),
            ("country=CA&region=US-NY", "CA-QC", "", "CA-QC"),
            ("country=CA&region=CA-ZZ", "CA-QC", "", "CA-ZZ"),
            ("country=BR", "CA-QC", "CA-AB", None),
            ("region=CA-ON", "", "", None),
        ],
    )
    def test_sources_in_order_of_precedence(self, query: str, cookie: str, header: str, expected: str | None) -> None:
        headers = {"cookie": f"renvoi_region={cookie}", "x-region": header}
        request = read(scope(query=query, headers=headers, peer=PROXY), configured=CONFIGURED)
        assert request.visitor.region == expected

    def test_region_header_of_an_untrusted_peer_is_ignored(self) -> None:
        asgi_scope = scope(query="country=CA", headers={"x-region": "CA-ON"})
        assert read(asgi_scope, configured=CONFIGURED).visitor.region is None


class TestLanguage:
    """?lang=, cookie, Accept-Language, the operator's default; never the address."""

    @pytest.mark.parametrize(
        ("query", "cookie", "accept", "expected"),
        [
            ("lang=en", "fr", "fr", "en"),
            ("", "en", "fr", "en"),
            ("", "", "en-CA, fr;q=0.5", "en"),
            ("", "", "de", "fr"),
            ("", "", "", "fr"),
            ("lang=de", "", "en", "en"),
            ("lang=EN", "", "", "en"),
        ],
    )
    def test_sources_in_order_of_precedence(self, query: str, cookie: str, accept: str, expected: str) -> None:
        headers = {"cookie": f"renvoi_lang={cookie}", "accept-language": accept}
        assert read(scope(query=query, headers=headers)).visitor.language == expected

    def test_repeated_accept_language_is_one_list(self) -> None:
        headers = [("accept-language", "de"), ("accept-language", "en")]
        assert read(scope(headers=headers)).visitor.language == "en"


class TestSourceParameter:
    """?src=: up to 64 of [A-Za-z0-9._-], else dropped."""

    @pytest.mark.parametrize("value", ["spring-2026", "A.b_c-9", "x" * 64])
    def test_valid_source_is_kept(self, value: str) -> None:
        assert read(scope(query=f"src={value}")).params.source == value

    @pytest.mark.parametrize("value", ["", "x" * 65, "a b", "a%0Ab", "é", "<b>", "a%00", "a/b", "٣"])
    def test_invalid_source_is_dropped(self, value: str) -> None:
        assert read(scope(query=f"src={value}")).params.source == ""


class TestPrefetch:
    """Browsers mark a prefetch by one of four headers."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Sec-Purpose", "prefetch"),
            ("Sec-Purpose", "prefetch;prerender"),
            ("Purpose", "prefetch"),
            ("X-Moz", "Prefetch"),
            ("X-Purpose", "preview"),
        ],
    )
    def test_prefetch_header_is_recognized(self, name: str, value: str) -> None:
        assert read(scope(headers={name: value})).is_prefetch

    @pytest.mark.parametrize(("name", "value"), [("Sec-Purpose", ""), ("Purpose", "navigate"), ("X-Other", "prefetch")])
    def test_other_value_or_header_is_no_prefetch(self, name: str, value: str) -> None:
        assert not read(scope(headers={name: value})).is_prefetch


class TestDraw:
    """Stable for a visitor during a UTC day, the same on every host with the secret, fair over many visitors."""

    at = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)

    def order(self, address: str, *, at: datetime = at, secret: bytes = b"k") -> list[int]:
        return sorted(range(6), key=draw_for(address, secret=secret, at=at))

    def test_draw_is_stable_within_a_day(self) -> None:
        assert self.order(STRANGER) == self.order(STRANGER, at=self.at.replace(hour=0))

    def test_draw_depends_on_day_secret_and_address(self) -> None:
        draws = [
            draw_for(STRANGER, secret=b"k", at=self.at),
            draw_for(STRANGER, secret=b"k", at=self.at + timedelta(minutes=1)),
            draw_for(STRANGER, secret=b"l", at=self.at),
            draw_for("89.160.20.112", secret=b"k", at=self.at),
        ]
        assert len({draw(1) for draw in draws}) == len(draws)

    def test_draw_is_fair_over_many_visitors(self) -> None:
        firsts = [self.order(f"192.0.{n // 250}.{n % 250}")[0] for n in range(3000)]
        assert all(400 < firsts.count(partner) < 600 for partner in range(6))


class TestFields:
    def test_more_than_a_hundred_fields_are_ignored(self) -> None:
        assert parse_urlencoded(b"&".join([b"country=BR"] * 200)) == {}

    @given(encoded=st.binary(max_size=200))
    def test_any_bytes_are_parsed(self, encoded: bytes) -> None:
        parse_params(parse_urlencoded(encoded))


HEADERS = {
    "accept-language": ["en", "fr;q=0.1, en-GB", "de", "en;q=0, *", "", "fr" * 60],
    "cf-ipcountry": ["FR", ""],
    "cookie": ["renvoi_country=PT", "renvoi_lang=en; renvoi_country=CA; renvoi_region=CA-ON", "_ga=" + "1" * 600, ""],
    "forwarded": ["for=89.160.20.112", ""],
    "purpose": ["prefetch", ""],
    "user-agent": ["Mozilla/5.0 (X11; Linux x86_64)", "Googlebot/2.1", "\xe9"],
    "x-forwarded-for": [STRANGER, f"1.1.1.1, {STRANGER}", f"{STRANGER}, {PROXY}", "nonsense", "", "89.160.20.112:80"],
    "x-region": ["CA-ON"],
}


@given(
    headers=st.lists(
        st.sampled_from(sorted(HEADERS)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(HEADERS[name]))),
        max_size=6,
        unique_by=lambda header: header[0],
    ),
    query=st.sampled_from(["", "", "", "lang=en", "country=BR", "country=GB&region=GB-ENG", "region=CA-ON"]),
    peer=st.sampled_from([PROXY, STRANGER, "2001:218::1", ""]),
    default=st.sampled_from(["fr", "en"]),
    is_click=st.booleans(),
    reader=st.sampled_from([READER, BEHIND_PUBLIC_PROXY]),
)
def test_evidence_yields_the_same_visitor_as_the_whole_request(
    headers: list[tuple[str, str]], query: str, peer: str, default: Language, *, is_click: bool, reader: RequestReader
) -> None:
    named = {name.encode(): value.encode("latin-1") for name, value in headers}
    asgi_scope = scope(query=query, headers=headers, peer=peer)
    request = reader.read(asgi_scope, default_language=default, is_click=is_click)
    evidence = Evidence(peer, *(named.get(name) for name in reader.variable_headers))
    visitor = reader.visitor_of(
        evidence,
        parse_params(parse_urlencoded(query.encode())),
        named.get(b"accept-language", b"").decode("latin-1"),
        default_language=default,
        is_click=is_click,
    )
    if reader.declined_headers.isdisjoint(named):
        assert visitor == request.visitor
        assert reader.address_of(evidence) == request.address
