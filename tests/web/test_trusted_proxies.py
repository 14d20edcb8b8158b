"""Tests of which headers and addresses are trusted, from proxies and from other clients."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.routing import Visitor
from renvoi.visitor.request import RequestReader
from renvoi.web.trusted_proxies import are_private
from tests.visitor.cast import PROXY, STRANGER, config, scope
from tests.visitor.reading import CONFIGURED, country_of, place


class TestCountryHeader:
    """The configured header counts only if the TCP peer is a trusted proxy and the header is not repeated."""

    def test_header_of_a_trusted_proxy_has_precedence_over_the_address(self) -> None:
        headers = {"CF-IPCountry": "fr", "X-Forwarded-For": STRANGER}
        assert place(scope(headers=headers, peer=PROXY), configured=CONFIGURED) == ("FR", "header")

    def test_header_of_an_untrusted_peer_is_ignored(self) -> None:
        assert place(scope(headers={"CF-IPCountry": "FR"}), configured=CONFIGURED) == ("GB", "address")

    def test_header_is_ignored_unless_configured(self) -> None:
        headers = {"CF-IPCountry": "FR", "X-Forwarded-For": STRANGER}
        assert place(scope(headers=headers, peer=PROXY), configured=config(trusted_proxies=PROXY)) == ("GB", "address")

    @pytest.mark.parametrize("value", ["XX", "T1", "ZZ", "EU", "AP", "", "FR, BR", "France", "\x00"])
    def test_unknown_country_falls_back_to_the_address(self, value: str) -> None:
        headers = {"CF-IPCountry": value, "X-Forwarded-For": STRANGER}
        assert place(scope(headers=headers, peer=PROXY), configured=CONFIGURED) == ("GB", "address")

    def test_repeated_header_is_ignored(self) -> None:
        headers = [("CF-IPCountry", "FR"), ("CF-IPCountry", "FR"), ("X-Forwarded-For", STRANGER)]
        assert place(scope(headers=headers, peer=PROXY), configured=CONFIGURED) == ("GB", "address")


class TestCountryAddress:
    """The client is the right-most untrusted address of X-Forwarded-For behind a trusted proxy, else the peer."""

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
            ([f"{STRANGER},"], "GB"),
            ([f"{STRANGER}, , \t,, 10.1.2.3 ,"], "GB"),
            ([f"89.160.20.112, ,{STRANGER}", "", " "], "GB"),
        ],
    )
    def test_right_most_untrusted_address_is_the_client(self, forwarded: list[str], expected: str) -> None:
        headers = [("X-Forwarded-For", value) for value in forwarded]
        assert place(scope(headers=headers, peer=PROXY), configured=CONFIGURED) == (expected, "address")

    @pytest.mark.parametrize(
        "forwarded",
        [
            "",
            ",",
            " , ,",
            "unknown",
            f"{STRANGER}, unknown,",
            f"{STRANGER}, unknown",
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
    def test_malformed_or_trusted_only_is_unknown(self, forwarded: str) -> None:
        asgi_scope = scope(headers={"X-Forwarded-For": forwarded}, peer=PROXY)
        assert place(asgi_scope, configured=CONFIGURED) == (None, "unknown")

    def test_address_of_a_proxy_without_the_header_is_not_the_clients(self) -> None:
        assert place(scope(peer=STRANGER), configured=config(trusted_proxies=STRANGER)) == (None, "unknown")

    def test_untrusted_peer_is_the_client(self) -> None:
        asgi_scope = scope(headers={"X-Forwarded-For": "89.160.20.112"})
        assert place(asgi_scope, configured=CONFIGURED) == ("GB", "address")

    def test_ipv4_mapped_address_of_a_proxy_is_trusted(self) -> None:
        asgi_scope = scope(headers={"X-Forwarded-For": STRANGER}, peer=f"::ffff:{PROXY}")
        assert place(asgi_scope, configured=CONFIGURED) == ("GB", "address")

    @pytest.mark.parametrize("network", ["::ffff:10.0.0.0/104", f"::ffff:{PROXY}", "10.0.0.0/255.0.0.0"])
    @pytest.mark.parametrize("peer", [PROXY, f"::ffff:{PROXY}"])
    def test_proxy_of_an_ipv4_mapped_network_is_trusted(self, network: str, peer: str) -> None:
        asgi_scope = scope(headers={"X-Forwarded-For": STRANGER}, peer=peer)
        assert place(asgi_scope, configured=config(trusted_proxies=network)) == ("GB", "address")

    def test_link_local_proxy_is_trusted_on_any_interface(self) -> None:
        asgi_scope = scope(headers={"X-Forwarded-For": STRANGER}, peer="fe80::1%eth0")
        assert place(asgi_scope, configured=config(trusted_proxies="fe80::/10")) == ("GB", "address")

    def test_missing_peer_is_unknown(self) -> None:
        assert place({**scope(), "client": None}) == (None, "unknown")


class TestAnyRequest:
    """Any bytes are accepted, and headers of an untrusted peer are never taken for a proxy's."""

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
    def test_any_request_is_read(self, headers: list[tuple[bytes, bytes]], query: bytes, peer: str) -> None:
        asgi_scope = {**scope(query=query, peer=peer), "headers": headers}
        reader = RequestReader(CONFIGURED, country_of=country_of)
        assert isinstance(reader.read(asgi_scope, default_language="fr").visitor, Visitor)

    def test_forged_headers_of_an_untrusted_peer_change_nothing(self) -> None:
        reader = RequestReader(CONFIGURED, country_of=country_of)
        expected = reader.read(scope(), default_language="fr")
        rng = random.Random(7)
        addresses = ["89.160.20.112", PROXY, "10.1.2.3", "2001:218::1", "unknown", STRANGER]
        forged_headers: dict[str, Callable[[], str]] = {
            "x-forwarded-for": lambda: ", ".join(rng.choices(addresses, k=3)),
            "cf-ipcountry": lambda: rng.choice(["BR", "FR", "XX", "us"]),
            "x-region": lambda: rng.choice(["CA-ON", "BR-SP"]),
            "forwarded": lambda: f"for={rng.choice(addresses)}",
            "x-real-ip": lambda: rng.choice(addresses),
            "true-client-ip": lambda: rng.choice(addresses),
            "x-forwarded-host": lambda: "evil.example",
        }
        for _ in range(1000):
            names = rng.choices(list(forged_headers), k=rng.randint(1, 6))
            headers = [(name, forged_headers[name]()) for name in names]
            assert reader.read(scope(headers=headers), default_language="fr") == expected


@pytest.mark.parametrize(
    ("networks", "expected"),
    [
        ("", True),
        ("10.0.0.7, 192.168.1.0/24, ::1, fd00::/8, 100.64.0.0/10", True),
        ("10.0.0.7, 81.2.69.160", False),
        ("0.0.0.0/0", False),
        ("::/0", False),
        ("8.0.0.0/6", False),
        ("2001:db8::/32", False),
    ],
)
def test_private_networks(networks: str, *, expected: bool) -> None:
    assert are_private(config(trusted_proxies=networks).trusted_proxies) == expected
