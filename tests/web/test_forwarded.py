"""Tests of the client's address in Forwarded and X-Forwarded-For, against an oracle that knows each hop."""

import random
from dataclasses import dataclass

import pytest

from renvoi.domain.routing import Decision, decide
from renvoi.visitor.request import Request, RequestReader, draw_for
from tests.visitor.cast import NOON, PROXY, STRANGER, scope, table
from tests.visitor.reading import CONFIGURED, HOMES, country_of, place

ROUNDS = 10_000


class TestForwarded:
    """RFC 7239, read like X-Forwarded-For: the client is the right-most element that is not a trusted proxy."""

    @pytest.mark.parametrize(
        ("forwarded", "expected"),
        [
            ([f"for={STRANGER}"], "GB"),
            ([f"For={STRANGER}"], "GB"),
            ([f'for="{STRANGER}"'], "GB"),
            ([f'for="{STRANGER}:4711"'], "GB"),
            ([f'for="{STRANGER}:_gazonk"'], "GB"),
            ([r'for="81.2\.69.160"'], "GB"),
            (['for="[2001:218::1]"'], "JP"),
            (['for="[2001:218::1]:443"'], "JP"),
            ([f'for="[::ffff:{STRANGER}]"'], "GB"),
            ([f"for={STRANGER};proto=https;by=10.0.0.7;host=renvoi.example"], "GB"),
            ([f"proto=https; for={STRANGER} ; by=_x"], "GB"),
            ([f"for=89.160.20.112, for={STRANGER}"], "GB"),
            ([f"for=89.160.20.112,for={STRANGER};by=x,for=10.1.2.3"], "GB"),
            (["for=89.160.20.112", f"for={STRANGER}", "for=10.1.9.9"], "GB"),
            ([f'for=unknown, for="_hidden", for={STRANGER}'], "GB"),
            ([f"for={STRANGER},"], "GB"),
            ([f", ,for=89.160.20.112,,\t,for={STRANGER} , for=10.1.2.3,,"], "GB"),
            ([f"for={STRANGER}", "", " ,"], "GB"),
            ([f'host="a,b;c=\\"d\\"";for={STRANGER}'], "GB"),
        ],
    )
    def test_right_most_untrusted_element_is_the_client(self, forwarded: list[str], expected: str) -> None:
        headers = [("Forwarded", value) for value in forwarded]
        assert place(scope(headers=headers, peer=PROXY), configured=CONFIGURED) == (expected, "address")

    @pytest.mark.parametrize(
        "forwarded",
        [
            "",
            ",",
            "for=unknown",
            "for=_hidden",
            'for="_hidden:80"',
            "for=",
            "for",
            STRANGER,
            f"by={STRANGER}",
            "proto=https",
            "for=10.1.0.1",
            f"for={STRANGER}, for=unknown",
            f"for={STRANGER}, proto=https",
            ", ,",
            "for=unknown,",
            f"for={STRANGER}, ;",
            f"for={STRANGER};for={STRANGER}",
            f"for={STRANGER};FOR=89.160.20.112",
            f"for={STRANGER}:80",
            f'for="{STRANGER}:"',
            f'for="{STRANGER}:123456"',
            f'for="[{STRANGER}]"',
            "for=[2001:218::1]",
            "for=2001:218::1",
            'for="2001:218::1"',
            'for="[2001:218::1"',
            'for="[2001:218::1%eth0]"',
            f'for="{STRANGER}',
            f'for=89.160.20.112;x=", for={STRANGER}',
            f'for=89.160.20.112;x=", for="{STRANGER}"',
            f"for = {STRANGER}",
            f"for={STRANGER} 1",
            f"for={STRANGER}\x00",
            f"for={STRANGER}|",
            "for=81.2.69",
            "for=٨١.٢.٦٩.١٦٠",
        ],
    )
    def test_malformed_obfuscated_or_trusted_only_is_unknown(self, forwarded: str) -> None:
        asgi_scope = scope(headers={"Forwarded": forwarded}, peer=PROXY)
        assert place(asgi_scope, configured=CONFIGURED) == (None, "unknown")

    def test_header_of_an_untrusted_peer_is_ignored(self) -> None:
        assert place(scope(headers={"Forwarded": "for=89.160.20.112"}), configured=CONFIGURED) == ("GB", "address")

    @pytest.mark.parametrize("text", ['for="' * 5000, "for=1;" * 5000, ", " * 5000, "a=b;" * 5000 + "x", "\\" * 9999])
    def test_long_malformed_header_is_unknown(self, text: str) -> None:
        assert place(scope(headers={"Forwarded": text}, peer=PROXY), configured=CONFIGURED)[1] == "unknown"


class TestBothHeaders:
    """The client may have sent one of the two: they count only if both yield the same address."""

    @pytest.mark.parametrize(
        ("x_forwarded_for", "forwarded", "expected"),
        [
            (STRANGER, f"for={STRANGER}", "GB"),
            (f"89.160.20.112, {STRANGER}", f"for={STRANGER}, for=10.1.2.3", "GB"),
            ("2001:218:0::1", 'for="[2001:218::1]:80"', "JP"),
            (STRANGER, "for=89.160.20.112", None),
            (STRANGER, "for=unknown", None),
            (STRANGER, "junk", None),
            (STRANGER, "", None),
            ("", f"for={STRANGER}", None),
            ("unknown", f"for={STRANGER}", None),
        ],
    )
    def test_both_headers_count_only_if_they_agree(
        self, x_forwarded_for: str, forwarded: str, expected: str | None
    ) -> None:
        asgi_scope = scope(headers={"X-Forwarded-For": x_forwarded_for, "Forwarded": forwarded}, peer=PROXY)
        assert place(asgi_scope, configured=CONFIGURED)[0] == expected


@dataclass(frozen=True)
class Hop:
    """A hop in both notations, and the client that it names: "" for a trusted proxy, None for an unknown client."""

    x_forwarded_for: str
    forwarded: str
    client: str | None


EMPTY = Hop("", "", "")
PROXIES = (EMPTY, Hop("10.1.2.3", "for=10.1.2.3", ""), Hop("10.0.0.7:80", 'by=_x;for="10.0.0.7:80"', ""))
CLIENTS = tuple(
    Hop(f"[{home}]:1", f'for="[{home}]:1";proto=http', home) if ":" in home else Hop(home, f"for={home}", home)
    for home in (*HOMES, "198.51.100.9")
)
UNKNOWN = (
    Hop("unknown", "for=unknown", None),
    Hop("_a", 'for="_a"', None),
    Hop("1.2.3", "for=1.2.3", None),
    Hop("-", "proto=https", None),
    Hop("for=81.2.69.160", "for=81.2.69.160;for=81.2.69.160", None),
)
COUNTRIES = {"BR": "BR", "fr": "FR", "uk": "GB", "XX": None, "T1": None, "": None, "BR, BR": None, "Brazil": None}


@dataclass(frozen=True)
class Case:
    """A set of headers, and the country and its source that follow if a trusted proxy sends them."""

    headers: tuple[tuple[str, str], ...]
    country: str | None
    source: str


def nearest_client(hops: list[Hop]) -> str | None:
    """The oracle: return the client of the right-most hop that is not a trusted proxy."""
    while hops and hops[-1].client == "":
        hops = hops[:-1]
    return hops[-1].client if hops else None


def random_case(rng: random.Random) -> Case:
    """Return hops in one notation or both, in one header or one each, with country headers, in any order."""
    chains = [rng.choices(PROXIES + CLIENTS + UNKNOWN, k=rng.randint(1, 5)) for _ in range(2)]
    if rng.random() < 0.5:
        chains[1] = chains[0]
    used = rng.choice(["x_forwarded_for", "forwarded", "both", "both", "none"])
    headers: list[tuple[str, str]] = []
    clients: list[str | None] = []
    for notation, header, chain in zip(
        ("x_forwarded_for", "forwarded"), ("X-Forwarded-For", "Forwarded"), chains, strict=True
    ):
        if used in {notation, "both"}:
            texts = [getattr(hop, notation) for hop in chain]
            headers += [(header, text) for text in (texts if rng.random() < 0.3 else [", ".join(texts)])]
            clients.append(nearest_client(chain))
    address = clients[0] if clients and len(set(clients)) == 1 else None
    codes = rng.choices(list(COUNTRIES), k=rng.choice([0, 0, 1, 1, 2]))
    for code in codes:
        headers.insert(rng.randint(0, len(headers)) if len(codes) > 1 else 0, ("CF-IPCountry", code))
    header_country = COUNTRIES[codes[0]] if len(codes) == 1 else None
    address_country = HOMES.get(address or "")
    source = "header" if header_country else "address" if address_country else "unknown"
    others = [(name, rng.choice(CLIENTS).x_forwarded_for) for name in ("X-Real-IP", "True-Client-IP", "X-Client-IP")]
    return Case((*headers, *rng.sample(others, k=rng.randint(0, 3))), header_country or address_country, source)


def decision_for(request: Request) -> Decision:
    draw = draw_for(request.address, secret=b"k", at=NOON)
    return decide(table(), request.visitor, at=NOON, draw=draw)


class TestForgery:
    """Ten thousand sets of headers from an untrusted peer and from a trusted proxy."""

    def test_headers_of_an_untrusted_peer_change_no_decision(self) -> None:
        reader = RequestReader(CONFIGURED, country_of=country_of)
        expected = reader.read(scope(), default_language="fr")
        rng = random.Random(20_261_123)
        changed = [
            case
            for case in (random_case(rng) for _ in range(ROUNDS))
            if (read := reader.read(scope(headers=case.headers), default_language="fr")) != expected
            or decision_for(read) != decision_for(expected)
        ]
        assert changed == []

    def test_headers_of_a_trusted_proxy_are_read_as_the_oracle_does(self) -> None:
        reader = RequestReader(CONFIGURED, country_of=country_of)
        rng = random.Random(20_261_124)
        sources = set()
        for _ in range(ROUNDS):
            case = random_case(rng)
            visitor = reader.read(scope(headers=case.headers, peer=PROXY), default_language="fr").visitor
            assert (visitor.country, visitor.country_source) == (case.country, case.source), case
            sources.add(case.source)
        assert sources == {"header", "address", "unknown"}

    def test_planted_trust_in_any_peer_changes_decisions(self) -> None:
        """Planted fault: if any peer were trusted, most of the same sets would change the decision."""
        reader = RequestReader(CONFIGURED, country_of=country_of)
        expected = decision_for(reader.read(scope(), default_language="fr"))
        rng = random.Random(20_261_123)
        trusted = (
            reader.read(scope(headers=random_case(rng).headers, peer=PROXY), default_language="fr") for _ in range(500)
        )
        assert sum(decision_for(read) != expected for read in trusted) > 100
