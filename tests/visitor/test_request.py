"""Tests of what is understood of a request: one class a rule of the product's contract."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.config import Config
from renvoi.domain.places import CountryCode
from renvoi.domain.routing import Visitor
from renvoi.visitor.request import Request, RequestReader, draw_for, parse_given
from renvoi.visitor.trust import Address
from renvoi.visitor.wire import Scope, parse_fields
from tests.visitor.cast import PROXY, STRANGER, config, country, scope

HOMES = {STRANGER: "GB", "89.160.20.112": "SE", "2001:218::1": "JP"}


def country_of(address: Address) -> CountryCode | None:
    code = HOMES.get(str(address))
    return country(code) if code else None


def behind_proxy(**values: Any) -> Config:
    networks = f"{PROXY}, 10.1.0.0/16"
    return config(trusted_proxies=networks, country_header="CF-IPCountry", region_header="X-Region", **values)


CONFIGURED = behind_proxy()


def read(asgi_scope: Scope, *, configured: Config | None = None) -> Request:
    reader = RequestReader(configured or config(), country_of=country_of)
    return reader.read(asgi_scope, default_language="fr")


def place(asgi_scope: Scope, *, configured: Config | None = None) -> tuple[str | None, str]:
    visitor = read(asgi_scope, configured=configured).visitor
    return visitor.country, visitor.country_source


class TestCountryParameter:
    """?country=XX comes first, any case, UK is GB; an unknown value is ignored, and that is told."""

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
    def test_a_known_value_wins(self, query: str, expected: str) -> None:
        request = read(scope(query=query, headers={"cookie": "renvoi_country=PT"}))
        assert (request.visitor.country, request.visitor.country_source) == (expected, "parameter")
        assert not request.given.country_ignored

    @pytest.mark.parametrize(
        "value", ["Narnia", "XX", "T1", "ZZ", "EU", "AP", "B", "BRA", "%00", "%ff%fe", "<b>", "ß", "B%0AR"]
    )
    def test_an_unknown_value_is_ignored_and_told(self, value: str) -> None:
        request = read(scope(query=f"country={value}"))
        assert (request.visitor.country, request.visitor.country_source) == ("GB", "address")
        assert request.given.country_ignored

    @pytest.mark.parametrize("query", ["", "country=", "country", "country=%20", "Country=BR", "countr=BR"])
    def test_no_value_is_nothing_to_tell(self, query: str) -> None:
        request = read(scope(query=query))
        assert request.visitor.country_source == "address"
        assert not request.given.country_ignored


class TestCountryCookie:
    """A remembered choice comes second; where the public address is https only the `__Host-` cookie counts."""

    def test_it_outranks_header_and_address(self) -> None:
        headers = {"cookie": "a=b; renvoi_country=PT; c", "cf-ipcountry": "FR", "x-forwarded-for": STRANGER}
        assert place(scope(headers=headers, peer=PROXY), configured=CONFIGURED) == ("PT", "cookie")

    @pytest.mark.parametrize("value", ["", "XX", "Narnia", "BRA", "\x00", "é"])
    def test_an_unknown_value_is_passed_over(self, value: str) -> None:
        assert place(scope(headers={"cookie": f"renvoi_country={value}"})) == ("GB", "address")

    def test_https_takes_only_the_host_cookie(self) -> None:
        https = config(public_url="https://renvoi.example")
        assert place(scope(headers={"cookie": "renvoi_country=PT"}), configured=https)[1] == "address"
        assert place(scope(headers={"cookie": "__Host-renvoi_country=PT"}), configured=https) == ("PT", "cookie")

    def test_of_two_the_first_counts(self) -> None:
        assert place(scope(headers={"cookie": "renvoi_country=PT; renvoi_country=BR"})) == ("PT", "cookie")


class TestCountryHeader:
    """The configured header counts only when the TCP peer is one of our proxies, and stands there once."""

    def test_from_a_proxy_it_outranks_the_address(self) -> None:
        headers = {"CF-IPCountry": "fr", "X-Forwarded-For": STRANGER}
        assert place(scope(headers=headers, peer=PROXY), configured=CONFIGURED) == ("FR", "header")

    def test_from_a_stranger_it_says_nothing(self) -> None:
        assert place(scope(headers={"CF-IPCountry": "FR"}), configured=CONFIGURED) == ("GB", "address")

    def test_without_a_name_for_it_none_is_read(self) -> None:
        headers = {"CF-IPCountry": "FR", "X-Forwarded-For": STRANGER}
        assert place(scope(headers=headers, peer=PROXY), configured=config(trusted_proxies=PROXY)) == ("GB", "address")

    @pytest.mark.parametrize("value", ["XX", "T1", "ZZ", "EU", "AP", "", "FR, BR", "France", "\x00"])
    def test_what_is_no_country_gives_way_to_the_address(self, value: str) -> None:
        headers = {"CF-IPCountry": value, "X-Forwarded-For": STRANGER}
        assert place(scope(headers=headers, peer=PROXY), configured=CONFIGURED) == ("GB", "address")

    def test_twice_is_none(self) -> None:
        headers = [("CF-IPCountry", "FR"), ("CF-IPCountry", "FR"), ("X-Forwarded-For", STRANGER)]
        assert place(scope(headers=headers, peer=PROXY), configured=CONFIGURED) == ("GB", "address")


class TestCountryAddress:
    """The right-most untrusted of X-Forwarded-For when the peer is ours, else the peer."""

    @pytest.mark.parametrize(
        ("forwarded", "expected"),
        [
            ([STRANGER], "GB"),
            ([f"89.160.20.112, {STRANGER}"], "GB"),
            ([f"89.160.20.112, {STRANGER}, 10.1.2.3"], "GB"),
            (["89.160.20.112", STRANGER], "GB"),
            (["89.160.20.112, 10.1.2.3", "10.1.9.9"], "SE"),
            ([f"{STRANGER}:4711"], "GB"),
            (["2001:218::1"], "JP"),
            (["[2001:218::1]:443"], "JP"),
            ([f"::ffff:{STRANGER}"], "GB"),
            ([f"::ffff:{STRANGER}, ::ffff:10.1.0.1"], "GB"),
        ],
    )
    def test_behind_a_proxy(self, forwarded: list[str], expected: str) -> None:
        headers = [("X-Forwarded-For", value) for value in forwarded]
        assert place(scope(headers=headers, peer=PROXY), configured=CONFIGURED) == (expected, "address")

    @pytest.mark.parametrize(
        "forwarded",
        [
            "",
            ",",
            "unknown",
            f"{STRANGER}, unknown",
            f"{STRANGER},",
            "10.1.0.1",
            "192.168.0.9",
            "fe80::1%eth0",
            f"{STRANGER}, 10.0.0",
            f"{STRANGER}:x",
            "[2001:218::1",
            "[2001:218::1]x",
            f"{STRANGER} ,\x00",
            f'"{STRANGER}"',
        ],
    )
    def test_what_is_malformed_or_only_ours_is_unknown(self, forwarded: str) -> None:
        asgi_scope = scope(headers={"X-Forwarded-For": forwarded}, peer=PROXY)
        assert place(asgi_scope, configured=CONFIGURED) == (None, "unknown")

    def test_a_proxy_without_the_header_says_nothing_of_the_visitor(self) -> None:
        assert place(scope(peer=STRANGER), configured=config(trusted_proxies=STRANGER)) == (None, "unknown")

    def test_a_stranger_is_its_own_address(self) -> None:
        asgi_scope = scope(headers={"X-Forwarded-For": "89.160.20.112"})
        assert place(asgi_scope, configured=CONFIGURED) == ("GB", "address")

    def test_a_mapped_peer_is_the_proxy_that_it_is(self) -> None:
        asgi_scope = scope(headers={"X-Forwarded-For": STRANGER}, peer=f"::ffff:{PROXY}")
        assert place(asgi_scope, configured=CONFIGURED) == ("GB", "address")

    def test_no_peer_is_unknown(self) -> None:
        assert place({**scope(), "client": None}) == (None, "unknown")


class TestSourceOfAClick:
    """Behind a card's link, the source is the first rung other than the parameter that yields the same country."""

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
    def test_it_looks_below(self, cookie: str, header: str, expected: str) -> None:
        headers = {"cookie": f"renvoi_country={cookie}", "cf-ipcountry": header, "x-forwarded-for": STRANGER}
        reader = RequestReader(behind_proxy(), country_of=country_of)
        code = "GB" if cookie == "GB" else "BR"
        request = reader.read_click(
            scope("/go/7", query=f"country={code}", headers=headers, peer=PROXY), default_language="fr"
        )
        assert (request.visitor.country, request.visitor.country_source) == (code, expected)

    def test_the_address_can_be_it(self) -> None:
        reader = RequestReader(config(), country_of=country_of)
        request = reader.read_click(scope("/go/7", query="country=GB"), default_language="fr")
        assert request.visitor.country_source == "address"

    def test_without_a_parameter_the_rungs_rule(self) -> None:
        reader = RequestReader(config(), country_of=country_of)
        request = reader.read_click(scope("/go/7", headers={"cookie": "renvoi_country=BR"}), default_language="fr")
        assert (request.visitor.country, request.visitor.country_source) == ("BR", "cookie")


class TestRegion:
    """Parameter, cookie, trusted header; a region of another country says nothing."""

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
    def test_rungs(self, query: str, cookie: str, header: str, expected: str | None) -> None:
        headers = {"cookie": f"renvoi_region={cookie}", "x-region": header}
        request = read(scope(query=query, headers=headers, peer=PROXY), configured=CONFIGURED)
        assert request.visitor.region == expected

    def test_the_header_of_a_stranger_says_nothing(self) -> None:
        asgi_scope = scope(query="country=CA", headers={"x-region": "CA-ON"})
        assert read(asgi_scope, configured=CONFIGURED).visitor.region is None


class TestLanguage:
    """?lang=, cookie, Accept-Language, the operator's default; never from the address."""

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
    def test_rungs(self, query: str, cookie: str, accept: str, expected: str) -> None:
        headers = {"cookie": f"renvoi_lang={cookie}", "accept-language": accept}
        assert read(scope(query=query, headers=headers)).visitor.language == expected

    def test_two_lines_of_a_header_are_one_list(self) -> None:
        headers = [("accept-language", "de"), ("accept-language", "en")]
        assert read(scope(headers=headers)).visitor.language == "en"


class TestGivenSource:
    """?src=: up to 64 of [A-Za-z0-9._-], else dropped."""

    @pytest.mark.parametrize("value", ["spring-2026", "A.b_c-9", "x" * 64])
    def test_kept(self, value: str) -> None:
        assert read(scope(query=f"src={value}")).given.source == value

    @pytest.mark.parametrize("value", ["", "x" * 65, "a b", "a%0Ab", "é", "<b>", "a%00", "a/b", "٣"])
    def test_dropped(self, value: str) -> None:
        assert read(scope(query=f"src={value}")).given.source == ""


class TestPrefetch:
    """A browser that fetches in advance says so by one of four headers."""

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
    def test_is_one(self, name: str, value: str) -> None:
        assert read(scope(headers={name: value})).is_prefetch

    @pytest.mark.parametrize(("name", "value"), [("Sec-Purpose", ""), ("Purpose", "navigate"), ("X-Other", "prefetch")])
    def test_is_none(self, name: str, value: str) -> None:
        assert not read(scope(headers={name: value})).is_prefetch


class TestHead:
    def test_only_head_is(self) -> None:
        assert read(scope(method="HEAD")).is_head
        assert not read(scope()).is_head


class TestDraw:
    """Stable for a visitor for a UTC day, alike on every host with the secret, fair over many visitors."""

    at = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)

    def order(self, address: str, *, at: datetime = at, secret: bytes = b"k") -> list[int]:
        return sorted(range(6), key=draw_for(address, secret=secret, at=at))

    def test_stable_in_a_day_and_over_hosts(self) -> None:
        assert self.order(STRANGER) == self.order(STRANGER, at=self.at.replace(hour=0))

    def test_another_day_secret_or_address_is_another_draw(self) -> None:
        draws = [
            draw_for(STRANGER, secret=b"k", at=self.at),
            draw_for(STRANGER, secret=b"k", at=self.at + timedelta(minutes=1)),
            draw_for(STRANGER, secret=b"l", at=self.at),
            draw_for("89.160.20.112", secret=b"k", at=self.at),
        ]
        assert len({draw(1) for draw in draws}) == len(draws)

    def test_fair_over_many(self) -> None:
        firsts = [self.order(f"192.0.{n // 250}.{n % 250}")[0] for n in range(3000)]
        assert all(400 < firsts.count(partner) < 600 for partner in range(6))


class TestAnyRequest:
    """Whatever the bytes, a request is read; and nothing that a stranger says is taken for a proxy's word."""

    @given(
        headers=st.lists(
            st.tuples(
                st.sampled_from(
                    [b"cookie", b"accept-language", b"x-forwarded-for", b"cf-ipcountry", b"sec-purpose", b"x-region"]
                ),
                st.binary(max_size=60),
            ),
            max_size=8,
        ),
        query=st.one_of(st.binary(max_size=80), st.builds(lambda value: b"country=" + value, st.binary(max_size=20))),
        peer=st.sampled_from([PROXY, STRANGER, "", "junk"]),
    )
    @settings(max_examples=200, deadline=None)
    def test_total(self, headers: list[tuple[bytes, bytes]], query: bytes, peer: str) -> None:
        asgi_scope = {**scope(query=query, peer=peer), "headers": headers}
        reader = RequestReader(CONFIGURED, country_of=country_of)
        assert isinstance(reader.read(asgi_scope, default_language="fr").visitor, Visitor)

    def test_a_thousand_forgeries_from_a_stranger_change_nothing(self) -> None:
        reader = RequestReader(CONFIGURED, country_of=country_of)
        truth = reader.read(scope(), default_language="fr")
        chance = random.Random(7)
        addresses = ["89.160.20.112", PROXY, "10.1.2.3", "2001:218::1", "unknown", STRANGER]
        forgeries: dict[str, Callable[[], str]] = {
            "x-forwarded-for": lambda: ", ".join(chance.choices(addresses, k=3)),
            "cf-ipcountry": lambda: chance.choice(["BR", "FR", "XX", "us"]),
            "x-region": lambda: chance.choice(["CA-ON", "BR-SP"]),
            "forwarded": lambda: f"for={chance.choice(addresses)}",
            "x-real-ip": lambda: chance.choice(addresses),
            "true-client-ip": lambda: chance.choice(addresses),
            "x-forwarded-host": lambda: "evil.example",
        }
        for _ in range(1000):
            names = chance.choices(list(forgeries), k=chance.randint(1, 6))
            headers = [(name, forgeries[name]()) for name in names]
            assert reader.read(scope(headers=headers), default_language="fr") == truth


class TestFields:
    def test_more_than_a_hundred_are_none(self) -> None:
        assert parse_fields(b"&".join([b"country=BR"] * 200)) == {}

    @given(encoded=st.binary(max_size=200))
    def test_any_bytes_are_read(self, encoded: bytes) -> None:
        parse_given(parse_fields(encoded))
