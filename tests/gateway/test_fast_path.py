"""The fast path answers with the same bytes as the normal path, and declines every request that could differ."""

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
from renvoi.gateway import fast_path as fast_path_module
from renvoi.gateway.app import Gateway, create_app
from renvoi.geo.importing import import_files
from renvoi.ledger.engines import open_store
from tests.gateway.client import Client, Reply, configured, publish, running
from tests.geo.cast import IPV4, IPV6, range_file
from tests.ledger.cast import all_of
from tests.visitor.cast import NOON, PROXY, operator, table_bytes

BROWSERS = ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Mozilla/5.0 (iPhone)", "")
LANGUAGES = ("", "fr-CA,fr;q=0.8", "en-US,en;q=0.5", "pt-BR", "de, en;q=0, *;q=0.1", "fr;q=0, en")
# Brazil has one partner of the best priority; the operator itself covers Saint-Pierre-et-Miquelon.
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


class Harness:
    """A gateway whose fast path and normal path can be called directly."""

    def __init__(self, gateway: Gateway, client: Client, runner: asyncio.Runner, folder: Path) -> None:
        self.gateway, self.client, self._runner, self._folder = gateway, client, runner, folder

    def fast(self, head: bytes, *, peer: str = PROXY) -> bytes | None:
        """Return the bytes of the fast path's response; None if it declines the request."""

        async def respond() -> bytes | None:
            fast_path = self.gateway.fast_path
            pending = fast_path.match(head, peer)
            if pending is None:
                return None
            recorded: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            fast_path.record(pending, recorded.set_result)
            return fast_path.response(pending, is_recorded=await recorded, headers=b"date: now\r\n")

        return self._runner.run(respond())

    def normal(self, headers: dict[str, str], *, peer: str = PROXY) -> Reply:
        named = {name.lower().replace("-", "_"): value for name, value in headers.items()}
        return self.client.get("/", peer=peer, **named)

    def learn(self, head: bytes) -> None:
        self.gateway.fast_path.learn(head)

    def entries(self) -> list[Entry]:
        with closing(open_store(configured(self._folder))) as store:
            return all_of(store)


@contextmanager
def opened(folder: Path, *, clock: Callable[[], datetime] = lambda: NOON, **values: Any) -> Iterator[Harness]:
    gateway_config = configured(folder, trusted_proxies=(PROXY,), **values)
    publish(gateway_config, content=table_bytes(operator_=operator(mode="direct")))
    ranges = folder.with_name(f"{folder.name}-ranges")
    ranges.mkdir()
    import_files([range_file(ranges / "geoip", RANGES), range_file(ranges / "geoip6", IPV6)], config=gateway_config)
    gateway = create_app(gateway_config, clock=clock)
    with running(gateway) as client:
        yield Harness(gateway, client, client._runner, folder)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with opened(tmp_path_factory.mktemp("fast-path") / "data") as harness:
        yield harness


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    with opened(tmp_path / "data") as harness:
        yield harness


def head_of(headers: dict[str, str], *, line: str = "GET / HTTP/1.1") -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def lines_of_bytes(response: bytes) -> set[str]:
    """Return the status line and the headers, except those that differ in every response."""
    head, _, body = response.partition(b"\r\n\r\n")
    assert body == b""
    lines = head.decode().split("\r\n")
    return {line for line in lines if not line.startswith(("renvoi-ref: ", "date: "))}


def lines_of_reply(reply: Reply) -> set[str]:
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
@given(
    headers=requests,
    forwarded_for=st.sampled_from(FORWARDED),
    at=st.integers(0, 5),
    peer=st.sampled_from([PROXY, MIQUELON]),
)
def test_fast_path_and_normal_path_send_the_same_bytes(
    shared: Harness, headers: dict[str, str], forwarded_for: str | None, at: int, peer: str
) -> None:
    pairs = list(headers.items())
    if forwarded_for is not None:
        pairs.insert(min(at, len(pairs)), ("X-Forwarded-For", forwarded_for))
    all_headers = dict(pairs)
    head = head_of(all_headers)
    shared.learn(head)
    normal = shared.normal(all_headers, peer=peer)
    before = len(shared.entries())
    fast = shared.fast(head, peer=peer)
    if normal.status != 302:
        assert fast is None
        return
    assert fast is not None
    assert lines_of_bytes(fast) == lines_of_reply(normal)
    *_, first, second = shared.entries()
    assert len(shared.entries()) == before + 1
    assert f"renvoi-ref: {second.ref}\r\n\r\n".encode() in fast
    assert first.ref == normal.header("renvoi-ref") != second.ref
    assert first._replace(ref="") == second._replace(ref="")


PLAIN = {"Host": "localhost", "User-Agent": BROWSERS[0], "X-Forwarded-For": BRAZIL}


class TestMatch:
    def test_match_needs_a_learned_head_and_a_cached_redirect(self, harness: Harness) -> None:
        head = head_of(PLAIN)
        assert harness.fast(head) is None
        harness.learn(head)
        assert harness.fast(head) is None
        assert harness.normal(PLAIN).status == 302
        assert harness.fast(head) is not None

    def test_learned_head_matches_from_other_addresses(self, harness: Harness) -> None:
        harness.learn(head_of(PLAIN))
        harness.normal(PLAIN)
        harness.normal(PLAIN | {"X-Forwarded-For": MIQUELON})
        in_miquelon = harness.fast(head_of(PLAIN | {"X-Forwarded-For": MIQUELON}))
        in_brazil = harness.fast(head_of(PLAIN | {"X-Forwarded-For": "203.0.0.200"}))
        assert in_miquelon is not None
        assert b"boreale.example" in in_miquelon
        assert in_brazil is not None
        assert b"partner7.example" in in_brazil

    def test_x_forwarded_for_of_an_untrusted_peer_is_ignored(self, harness: Harness) -> None:
        harness.learn(head_of(PLAIN))
        harness.normal(PLAIN)
        assert harness.fast(head_of(PLAIN), peer=NOWHERE) is None

    def test_response_without_a_recorded_entry_has_no_reference(self, harness: Harness) -> None:
        harness.learn(head_of(PLAIN))
        harness.normal(PLAIN)
        pending = harness.gateway.fast_path.match(head_of(PLAIN), PROXY)
        assert pending is not None
        response = harness.gateway.fast_path.response(pending, is_recorded=False, headers=b"")
        assert response.endswith(b"https://partner7.example/fr\r\n\r\n")

    def test_new_table_is_in_force_at_once(self, harness: Harness, tmp_path: Path) -> None:
        harness.learn(head_of(PLAIN))
        harness.normal(PLAIN)
        publish(configured(tmp_path / "data"), generation=4, content=table_bytes(generation=4, partners=()))
        harness.gateway._current._poll()
        assert harness.fast(head_of(PLAIN)) is None
        assert harness.normal(PLAIN).status == 200

    def test_new_country_data_is_in_force_at_once(self, harness: Harness, tmp_path: Path) -> None:
        harness.learn(head_of(PLAIN))
        harness.normal(PLAIN)
        harness.normal(PLAIN | {"X-Forwarded-For": MIQUELON})
        assert harness.fast(head_of(PLAIN)) is not None
        assert harness.fast(head_of(PLAIN | {"X-Forwarded-For": MIQUELON})) is not None
        files = [range_file(tmp_path / "geoip", ("84279296,84344831,BR", *IPV4)), range_file(tmp_path / "geoip6", IPV6)]
        import_files(files, config=configured(tmp_path / "data"))
        harness.gateway.country_data.refresh()
        assert harness.fast(head_of(PLAIN)) is None
        in_miquelon = harness.fast(head_of(PLAIN | {"X-Forwarded-For": MIQUELON}))
        assert in_miquelon is not None
        assert b"partner7.example" in in_miquelon

    def test_new_day_of_the_operator_is_in_force_at_once(self, tmp_path: Path) -> None:
        now = [NOON]
        with opened(tmp_path / "data", clock=lambda: now[0]) as harness:
            harness.learn(head_of(PLAIN))
            harness.normal(PLAIN)
            now[0] += timedelta(hours=11)
            assert harness.fast(head_of(PLAIN)) is not None
            now[0] += timedelta(hours=2)
            assert harness.fast(head_of(PLAIN)) is None

    def test_oldest_learned_head_is_evicted(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fast_path_module, "CACHE_SIZE", 3)
        harness.normal(PLAIN)
        heads = [head_of(PLAIN | {"Accept": f"text/{number}"}) for number in range(5)]
        for head in heads:
            harness.learn(head)
        assert [harness.fast(head) is not None for head in heads] == [False, False, True, True, True]


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
def test_head_with_other_headers_is_declined(more: dict[str, str], harness: Harness) -> None:
    head = head_of(PLAIN | more)
    harness.normal(PLAIN)
    harness.learn(head)
    harness.learn(head_of(PLAIN))
    assert harness.fast(head_of(PLAIN)) is not None
    assert harness.fast(head) is None


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
def test_other_request_line_is_declined(line: str, harness: Harness) -> None:
    harness.normal(PLAIN)
    head = head_of(PLAIN, line=line)
    harness.learn(head)
    assert harness.fast(head) is None


def test_head_with_the_configured_country_header_is_declined(tmp_path: Path) -> None:
    with opened(tmp_path / "data", country_header="Sec-GPC") as harness:
        headers = PLAIN | {"Sec-GPC": "PM"}
        assert harness.normal(headers).header("location") == "https://boreale.example/fr/inscription"
        harness.normal(PLAIN)
        harness.learn(head_of(headers))
        assert harness.fast(head_of(headers)) is None


def test_head_with_any_changed_byte_is_declined(harness: Harness) -> None:
    """With any bit of a learned head changed, the fast path declines it, unless the change is in X-Forwarded-For."""
    head = head_of(PLAIN)
    harness.learn(head)
    harness.normal(PLAIN)
    draw = random.Random(7)
    address_range = range(head.index(BRAZIL.encode()), head.index(BRAZIL.encode()) + len(BRAZIL))
    for at in range(len(head)):
        altered = head[:at] + bytes([head[at] ^ 1 << draw.randrange(8)]) + head[at + 1 :]
        is_case = altered.lower() == head.lower() and b"orwarded" in head[max(0, at - 12) : at + 12]
        if at not in address_range and not is_case:
            assert harness.fast(altered) is None, altered
    for cut in range(len(head)):
        assert harness.fast(head[:cut]) is None
    assert harness.fast(head + b"\r\n") is None
    bare = head_of({name: value for name, value in PLAIN.items() if name != "X-Forwarded-For"})
    harness.learn(bare)
    assert harness.fast(bare + f"X-Forwarded-For: {BRAZIL}\r\n".encode()) is None
    assert harness.fast(bare[:-2] + f"X-Forwarded-For: {BRAZIL}\r\n\r\n".encode()) is not None
    assert harness.fast(head + head) is None
