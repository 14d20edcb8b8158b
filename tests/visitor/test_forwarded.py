"""Tests of whom a proxy says that it serves, in either notation, against an oracle that knows how each was written."""

import random
from dataclasses import dataclass

import pytest

from renvoi.domain.routing import Decision, decide
from renvoi.visitor.request import Request, RequestReader, draw_for
from tests.visitor.cast import NOON, PROXY, STRANGER, scope, table
from tests.visitor.reading import CONFIGURED, HOMES, country_of, place

ROUNDS = 10_000


class TestForwarded:
    """RFC 7239, read like X-Forwarded-For: the right-most element that is not one of our proxies."""

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
            ([f'host="a,b;c=\\"d\\"";for={STRANGER}'], "GB"),
        ],
    )
    def test_read(self, forwarded: list[str], expected: str) -> None:
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
            f"for={STRANGER},",
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
    def test_what_is_malformed_hidden_or_only_ours_is_unknown(self, forwarded: str) -> None:
        asgi_scope = scope(headers={"Forwarded": forwarded}, peer=PROXY)
        assert place(asgi_scope, configured=CONFIGURED) == (None, "unknown")

    def test_a_stranger_s_says_nothing(self) -> None:
        assert place(scope(headers={"Forwarded": "for=89.160.20.112"}), configured=CONFIGURED) == ("GB", "address")

    @pytest.mark.parametrize("text", ['for="' * 5000, "for=1;" * 5000, ", " * 5000, "a=b;" * 5000 + "x", "\\" * 9999])
    def test_the_longest_junk_is_read_in_no_time(self, text: str) -> None:
        assert place(scope(headers={"Forwarded": text}, peer=PROXY), configured=CONFIGURED)[1] == "unknown"


class TestBothHeaders:
    """One of the two may be the visitor's own, passed on: they count where both lead to the same address."""

    @pytest.mark.parametrize(
        ("listed", "forwarded", "expected"),
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
    def test_cases(self, listed: str, forwarded: str, expected: str | None) -> None:
        asgi_scope = scope(headers={"X-Forwarded-For": listed, "Forwarded": forwarded}, peer=PROXY)
        assert place(asgi_scope, configured=CONFIGURED)[0] == expected


@dataclass(frozen=True)
class Written:
    """One hop as both notations have it, and whom it names: "" for a proxy of ours, None for nobody."""

    listed: str
    forwarded: str
    names: str | None


OURS = (Written("10.1.2.3", "for=10.1.2.3", ""), Written("10.0.0.7:80", 'by=_x;for="10.0.0.7:80"', ""))
NAMED = tuple(
    Written(f"[{home}]:1", f'for="[{home}]:1";proto=http', home) if ":" in home else Written(home, f"for={home}", home)
    for home in (*HOMES, "198.51.100.9")
)
NOBODY = (
    Written("unknown", "for=unknown", None),
    Written("_a", 'for="_a"', None),
    Written("1.2.3", "for=1.2.3", None),
    Written("", "proto=https", None),
    Written("for=81.2.69.160", "for=81.2.69.160;for=81.2.69.160", None),
)
COUNTRIES = {"BR": "BR", "fr": "FR", "uk": "GB", "XX": None, "T1": None, "": None, "BR, BR": None, "Brazil": None}


@dataclass(frozen=True)
class Said:
    """A set of headers, and the country and its source that follow where a proxy of ours said them."""

    headers: tuple[tuple[str, str], ...]
    country: str | None
    source: str


def nearest(hops: list[Written]) -> str | None:
    """The oracle: whom the right-most hop that is not ours names."""
    while hops and hops[-1].names == "":
        hops = hops[:-1]
    return hops[-1].names if hops else None


def forged(chance: random.Random) -> Said:
    """Hops in one notation or both, in one header or one each, and country headers; in any order."""
    chains = [chance.choices(OURS + NAMED + NOBODY, k=chance.randint(1, 5)) for _ in range(2)]
    if chance.random() < 0.5:
        chains[1] = chains[0]
    used = chance.choice(["listed", "forwarded", "both", "both", "none"])
    headers: list[tuple[str, str]] = []
    names: list[str | None] = []
    for notation, header, chain in zip(("listed", "forwarded"), ("X-Forwarded-For", "Forwarded"), chains, strict=True):
        if used in {notation, "both"}:
            texts = [getattr(hop, notation) for hop in chain]
            headers += [(header, text) for text in (texts if chance.random() < 0.3 else [", ".join(texts)])]
            names.append(nearest(chain))
    address = names[0] if names and len(set(names)) == 1 else None
    codes = chance.choices(list(COUNTRIES), k=chance.choice([0, 0, 1, 1, 2]))
    for code in codes:
        headers.insert(chance.randint(0, len(headers)) if len(codes) > 1 else 0, ("CF-IPCountry", code))
    told = COUNTRIES[codes[0]] if len(codes) == 1 else None
    found = HOMES.get(address or "")
    source = "header" if told else "address" if found else "unknown"
    others = [(name, chance.choice(NAMED).listed) for name in ("X-Real-IP", "True-Client-IP", "X-Client-IP")]
    return Said((*headers, *chance.sample(others, k=chance.randint(0, 3))), told or found, source)


def decided(request: Request) -> Decision:
    draw = draw_for(request.address, secret=b"k", at=NOON)
    return decide(table(), request.visitor, at=NOON, draw=draw)


class TestForgery:
    """Ten thousand sets of headers, from a stranger and from a proxy of ours."""

    def test_a_stranger_changes_no_decision(self) -> None:
        reader = RequestReader(CONFIGURED, country_of=country_of)
        truth = reader.read(scope(), default_language="fr")
        chance = random.Random(20_261_123)
        changed = [
            said
            for said in (forged(chance) for _ in range(ROUNDS))
            if (read := reader.read(scope(headers=said.headers), default_language="fr")) != truth
            or decided(read) != decided(truth)
        ]
        assert changed == []

    def test_a_proxy_is_understood_as_it_was_written(self) -> None:
        reader = RequestReader(CONFIGURED, country_of=country_of)
        chance = random.Random(20_261_124)
        sources = set()
        for _ in range(ROUNDS):
            said = forged(chance)
            visitor = reader.read(scope(headers=said.headers, peer=PROXY), default_language="fr").visitor
            assert (visitor.country, visitor.country_source) == (said.country, said.source), said
            sources.add(said.source)
        assert sources == {"header", "address", "unknown"}

    def test_the_oracle_tells_a_stranger_from_a_proxy(self) -> None:
        """The planted fault: with strangers taken for proxies, most of the same sets would change the decision."""
        reader = RequestReader(CONFIGURED, country_of=country_of)
        truth = decided(reader.read(scope(), default_language="fr"))
        chance = random.Random(20_261_123)
        trusted = (
            reader.read(scope(headers=forged(chance).headers, peer=PROXY), default_language="fr") for _ in range(500)
        )
        assert sum(decided(read) != truth for read in trusted) > 100
