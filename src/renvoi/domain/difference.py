"""Find the cells whose decision a change of partners or coverage would change, without publishing the change.

A cell is a country, or a region of a country that is covered in part, in one language (`routing.cells`).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from renvoi.domain.places import COUNTRIES, CountryCode, Language
from renvoi.domain.routing import DecisionKind, Reason, Visitor, cells_of, coverage_of, is_available, receivers_among
from renvoi.domain.table import Candidate, Operator, TableLike
from renvoi.domain.table_codec.content import TableContent
from renvoi.domain.table_codec.routing_table import RoutingTable, decode_line, decode_operator

PartnerChanges = Mapping[int, tuple[Candidate, Collection[CountryCode]] | None]
"""Partners by id, each with its countries, as they would be; None for one that would leave the table."""

_Available = Callable[[Candidate, date], bool]
_NO_PARTNERS: PartnerChanges = MappingProxyType({})


class Overlay:
    """A routing table with changes that are not published: other partners, another operator or coverage area.

    It has the number of the table under it. Candidates are computed when they are asked for, in the countries that the
    changed partners served or would serve; elsewhere they are those of the table.
    """

    __slots__ = ("_arriving", "base", "changed_countries", "generation", "operator", "partners")

    def __init__(
        self, base: TableLike, *, partners: PartnerChanges = _NO_PARTNERS, operator: Operator | None = None
    ) -> None:
        """`operator` is None if it stays the same."""
        self.base = base
        self.generation = base.generation
        self.operator = operator or base.operator
        self.partners = partners
        self._arriving: dict[CountryCode, list[Candidate]] = {}
        for candidate, countries in filter(None, partners.values()):
            for country in set(countries):
                self._arriving.setdefault(country, []).append(candidate)
        self.changed_countries = base.countries_served_by(partners.keys()) | self._arriving.keys()
        """The countries that the changed partners served or would serve."""

    def candidates(self, country: CountryCode) -> tuple[Candidate, ...]:
        """Return the partners that would serve a country, in whatever state, sorted by priority and id."""
        candidates = self.base.candidates(country)
        if country not in self.changed_countries:
            return candidates
        staying = [candidate for candidate in candidates if candidate.id not in self.partners]
        arriving = self._arriving.get(country)
        if not arriving:
            return tuple(staying)
        return tuple(sorted(staying + arriving, key=lambda partner: (partner.priority, partner.id)))

    def countries_served_by(self, partner_ids: Collection[int]) -> frozenset[CountryCode]:
        """Return the countries that at least one of these partners would serve."""
        ids = set(partner_ids)
        changed = (self.partners[id_] for id_ in ids & self.partners.keys())
        countries = frozenset(country for _, served in filter(None, changed) for country in served)
        return self.base.countries_served_by(ids - self.partners.keys()) | countries


class Outcome(NamedTuple):
    """What is compared of a decision: what the gateway does, why, and where it sends the visitor.

    `partners` are the ids of the partners concerned, ascending: the order in which a choice is shown differs from one
    visitor to the next. Their names and descriptions are not compared, nor the addresses of a choice, which are
    followed by the visitor's own click; neither is the mode, which applies to all cells alike.
    """

    kind: DecisionKind
    reason: Reason
    partners: tuple[int, ...] = ()
    destination: str | None = None
    destination_language: Language | None = None


class CellChange(NamedTuple):
    """A cell whose outcome differs."""

    cell: Visitor
    before: Outcome
    after: Outcome

    @property
    def is_seen(self) -> bool:
        """Whether prospects get another answer, and not only the same one for another reason."""
        before, after = self.before, self.after
        return before._replace(reason=after.reason) != after


class TableDifference(NamedTuple):
    """What differs between two tables: the cells, by country, and the ids of the partners, ascending.

    A partner differs if it is in one table only, or if any of its fields or countries differs.
    """

    cells: list[CellChange]
    partners: list[int]


def table_difference(
    then: TableContent, now: TableContent, *, day: date, then_day: date | None = None
) -> TableDifference:
    """Return what differs between two tables, in the cells of either.

    `day` is the day of the operator's calendar on which both decide. With `then_day`, the table `then` decides on that
    day instead, so that cells also differ where an agreement has begun or ended. Only what differs is decoded, unless
    the days differ. Raises TableDamaged for tables that can't be read.
    """
    candidates = now.partners
    differing = sorted(
        id_ for id_ in then.partners.keys() | candidates.keys() if then.partners.get(id_) != candidates.get(id_)
    )
    changed = {id_: decode_line(candidates[id_]) if id_ in candidates else None for id_ in differing}
    if then_day is not None and then_day != day:
        for id_ in candidates.keys() - changed.keys():
            served = decode_line(candidates[id_])
            if served[0].state_on(then_day) != served[0].state_on(day):
                changed[id_] = served
    base = RoutingTable(then.to_table(0))
    overlay = Overlay(base, partners=changed, operator=decode_operator(now.operator))
    return TableDifference(difference(overlay, day=day, day_before=then_day), differing)


def difference(overlay: Overlay, *, day: date, day_before: date | None = None) -> list[CellChange]:
    """Return the cells whose outcome on a day differs between the overlay and the table under it, by country.

    `day` is one of the operator's calendar: another time zone changes when the day begins, not what is decided on it.
    The table under the overlay decides on `day_before` if there is one; then the overlay must have each partner whose
    state differs between the two days, changed or not. The cells of a country are those of its coverage before and
    after. Only countries that the change can concern are computed, each once for both languages. Total and pure.
    """
    day_before = day_before or day
    operators = (overlay.base.operator, overlay.operator)
    available_before = _examining_once()
    available_after = _examining_changed(overlay.partners, others=available_before)
    changes = []
    for country in sorted(_countries_concerned(overlay)):
        cells = list(cells_of(country, operators=operators))
        before = _outcomes(overlay.base, country, cells, day=day_before, available=available_before)
        after = _outcomes(overlay, country, cells, day=day, available=available_after)
        changes += [CellChange(*row) for row in zip(cells, before, after, strict=True) if row[1] != row[2]]
    return changes


def _examining_once() -> _Available:
    """Return `is_available` for the partners of one table on one day. Each is examined once, not in each country."""
    answers: dict[int, bool] = {}

    def available(candidate: Candidate, day: date) -> bool:
        answer = answers.get(candidate.id)
        if answer is None:
            answer = answers[candidate.id] = is_available(candidate, day)
        return answer

    return available


def _examining_changed(changed: PartnerChanges, *, others: _Available) -> _Available:
    """Return the same for the partners of an overlay: those that do not change have been examined."""
    examine = _examining_once()
    return lambda candidate, day: (examine if candidate.id in changed else others)(candidate, day)


def _countries_concerned(overlay: Overlay) -> set[CountryCode]:
    before, after = overlay.base.operator, overlay.operator
    partly = before.covered_regions.keys() | after.covered_regions.keys()
    concerned = set(overlay.changed_countries) | (before.covered_countries ^ after.covered_countries)
    concerned |= {code for code in partly if before.covered_regions.get(code) != after.covered_regions.get(code)}
    if before.signup_url != after.signup_url:
        concerned |= after.covered_countries | partly
    return concerned & COUNTRIES


def _outcomes(
    table: TableLike, country: CountryCode, cells: Collection[Visitor], *, day: date, available: _Available
) -> Iterator[Outcome]:
    """Yield the outcome of each cell of a country, as `decide()` would decide it."""
    is_outside = any(coverage_of(table.operator, country, cell.region) == "outside" for cell in cells)
    receivers, reason = receivers_among(table.candidates(country) if is_outside else (), day=day, available=available)
    ids = tuple(candidate.id for candidate in receivers)
    for cell in cells:
        match coverage_of(table.operator, country, cell.region):
            case "own":
                yield Outcome("own", "in_coverage", (), *table.operator.signup_url.address_in(cell.language))
            case "undetermined":
                yield Outcome("region", "no_region")
            case "outside" if not receivers:
                yield Outcome("none", reason)
            case "outside" if len(receivers) == 1:
                yield Outcome("partner", reason, ids, *receivers[0].url.address_in(cell.language))
            case "outside":
                yield Outcome("choice", reason, ids)
