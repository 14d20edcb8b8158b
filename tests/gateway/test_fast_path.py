"""The fast path answers with the same bytes as the normal path, and notices every change of table, data and day."""

import time
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renvoi.gateway import fast_path as fast_path_module
from renvoi.geo.importing import import_files
from renvoi.web import heads as heads_module
from tests.gateway.client import Reply, configured, publish
from tests.gateway.fast_path import BRAZIL, BROWSERS, MIQUELON, NOWHERE, PLAIN, Harness, head_of, open_harness
from tests.geo.cast import IPV4, IPV6, range_file
from tests.visitor.cast import NOON, PROXY, partner, table_bytes

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


TARGETS = (
    "/",
    "/?",
    "/?src=spring",
    "/?src=a%20b&lang=en",
    "/?country=BR",
    "/?country=MX&all=1",
    "/?country=zz",
    "/?region=CA-ON&country=ca",
    "/go/7?country=BR&lang=fr",
    "/go/7?country=BR&src=spring.1",
    "/go/7",
    "/go/999?country=BR",
    "/?country=JP",
    "/?country=JP&src=spring&lang=en",
    "/?country=CA&region=CA-BC",
)
COOKIES = (
    *("renvoi_country=MX", "_ga=GA1.1.1; renvoi_country=BR; renvoi_lang=en"),
    *("renvoi_region=CA-ON; renvoi_country=CA", ""),
    *("renvoi_wish=JP", "renvoi_wish=JP.BR; renvoi_country=JP", "renvoi_wish=..jp.zz.CA", "renvoi_wish=FR"),
)
IGNORED = {
    "X-Request-Id": ("1f", "2e"),
    "traceparent": ("00-a-b-01",),
    "CF-Ray": ("1-YUL", "2-GRU"),
    "X-Real-IP": ("1.1.1.1",),
}


@pytest.fixture(scope="module", params=["direct", "present"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    folder = tmp_path_factory.mktemp("fast-path") / "data"
    with open_harness(folder, mode=request.param, country_header="CF-IPCountry", region_header="X-Region") as harness:
        yield harness


def parts(response: bytes) -> tuple[set[str], bytes]:
    """Return the status line and the headers, except those that differ in every response, and the body."""
    head, _, body = response.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return {line for line in lines if not line.startswith(("renvoi-ref: ", "date: "))}, body


def parts_of_reply(reply: Reply) -> tuple[set[str], bytes]:
    status = HTTPStatus(reply.status)
    named = {f"{name}: {value}" for name, value in reply.headers if name != "renvoi-ref"}
    return {f"HTTP/1.1 {status.value} {status.phrase}"} | named, reply.body


requests = st.fixed_dictionaries(
    {"Host": st.sampled_from(["localhost", "localhost:8000", "LOCALHOST."])},
    optional={
        "User-Agent": st.sampled_from(BROWSERS[:2]),
        "Accept-Language": st.sampled_from(LANGUAGES[1:]),
        "Accept-Encoding": st.sampled_from(["gzip, deflate, br", "gzip", "identity"]),
        "Connection": st.sampled_from(["keep-alive", "Keep-Alive"]),
        "Cookie": st.sampled_from(COOKIES),
        "CF-IPCountry": st.sampled_from(["BR", "mx", "XX", "T1", "CA", "junk"]),
        "X-Region": st.sampled_from(["CA-ON", "BR-SP", "?"]),
        **{name: st.sampled_from(values) for name, values in IGNORED.items()},
    },
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    headers=requests,
    target=st.sampled_from(TARGETS),
    forwarded_for=st.sampled_from(FORWARDED),
    at=st.integers(0, 5),
    peer=st.sampled_from([PROXY, MIQUELON]),
)
def test_fast_path_and_normal_path_send_the_same_bytes(
    shared: Harness, headers: dict[str, str], target: str, forwarded_for: str | None, at: int, peer: str
) -> None:
    pairs = list(headers.items())
    if forwarded_for is not None:
        pairs.insert(min(at, len(pairs)), ("X-Forwarded-For", forwarded_for))
    all_headers = dict(pairs)
    head = head_of(all_headers, line=f"GET {target} HTTP/1.1")
    shared.learn(head)
    normal = shared.normal(all_headers, target=target, peer=peer)
    before = len(shared.entries())
    fast = shared.fast(head, peer=peer)
    assert fast is not None
    assert parts(fast) == parts_of_reply(normal)
    new = shared.entries()[before:]
    assert len(new) == (normal.header("renvoi-ref") is not None)
    if new:
        assert f"renvoi-ref: {new[0].ref}\r\n\r\n".encode() in fast
        *_, recorded, _ = shared.entries()
        assert recorded.ref == normal.header("renvoi-ref") != new[0].ref
        assert recorded._replace(ref="") == new[0]._replace(ref="")


def test_long_target_is_not_remembered(harness: Harness) -> None:
    before = fast_path_module._parse_target.cache_info().currsize
    harness.learn(head_of(PLAIN, line=f"GET /?src={'a' * 500} HTTP/1.1"))
    harness.learn(head_of(PLAIN, line=f"GET /?a={id(harness)} HTTP/1.1"))
    assert fast_path_module._parse_target.cache_info().currsize == before + 1


class TestMatch:
    def test_match_needs_a_learned_head(self, harness: Harness) -> None:
        head = head_of(PLAIN)
        assert harness.fast(head) is None
        harness.learn(head)
        assert harness.fast(head) is not None

    def test_learned_head_matches_from_other_addresses(self, harness: Harness) -> None:
        harness.learn(head_of(PLAIN))
        for address, location in ((MIQUELON, b"boreale.example"), ("203.0.0.200", b"partner7.example")):
            assert location in fast(harness, PLAIN | {"X-Forwarded-For": address})

    def test_learned_head_matches_with_other_ignored_headers_cookies_and_targets(self, harness: Harness) -> None:
        headers = PLAIN | {"X-Request-ID": "1", "Cookie": "a=b"}
        harness.learn(head_of(headers))
        assert b"partner7.example/fr" in fast(harness, headers | {"X-Request-ID": "2"})
        assert b"boreale.example" in fast(harness, headers | {"Cookie": "renvoi_country=PM"})
        assert b"boreale.example/en" in fast(harness, headers, "GET /?country=PM&lang=en HTTP/1.1")
        assert b"partner7.example/en" in fast(harness, headers, "GET /go/7?country=BR&lang=en HTTP/1.1")

    def test_x_forwarded_for_of_an_untrusted_peer_is_ignored(self, harness: Harness) -> None:
        harness.learn(head_of(PLAIN))
        assert b"HTTP/1.1 200 OK" in fast(harness, PLAIN, peer=NOWHERE)

    def test_response_without_a_recorded_entry_has_no_reference(self, harness: Harness) -> None:
        harness.learn(head_of(PLAIN))
        pending = harness.gateway.fast_path.match(head_of(PLAIN), PROXY)
        assert pending is not None
        response = harness.gateway.fast_path.response(pending, is_recorded=False, headers=b"")
        assert response.endswith(b"https://partner7.example/fr\r\n\r\n")

    def test_new_table_is_in_force_at_once(self, harness: Harness, tmp_path: Path) -> None:
        harness.learn(head_of(PLAIN))
        assert b"HTTP/1.1 302 Found" in fast(harness, PLAIN)
        publish(configured(tmp_path / "data"), generation=4, content=table_bytes(generation=4, partners=()))
        harness.gateway._current._poll()
        assert b"HTTP/1.1 200 OK" in fast(harness, PLAIN)

    def test_new_country_data_is_in_force_at_once(self, harness: Harness, tmp_path: Path) -> None:
        harness.learn(head_of(PLAIN))
        in_miquelon = PLAIN | {"X-Forwarded-For": MIQUELON}
        assert b"partner7.example" in fast(harness, PLAIN)
        assert b"boreale.example" in fast(harness, in_miquelon)
        files = [range_file(tmp_path / "geoip", ("84279296,84344831,BR", *IPV4)), range_file(tmp_path / "geoip6", IPV6)]
        country_data = harness.gateway.country_data
        before, deadline = country_data.revision, time.monotonic() + 10
        import_files(files, config=configured(tmp_path / "data"))
        # The polling thread may be loading the file already: then this call returns at once.
        country_data.refresh()
        while country_data.revision == before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert b"HTTP/1.1 200 OK" in fast(harness, PLAIN)
        assert b"partner7.example" in fast(harness, in_miquelon)

    def test_new_day_of_the_operator_is_in_force_at_once(self, tmp_path: Path) -> None:
        now = [NOON]
        partners = ((partner(7, "Today", ends_on=NOON.date()), ("BR",)), (partner(8, "Later", priority=9), ("BR",)))
        with open_harness(tmp_path / "data", clock=lambda: now[0], partners=partners) as harness:
            harness.learn(head_of(PLAIN))
            for hours, location in ((0, b"partner7.example"), (11, b"partner7.example"), (2, b"partner8.example")):
                now[0] += timedelta(hours=hours)
                assert location in fast(harness, PLAIN)

    def test_many_heads_are_learned_anew(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        """A client that fills the memory makes others learn again, and no more."""
        monkeypatch.setattr(heads_module, "MAX_LEARNED", 8)
        heads = [head_of(PLAIN | {"Accept": f"text/{number}"}) for number in range(9)]
        for head in heads:
            harness.learn(head)
            assert harness.fast(head) is not None
        assert harness.fast(heads[0]) is None
        harness.learn(heads[0])
        assert harness.fast(heads[0]) is not None


def fast(harness: Harness, headers: dict[str, str], line: str = "GET / HTTP/1.1", *, peer: str = PROXY) -> bytes:
    response = harness.fast(head_of(headers, line=line), peer=peer)
    assert response is not None
    return response
