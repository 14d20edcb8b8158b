"""Tests by system call trace: between each request and its 302, a sync of the ledger's log has completed.

Planted fault: `unsynced`, SQLite with synchronous=OFF, must be caught; kill -9 alone would not reveal it.
"""

import http.client
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.conftest import ROUNDS, Record
from tests.faults.serving import Server

pytestmark = [pytest.mark.faults, pytest.mark.needs("strace")]

PATHS = ("/go/1?country=BR", "/")
"""One on the gateway's normal path, and one that takes its fast path except for the first time."""
ACKNOWLEDGEMENTS = 1000 if ROUNDS > 20 else 100
_CALLS = "fsync,fdatasync,read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg"
_SYNC_STARTED = re.compile(r"^(\d+) .*?\b(?:fsync|fdatasync)\(\d+<[^>]*ledger\.sqlite3-wal>(.*)")
_SYNC_RESUMED = re.compile(r"^(\d+) .*?<\.\.\. (?:fsync|fdatasync) resumed>\)\s+= 0")


def synced(lines: Iterator[str]) -> Iterator[bool]:
    """Yield, for each response of a trace in order, whether a sync of the log completed since its request arrived."""
    unfinished: set[str] = set()
    is_asked = is_synced = False
    for line in lines:
        if "GET /" in line:
            is_asked, is_synced = True, False
        elif started := _SYNC_STARTED.match(line):
            if "unfinished" in started[2]:
                unfinished.add(started[1])
            elif is_asked and started[2].endswith("= 0"):
                is_synced = True
        elif (resumed := _SYNC_RESUMED.match(line)) and resumed[1] in unfinished:
            unfinished.discard(resumed[1])
            is_synced = is_synced or is_asked
        elif "HTTP/1.1 302" in line and is_asked:
            yield is_synced
            is_asked = False


def traced(folder: Path, *, fault: str = "") -> list[bool]:
    trace = folder / "trace"
    strace = ["strace", "-f", "-y", "-s", "64", "-e", f"trace={_CALLS}", "-o", str(trace)]
    with Server(folder / "data", fault=fault, before=strace) as server:
        refs = [_ask(server.port, PATHS[number % 2]) for number in range(ACKNOWLEDGEMENTS)]
    assert len({ref for ref in refs if ref}) == ACKNOWLEDGEMENTS
    with trace.open(encoding="utf-8", errors="replace") as lines:
        return list(synced(iter(lines)))


def _ask(port: int, path: str) -> str | None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", path, headers={"X-Forwarded-For": "203.0.0.7"})
        return connection.getresponse().getheader("renvoi-ref")


def test_sync_completes_before_each_response(tmp_path: Path, record: Record) -> None:
    synced_first = traced(tmp_path)
    record(acknowledgements=len(synced_first), synced_first=sum(synced_first))
    assert synced_first == [True] * ACKNOWLEDGEMENTS


def test_commit_without_sync_is_detected(tmp_path: Path) -> None:
    synced_first = traced(tmp_path, fault="unsynced")
    assert len(synced_first) == ACKNOWLEDGEMENTS
    assert not any(synced_first)


def test_trace_parser_matches_syncs_to_responses() -> None:
    lines = [
        '7 recvfrom(9<socket:[1]>, "GET /go/1?country=BR HTTP/1.1\\r\\n"..., 8192, 0, NULL, NULL) = 60',
        "8 fdatasync(12</d/ledger.sqlite3-wal> <unfinished ...>",
        '7 writev(9<socket:[1]>, [{iov_base="HTTP/1.1 302 Found"}], 1) = 90',
        "8 <... fdatasync resumed>) = 0",
        '7 recvfrom(9<socket:[1]>, "GET /go/1?country=BR HTTP/1.1\\r\\n"..., 8192, 0, NULL, NULL) = 60',
        "8 fdatasync(12</d/ledger.sqlite3-wal>) = -1 EIO (Input/output error)",
        "8 fdatasync(13</d/other>) = 0",
        '7 writev(9<socket:[1]>, [{iov_base="HTTP/1.1 302 Found"}], 1) = 90',
        '7 recvfrom(9<socket:[1]>, "GET /go/1?country=BR HTTP/1.1\\r\\n"..., 8192, 0, NULL, NULL) = 60',
        "8 fdatasync(12</d/ledger.sqlite3-wal>) = 0",
        '7 writev(9<socket:[1]>, [{iov_base="HTTP/1.1 302 Found"}], 1) = 90',
    ]
    assert list(synced(iter(lines))) == [False, False, True]
