"""Follow the published routing tables: poll the database in a thread and keep a local copy of the newest table."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Generic, TypeVar

from renvoi.config import Config
from renvoi.domain.table import Bilingual, Operator
from renvoi.domain.table_codec.content import TableDamaged
from renvoi.domain.table_codec.routing_table import RoutingTable, encode_table
from renvoi.gateway.decisions import UNPUBLISHED_GENERATION
from renvoi.gateway.table_source.logos import Logos
from renvoi.gateway.table_source.protocol import TableSource, TableSourceUnavailable, TableVersion
from renvoi.permissions import replace_file
from renvoi.threads import WatchedThread

POLL_INTERVAL_S = 0.2

_logger = logging.getLogger(__name__)

Prepared = TypeVar("Prepared")


class CurrentTable(Generic[Prepared]):
    """The routing table in force. `served` is replaced by a single assignment, so that readers need no lock.

    `loaded_at` is the moment since which the table is served. `problem` is a sentence if the newest table is not served
    or can't be read; else it is empty.

    A table that is damaged, or on which `prepare` raises, is refused: the last one stays in force.
    """

    def __init__(
        self,
        *,
        source: TableSource,
        copy: Path,
        prepare: Callable[[RoutingTable], Prepared],
        empty: Prepared,
        logos: Logos | None = None,
    ) -> None:
        """`prepare` derives from a table what is served; `empty` is served until there is a table.

        `logos` gets the logo that a table names, before it is prepared. If it comes later, the table is prepared again.
        """
        self._source = source
        self._copy = copy
        self._prepare = prepare
        self._logos = logos
        self._table: RoutingTable | None = None
        self._version: TableVersion | None = None
        self._stopping = Event()
        self.thread = WatchedThread("routing-table", self._run)
        self.loaded_at: datetime | None = None
        self.problem = ""
        self._refusal = ""
        self.served = empty

    def start(self) -> None:
        """Load the newest table or the local copy, then poll the database in a thread. Blocks only for that load."""
        if self.thread.is_running:
            return
        if not self._poll():
            self._load_copy()
        self.thread.start()

    def stop(self) -> None:
        """Stop polling. The last table stays in force."""
        self._stopping.set()
        self.thread.join()
        self._source.close()

    def _run(self) -> None:
        while not self._stopping.wait(POLL_INTERVAL_S):
            try:
                self._poll()
            except Exception as error:  # noqa: BLE001 (without the thread, an old table would stay in force forever)
                self._report(f"The routing table can't be followed ({error!r}); the last one is served on.")

    def _poll(self) -> bool:
        """Load the database's newest table if it is new. Return whether a table of the database is served."""
        try:
            content = self._read_new_version()
        except TableSourceUnavailable as error:
            self._report(f"The routing table can't be read from the database ({error}); the last one is served on.")
            return False
        if content is None:
            self._report(self._refusal)
            self._add_late_logo()
            return self._version is not None
        if not self._swap(content):
            return False
        self._save_copy(content)
        return True

    def _read_new_version(self) -> bytes | None:
        """Return the bytes of the newest version; None if it has been read before. Raises TableSourceUnavailable."""
        newest = self._source.newest()
        if newest is None or newest == self._version:
            return None
        content = self._source.content(newest)
        # Set even if the table will be refused, so that it is not read again five times a second.
        self._version = newest
        return content

    def _swap(self, content: bytes) -> bool:
        try:
            table = RoutingTable(content)
            if self._logos is not None:
                self._logos.follow(table.operator.logo)
            self.served = self._prepare(table)
            self._table = table
        except TableDamaged as error:
            self._refusal = f"A routing table is refused ({error}); the last one is served on."
        except Exception:
            _logger.exception("A routing table can't be served; the last one is served on.")
            self._refusal = "A routing table can't be served; the last one is served on."
        else:
            self._refusal = ""
            self.loaded_at = datetime.now(UTC)
        self._report(self._refusal)
        return not self._refusal

    def _add_late_logo(self) -> None:
        if self._table is not None and self._logos is not None and self._logos.retry():
            self.served = self._prepare(self._table)

    def _load_copy(self) -> None:
        try:
            content = self._copy.read_bytes()
        except OSError:
            return
        if self._swap(content):
            _logger.warning("The routing table is the local copy's: %s.", self._copy)

    def _save_copy(self, content: bytes) -> None:
        try:
            replace_file(self._copy, content, durable=True)
        except OSError as error:
            self._report(f"No local copy of the routing table can be kept ({error}).")

    def _report(self, problem: str) -> None:
        """Log a problem once, not five times a second."""
        if problem and problem != self.problem:
            _logger.warning("%s", problem)
        self.problem = problem


def empty_table(config: Config) -> RoutingTable:
    """Return the table used until one is published. It covers no country, so every visitor is asked for theirs."""
    operator = Operator(
        name="",
        signup_url=Bilingual(),
        mode="present",
        default_language=config.default_language,
        time_zone=config.time_zone,
        covered_countries=frozenset(),
        covered_regions={},
    )
    return RoutingTable(encode_table(generation=UNPUBLISHED_GENERATION, operator=operator, partners=()))
