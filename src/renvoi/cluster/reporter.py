"""Announce this host to the others, and compare it with them, in a thread."""

import logging
import time
from threading import Event

from renvoi.cluster.register import RegisterUnavailable, announce
from renvoi.cluster.report import CountryDataReport, Side, differences, read_host_id, report_of
from renvoi.config import Config
from renvoi.geo.current import CountryData
from renvoi.threads import WatchedThread

INTERVAL_S = 10.0
"""How often a host is announced. It is announced at once when its country data change."""

_POLL_EVERY_S = 0.5

_logger = logging.getLogger(__name__)


class HostReporter:
    """Announces one side of this host, and compares it with the others.

    Without PostgreSQL there is one host, and nothing to do. While the database can't be reached, the last comparison
    stays: what prevents it is reported elsewhere.
    """

    def __init__(self, config: Config, *, side: Side, country_data: CountryData | None) -> None:
        """`country_data` are the data by which this side looks addresses up; None if it looks up none."""
        self._config = config
        self._side: Side = side
        self._country_data = country_data
        self._stopping = Event()
        self._problems: tuple[str, ...] = ()
        self.thread = WatchedThread("hosts", self._run)

    def start(self) -> None:
        """Announce this host every 10 seconds. Does not block."""
        if self._config.postgresql_url and not self.thread.is_running:
            self.thread.start()

    def stop(self) -> None:
        """Stop announcing it. A minute later the others no longer count it."""
        self._stopping.set()
        self.thread.join()

    def problems(self) -> tuple[str, ...]:
        """Return a sentence for each difference from another living host."""
        return self._problems

    def refresh(self) -> None:
        """Announce this host now, and compare it with the others. Raises RegisterUnavailable, or OSError."""
        country_data = describe_country_data(self._country_data) if self._country_data else None
        host_id = read_host_id(self._config.data_dir)
        own = report_of(self._config, side=self._side, host_id=host_id, country_data=country_data)
        self._problems = differences(own, announce(self._config.postgresql_url, own))

    def _run(self) -> None:
        announced_at, revision = float("-inf"), -1
        while not self._stopping.wait(_POLL_EVERY_S):
            if self._country_data is not None and not self._country_data.thread.is_running:
                continue  # the data are not loaded yet, or no longer followed
            current = self._country_data.revision if self._country_data else 0
            if current != revision or time.monotonic() - announced_at >= INTERVAL_S:
                announced_at, revision = time.monotonic(), current
                self._try_to_refresh()

    def _try_to_refresh(self) -> None:
        try:
            self.refresh()
        except (RegisterUnavailable, OSError) as error:
            _logger.debug("This host could not be announced: %s", error)
        except Exception:
            _logger.exception("This host could not be announced. It is retried in %g s.", INTERVAL_S)


def describe_country_data(country_data: CountryData) -> CountryDataReport:
    """Return the report of the country data in use."""
    provenance = country_data.status.provenance
    if provenance is None:
        return CountryDataReport()
    return CountryDataReport(digest=country_data.digest, source=provenance.source, built_at=provenance.built_at)
