"""Tests that nothing about a visitor is stored.

Many visitors use a real server, healthy and not. Then everything that it wrote is searched for what they sent: their
addresses, as text and as bytes, and a word that occurs in every cookie, user agent, Referer, Accept-Language, path and
query string.

Planted fault: `leaky`, a server that logs who visited, must be caught.
"""

import asyncio
import ipaddress
import os
import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest
from pysqlite3 import dbapi2 as sqlite3

from renvoi.ledger.spool import count_entries
from tests.faults.conftest import MANY, Record
from tests.faults.serving import Server
from tests.programs import require

pytestmark = pytest.mark.faults

VISITS = 10_000 if MANY else 1_500
_TOGETHER = 16
_V4 = re.compile(rb"(?<![0-9.])(?:[0-9]{1,3}[.]){3}[0-9]{1,3}(?![0-9.])")


@dataclass(slots=True)
class Crowd:
    """Visitors behind a trusted proxy, each with its own address, who send `word` in every header and parameter."""

    word: str = field(default_factory=lambda: secrets.token_hex(6))
    network: int = field(default_factory=lambda: (0x2A02 << 48) | secrets.randbits(48))
    addresses: set[str] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)
    refs: list[str] = field(default_factory=list)

    def visit(self, port: int, numbers: range) -> None:
        """Send the requests of these visitors, on a few connections."""
        asyncio.run(self._visit(port, iter(numbers)))

    def traces(self, content: bytes) -> set[str]:
        """Return what of theirs the content contains."""
        network = self.network.to_bytes(8, "big")
        text = str(ipaddress.IPv6Address(self.network << 64)).removesuffix("::").encode()
        forms = {
            "the word": self.word.encode(),
            "a network": text,
            "its bytes": network,
            "its digits": network.hex().encode(),
        }
        matches = {what for what, form in forms.items() if form in content}
        return matches | ({match.decode() for match in _V4.findall(content)} & self.addresses)

    async def _visit(self, port: int, numbers: Iterator[int]) -> None:
        async def some() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with closing(writer):
                for number in numbers:
                    writer.write(self._request(number))
                    await self._read_response(reader, is_head=number % 8 == 5)

        await asyncio.gather(*(some() for _ in range(_TOGETHER)))

    def _request(self, number: int) -> bytes:
        word, address = self.word, self._address(number)
        path = ("/", "/go/1", "/go/1", f"/nowhere/{word}", "/", "/", "/go/1", "/go/1")[number % 8]
        method = {4: "POST", 5: "HEAD"}.get(number % 8, "GET")
        body = f"country=BR&note={word}" if method == "POST" else ""
        agent = "Googlebot/2.1" if number % 50 == 9 else "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
        lines = [
            f"{method} {path}?country=BR&junk={word}-{number} HTTP/1.1",
            "Host: localhost",
            f"X-Forwarded-For: {address}",
            f"User-Agent: {agent} {word}/{number}",
            f"Cookie: renvoi_country=BR; session={word}-{number}",
            f"Referer: https://{word}.example/{number}",
            f"Accept-Language: fr-CA, {word};q=0.5",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()

    def _address(self, number: int) -> str:
        if number % 2:
            return str(ipaddress.IPv6Address((self.network << 64) | secrets.randbits(64)))
        address = str(ipaddress.IPv4Address((81 << 24) + secrets.randbits(24)))
        self.addresses.add(address)
        return address

    async def _read_response(self, reader: asyncio.StreamReader, *, is_head: bool) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        self.statuses.add(int(head[9:12]))
        length = re.search(rb"\r\ncontent-length: (\d+)", head)
        if length and not is_head:
            await reader.readexactly(int(length[1]))
        if ref := re.search(rb"\r\nrenvoi-ref: ([0-9a-f-]{36})", head):
            self.refs.append(ref[1].decode())


def written_by(server: Server, url: str) -> dict[str, bytes]:
    """Return everything that a server has written: its data folder, its output, and the text of its database."""
    files = [path for path in server.folder.rglob("*") if path.is_file()]
    contents = {path.name: path.read_bytes() for path in files}
    if url:
        dump = ["pg_dump", "--inserts", "--dbname", url]
        contents["database"] = subprocess.run(dump, check=True, capture_output=True).stdout
    return contents


def visited(server: Server, crowd: Crowd, *, is_sqlite: bool) -> int:
    """Send the crowd while the ledger is healthy, and on SQLite also while it is locked.

    Return how many entries were spooled.
    """
    half, spooled = VISITS // 2, 0
    crowd.visit(server.port, range(half))
    if is_sqlite:
        with closing(sqlite3.connect(server.config.ledger_path, isolation_level=None)) as other:
            while other.in_transaction is False:
                try:
                    other.execute("BEGIN EXCLUSIVE")
                except sqlite3.OperationalError:
                    time.sleep(0.01)
            visitors = Thread(target=crowd.visit, args=(server.port, range(half, VISITS)))
            visitors.start()
            visitors.join()
            spooled = count_entries(server.config.spool_dir)
            # Kill it while the lock is held: whatever it was writing is on disk.
            server.kill()
            other.execute("ROLLBACK")
        return spooled
    crowd.visit(server.port, range(half, VISITS))
    server.kill()
    return spooled


def test_nothing_sent_by_visitors_is_stored(tmp_path: Path, url: str, record: Record) -> None:
    if url:
        require("pg_dump")
    crowd = Crowd()
    server = Server(tmp_path, url=url, workers=2, RENVOI_TRUSTED_PROXIES="127.0.0.0/8")
    with server:
        spooled = visited(server, crowd, is_sqlite=not url)
    assert crowd.statuses <= {200, 302, 303, 404}
    contents = written_by(server, url)
    with server:  # the spool is replayed
        deadline = time.monotonic() + 20
        while count_entries(server.config.spool_dir) and time.monotonic() < deadline:
            time.sleep(0.1)
    contents |= {f"{name}, replayed": content for name, content in written_by(server, url).items()}
    matches = {name: traces for name, content in contents.items() if (traces := crowd.traces(content))}
    sizes = sum(map(len, contents.values()))
    engine = "postgresql" if url else "sqlite"
    record(
        engine=engine,
        visits=VISITS,
        recorded=len(crowd.refs),
        spooled=spooled,
        searched_bytes=sizes,
        traces=len(matches),
    )
    assert matches == {}
    assert len(crowd.refs) > VISITS / 3
    assert url or spooled
    assert server.examine(crowd.refs).is_sound
    # The search does cover what was written: the references are there.
    assert any(crowd.refs[0].encode() in content or crowd.refs[-1].encode() in content for content in contents.values())


def test_leaky_server_is_detected(tmp_path: Path) -> None:
    crowd = Crowd()
    with Server(tmp_path, fault="leaky", RENVOI_TRUSTED_PROXIES="127.0.0.0/8") as server:
        crowd.visit(server.port, range(40))
    traces = {trace for content in written_by(server, "").values() for trace in crowd.traces(content)}
    assert {"the word", "a network"} <= traces
    assert traces & crowd.addresses


@pytest.mark.parametrize("form", ["text", "bytes", "digits", "word", "v4"])
def test_search_detects_each_form(form: str) -> None:
    crowd = Crowd()
    crowd.addresses.add("81.2.69.144")
    packed = ((crowd.network << 64) | secrets.randbits(64)).to_bytes(16, "big")
    content = {
        "text": str(ipaddress.IPv6Address(packed)).encode(),
        "bytes": packed,
        "digits": packed.hex().encode(),
        "word": crowd.word.encode(),
        "v4": b"81.2.69.144",
    }[form]
    noise = os.urandom(1_000)
    assert crowd.traces(noise) == set()
    assert crowd.traces(noise + b"\0" + content + b"\0" + noise)
