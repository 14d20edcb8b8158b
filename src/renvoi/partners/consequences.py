"""Find what a change of partners would change for visitors: a difference of the routing table."""

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from renvoi.domain.difference import CellChange, Overlay, PartnerChanges, difference
from renvoi.domain.places import CountryCode, Language
from renvoi.domain.table import Bilingual, Candidate, Operator, Period
from renvoi.partners.fields import PartnerValues
from renvoi.partners.lists.names import last_names
from renvoi.partners.models import Partner
from renvoi.partners.routing_table import newest_table, routed_operator
from renvoi.partners.values import OperatorValues

_MANY_PARTNERS = 25
_MANY_COUNTRIES = 10


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


def is_large(*, count: int, losses: Collection[Loss]) -> bool:
    """Return whether a step that changes `count` partners must be confirmed by typing their number (ADR 28).

    It changes as many partners as a page of the list shows, or many countries lose their last partner. A step on one
    partner is never large.
    """
    countries = sum(loss.language is None for loss in losses)
    return count >= _MANY_PARTNERS or (count > 1 and countries >= _MANY_COUNTRIES)


def losses(partner_ids: Collection[int], *, today: date) -> list[Loss]:
    """Return what would be lost today without these partners, by country code, French before English.

    A partner that receives nobody today causes no loss, nor does any in a country that the operator covers entirely.
    One query, and another one if the table has changed since the last call.
    """
    return list(_foresee(dict.fromkeys(partner_ids), today=today).losses)


class Foreseen(NamedTuple):
    """What a change would change today: the cells whose decision differs, by country, and what would be lost."""

    cells: tuple[CellChange, ...] = ()
    losses: tuple[Loss, ...] = ()


def foresee(
    partners: Mapping[int, PartnerValues | None], *, today: date, operator: OperatorValues | None = None
) -> Foreseen:
    """Return what would change today if these partners, by id, had these values, and the operator its own.

    None: the partner would be in the trash; the operator stays as it is. New partners have ids of the caller's.
    One query, and another one if the table has changed since the last call.
    """
    changed: PartnerChanges = {
        id_: (_candidate(id_, values), values.countries) if values else None for id_, values in partners.items()
    }
    return _foresee(changed, today=today, operator=routed_operator(operator) if operator else None)


def names_in(cells: Iterable[CellChange]) -> dict[int, str]:
    """Return the names of the stored partners in the cells, by id; the last name of one that was deleted for good."""
    outcomes = (outcome for change in cells for outcome in (change.before, change.after))
    return last_names(id_ for outcome in outcomes for id_ in outcome.partners if id_ > 0)


def _foresee(partners: PartnerChanges, *, today: date, operator: Operator | None = None) -> Foreseen:
    overlay = Overlay(newest_table(), partners=partners, operator=operator)
    changes = difference(overlay, day=today)
    lost = {loss for change in changes if (loss := _loss_of(change, overlay))}
    return Foreseen(tuple(changes), tuple(sorted(lost, key=lambda loss: (loss.country, loss.language != "fr"))))


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
    if country is None or not change.before.partners:
        return None
    if not change.after.partners:
        return Loss(country)
    had_address, has_address = (
        _has_address(table.candidates(country), set(outcome.partners), language)
        for table, outcome in ((overlay.base, change.before), (overlay, change.after))
    )
    return Loss(country, language) if had_address and not has_address else None


def _has_address(candidates: Iterable[Candidate], receivers: Container[int], language: Language) -> bool:
    """Return whether one of the receivers, ids of candidates, has its own address in a language."""
    return any(one.id in receivers and one.url.address_in(language)[1] == language for one in candidates)
