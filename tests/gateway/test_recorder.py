"""Tests of which responses are counted, that entries are on disk before the response, and what is never stored."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from renvoi.domain.ledger_entry import Entry
from renvoi.gateway.app import create_app
from renvoi.ledger.engines import open_store
from tests.databases import on_sqlite
from tests.gateway.client import Client, Reply, configured, publish, running
from tests.gateway.conftest import Open
from tests.ledger.cast import all_of
from tests.visitor.cast import NOON, PROXY, config, operator, scope

ReadLedger = Callable[[], list[Entry]]


@pytest.fixture
def read_ledger(tmp_path: Path) -> ReadLedger:
    """Return a function that reads the ledger of this test's gateway."""

    def read() -> list[Entry]:
        with closing(open_store(configured(tmp_path))) as store:
            return all_of(store)

    return read


class TestCounted:
    @pytest.mark.parametrize(
        ("path", "query", "status", "expected"),
        [
            ("/", "", 200, ("shown", "unknown", "no_country", None, None, "unknown", None)),
            ("/", "country=BR", 200, ("shown", "partner", "best_priority", "BR", None, "parameter", 7)),
            ("/", "country=MX", 200, ("shown", "choice", "same_priority", "MX", None, "parameter", None)),
            ("/", "country=CA", 200, ("shown", "region", "no_region", "CA", None, "parameter", None)),
            ("/", "country=FR", 200, ("shown", "none", "all_paused", "FR", None, "parameter", None)),
            ("/", "country=CA&region=CA-QC", 302, ("sent", "own", "in_coverage", "CA", "CA-QC", "parameter", None)),
            ("/go/9", "country=BR", 302, ("sent", "partner", "visitor_chose", "BR", None, "parameter", 9)),
        ],
    )
    def test_each_decision_is_recorded(
        self, open_gateway: Open, read_ledger: ReadLedger, path: str, query: str, status: int, expected: tuple[Any, ...]
    ) -> None:
        reply = open_gateway().get(path, query=query)
        (entry,) = read_ledger()
        assert (reply.status, reply.header("renvoi-ref")) == (status, entry.ref)
        assert expected == (
            *(entry.act, entry.decision, entry.reason, entry.country, entry.region, entry.country_source),
            entry.partner,
        )
        assert (entry.at, entry.language, entry.source, entry.generation) == (NOON, "fr", None, 3)

    def test_redirect_in_mode_direct_is_recorded_as_sent(self, open_gateway: Open, read_ledger: ReadLedger) -> None:
        open_gateway(operator_=operator(mode="direct")).get(query="country=BR&lang=en")
        (entry,) = read_ledger()
        assert (entry.act, entry.decision, entry.partner, entry.language) == ("sent", "partner", 7, "en")

    @pytest.mark.parametrize(
        ("value", "source"),
        [("spring.2026_a-b", "spring.2026_a-b"), ("x" * 64, "x" * 64), ("x" * 65, None), ("a%20b", None), ("", None)],
    )
    def test_only_a_valid_source_is_recorded(
        self, open_gateway: Open, read_ledger: ReadLedger, value: str, source: str
    ) -> None:
        open_gateway().get("/go/7", query=f"country=BR&src={value}")
        assert [entry.source for entry in read_ledger()] == [source]

    def test_click_records_the_source_of_the_country(self, open_gateway: Open, read_ledger: ReadLedger) -> None:
        open_gateway().get("/go/7", query="country=BR", cookie="renvoi_country=BR")
        assert [entry.country_source for entry in read_ledger()] == ["cookie"]

    def test_two_clicks_are_two_entries(self, open_gateway: Open, read_ledger: ReadLedger) -> None:
        gateway = open_gateway()
        refs = [gateway.get("/go/7", query="country=BR").header("renvoi-ref") for _ in range(2)]
        assert [entry.ref for entry in read_ledger()] == refs

    def test_entry_is_on_disk_before_the_response_starts(self, tmp_path: Path, read_ledger: ReadLedger) -> None:
        gateway_config = configured(tmp_path)
        publish(gateway_config)
        app = create_app(gateway_config)
        refs_at_start: list[list[str]] = []

        async def checking_app(asgi_scope: Any, receive: Any, send: Any) -> None:
            async def checked_send(event: Any) -> None:
                if event["type"] == "http.response.start":
                    refs_at_start.append([entry.ref for entry in await asyncio.to_thread(read_ledger)])
                await send(event)

            await app(asgi_scope, receive, checked_send)

        with running(checking_app) as client:
            ref = client.get("/go/7", query="country=BR").header("renvoi-ref")
        assert refs_at_start == [[ref]]


class TestUncounted:
    @pytest.mark.parametrize(
        ("path", "query", "options"),
        [
            ("/", "country=BR", {"method": "HEAD"}),
            ("/go/7", "country=BR", {"method": "HEAD"}),
            ("/", "country=BR", {"sec_purpose": "prefetch"}),
            ("/go/7", "country=BR", {"x_moz": "prefetch"}),
            ("/go/404", "country=BR", {}),
            ("/nothing", "", {}),
            ("/", "", {"method": "PUT"}),
            ("/", "", {"host": "evil.example"}),
            ("/robots.txt", "", {}),
            ("/favicon.ico", "country=BR", {}),
            ("/api/v1/decision", "country=BR", {}),
            ("/embed.js", "", {}),
            ("/healthz", "", {}),
        ],
    )
    def test_uncounted_request_leaves_no_entry(
        self, open_gateway: Open, read_ledger: ReadLedger, path: str, query: str, options: dict[str, str]
    ) -> None:
        gateway = open_gateway()
        reply = gateway.get(path, query=query, **options)
        assert reply.header("renvoi-ref") is None
        gateway.get()
        assert len(read_ledger()) == 1

    def test_choice_leaves_no_entry(self, open_gateway: Open, read_ledger: ReadLedger) -> None:
        gateway = open_gateway()
        assert gateway.post(b"country=BR").status == 303
        gateway.get()
        assert len(read_ledger()) == 1


@on_sqlite
class TestWriteFailure:
    def test_response_has_no_reference_if_no_disk_can_be_written(self, tmp_path: Path, open_gateway: Open) -> None:
        (tmp_path / "ledger.sqlite3").mkdir()
        (tmp_path / "ledger-spool").touch()
        gateway = open_gateway()
        replies = [gateway.get("/go/7", query="country=BR"), gateway.get()]
        assert [(reply.status, reply.header("renvoi-ref")) for reply in replies] == [(302, None), (200, None)]

    def test_entry_is_in_the_spool_if_only_the_ledger_fails(self, tmp_path: Path, open_gateway: Open) -> None:
        (tmp_path / "ledger.sqlite3").mkdir()
        ref = open_gateway().get("/go/7", query="country=BR").header("renvoi-ref")
        assert ref is not None
        (file,) = (tmp_path / "ledger-spool").glob("*.spool")
        assert ref in file.read_text()


@on_sqlite
class TestPrivacy:
    ADDRESS, AGENT, COOKIE = "81.2.69.144", "Firefox/7.7 (tell-tale)", "tell-tale-cookie"
    REFERER = "https://tell-tale.example/from"

    def visit(self, gateway: Client, number: int) -> Reply:
        return gateway.get(
            "/go/7" if number % 2 else "/",
            query=f"country=BR&src=s{number}&junk=tell-tale",
            peer=PROXY if number % 3 else self.ADDRESS,
            x_forwarded_for=self.ADDRESS,
            user_agent=self.AGENT,
            cookie=f"renvoi_country=BR; session={self.COOKIE}",
            referer=self.REFERER,
            accept_language="fr-CA, tell-tale",
        )

    def test_no_personal_data_is_on_disk(self, tmp_path: Path, open_gateway: Open, read_ledger: ReadLedger) -> None:
        gateway = open_gateway(trusted_proxies=(PROXY,))
        for number in range(300):
            assert self.visit(gateway, number).header("renvoi-ref")
        assert len(read_ledger()) == 300
        assert b"s299" in b"".join(_contents(tmp_path))
        for secret in (self.ADDRESS, PROXY, "tell-tale", "Firefox"):
            assert _files_containing(secret, tmp_path) == []

    def test_no_personal_data_is_in_the_spool(self, tmp_path: Path, open_gateway: Open) -> None:
        (tmp_path / "ledger.sqlite3").mkdir()
        gateway = open_gateway(trusted_proxies=(PROXY,))
        for number in range(100):
            assert self.visit(gateway, number).header("renvoi-ref")
        assert any((tmp_path / "ledger-spool").iterdir())
        for secret in (self.ADDRESS, PROXY, "tell-tale", "Firefox"):
            assert _files_containing(secret, tmp_path) == []

    def test_search_finds_planted_personal_data(self, tmp_path: Path) -> None:
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "ledger.sqlite3-wal").write_bytes(b"\0\1" + self.ADDRESS.encode() + b"\0")
        assert _files_containing(self.ADDRESS, tmp_path) == ["ledger.sqlite3-wal"]


def _contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def _files_containing(text: str, folder: Path) -> list[str]:
    """Return the names of all files that contain a text."""
    return [path.name for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_gateway_that_was_never_started_still_responds(tmp_path: Path) -> None:
    app = create_app(config(data_dir=tmp_path))
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def visit() -> None:
        await app(scope(), receive, send)

    asyncio.run(visit())
    assert sent[0]["status"] == 200
