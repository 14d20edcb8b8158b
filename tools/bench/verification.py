"""Verify that a measured server does its work: each response has the right Location, and each entry is in the ledger.

tests/tools/test_bench.py shows that it catches responses without a reference, and a ledger that records nothing.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence

from tools.bench.cast import Person
from tools.bench.own_server import BenchRenvoi

CONNECTIONS = 64

_REF = re.compile(rb"\r\nrenvoi-ref: ([0-9a-f-]{36})\r\n", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: ([^\r]+)\r\n", re.IGNORECASE)


class VerificationError(Exception):
    """A server does not do the work that is measured. The message says what is missing."""


def verify_redirects(port: int, people: Sequence[Person]) -> list[str]:
    """Send each visitor's request once, over 64 connections; return the references. Raises VerificationError."""
    return asyncio.run(_send_all(port, people))


def verify_ledger(port: int, people: Sequence[Person], *, renvoi: BenchRenvoi) -> int:
    """Verify also that the ledger grew by exactly these references; return their number. Raises VerificationError."""
    before = renvoi.position()
    refs = verify_redirects(port, people)
    if len(refs) != len(people):
        raise VerificationError(f"{len(people) - len(refs)} of {len(people)} responses have no reference")
    recorded_refs = Counter(recorded.entry.ref for recorded in renvoi.entries_after(before))
    if recorded_refs != Counter(refs):
        raise VerificationError(
            f"{len(refs)} responses were acknowledged, but the {recorded_refs.total()} new entries differ"
        )
    return len(refs)


async def _send_all(port: int, people: Sequence[Person]) -> list[str]:
    shares = [people[at::CONNECTIONS] for at in range(CONNECTIONS)]
    refs_by_connection = await asyncio.gather(*(_send_in_turn(port, share) for share in shares))
    return [ref for refs in refs_by_connection for ref in refs]


async def _send_in_turn(port: int, people: Sequence[Person]) -> list[str]:
    refs: list[str] = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for person in people:
            headers = "".join(f"{name}: {value}\r\n" for name, value in person.headers.items())
            writer.write(f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            length = _LENGTH.search(head)
            await reader.readexactly(int(length[1]) if length else 0)
            refs += _check_response(head, person)
    finally:
        writer.close()
    return refs


def _check_response(head: bytes, person: Person) -> list[str]:
    location, ref = _LOCATION.search(head), _REF.search(head)
    if not head.startswith(b"HTTP/1.1 302 ") or location is None or location[1].decode() != person.target:
        raise VerificationError(f"{person} got the response {head!r}")
    return [ref[1].decode()] if ref else []
