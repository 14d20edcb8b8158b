"""The short way says what the long way says, byte for byte, of whoever is on it; and nobody is who says more."""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renvoi.domain.ledger_entry import Entry
from renvoi.gateway import fast_path as shortcut_module
from renvoi.gateway.app import Gateway, create_app
from renvoi.geo.importing import import_files
from renvoi.ledger.engines import open_store
from tests.gateway.client import Client, Reply, configured, publish, running
from tests.geo.cast import IPV4, IPV6, range_file
from tests.ledger.cast import all_of
from tests.visitor.cast import NOON, PROXY, operator, table_bytes

BROWSERS = ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Mozilla/5.0 (iPhone)", "")
LANGUAGES = ("", "fr-CA,fr;q=0.8", "en-US,en;q=0.5", "pt-BR", "de, en;q=0, *;q=0.1", "fr;q=0, en")
# Brazil has one partner of the best priority, Saint-Pierre-et-Miquelon is the operator's own.
BRAZIL, MIQUELON, NOWHERE = "203.0.0.1", "5.6.7.8", "8.8.8.8"
RANGES = ("84279296,84344831,PM", *IPV4, "3405774848,3405840383,BR")
FORWARDED = (
    None,
    BRAZIL,
    MIQUELON,
    NOWHERE,
    f"{BRAZIL}, {MIQUELON}",
    f"9.9.9.9,{BRAZIL}",
    f"{BRAZIL}:5050",
    "fe:1.2",
)


class Gate:
    """A gateway that sends at once, on both ways."""

    def __init__(self, gateway: Gateway, client: Client, runner: asyncio.Runner, folder: Path) -> None:
        self.gateway, self.client, self._runner, self._folder = gateway, client, runner, folder

    def short(self, head: bytes, *, peer: str = PROXY) -> bytes | None:
        """The answer's bytes on the short way; None where it is not taken."""

        async def answered() -> bytes | None:
            fast_path = self.gateway.fast_path
            kept = fast_path.match(head, peer)
            if kept is None:
                return None
            told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            fast_path.record(kept, told.set_result)
            return fast_path.response(kept, is_recorded=await told, headers=b"date: now\r\n")

        return self._runner.run(answered())

    def long(self, said: dict[str, str], *, peer: str = PROXY) -> Reply:
        named = {name.lower().replace("-", "_"): value for name, value in said.items()}
        return self.client.get("/", peer=peer, **named)

    def learn(self, head: bytes) -> None:
        self.gateway.fast_path.learn(head)

    def kept(self) -> list[Entry]:
        with closing(open_store(configured(self._folder))) as store:
            return all_of(store)


@contextmanager
def opened(folder: Path, *, clock: Callable[[], datetime] = lambda: NOON, **values: Any) -> Iterator[Gate]:
    where = configured(folder, trusted_proxies=(PROXY,), **values)
    publish(where, content=table_bytes(who=operator(mode="direct")))
    ranges = folder.with_name(f"{folder.name}-ranges")
    ranges.mkdir()
    import_files([range_file(ranges / "geoip", RANGES), range_file(ranges / "geoip6", IPV6)], config=where)
    gateway = create_app(where, clock=clock)
    with running(gateway) as client:
        yield Gate(gateway, client, client._runner, folder)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with opened(tmp_path_factory.mktemp("short") / "data") as gate:
        yield gate


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened(tmp_path / "data") as made:
        yield made


def head_of(said: dict[str, str], *, line: str = "GET / HTTP/1.1") -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in said.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def lines_of(answer: bytes) -> set[str]:
    """The status line and the headers, but those that each answer has for itself."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b""
    lines = head.decode().split("\r\n")
    return {line for line in lines if not line.startswith(("renvoi-ref: ", "date: "))}


def lines_said(reply: Reply) -> set[str]:
    assert reply.status == 302
    named = {f"{name}: {value}" for name, value in reply.headers if name != "renvoi-ref"}
    return {"HTTP/1.1 302 Found"} | named


requests = st.fixed_dictionaries(
    {"Host": st.sampled_from(["localhost", "localhost:8000", "LOCALHOST."])},
    optional={
        "User-Agent": st.sampled_from(BROWSERS[:2]),
        "Accept-Language": st.sampled_from(LANGUAGES[1:]),
        "Accept": st.just("*/*"),
        "Connection": st.sampled_from(["keep-alive", "Keep-Alive"]),
        "Sec-Fetch-Site": st.just("none"),
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=requests, listed=st.sampled_from(FORWARDED), at=st.integers(0, 5), peer=st.sampled_from([PROXY, MIQUELON]))
def test_both_ways_say_the_same(shared: Gate, said: dict[str, str], listed: str | None, at: int, peer: str) -> None:
    pairs = list(said.items())
    if listed is not None:
        pairs.insert(min(at, len(pairs)), ("X-Forwarded-For", listed))
    everything = dict(pairs)
    head = head_of(everything)
    shared.learn(head)
    long = shared.long(everything, peer=peer)
    before = len(shared.kept())
    short = shared.short(head, peer=peer)
    if long.status != 302:
        assert short is None
        return
    assert short is not None
    assert lines_of(short) == lines_said(long)
    *_, first, second = shared.kept()
    assert len(shared.kept()) == before + 1
    assert f"renvoi-ref: {second.ref}\r\n\r\n".encode() in short
    assert first.ref == long.header("renvoi-ref") != second.ref
    assert first._replace(ref="") == second._replace(ref="")


PLAIN = {"Host": "localhost", "User-Agent": BROWSERS[0], "X-Forwarded-For": BRAZIL}


class TestTaken:
    def test_once_it_is_learnt_and_settled(self, gate: Gate) -> None:
        head = head_of(PLAIN)
        assert gate.short(head) is None
        gate.learn(head)
        assert gate.short(head) is None
        assert gate.long(PLAIN).status == 302
        assert gate.short(head) is not None

    def test_by_all_who_say_the_same_from_another_address(self, gate: Gate) -> None:
        gate.learn(head_of(PLAIN))
        gate.long(PLAIN)
        gate.long(PLAIN | {"X-Forwarded-For": MIQUELON})
        there = gate.short(head_of(PLAIN | {"X-Forwarded-For": MIQUELON}))
        here = gate.short(head_of(PLAIN | {"X-Forwarded-For": "203.0.0.200"}))
        assert there is not None
        assert b"boreale.example" in there
        assert here is not None
        assert b"partner7.example" in here

    def test_not_on_the_word_of_a_stranger(self, gate: Gate) -> None:
        gate.learn(head_of(PLAIN))
        gate.long(PLAIN)
        assert gate.short(head_of(PLAIN), peer=NOWHERE) is None

    def test_where_it_is_recorded_nowhere_it_has_no_reference(self, gate: Gate) -> None:
        gate.learn(head_of(PLAIN))
        gate.long(PLAIN)
        kept = gate.gateway.fast_path.match(head_of(PLAIN), PROXY)
        assert kept is not None
        answer = gate.gateway.fast_path.response(kept, is_recorded=False, headers=b"")
        assert answer.endswith(b"https://partner7.example/fr\r\n\r\n")

    def test_until_the_table_is_another(self, gate: Gate, tmp_path: Path) -> None:
        gate.learn(head_of(PLAIN))
        gate.long(PLAIN)
        publish(configured(tmp_path / "data"), generation=4, content=table_bytes(generation=4, partners=()))
        gate.gateway._current._follow()
        assert gate.short(head_of(PLAIN)) is None
        assert gate.long(PLAIN).status == 200

    def test_with_the_country_data_in_force(self, gate: Gate, tmp_path: Path) -> None:
        gate.learn(head_of(PLAIN))
        gate.long(PLAIN)
        gate.long(PLAIN | {"X-Forwarded-For": MIQUELON})
        assert gate.short(head_of(PLAIN)) is not None
        assert gate.short(head_of(PLAIN | {"X-Forwarded-For": MIQUELON})) is not None
        files = [range_file(tmp_path / "geoip", ("84279296,84344831,BR", *IPV4)), range_file(tmp_path / "geoip6", IPV6)]
        import_files(files, config=configured(tmp_path / "data"))
        gate.gateway.country_data.refresh()
        assert gate.short(head_of(PLAIN)) is None
        there = gate.short(head_of(PLAIN | {"X-Forwarded-For": MIQUELON}))
        assert there is not None
        assert b"partner7.example" in there

    def test_until_the_day_is_another(self, tmp_path: Path) -> None:
        now = [NOON]
        with opened(tmp_path / "data", clock=lambda: now[0]) as gate:
            gate.learn(head_of(PLAIN))
            gate.long(PLAIN)
            now[0] += timedelta(hours=11)
            assert gate.short(head_of(PLAIN)) is not None
            now[0] += timedelta(hours=2)
            assert gate.short(head_of(PLAIN)) is None

    def test_of_no_more_heads_than_are_remembered(self, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shortcut_module, "REMEMBERED", 3)
        gate.long(PLAIN)
        heads = [head_of(PLAIN | {"Accept": f"text/{number}"}) for number in range(5)]
        for head in heads:
            gate.learn(head)
        assert [gate.short(head) is not None for head in heads] == [False, False, True, True, True]


@pytest.mark.parametrize(
    "more",
    [
        {"Cookie": "a=b"},
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
        {"X-Anything": "1"},
        {"User-Agent": "curl/8.0"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"Accept-Language": "fr, " + "en;q=0.1, " * 20},
        {"Host": "evil.example"},
        {"Host": "localhost, evil.example"},
        {"Host": ""},
        {"Referer": "https://x.example/é"},
        {"Referer": "https://x.example/" + "a" * 3000},
        {"Accept ": "x"},
        {"Accept": " x"},
        {"Accept": "x "},
        {"Accept": "x\ty"},
        {"Accept": "x\r\n y"},
        {"Accept": "x\ny: z"},
        {"Accept": "x\r\n\r\nGET / HTTP/1.1\r\nHost: localhost"},
        {"accept": "a", "Accept": "b"},
        {"x-forwarded-for": MIQUELON},
        {"X-Forwarded-For": "junk"},
        {"X-Forwarded-For": BRAZIL + "\t"},
    ],
    ids=repr,
)
def test_who_says_more_is_not_on_it(more: dict[str, str], gate: Gate) -> None:
    head = head_of(PLAIN | more)
    gate.long(PLAIN)
    gate.learn(head)
    gate.learn(head_of(PLAIN))
    assert gate.short(head_of(PLAIN)) is not None
    assert gate.short(head) is None


@pytest.mark.parametrize(
    "line",
    [
        "GET / HTTP/1.0",
        "HEAD / HTTP/1.1",
        "POST / HTTP/1.1",
        "GET /?country=BR HTTP/1.1",
        "GET // HTTP/1.1",
        "get / HTTP/1.1",
    ],
)
def test_another_request_is_not_on_it(line: str, gate: Gate) -> None:
    gate.long(PLAIN)
    head = head_of(PLAIN, line=line)
    gate.learn(head)
    assert gate.short(head) is None


def test_the_proxy_s_own_headers_are_heard_on_the_long_way(tmp_path: Path) -> None:
    with opened(tmp_path / "data", country_header="Sec-GPC") as gate:
        said = PLAIN | {"Sec-GPC": "PM"}
        assert gate.long(said).header("location") == "https://boreale.example/fr/inscription"
        gate.long(PLAIN)
        gate.learn(head_of(said))
        assert gate.short(head_of(said)) is None


def test_no_byte_may_be_another(gate: Gate) -> None:
    """Whatever is altered in a head that is known: it is not on the short way, or it is only the address."""
    head = head_of(PLAIN)
    gate.learn(head)
    gate.long(PLAIN)
    draw = random.Random(7)
    at_listed = range(head.index(BRAZIL.encode()), head.index(BRAZIL.encode()) + len(BRAZIL))
    for at in range(len(head)):
        altered = head[:at] + bytes([head[at] ^ 1 << draw.randrange(8)]) + head[at + 1 :]
        is_case = altered.lower() == head.lower() and b"orwarded" in head[max(0, at - 12) : at + 12]
        if at not in at_listed and not is_case:
            assert gate.short(altered) is None, altered
    for cut in range(len(head)):
        assert gate.short(head[:cut]) is None
    assert gate.short(head + b"\r\n") is None
    bare = head_of({name: said for name, said in PLAIN.items() if name != "X-Forwarded-For"})
    gate.learn(bare)
    assert gate.short(bare + f"X-Forwarded-For: {BRAZIL}\r\n".encode()) is None
    assert gate.short(bare[:-2] + f"X-Forwarded-For: {BRAZIL}\r\n\r\n".encode()) is not None
    assert gate.short(head + head) is None
