"""Find what a change of partners would change for visitors: a difference of the routing table."""

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from renvoi.domain.difference import CellChange, Overlay, PartnerChanges, difference
from renvoi.domain.golden.checking import Checked
from renvoi.domain.places import CountryCode, Language, elsewhere
from renvoi.domain.table import Bilingual, Candidate, Operator, Period
from renvoi.partners.fields import PartnerValues
from renvoi.partners.golden.stored import stored_broken_by
from renvoi.partners.lists.names import last_names
from renvoi.partners.models import Partner
from renvoi.partners.routing_table import newest_table, routed_operator
from renvoi.partners.values import OperatorValues

_MANY_PARTNERS = 25


@dataclass(frozen=True, slots=True)
class Loss:
    """A country that would lose its last partner or, if `language` is set, the address that it has in that language.

    It loses an address if visitors who read that language would be sent to one in the other language instead.
    """

    country: CountryCode
    language: Language | None = None

    def __str__(self) -> str:
        """The text by which a confirmation recognizes it."""
        return f"{self.country}-{self.language or ''}"


def are_many(count: int) -> bool:
    """Return whether a step changes more partners than one reads name by name: as many as a page of the list shows."""
    return count >= _MANY_PARTNERS


def leaves_nobody(change: CellChange) -> bool:
    """Return whether the prospects of a cell have a partner, and would have none."""
    return bool(change.before.partners) and not change.after.partners


def losses(partner_ids: Collection[int], *, today: date) -> list[Loss]:
    """Return what would be lost today without these partners, by country code, French before English.

    A partner that receives nobody today causes no loss, nor does any in a country that the operator covers entirely.
    Two queries, and another one if the table has changed since the last call.
    """
    return list(without(partner_ids, today=today).losses)


class Foreseen(NamedTuple):
    """What a change would change today: the cells whose decision differs, by country, and what would be lost.

    `broken` are the golden visitors that would no longer get what is expected, each on its own day.
    """

    cells: tuple[CellChange, ...] = ()
    losses: tuple[Loss, ...] = ()
    broken: tuple[Checked, ...] = ()


def foresee(
    partners: Mapping[int, PartnerValues | None], *, today: date, operator: OperatorValues | None = None
) -> Foreseen:
    """Return what would change today if these partners, by id, had these values, and the operator its own.

    None: the partner would be in the trash; the operator stays as it is. New partners have ids of the caller's.
    Two queries, and another one if the table has changed since the last call.
    """
    changed: PartnerChanges = {
        id_: (_candidate(id_, values), values.countries) if values else None for id_, values in partners.items()
    }
    return _foresee(changed, today=today, operator=routed_operator(operator) if operator else None)


def without(partner_ids: Collection[int], *, today: date) -> Foreseen:
    """Return what would change today without these partners: they are paused, in the trash, or deleted for good.

    Two queries, and another one if the table has changed since the last call.
    """
    return _foresee(dict.fromkeys(partner_ids), today=today)


def names_in(cells: Iterable[CellChange]) -> dict[int, str]:
    """Return the names of the stored partners in the cells, by id; the last name of one that was deleted for good."""
    outcomes = (outcome for change in cells for outcome in (change.before, change.after))
    return last_names(id_ for outcome in outcomes for id_ in outcome.partners if id_ > 0)


def _foresee(partners: PartnerChanges, *, today: date, operator: Operator | None = None) -> Foreseen:
    overlay = Overlay(newest_table(), partners=partners, operator=operator)
    changes = difference(overlay, day=today)
    lost = {loss for change in changes if (loss := _loss_of(change, overlay))}
    losses = tuple(sorted(lost, key=lambda loss: (loss.country, loss.language != "fr")))
    return Foreseen(tuple(changes), losses, tuple(stored_broken_by(overlay, today=today)))


def _candidate(id_: int, values: PartnerValues) -> Candidate:
    return Candidate(
        id=id_,
        name=values.name,
        url=Bilingual(en=values.url_en, fr=values.url_fr),
        description=Bilingual(en=values.description_en, fr=values.description_fr),
        priority=values.priority,
        active=values.status == Partner.Status.ACTIVE,
        agreements=(Period(values.agreement_starts_on, values.agreement_ends_on),),
    )


def serve_own_country(partner_ids: Collection[int]) -> bool:
    """Return whether one of these partners serves a country that the operator covers entirely. One query or two."""
    table = newest_table()
    return bool(table.countries_served_by(partner_ids) & table.operator.covered_countries)


def _loss_of(change: CellChange, overlay: Overlay) -> Loss | None:
    """Return what the visitors of a cell would lose; None if nothing."""
    country, language = change.cell.country, change.cell.language
    if country is None or not change.before.partners or _is_covered_in_part(change):
        return None
    if not change.after.partners:
        return Loss(country)
    had_address, has_address = (
        _has_address(table.candidates(country), set(outcome.partners), language)
        for table, outcome in ((overlay.base, change.before), (overlay, change.after))
    )
    return Loss(country, language) if had_address and not has_address else None


def _is_covered_in_part(change: CellChange) -> bool:
    """Return whether the operator would cover the cell, or ask its region, and leave the rest of the country."""
    country, region = change.cell.country, change.cell.region
    is_region = country is not None and region not in {None, elsewhere(country)}
    return change.after.kind == "region" or (change.after.kind == "own" and is_region)


def _has_address(candidates: Iterable[Candidate], receivers: Container[int], language: Language) -> bool:
    """Return whether one of the receivers, ids of candidates, has its own address in a language."""
    return any(one.id in receivers and one.url.address_in(language)[1] == language for one in candidates)
