"""Verify that a measured server does its work: each visitor gets the right response, and each entry is in the ledger.

tests/tools/test_bench.py shows that it catches responses without a reference, a ledger that records nothing, visitors
sent elsewhere, and pages of another length or encoding.
"""

import asyncio
import gzip
import importlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.bench.cast import Person
from tools.bench.own_server import BenchRenvoi
from tools.bench.prospects import click_of
from tools.bench.visitors import request_of

CONNECTIONS = 64


class VerificationError(Exception):
    """A server does not do the work that is measured. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as the visitor received it. The names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def size_and_encoding(self) -> tuple[int, str]:
        """The length of the body and its Content-Encoding, empty if it has none."""
        return len(self.body), self.headers.get("content-encoding", "")


Pages = Mapping[str, Answer]
"""A page of each name."""


def fetch_pages(port: int, people: Sequence[Person]) -> Pages:
    """Return each page that these visitors get. Raises VerificationError if one does not lead to the right partner."""
    first_visitors = {person.page: person for person in reversed(people) if person.page}
    answers = asyncio.run(_send_all(port, list(first_visitors.values())))
    pages = {person.page: answer for person, answer in answers}
    for name, answer in pages.items():
        if answer.status != 200 or click_of(name) not in _text(answer):
            raise VerificationError(f"the page {name} has no link {click_of(name)}, but {answer.headers}")
    return pages


def verify_answers(port: int, people: Sequence[Person], *, pages: Pages | None = None) -> list[str]:
    """Send each visitor's request once, over 64 connections; return the references. Raises VerificationError.

    Pages must have the length and the encoding of `pages`.
    """
    answers = asyncio.run(_send_all(port, people))
    for person, answer in answers:
        _check(answer, person, pages or {})
    return [answer.headers["renvoi-ref"] for _, answer in answers if "renvoi-ref" in answer.headers]


def verify_ledger(port: int, people: Sequence[Person], *, renvoi: BenchRenvoi, pages: Pages | None = None) -> int:
    """Verify also that the ledger grew by exactly these references; return their number. Raises VerificationError."""
    before = renvoi.position()
    refs = verify_answers(port, people, pages=pages)
    if len(refs) != len(people):
        raise VerificationError(f"{len(people) - len(refs)} of {len(people)} responses have no reference")
    recorded_refs = Counter(recorded.entry.ref for recorded in renvoi.entries_after(before))
    if recorded_refs != Counter(refs):
        raise VerificationError(
            f"{len(refs)} responses were acknowledged, but the {recorded_refs.total()} new entries differ"
        )
    return len(refs)


async def _send_all(port: int, people: Sequence[Person]) -> list[tuple[Person, Answer]]:
    shares = [people[at::CONNECTIONS] for at in range(CONNECTIONS)]
    by_connection = await asyncio.gather(*(_send_in_turn(port, share) for share in shares if share))
    return [pair for pairs in by_connection for pair in pairs]


async def _send_in_turn(port: int, people: Sequence[Person]) -> list[tuple[Person, Answer]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers: list[tuple[Person, Answer]] = []
    try:
        for person in people:
            writer.write(request_of(person))
            answers.append((person, await asyncio.wait_for(_receive(reader), 30)))
    finally:
        writer.close()
    return answers


async def _receive(reader: asyncio.StreamReader) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(status_line.split(" ")[1]), headers, body)


def _check(answer: Answer, person: Person, pages: Pages) -> None:
    if person.page:
        is_right = answer.status == 200 and answer.size_and_encoding == pages[person.page].size_and_encoding
    else:
        is_right = answer.status == 302 and answer.headers.get("location") == person.target
    if not is_right:
        raise VerificationError(f"{person} got the response {answer.status} {answer.headers}")


def _text(answer: Answer) -> str:
    encoding = answer.headers.get("content-encoding", "")
    if encoding == "br":
        body: bytes = importlib.import_module("brotli").decompress(answer.body)
        return body.decode()
    return (gzip.decompress(answer.body) if encoding == "gzip" else answer.body).decode()
