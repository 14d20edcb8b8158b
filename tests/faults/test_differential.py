"""Differential fuzz: every way to the gateway gives each visitor what the world says, and the ledger agrees.

The ways are the fast path and the normal path, each directly, through nginx and through HAProxy. `SEED` chooses other
conversations, and `ONLY=<number>` repeats one of a report. Planted fault: `crossed`, responses to other visitors.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from renvoi.domain.ledger_entry import Entry
from renvoi.ledger.engines import open_store
from tests.faults.conftest import MANY, ROUNDS, Record
from tests.faults.differential.conversations import Outcome, converse, draw_conversation
from tests.faults.differential.requests import Counted
from tests.faults.serving import Server
from tests.proxies import haproxy, nginx
from tests.world import world_ranges, world_table

pytestmark = [pytest.mark.faults, pytest.mark.needs("nginx", "haproxy")]

SEED = os.environ.get("SEED", "9")
CONVERSATIONS = [int(os.environ["ONLY"])] if os.environ.get("ONLY") else range(170 * ROUNDS if MANY else 80)
"""On each of the six ways. With ROUNDS=100 that is 102,000 connections in total."""
AT_ONCE = 24


@contextmanager
def serving(folder: Path, *, fast_path: str, fault: str = "") -> Iterator[tuple[Server, dict[str, int]]]:
    """Run a gateway of the world; yield it and the port of each way to it."""
    environ = {"RENVOI_TRUSTED_PROXIES": "127.0.0.1", "RENVOI_FAST_PATH": fast_path}
    (folder / "nginx").mkdir(parents=True)
    with ExitStack() as stack:
        server = stack.enter_context(
            Server(folder / "data", table=world_table(), ranges=world_ranges(), workers=2, fault=fault, **environ)
        )
        gateway = server.port
        yield (
            server,
            {
                "direct": gateway,
                "nginx": stack.enter_context(nginx(folder / "nginx", gateway=gateway, console=gateway)),
                "HAProxy": stack.enter_context(haproxy(folder, gateway=gateway, console=gateway)),
            },
        )


async def have_conversations(routes: dict[str, int], numbers: Iterable[int], outcome: Outcome) -> None:
    """Have each conversation on each way, at most AT_ONCE at a time."""
    semaphore = asyncio.Semaphore(AT_ONCE)

    async def have(number: int, route: str) -> None:
        try:
            conversation = draw_conversation(SEED, number, is_multiplexed=route == "direct" and number % 2 == 0)
            await converse(conversation, port=routes[route], route=route, outcome=outcome)
        finally:
            semaphore.release()

    async with asyncio.TaskGroup() as group:
        for number in numbers:
            for route in routes:
                await semaphore.acquire()
                group.create_task(have(number, route))


def entries_of(server: Server) -> list[Entry]:
    entries: list[Entry] = []
    with closing(open_store(server.config)) as store:
        after = 0
        while records := store.read(after=after, limit=5_000):
            entries += [recorded.entry for recorded in records]
            after = records[-1].position
    return entries


def compare_ledger(entries: list[Entry], outcome: Outcome) -> None:
    """Add the differences between the ledger and the references received to the problems."""
    by_ref = {entry.ref: _counted(entry) for entry in entries}
    if len(by_ref) < len(entries):
        outcome.problems.append(f"{len(entries) - len(by_ref)} entries are stored twice")
    times = Counter(ref for ref, _ in outcome.received)
    outcome.problems += [f"{ref} was received {count} times" for ref, count in times.items() if count > 1]
    for ref, expected in outcome.received:
        if by_ref.get(ref) != expected:
            outcome.problems.append(f"{ref} is {by_ref.get(ref)} in the ledger instead of {expected}")
    unread = Counter(counted for ref, counted in by_ref.items() if ref not in times)
    outcome.problems += [
        f"{count} entries that nobody caused: {entry}" for entry, count in (unread - outcome.unread).items()
    ]


def _counted(entry: Entry) -> Counted:
    return Counted(entry.act, entry.country, entry.language, entry.partner, entry.source)


@pytest.mark.parametrize("fast_path", ["on", "off"], ids="fast path {}".format)
def test_each_visitor_gets_the_response_meant_for_them(tmp_path: Path, fast_path: str, record: Record) -> None:
    outcome = Outcome()
    with serving(tmp_path, fast_path=fast_path) as (server, routes):
        asyncio.run(have_conversations(routes, CONVERSATIONS, outcome))
    entries = entries_of(server)
    compare_ledger(entries, outcome)
    record(
        seed=SEED,
        fast_path=fast_path,
        connections=outcome.connections,
        responses=outcome.responses,
        references=len(outcome.received),
        entries=len(entries),
        differences=len(outcome.problems),
    )
    assert outcome.problems == [], "\n".join(outcome.problems[:20])
    assert outcome.responses > outcome.connections


@pytest.mark.parametrize("fast_path", ["on", "off"], ids="fast path {}".format)
def test_response_to_another_visitor_is_detected(tmp_path: Path, fast_path: str) -> None:
    outcome = Outcome()
    with serving(tmp_path, fast_path=fast_path, fault="crossed") as (server, routes):
        asyncio.run(have_conversations(routes, range(80), outcome))
    compare_ledger(entries_of(server), outcome)
    assert any("Location" in problem for problem in outcome.problems)
