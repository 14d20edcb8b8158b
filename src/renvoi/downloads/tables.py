"""Stream a `Table` of any rows of the database as a CSV file or a workbook, or read its rows for print."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from io import BufferedRandom, FileIO, TextIOWrapper
from typing import IO, Literal, cast

from django.db import connection, transaction

from renvoi.downloads.spooling import Pieces, Spool
from renvoi.downloads.temporary import open_unnamed_file, working_folder
from renvoi.exports.delimited import CHUNK, Separator, render_csv
from renvoi.exports.table import Row, Table
from renvoi.exports.workbook import render_xlsx

Format = Literal["csv", "xlsx"]
# A workbook is written in three steps, each to a file: the sheet, the archive and the spool.
_WORKBOOK_FACTOR = 3


@contextmanager
def read_transaction() -> Iterator[None]:
    """Read rows in chunks within the block, in one thread.

    On PostgreSQL it is a transaction: outside of one, the server would first copy all rows, and a connection pooler may
    send the second chunk's query to a session that knows nothing of the first. On SQLite, a transaction would block
    writers, and one query is a snapshot anyway.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic():
            yield
    else:
        yield


def spool_table(
    make_table: Callable[[], Table],
    *,
    format: Format,  # noqa: A002 (the word for it)
    separator: Separator,
    size: int,
    byte_order_mark: bool = True,
) -> Spool:
    """Return the body of a response with the table that `make_table` returns, whose rows are read lazily.

    `size` is about how many bytes a CSV file of it has, rather more than fewer. Raises NoSpace.
    """

    def read(spool: Spool) -> Pieces:
        with read_transaction():
            table = make_table()
            if format == "xlsx":
                yield from _workbook(table, spool)
            else:
                yield from render_csv(table, separator=separator, byte_order_mark=byte_order_mark)

    return Spool(read, expected_size=size * (_WORKBOOK_FACTOR if format == "xlsx" else 1))


@contextmanager
def stored_rows(make_table: Callable[[], Table]) -> Iterator[Table]:
    """Read all rows of the table that `make_table` returns into a file, and yield the same table over that file.

    Its `count` is exact. To lay out a row takes much longer than to read it: meanwhile the database is not held, and
    the rows are not in memory.
    """
    unbuffered = cast("FileIO", open_unnamed_file())
    with TextIOWrapper(BufferedRandom(unbuffered), encoding="ascii") as file:
        table, count = make_table(), 0
        with read_transaction():
            for row in table.rows:
                file.write(json.dumps(row) + "\n")
                count += 1
        file.seek(0)
        yield replace(table, rows=_rows_in(file), count=count)


def _rows_in(file: IO[str]) -> Iterator[Row]:
    return (tuple(json.loads(line)) for line in file)


def _workbook(table: Table, spool: Spool) -> Pieces:
    # A workbook is a ZIP file: what its first entry says is known once the last row has been written.
    with working_folder() as folder, open_unnamed_file() as file:
        render_xlsx(table, file=file, folder=folder, on_row=spool.require_client)
        file.seek(0)
        yield from iter(partial(file.read, CHUNK), b"")
