"""Compute the findings about the newest table, with the prospects whom each concerns and who accepted it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.conf import settings

from renvoi.config import Config
from renvoi.console.sentences import current_language
from renvoi.domain.findings.finding import KINDS, Finding, Kind
from renvoi.domain.findings.finding_all import find_all
from renvoi.domain.names.keys import sort_key
from renvoi.domain.places import LANGUAGES, CountryCode, country_sort_key
from renvoi.geo.current import CountryData
from renvoi.partners.actions.accepting import accepted_findings
from renvoi.partners.models import AcceptedFinding
from renvoi.partners.routing_table import newest_table
from renvoi.reports.demand import Demand, answered, recent_demand
from renvoi.reports.projection import WINDOW


@dataclass(frozen=True, slots=True)
class CurrentFinding:
    """A finding of today, and how many prospects of the last 30 days it concerns. `accepted` is None if it is open."""

    finding: Finding
    prospects: int
    accepted: AcceptedFinding | None = None


@dataclass(frozen=True, slots=True)
class CurrentFindings:
    """All findings of today: those that concern most prospects first, then by the name of their subject."""

    open: list[CurrentFinding]
    accepted: list[CurrentFinding]

    def counts(self) -> Mapping[Kind, int]:
        """Return the number of open findings of each kind that has some, in the order of the kinds."""
        counts = Counter(one.finding.kind for one in self.open)
        return {kind: counts[kind] for kind in KINDS if counts[kind]}

    def of_kind(self, kind: Kind | None) -> "CurrentFindings":
        """Return those of one kind; all of them without a kind."""
        if kind is None:
            return self
        return CurrentFindings(
            [one for one in self.open if one.finding.kind == kind],
            [one for one in self.accepted if one.finding.kind == kind],
        )

    def find(self, key: str) -> CurrentFinding | None:
        """Return the open finding with that key, None if there is none (any more)."""
        return next((one for one in self.open if one.finding.key == key), None)


def current_findings(*, today: date) -> CurrentFindings:
    """Return the findings on a day of the operator's calendar.

    Three queries, and others if the table has changed since the last call or if nothing tells a prospect's country.
    """
    findings = find_all(newest_table(), today=today, has_source=has_country_source())
    demand, accepted = recent_demand(today=today), accepted_findings()
    current = CurrentFindings([], [])
    for finding in findings:
        row = accepted.get(finding.key)
        if row is None or row.facts != finding.digest:
            current.open.append(CurrentFinding(finding, _prospects(finding, demand, today=today)))
        else:
            current.accepted.append(CurrentFinding(finding, _prospects(finding, demand, today=today), row))
    current.open.sort(key=_sort_key)
    current.accepted.sort(key=_sort_key)
    return current


def _prospects(finding: Finding, demand: Demand, *, today: date) -> int:
    if finding.kind != "no_source":
        return finding.prospects(demand)
    first = today - WINDOW
    counts = (answered(None, language, first=first, last=today) for language in LANGUAGES)
    return sum(count["unknown"].visits for count in counts if "unknown" in count)


def _sort_key(current: CurrentFinding) -> tuple[int, str, int, str]:
    finding = current.finding
    if finding.kind in {"no_partner", "choice"}:
        name = country_sort_key(CountryCode(finding.subject), language=current_language())
    else:
        name = sort_key(finding.partners[0].name) if finding.partners else ""
    return -current.prospects, name, KINDS.index(finding.kind), finding.subject


def has_country_source() -> bool:
    """Return whether country data or a header tell the country of prospects. No query."""
    if settings.CONFIG.country_header:
        return True
    data = country_data(settings.CONFIG)
    data.refresh()
    return data.status.provenance is not None


@lru_cache(maxsize=1)
def country_data(config: Config) -> CountryData:
    """Return the reader of the country data, kept so that an unchanged file is not read again.

    The file is checked as the gateway does, but no copy of it is written. Call `refresh()` before its status is read.
    """
    return CountryData(config, keep_copy=False)
