"""Find what visitors would lose if some partners stopped receiving prospects: a difference of the routing table."""

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass
from datetime import date

from renvoi.domain.difference import CellChange, Overlay, difference
from renvoi.domain.places import CountryCode, Language
from renvoi.domain.table import Candidate, TableLike
from renvoi.partners.routing_table import newest_table


@dataclass(frozen=True, slots=True)
class Loss:
    """A country that would lose its last partner or, if `language` is set, the address that it has in that language.

    It loses an address if visitors who read that language would be sent to one in the other language instead.
    """

    country: CountryCode
    language: Language | None = None


def losses(partner_ids: Collection[int], *, today: date) -> list[Loss]:
    """Return what would be lost today without these partners, by country code, French before English.

    A partner that receives nobody today causes no loss, nor does any in a country that the operator covers entirely.
    One query, and another one if the table has changed since the last call.
    """
    table = newest_table()
    changes = difference(Overlay(table, partners=dict.fromkeys(partner_ids)), day=today)
    lost = {loss for change in changes if (loss := _loss_of(change, table))}
    return sorted(lost, key=lambda loss: (loss.country, loss.language != "fr"))


def serve_own_country(partner_ids: Collection[int]) -> bool:
    """Return whether one of these partners serves a country that the operator covers entirely. One query or two."""
    table = newest_table()
    return bool(table.countries_served_by(partner_ids) & table.operator.covered_countries)


def _loss_of(change: CellChange, table: TableLike) -> Loss | None:
    """Return what the visitors of a cell would lose by partners who leave the table; None if nothing."""
    country, language = change.cell.country, change.cell.language
    if country is None or not change.before.partners:
        return None
    if not change.after.partners:
        return Loss(country)
    candidates = table.candidates(country)
    had_address, has_address = (
        _has_address(candidates, set(outcome.partners), language) for outcome in (change.before, change.after)
    )
    return Loss(country, language) if had_address and not has_address else None


def _has_address(candidates: Iterable[Candidate], receivers: Container[int], language: Language) -> bool:
    """Return whether one of the receivers, ids of candidates, has its own address in a language."""
    return any(one.id in receivers and one.url.address_in(language)[1] == language for one in candidates)
