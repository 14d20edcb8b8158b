"""Look up countries in the current country database, which is reloaded when its file changes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from renvoi.config import Config
from renvoi.domain.places import CountryCode
from renvoi.geo.conversion import ConversionStopped, convert, is_small, latest_ranges
from renvoi.geo.database import CountryDatabase, open_database
from renvoi.geo.importing import imported_path
from renvoi.geo.provenance import DatabaseRefused, Provenance
from renvoi.geo.public import Address
from renvoi.permissions import create_folder
from renvoi.threads import WatchedThread

POLL_EVERY_S = 0.5
_COPY_NAME = "last-good"

_Signature = tuple[int, ...] | None
"""A value that changes whenever a file changes; None if there is no file."""
_NOT_READ: _Signature = ()

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CountryDataStatus:
    """The state of the current country data.

    `provenance` and `loaded_at` are None if there are no data; visitors are then asked for their country. `problem` is
    a sentence, or empty. With a problem, the data described here are still in use but are not the newest.
    """

    provenance: Provenance | None = None
    loaded_at: datetime | None = None
    problem: str = ""


class CountryData:
    """The current country database: a single reference, replaced atomically when its file changes.

    The file is the one that RENVOI_GEOIP_DB names or, without it, the one that `renvoi geo import` wrote, if any. It is
    converted to ranges, once for all workers; until then the previous data stay current, or the file itself is looked
    up in if there are none. When a new file is refused, the last good database stays current.
    """

    def __init__(
        self, config: Config, *, keep_copy: bool, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`keep_copy` keeps the ranges of each good file in the data directory, for all workers, and to load if the
        file is damaged later. Without it the file is looked up in as it is, and nothing is written."""
        self._is_configured = config.geoip_db is not None
        self._path = config.geoip_db or imported_path(config)
        self._copy_path = imported_path(config).with_name(_COPY_NAME)
        self._keep_copy = keep_copy
        self._clock = clock
        self._signature = _NOT_READ
        self._database: CountryDatabase | None = None
        self._is_waiting = False
        # The file that is looked up in until it is converted.
        self._provisional = _NOT_READ
        self._reported_problem = ""
        self._stopping = Event()
        self.thread = WatchedThread("country-data", self._run)
        self.status = CountryDataStatus()
        self.revision = 0
        """Incremented after each replacement: what is cached under a revision never comes from an older one."""

    def lookup(self, address: Address | str) -> CountryCode | None:
        """Return the country of an address, or None if it is unknown or there are no data. Never raises or blocks."""
        database = self._database
        return database.lookup(address) if database else None

    def country_of_text(self, text: bytes) -> CountryCode | None:
        """Return the same for an address as a proxy writes it: `lookup(parse_address(text))`, in half the time."""
        database = self._database
        return database.country_of_text(text) if database else None

    @property
    def digest(self) -> str:
        """The SHA-256 of the data in use, the same on each host that has the same file; empty if there are none."""
        database = self._database
        return database.digest if database else ""

    def count_networks(self) -> int:
        """Return the number of networks that have a country. Takes a second for a large file."""
        return self._database.count_networks() if self._database else 0

    def start(self) -> None:
        """Load the file, then convert it and poll it for changes in a thread. Blocks during the first load only."""
        if not self.thread.is_running:
            self._look()
            if self._is_waiting and is_small(self._path):
                self._convert()
            self._log_problem()
            self.thread.start()

    def stop(self) -> None:
        """Stop polling. The current data stay in use."""
        self._stopping.set()
        self.thread.join()

    def close(self) -> None:
        """Stop polling and close the current data. Every later lookup returns None."""
        self.stop()
        if self._database is not None:
            self._database.close()

    def refresh(self) -> None:
        """Load the file if it has changed since the last call, and wait until it is converted.

        A file that is refused is reported in `status`.
        """
        self._look()
        if self._is_waiting:
            self._convert()

    def _look(self) -> None:
        """Load a file that has changed, or leave it to `_convert`."""
        signature = _signature(self._path)
        if signature == self._signature:
            return
        self._signature = signature
        self._is_waiting = False
        if signature is None and not self._is_configured and self._database is None:
            return  # nothing has been imported yet
        try:
            self._open()
        except DatabaseRefused as error:
            self._report_problem(str(error))

    def _run(self) -> None:
        while not self._stopping.wait(POLL_EVERY_S):
            try:
                self.refresh()
            except Exception as error:  # noqa: BLE001  if the thread ended, the data would never be updated again
                self._report_problem(f"The country database {self._path} can't be followed ({error!r}).")
            self._log_problem()

    def _open(self) -> None:
        if not self._keep_copy:
            self._replace(open_database(self._path))
            return
        latest = latest_ranges(self._path, converted=self._copy_path)
        if latest is not None:
            self._replace(latest)
            return
        self._is_waiting = True
        if self._database is None:
            self._load_copy()
        if self._database is None:
            self._replace(open_database(self._path))
            self._provisional = self._signature

    def _convert(self) -> None:
        try:
            create_folder(self._copy_path.parent)
            self._replace(convert(self._path, keep_as=self._copy_path, is_stopping=self._stopping.is_set))
        except DatabaseRefused as error:
            self._report_problem(str(error))
        except OSError:
            self._open_unconverted()
        except ConversionStopped:
            return
        self._is_waiting = False

    def _open_unconverted(self) -> None:
        """Look up in the file itself, because its ranges can't be written: the disk is full, or the folder locked."""
        if self._provisional != self._signature:
            try:
                self._replace(open_database(self._path))
            except DatabaseRefused as error:
                self._report_problem(str(error))

    def _replace(self, database: CountryDatabase) -> None:
        # The previous database is not closed, because another thread may be reading it.
        self._database = database
        self._provisional = _NOT_READ
        self.revision += 1
        self.status = CountryDataStatus(provenance=database.provenance, loaded_at=self._clock())

    def _report_problem(self, problem: str) -> None:
        self._is_waiting = False
        if self._provisional == self._signature:
            # The file passed the first check, but could not be converted: nothing in it can be believed.
            self._database, self._provisional = None, _NOT_READ
            self.status = CountryDataStatus()
            self.revision += 1
        if self._database is None:
            self._load_copy()
        current = self.status.provenance
        effect = f"The last good data, of {current.built_at:%Y-%m-%d}, serve on." if current else "Visitors are asked."
        self.status = replace(self.status, problem=f"{problem} {effect}")

    def _log_problem(self) -> None:
        """Log a problem, or its end, once rather than at each poll."""
        if self.status.problem != self._reported_problem:
            self._reported_problem = self.status.problem
            if self._reported_problem:
                _logger.error("%s", self._reported_problem)
            else:
                _logger.warning("The country data are up to date again.")

    def _load_copy(self) -> None:
        try:
            self._replace(open_database(self._copy_path))
        except DatabaseRefused:
            return  # there is no copy yet


def _signature(path: Path) -> _Signature:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
