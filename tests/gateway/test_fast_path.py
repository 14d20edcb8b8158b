"""The fast path answers with the same bytes as the normal path, and notices every change of table, data and day."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renvoi.gateway import fast_path as fast_path_module
from renvoi.geo.importing import import_files
from tests.gateway.client import Reply, configured, publish
from tests.gateway.fast_path import BRAZIL, BROWSERS, MIQUELON, NOWHERE, PLAIN, Harness, head_of, open_harness
from tests.geo.cast import IPV4, IPV6, range_file
from tests.visitor.cast import NOON, PROXY, table_bytes

LANGUAGES = ("", "fr-CA,fr;q=0.8", "en-US,en;q=0.5", "pt-BR", "de, en;q=0, *;q=0.1", "fr;q=0, en")
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


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with open_harness(tmp_path_factory.mktemp("fast-path") / "data") as harness:
        yield harness


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
        with open_harness(tmp_path / "data", clock=lambda: now[0]) as harness:
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
