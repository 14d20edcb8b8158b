"""Rows of the page « Ce jour-là et aujourd’hui »: the cells and the partners that differ, in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from renvoi.console.sentences import current_language
from renvoi.console.views.history.differences import Difference, differences
from renvoi.console.views.past.asking import Asked
from renvoi.console.wording.decisions import DECISIONS, REASONS, place_name
from renvoi.domain.difference import CellChange, Outcome
from renvoi.domain.names.keys import fold
from renvoi.domain.places import CountryCode, Language, country_name, find_countries
from renvoi.history.models import Change
from renvoi.partners.actions import PARTNER
from renvoi.partners.lists.names import last_names
from renvoi.partners.past.comparing import Comparison

KINDS: Mapping[str, Promise] = {
    "added": gettext_lazy("Added since"),
    "removed": gettext_lazy("Removed since"),
    "changed": gettext_lazy("Changed since"),
}
KIND_ICONS: Mapping[str, str] = {"added": "plus", "removed": "minus", "changed": "pencil"}


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell whose decision differs: its region and language, what was and is decided, and where it is explained."""

    region: str
    language: Language
    before: str
    after: str
    path: str


@dataclass(frozen=True, slots=True)
class ShownCountry:
    """A country with the cells that differ in it."""

    code: CountryCode
    name: str
    cells: list[ShownCell]


@dataclass(frozen=True, slots=True)
class ShownPartner:
    """A partner that came, went or differs. `path` leads to its fields side by side."""

    kind: Promise
    icon: str
    name: str
    path: str
    differences: list[Difference]


def matching_cells(cells: Sequence[CellChange], keyword: str) -> Sequence[CellChange]:
    """Return the cells of the countries that a keyword finds; all without a keyword."""
    if not keyword:
        return cells
    countries = set(find_countries(keyword))
    return [row for row in cells if row.cell.country in countries]


def matching_partners(comparison: Comparison, keyword: str) -> list[tuple[str, int]]:
    """Return (kind, id) of the partners that came, went or differ, whose name or countries a keyword finds."""
    kinds = (("added", comparison.added), ("removed", comparison.removed), ("changed", comparison.changed))
    rows = [(kind, id_) for kind, ids in kinds for id_ in ids]
    if not keyword:
        return rows
    folded, countries = fold(keyword), {str(code) for code in find_countries(keyword)}
    return [(kind, id_) for kind, id_ in rows if _is_found(comparison, id_, folded, countries)]


def _is_found(comparison: Comparison, partner_id: int, folded: str, countries: set[str]) -> bool:
    recorded = [fields for fields in comparison.recorded(partner_id) if fields is not None]
    return any(folded in fold(fields["name"]) or countries.intersection(fields["countries"]) for fields in recorded)


def name_function(comparison: Comparison, rows: Sequence[CellChange]) -> Callable[[int], str]:
    """Return a function from the id of a partner of these cells to its name today, or its last one. One query."""
    ids = {id_ for row in rows for outcome in (row.before, row.after) for id_ in outcome.partners}
    present = last_names(ids)
    return lambda id_: present.get(id_) or comparison.name(id_)


def shown_country(
    code: CountryCode, rows: Sequence[CellChange], name_of: Callable[[int], str], asked: Asked
) -> ShownCountry:
    """Return the cells of a country in words."""
    at = timezone.localtime(asked.at)
    moment = {"day": at.date().isoformat(), "hour": f"{at:%H:%M}"} | ({"second": "1"} if asked.is_second else {})
    cells = []
    for cell, before, after in rows:
        query = {"country": code, "region": cell.region or "", "language": cell.language, **moment}
        cells.append(
            ShownCell(
                region=place_name(code, cell.region) if cell.region else "",
                language=cell.language,
                before=_words(before, name_of, other=after),
                after=_words(after, name_of, other=before),
                path=f"{reverse('console:why')}?{urlencode(query)}",
            )
        )
    return ShownCountry(code, country_name(code, language=current_language()), cells)


def _words(outcome: Outcome, name_of: Callable[[int], str], *, other: Outcome) -> str:
    """Return what is decided; also the reason or the address, if these alone differ from the other outcome."""
    words, names = str(DECISIONS[outcome.kind]), sorted(map(name_of, outcome.partners))
    if outcome.kind == "partner":
        words = words % {"partner": names[0]}
    elif names:
        words = f"{words} ({', '.join(names)})"
    if (outcome.kind, outcome.partners) != (other.kind, other.partners):
        return words
    if outcome.reason != other.reason:
        words = f"{words}. {REASONS[outcome.reason]}"
    return f"{words}\n{outcome.destination}" if outcome.destination != other.destination else words


def shown_partner(kind: str, partner_id: int, comparison: Comparison, moment: Mapping[str, str]) -> ShownPartner:
    """Return a partner with the fields that differ. `moment` is the day and the hour as they were asked about."""
    before, after = comparison.recorded(partner_id)
    change = Change(subject=PARTNER, subject_id=partner_id, before=before, after=after)
    return ShownPartner(
        kind=KINDS[kind],
        icon=KIND_ICONS[kind],
        name=comparison.name(partner_id),
        path=f"{reverse('console:partner_then', args=[partner_id])}?{urlencode(moment)}",
        differences=differences(change) if kind == "changed" else [],
    )
