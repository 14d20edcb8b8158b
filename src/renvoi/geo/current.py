"""Hides which country data are in force: an operator's file or imported ones, followed and swapped."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

from renvoi.config import Config
from renvoi.domain.places import CountryCode
from renvoi.geo.database import CountryDatabase, open_database
from renvoi.geo.importing import imported_path
from renvoi.geo.provenance import DatabaseRefused, Provenance
from renvoi.geo.public import Address

POLL_EVERY_S = 0.5
_KEPT = "last-good"

_Signature = tuple[int, ...] | None
"""What changes whenever a file does; None where there is no file."""
_NEVER: _Signature = ()

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CountryDataStatus:
    """What is known of the country data in force. All is empty where none are: each visitor is asked then.

    `problem` is a sentence where something is wrong: the data named here serve on, and are not the newest.
    """

    provenance: Provenance | None = None
    loaded_at: datetime | None = None
    problem: str = ""


class CountryData:
    """The country database in force: one reference, swapped whole. A file that is refused leaves the last good one.

    In force is the file of RENVOI_GEOIP_DB; where that is not set, what `renvoi geo import` made, if anything.
    """

    def __init__(
        self, config: Config, *, keep_copy: bool, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`keep_copy` keeps a copy of each good file in the data folder, to load when the file itself is damaged."""
        self._is_configured = config.geoip_db is not None
        self._path = config.geoip_db or imported_path(config)
        self._kept = imported_path(config).with_name(_KEPT)
        self._keep_copy = keep_copy
        self._clock = clock
        self._seen = _NEVER
        self._database: CountryDatabase | None = None
        self._said = ""
        self._stopping = Event()
        self._thread: Thread | None = None
        self.status = CountryDataStatus()
        self.revision = 0
        """Rises with each swap, after it: what is remembered of an edition is never older than it."""

    def lookup(self, address: Address | str) -> CountryCode | None:
        """The country of an address by the data in force; None without any. Never raises, never waits."""
        database = self._database
        return database.lookup(address) if database else None

    def count_networks(self) -> int:
        """How many networks have a country by the data in force; takes a second for a large file."""
        return self._database.count_networks() if self._database else 0

    def start(self) -> None:
        """Load what there is, then follow the file in a thread. Blocks for that first load only."""
        if self._thread is None:
            self.refresh()
            self._report()
            self._thread = Thread(target=self._run, name="country-data", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop following; the data in force stay."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def refresh(self) -> None:
        """Swap to the file where it is another one than at the last look, and good."""
        signature = _signature(self._path)
        if signature == self._seen:
            return
        self._seen = signature
        if signature is None and not self._is_configured and self._database is None:
            return  # nothing was imported yet
        try:
            self._swap(self._open())
        except DatabaseRefused as error:
            self._refuse(str(error))

    def _run(self) -> None:
        while not self._stopping.wait(POLL_EVERY_S):
            try:
                self.refresh()
            except Exception as error:  # noqa: BLE001  a thread that ends would leave old data for ever
                self._refuse(f"The country database {self._path} can't be followed ({error!r}).")
            self._report()

    def _open(self) -> CountryDatabase:
        if self._keep_copy:
            try:
                self._kept.parent.mkdir(parents=True, exist_ok=True)
                return open_database(self._path, keep_as=self._kept)
            except (OSError, DatabaseRefused):
                pass  # refused again below, or else only the copy can't be kept
        return open_database(self._path)

    def _swap(self, database: CountryDatabase) -> None:
        # The last one is not closed: somebody may be looking something up in it.
        self._database = database
        self.revision += 1
        self.status = CountryDataStatus(provenance=database.provenance, loaded_at=self._clock())

    def _refuse(self, sentence: str) -> None:
        if self._database is None:
            self._start_with_the_kept()
        known = self.status.provenance
        then = f"The last good data, of {known.built_at:%Y-%m-%d}, serve on." if known else "Visitors are asked."
        self.status = replace(self.status, problem=f"{sentence} {then}")

    def _report(self) -> None:
        """Say a problem once, not twice a second."""
        if self.status.problem != self._said:
            self._said = self.status.problem
            if self._said:
                _logger.error("%s", self._said)
            else:
                _logger.warning("The country data are whole again.")

    def _start_with_the_kept(self) -> None:
        try:
            self._swap(open_database(self._kept))
        except DatabaseRefused:
            return  # there is none yet


def _signature(path: Path) -> _Signature:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
