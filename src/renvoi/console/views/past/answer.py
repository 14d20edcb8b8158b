"""What the page « Pourquoi? » shows of an explanation: the partners, who changed them, and what is different today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from renvoi.console.templatetags.renvoi import day
from renvoi.console.views.history.differences import Difference, differences
from renvoi.console.views.history.step_sentences import shown_actor
from renvoi.console.views.list_page import pages_near
from renvoi.console.views.past.asking import page_of
from renvoi.console.wording.decisions import (
    DECISIONS,
    FATE_ICONS,
    FATES,
    REASONS,
    SOURCES,
    decision_words,
    fate_details,
    place_name,
)
from renvoi.domain.explanation import Compared, Standing, compared
from renvoi.domain.places import RegionCode, elsewhere
from renvoi.history.models import Change
from renvoi.history.touching import newest_until
from renvoi.lists.listing import Page
from renvoi.partners.actions import OPERATOR, PARTNER
from renvoi.partners.lists.names import last_names
from renvoi.partners.models import Partner
from renvoi.partners.past.explaining import Explained, NotExplained, explain_moment
from renvoi.visitor.html.page_mark import PageMark

_CHANGES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change that made something so: when, by whom, and what differs."""

    path: str
    at: datetime
    actor: str
    is_creation: bool
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class ShownPartner:
    """A partner that served the country, under its name of that time and, if it differs, today's.

    `path` leads to its settings; it is empty if the partner is in the trash.
    """

    name: str
    present_name: str
    path: str
    is_in_trash: bool
    icon: str
    fate: str
    is_taken: bool
    details: str
    address: str
    changes: list[ShownChange]


@dataclass(frozen=True, slots=True)
class Turn:
    """From which day on a version decided what."""

    on: date
    words: str
    path: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Today:
    """The decision for the same prospect now."""

    is_same: bool
    words: str
    reason: str
    path: str


@dataclass(frozen=True, slots=True)
class RegionLink:
    """A region that the page of that time asked for, and what its prospects were given."""

    code: RegionCode
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An explanation in words. `recorded` is what the ledger has recorded if it differs, which it must not."""

    explained: Explained
    words: str
    reason: str
    place: str
    source: str
    mark: str
    partners: list[ShownPartner]
    partner_count: int
    page: Page[Any]
    pages: Sequence[int | None]
    operator_changes: list[ShownChange]
    turns: list[Turn]
    today: Today | None
    recorded: str
    regions: list[RegionLink]


def answer_of(explained: Explained, *, now: datetime, page: int) -> Answer:
    """Return the explanation in words. A constant number of queries."""
    explanation, visitor = explained.explanation, explained.visitor
    decision = explanation.decision
    shown = page_of(explanation.standings, number=page)
    operator = newest_until(OPERATOR, [1], generation=explained.generation, each=_CHANGES_SHOWN)
    entry = explained.entry
    mark = PageMark(explained.generation, visitor.country, visitor.region, visitor.language)
    return Answer(
        explained=explained,
        words=decision_words(explanation),
        reason=str(REASONS[decision.reason]),
        place=place_name(visitor.country, visitor.region),
        source=str(SOURCES[entry.country_source]) if entry else "",
        mark=str(mark),
        partners=_partners(explained, shown.rows),
        partner_count=len(explanation.standings),
        page=shown,
        pages=pages_near(shown),
        operator_changes=[_change(change) for changes in operator.values() for change in changes],
        turns=_turns(explained, str(mark)),
        today=_today(explained, now=now),
        recorded=f"{entry.decision}, {entry.reason}, {entry.partner}" if entry and explained.differs_from_entry else "",
        regions=_regions_to_choose(explained),
    )


def _partners(explained: Explained, standings: Sequence[Standing]) -> list[ShownPartner]:
    ids = [standing.partner.id for standing in standings]
    present = Partner.objects.filter(id__in=ids).in_bulk() if ids else {}
    changes = newest_until(PARTNER, ids, generation=explained.generation, each=_CHANGES_SHOWN) if ids else {}
    return [_partner(explained, one, present.get(one.partner.id), changes.get(one.partner.id, [])) for one in standings]


def _partner(
    explained: Explained, standing: Standing, present: Partner | None, changes: Sequence[Change]
) -> ShownPartner:
    candidate = standing.partner
    is_in_trash = present is None or present.trashed_at is not None
    url, _language = candidate.url.address_in(explained.visitor.language)
    return ShownPartner(
        name=candidate.name,
        present_name=present.name if present is not None and present.name != candidate.name else "",
        path="" if is_in_trash else reverse("console:partner", args=[candidate.id]),
        is_in_trash=is_in_trash,
        icon=FATE_ICONS[standing.fate],
        fate=str(FATES[standing.fate]),
        is_taken=standing.fate == "taken",
        details=fate_details(standing, explained.explanation),
        address=url if standing.fate == "taken" and len(explained.explanation.decision.partners) > 1 else "",
        changes=[_change(change) for change in changes],
    )


def _change(change: Change) -> ShownChange:
    step = change.change_set
    return ShownChange(
        path=reverse("console:history_step", args=[step.id]),
        at=step.at,
        actor=shown_actor(step),
        is_creation=change.before is None,
        differences=differences(change) if change.before is not None else [],
    )


def _turns(explained: Explained, mark: str) -> list[Turn]:
    """Return the turns of a version, none if it always decided the same."""
    if len(explained.turns) < 2:
        return []
    path, shown_on = reverse("console:why"), explained.explanation.day
    latest = max((on for on, _ in explained.turns if on <= shown_on), default=None)
    return [
        Turn(on, _outcome(outcome), f"{path}?{urlencode({'ref': mark, 'day': day(on)})}", is_shown=on == latest)
        for on, outcome in explained.turns
    ]


def _outcome(outcome: Compared) -> str:
    name = last_names([outcome.partner]).get(outcome.partner) if outcome.partner else ""
    words = DECISIONS[outcome.kind]
    return str(words % {"partner": name}) if outcome.kind == "partner" else str(words)


def _today(explained: Explained, *, now: datetime) -> Today | None:
    """Return what the same prospect gets now; None if that can't be known."""
    visitor, chosen = explained.visitor, explained.chosen
    try:
        again = explain_moment(visitor, at=now, chosen=chosen)
    except NotExplained:
        return None
    query = {"country": visitor.country or "unknown", "region": visitor.region or "", "language": visitor.language}
    before, after = explained.explanation.decision, again.explanation.decision
    is_same = compared(before) == compared(after) and {one.id for one in before.partners} == {
        one.id for one in after.partners
    }
    return Today(
        is_same=is_same,
        words=decision_words(again.explanation),
        reason=str(REASONS[after.reason]),
        path=f"{reverse('console:why')}?{urlencode(query)}",
    )


def _regions_to_choose(explained: Explained) -> list[RegionLink]:
    """Return the regions that the page of that time asked for; none if it did not."""
    country, language = explained.visitor.country, explained.visitor.language
    if country is None or explained.explanation.step != "region":
        return []
    path, on = reverse("console:why"), day(timezone.localdate(explained.at))
    links = []
    for region in (*explained.covered_regions, elsewhere(country)):
        query = {"ref": str(PageMark(explained.generation, country, region, language)), "day": on}
        links.append(RegionLink(region, place_name(country, region), f"{path}?{urlencode(query)}"))
    return links
