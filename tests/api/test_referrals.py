"""GET /api/v1/referrals: every entry once, in the order of positions, also while others are appended."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from renvoi.domain.ledger_entry import FIELDS, Entry
from renvoi.ledger.protocol import LedgerUnavailable, OpenStore
from tests.api.calling import Program
from tests.ledger.cast import entries as make_entries


def refs(program: Program, path: str = "/referrals?limit=7") -> Iterator[str]:
    """Yield the references from this address on, until an answer has none."""
    while True:
        page = program.get(path).json
        if not page["referrals"]:
            return
        yield from (one["ref"] for one in page["referrals"])
        path = page["next"]


def append(ledger: OpenStore, entries: list[Entry]) -> None:
    with closing(ledger()) as store:
        store.append(entries)


def test_cursor_reads_each_entry_once(program: Program, ledger: OpenStore) -> None:
    entries = make_entries(40)
    append(ledger, entries[:30])
    assert [*refs(program)] == [entry.ref for entry in entries[:30]]
    end = program.get("/referrals?after=30").json
    assert (end["referrals"], end["after"], end["next"]) == ([], 30, "/api/v1/referrals?after=30")
    append(ledger, entries[30:])
    assert [*refs(program, end["next"])] == [entry.ref for entry in entries[30:]]


def test_entry_has_the_fields_of_the_ledger_and_nothing_else(program: Program, ledger: OpenStore) -> None:
    append(ledger, make_entries(1))
    (referral,) = program.get("/referrals").json["referrals"]
    assert referral.keys() == {"position", *FIELDS, "at"} - {"at_ms"}
    assert referral["position"] == 1


def test_nothing_is_skipped_while_others_append(program: Program, ledger: OpenStore) -> None:
    entries = make_entries(300)

    def append_portion(start: int) -> None:
        append(ledger, entries[start : start + 10])

    read: list[str] = []
    path = "/referrals?limit=13"
    with ThreadPoolExecutor(4) as pool:
        appending = [pool.submit(append_portion, start) for start in range(0, len(entries), 10)]
        while len(read) < len(entries):
            page = program.get(path).json
            read += [one["ref"] for one in page["referrals"]]
            path = page["next"]
            if all(one.done() for one in appending) and not page["referrals"]:
                break
        for one in appending:
            one.result()
    assert (len(read), set(read)) == (len(entries), {entry.ref for entry in entries})


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=-1", "after=1e3", "after=" + "9" * 19])
def test_wrong_numbers_are_named(program: Program, query: str) -> None:
    assert program.get(f"/referrals?{query}").pointers == ["?" + query.partition("=")[0]]


def test_position_past_the_end_has_nothing(program: Program) -> None:
    assert program.get("/referrals?after=" + "9" * 18).json["referrals"] == []


def test_ledger_that_cannot_be_read_is_said(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise LedgerUnavailable("gone")

    monkeypatch.setattr("renvoi.api.operations.routing.referrals.open_store", fail)
    reply = program.get("/referrals")
    assert (reply.status, reply.headers["retry-after"], b"gone" in reply.content) == (503, "5", False)
