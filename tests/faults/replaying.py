"""Decide every entry of the ledger again, from its archived table: `python -m tests.faults.replaying FILE`.

Each one is also looked up by its reference and explained, as the page « Pourquoi? » does.

FILE has JSON: the ids of the partners that visitors were shown, by reference. Prints JSON: how many entries were
decided again, how many as recorded, a few of the others, how many were explained as recorded, and how many tables
decided them. It works on the installation
of RENVOI_DATA_DIR.
"""

import json
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from renvoi.cli.setup import configure
from renvoi.config import Config
from renvoi.domain.ledger_entry import Entry
from renvoi.domain.routing import Decision, Visitor, choose, decide
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.ledger.engines import open_store

_SHOWN_FAULTS = 5


def replay(entry: Entry, table: RoutingTable) -> Decision | None:
    """Return the decision that the entry's table makes for a visitor such as the entry describes, at its time."""
    visitor = Visitor(entry.country, entry.country_source, entry.region, entry.language)
    if entry.reason == "visitor_chose":
        return choose(table, visitor, partner_id=entry.partner or 0, at=entry.at)
    # The order among equals depends on the visitor's address, which is never stored.
    return decide(table, visitor, at=entry.at, draw=lambda _: b"")


def difference(entry: Entry, table: RoutingTable, shown: Sequence[int] | None) -> str:
    """Return what differs between an entry and its decision now; empty if nothing does."""
    decision = replay(entry, table)
    if decision is None:
        return f"{entry}: nothing"
    ids = [partner.id for partner in decision.partners]
    is_direct = entry.reason == "visitor_chose" or decision.kind == "own" or table.operator.mode == "direct"
    now = (
        decision.generation,
        decision.kind,
        decision.reason,
        ids[0] if len(ids) == 1 else None,
        "sent" if decision.destination and is_direct else "shown",
    )
    then = (entry.generation, entry.decision, entry.reason, entry.partner, entry.act)
    if now != then:
        return f"{entry}: {now}"
    if decision.kind == "choice" and shown is not None and sorted(ids) != sorted(shown):
        return f"{entry}: {sorted(ids)}, and {sorted(shown)} were shown"
    return ""


def is_explained(config: Config, entry: Entry) -> bool:
    """Return whether the entry is found by its reference, and its explanation is what it has recorded."""
    from renvoi.partners.past.explaining import explain_entry, find_entry

    found = find_entry(config, entry.ref)
    decision = explain_entry(found).explanation.decision
    partner = decision.partners[0].id if len(decision.partners) == 1 else None
    now = (decision.generation, decision.kind, decision.reason, partner)
    return found == entry and now == (entry.generation, entry.decision, entry.reason, entry.partner)


def report(shown: Mapping[str, Sequence[int]]) -> dict[str, object]:
    config = configure()
    from renvoi.publication.archive import ArchiveReader

    reader = ArchiveReader()
    tables: OrderedDict[int, RoutingTable] = OrderedDict()
    with closing(open_store(config)) as store:
        entries = [recorded.entry for recorded in store.read(after=0, limit=10_000_000)]
    faults = []
    for entry in sorted(entries, key=lambda entry: entry.generation):
        if entry.generation not in tables:
            tables[entry.generation] = reader.read(entry.generation).table
        if fault := difference(entry, tables[entry.generation], shown.get(entry.ref)):
            faults.append(fault)
    return {
        "entries": len(entries),
        "as_recorded": len(entries) - len(faults),
        "explained_as_recorded": sum(is_explained(config, entry) for entry in entries),
        "faults": faults[:_SHOWN_FAULTS],
        "tables": len(tables),
        "choices": sum(entry.decision == "choice" and entry.ref in shown for entry in entries),
        "reasons": sorted({entry.reason for entry in entries}),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(report(json.loads(Path(sys.argv[1]).read_text()))))
