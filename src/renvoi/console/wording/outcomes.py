"""Say what prospects would get instead: “Brazil, Portugal (in French): Aló Brasil → nobody”."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from renvoi.console.sentences import and_more, current_language, joined
from renvoi.domain.difference import CellChange, Outcome
from renvoi.domain.places import CountryCode, Language, RegionCode, country_name, country_sort_key, region_name
from renvoi.reports.demand import Demand
from renvoi.reports.weighing import Group, prospects_of

_NAMED = 3
_PLACES = 12
_NO_DEMAND: Demand = MappingProxyType({})
Place = tuple[CountryCode | None, RegionCode | None]


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """What the prospects of some places get now, and what they would get.

    `places` names the first of them, with the language where only its readers are concerned. `prospects` came from
    there in the last 30 days.
    """

    places: str
    before: str
    after: str
    prospects: int = 0


def changed_answers(
    cells: Sequence[CellChange], *, names: Mapping[int, str], demand: Demand = _NO_DEMAND
) -> list[ChangedAnswer]:
    """Return the cells in groups of equal answers; the groups, and the places of each, in alphabetical order.

    `names` has those of the partners in the cells, by id. A cell in which only the reason differs is left out.
    """
    groups: dict[tuple[str, str], dict[Place, list[Language]]] = {}
    for change in cells:
        if not change.is_seen:
            continue
        before, after = outcome_text(change.before, names), outcome_text(change.after, names)
        if before == after:
            after = _("%(who)s, at another address") % {"who": after}
        places = groups.setdefault((before, after), {})
        places.setdefault((change.cell.country, change.cell.region), []).append(change.cell.language)
    ordered = sorted(groups.items(), key=lambda group: min(map(_sort_key, group[1])))
    return [
        ChangedAnswer(places_text(places), before, after, prospects_of(_groups(places), demand))
        for (before, after), places in ordered
    ]


def _groups(places: Mapping[Place, Collection[Language]]) -> Iterator[Group]:
    for (country, _region), languages in places.items():
        if country is not None:
            yield from ((country, language) for language in languages)


def outcome_text(outcome: Outcome, names: Mapping[int, str]) -> str:
    """Return what prospects get, as a phrase: the partners' names, “nobody”, “your company”."""
    match outcome.kind:
        case "none":
            return _("nobody")
        case "own":
            return _("your company")
        case "region":
            return _("the choice of a region")
    listed = [names.get(id_, f"#{id_}") for id_ in outcome.partners]
    return and_more(listed, shown=_NAMED)


def places_text(spoken: Mapping[Place, Collection[Language]], *, others: int = 0) -> str:
    """Return the places with their languages: those of both languages first, then those of one.

    The first 12 are named. `others` is the number of further places, which `spoken` does not have.
    """
    phrases = []
    shown = 0
    for languages in (("en", "fr"), ("fr",), ("en",)):
        some = [place for place, has in spoken.items() if sorted(has) == sorted(languages)]
        if not some:
            continue
        named = sorted(some, key=_sort_key)[: max(0, _PLACES - shown)]
        shown += len(named)
        hidden = len(some) - len(named)
        texts = [_name(place) for place in named]
        if hidden:
            texts.append(_others(hidden))
        phrases.append(_in_language(joined(texts), languages))
    return "; ".join([*phrases, _others(others)] if others > 0 else phrases)


def _others(count: int) -> str:
    return ngettext("%(count)d other place", "%(count)d other places", count) % {"count": count}


def _in_language(places: str, languages: Sequence[str]) -> str:
    if len(languages) > 1:
        return places
    sentence = _("%(places)s (in French)") if languages == ("fr",) else _("%(places)s (in English)")
    return sentence % {"places": places}


def _name(place: Place) -> str:
    country, region = place
    language = current_language()
    if region is not None:
        return region_name(region, language=language)
    return country_name(country, language=language) if country else _("unknown country")


def _sort_key(place: Place) -> tuple[str, str]:
    country = country_sort_key(place[0], language=current_language()) if place[0] else ""
    return country, place[1] or ""
