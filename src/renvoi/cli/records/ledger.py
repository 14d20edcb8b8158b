"""Commands that read and verify the ledger, and replay the spool."""

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, astuple, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

from renvoi.cli.records.set_aside import set_aside
from renvoi.cli.setup import configure, counted
from renvoi.config import Config, read_config

if TYPE_CHECKING:
    from renvoi.ledger.protocol import Recorded, Store

Result = TypeVar("Result")

_READ_SIZE = 1_000
_FOLLOW_INTERVAL_S = 0.5


def _parse_week(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    from renvoi.ledger.wishes.wish import is_week

    if text and not is_week(text):
        raise click.BadParameter(f"{text!r} is no ISO week: write it as 2026-W48.")
    return text


@click.group()
def ledger() -> None:
    """Read and check the record of answers given to prospects."""


ledger.add_command(set_aside)


@ledger.command()
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="How many entries.")
@click.option("--follow", is_flag=True, help="Then go on with each new one, until interrupted.")
def tail(limit: int, follow: bool) -> None:  # noqa: FBT001 (click's flag)
    """Print the last entries, oldest first: position, then the fields, parted by tabs."""
    from renvoi.domain.ledger_entry import serialise_entry

    with _open_ledger(read_config()) as store:
        after = max(0, _or_fail(store.head).position - limit)
        while True:
            for recorded in _read(store, after=after):
                click.echo(f"{recorded.position}\t{serialise_entry(recorded.entry)}")
                after = recorded.position
            if not follow:
                return
            time.sleep(_FOLLOW_INTERVAL_S)


@ledger.command()
def verify() -> None:
    """Check that every entry is there as it was written, and so is the routing table that decided it.

    Exits with 1 where one is not.
    """
    from renvoi.cli.checks.tables import deleted_earlier
    from renvoi.ledger.checkpoint import read_checkpoint

    config = read_config()
    with _open_ledger(config) as store:
        is_sound = True
        for fault in store.faults(checkpoint=read_checkpoint(config.data_dir)):
            is_sound = False
            click.echo(fault)
        generations = _generations(config, store)
        for fault in _table_faults(generations):
            is_sound = False
            click.echo(f"{fault}.")
        if not is_sound:
            sys.exit(1)
        entries = counted(_or_fail(store.head).position, one="entry", many="entries")
        click.echo(f"The ledger is as it was written: {entries}.")
        if note := deleted_earlier(generations) if generations else "":
            click.echo(f"{note}.")


@ledger.command()
@click.option("--format", "file_format", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@click.option("--after", type=click.IntRange(0), default=0, help="Only entries past this position.")
@click.option("--limit", type=click.IntRange(1), help="At most so many entries.")
@click.option("--output", "-o", type=click.File("w", encoding="utf-8", lazy=False), default="-", help="A file.")
def export(file_format: str, after: int, limit: int | None, output: TextIO) -> None:
    """Write entries as CSV or JSON lines. The last position written is the next call's --after."""
    with _open_ledger(read_config()) as store:
        write = {"csv": _write_csv, "jsonl": _write_json}[file_format]
        write(_read(store, after=after, limit=limit), output)


@ledger.command()
@click.option("--since", callback=_parse_week, default="", help="First ISO week, such as 2026-W48.")
@click.option("--until", callback=_parse_week, default="", help="Last ISO week, inclusive.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def wishes(since: str, until: str, as_json: bool) -> None:  # noqa: FBT001 (click's flag)
    """Print how many prospects without a partner would use the service, by week, country and language."""
    from renvoi.ledger.wishes.wish import LAST_WEEK, WishCount

    with _open_ledger(read_config()) as store:
        counts = _or_fail(lambda: store.wishes(since=since, until=until or LAST_WEEK))
    if as_json:
        click.echo(json.dumps([asdict(count) for count in counts]))
        return
    click.echo("\t".join(field.name for field in fields(WishCount)))
    for count in counts:
        click.echo("\t".join(map(str, astuple(count))))


@ledger.command()
def replay() -> None:
    """Bring into the ledger what waits in the spool. Safe to repeat, and beside a running server."""
    from renvoi.ledger.spool import replay as replay_spool

    config = read_config()
    with _open_ledger(config) as store:
        _or_fail(store.prepare)
        result = _or_fail(lambda: replay_spool(config.spool_dir, store.append_missing))
    click.echo(f"Entries and wishes added to the ledger: {result.added:,}; there already: {result.already_present:,}.")
    if result.in_use:
        files = counted(result.in_use, one="file", many="files")
        click.echo(f"{files} left to running servers, which replay what they have open.")
    if result.damaged:
        lines = counted(result.damaged, one="line", many="lines")
        raise click.ClickException(f"{lines} can't be read; what is damaged is kept as *.damaged.")


@ledger.command()
@click.option("--rebuild", is_flag=True, help="Drop the figures, and count the whole ledger again.")
def count(rebuild: bool) -> None:  # noqa: FBT001 (click's flag)
    """Bring the console's figures up to the ledger's end. Servers do this by themselves, every few seconds."""
    config = configure()
    from renvoi.reports import projection

    update = projection.rebuild if rebuild else projection.project
    with _open_ledger(config) as store:
        entry_count = _or_fail(lambda: update(store, at=datetime.now(UTC)))
    click.echo(f"{counted(entry_count, one='entry', many='entries')} counted.")


def prepare_ledger(config: Config) -> None:
    """Create the ledger's tables, or migrate them to this version.

    Raises ClickException if the database cannot be reached.
    """
    from renvoi.backups.trace import expect_backups

    with _open_ledger(config) as store:
        _or_fail(store.prepare)
    expect_backups(config, at=datetime.now(UTC))


def _open_ledger(config: Config) -> "closing[Store]":
    from renvoi.ledger.engines import open_store

    return closing(open_store(config))


def _or_fail(operation: Callable[[], Result]) -> Result:
    from renvoi.ledger.protocol import LedgerUnavailable

    try:
        return operation()
    except LedgerUnavailable as error:
        raise click.ClickException(f"The ledger is not available: {error}") from error


def _read(store: "Store", *, after: int, limit: int | None = None) -> "Iterator[Recorded]":
    """Yield the entries after a position, in order, reading a page at a time."""
    remaining = limit
    while remaining is None or remaining > 0:
        size = _READ_SIZE if remaining is None else min(remaining, _READ_SIZE)
        entries = _slice(store, after=after, limit=size)
        yield from entries
        if len(entries) < size:
            return
        after = entries[-1].position
        remaining = remaining - len(entries) if remaining is not None else None


def _generations(config: Config, store: "Store") -> Mapping[int, int]:
    """Return the number of entries by generation; empty where there is no archive of routing tables to compare with."""
    from renvoi.cli.checks.tables import has_archive

    if not config.postgresql_url and not config.database_path.exists():
        return {}
    configure()
    return _or_fail(store.generations) if has_archive(config) else {}


def _table_faults(generations: Mapping[int, int]) -> Iterator[str]:
    from renvoi.cli.checks.tables import damaged_tables, missing_tables

    if generations:
        yield from missing_tables(generations)
        yield from damaged_tables(generations)


def _slice(store: "Store", *, after: int, limit: int) -> "list[Recorded]":
    return _or_fail(lambda: store.read(after=after, limit=limit))


def _write_csv(rows: "Iterator[Recorded]", file: TextIO) -> None:
    from renvoi.domain.ledger_entry import FIELDS, entry_as_dict

    columns = ["position", *("at" if name == "at_ms" else name for name in FIELDS)]
    out = csv.DictWriter(file, columns, lineterminator="\r\n")
    out.writeheader()
    for recorded in rows:
        # Prevent CSV formula injection: only a source can start with a character that starts a formula, "-".
        values = entry_as_dict(recorded.entry)
        source = str(values["source"] or "")
        values["source"] = f"'{source}" if source.startswith("-") else source
        out.writerow({"position": recorded.position, **values})


def _write_json(rows: "Iterator[Recorded]", file: TextIO) -> None:
    from renvoi.domain.ledger_entry import entry_as_dict

    values = ({"position": recorded.position, **entry_as_dict(recorded.entry)} for recorded in rows)
    file.writelines(json.dumps(row) + "\n" for row in values)
