"""Make the plan of an import from a file and the stored partners. It only reads, and no writer waits for it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from renvoi.partners.consequences import Foreseen, foresee
from renvoi.partners.fields import LABELS
from renvoi.partners.figures import Figure
from renvoi.partners.importing.headings import Layout, is_heading, read_headings
from renvoi.partners.importing.matching import Match, match_rows
from renvoi.partners.importing.plan import Creation, Plan, Update
from renvoi.partners.importing.reading.delimited import Row
from renvoi.partners.importing.reading.problems import FileRefused, Problem, shortened
from renvoi.partners.importing.reading.rows import read_rows
from renvoi.partners.importing.stored import PORTION, StoredPartner, look_up

_Target = int | str
"""What a row writes: the id of a stored partner, or the folded name of a new one."""


def make_plan(content: bytes, *, today: date, on_progress: Callable[[int], None] = lambda _: None) -> Plan:
    """Return the plan of a file (`source.read_rows`). `today` is a day of the operator's calendar.

    Whatever is wrong with the file is in the plan. Four queries for 500 rows, and those of `foresee`. `on_progress` is
    called with the number of rows that have been compared, again and again.
    """
    compared = 0
    planner = _Planner()
    try:
        rows = read_rows(content, is_heading=is_heading)
        layout, planner.errors = read_headings(next(rows))
        for portion in _portions(rows):
            planner.add(portion, layout)
            compared += len(portion)
            on_progress(compared)
    except FileRefused as refused:
        planner.errors.append(refused.problem)
    return planner.plan(today=today)


def _portions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the rows in lists. Those before a place where the file can't be read are yielded before FileRefused."""
    portion: list[Row] = []
    try:
        for row in rows:
            portion.append(row)
            if len(portion) == PORTION:
                yield portion
                portion = []
    except FileRefused:
        if portion:
            yield portion
        raise
    if portion:
        yield portion


class _Planner:
    """Collect what the rows of a file do, portion by portion."""

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self._warnings: list[Problem] = []
        self._by_target: dict[_Target, Match] = {}
        self._by_name: dict[str, int] = {}
        self._missing: set[str] = set()
        self._identical = self._repeated = 0
        self._heading_of_name = "name"

    def add(self, rows: list[Row], layout: Layout) -> None:
        """Plan the next rows."""
        self._heading_of_name = layout.heading("name")
        for outcome in match_rows(rows, layout):
            self.errors += outcome.errors
            self._warnings += outcome.warnings
            self._missing.update(outcome.missing)
            if outcome.match is not None:
                self._add(outcome.match, layout)

    def _add(self, match: Match, layout: Layout) -> None:
        target: _Target = match.stored.id if match.stored else match.name_key
        earlier = self._by_target.get(target)
        if earlier is None:
            self._by_target[target] = match
            self._identical += match.is_identical
            self._require_own_name(match)
            self._warn(match, layout)
        elif earlier.values == match.values:
            self._repeated += 1
        else:
            sentence = _("This row and row %(row)s are both the partner %(name)s, but differ. Remove one of the two.")
            self._refuse(match, "contradiction", sentence, row=earlier.line)

    def _require_own_name(self, match: Match) -> None:
        line = self._by_name.setdefault(match.name_key, match.line)
        if line != match.line:
            sentence = _("Row %(row)s gives the name %(name)s to another partner. Change one of the two.")
            self._refuse(match, "name_twice", sentence, row=line)

    def _warn(self, match: Match, layout: Layout) -> None:
        """Warn of a number that seems to be another partner's."""
        if match.replaces and match.stored is not None:
            sentence = _("This number is that of the partner %(name)s, of which neither the name nor an address stays.")
            params = {"name": shortened(match.stored.values.name)}
            self._warnings.append(Problem(match.line, layout.heading("id"), "replaced", sentence, params))

    def _require_columns(self) -> None:
        """Add an error for each column that new partners need and the file lacks."""
        for name in sorted(self._missing):
            sentence = _("The column %(label)s is missing: new partners need it.")
            self.errors.append(Problem(1, name, "no_column", sentence, {"label": LABELS[name]}))

    def plan(self, *, today: date) -> Plan:
        """Return the plan of all rows."""
        written = sorted(
            (match for match in self._by_target.values() if not match.is_identical), key=lambda match: match.line
        )
        self._require_free_names(written)
        self._require_columns()
        plan = Plan(
            creations=tuple(Creation(match.line, match.values) for match in written if match.stored is None),
            updates=tuple(_update(match, match.stored) for match in written if match.stored is not None),
            identical=self._identical,
            repeated=self._repeated,
            errors=tuple(sorted(self.errors, key=lambda problem: problem.line)),
            warnings=tuple(sorted(self._warnings, key=lambda problem: problem.line)),
        )
        return replace(plan, foreseen=_foresee(plan, today=today))

    def _require_free_names(self, written: list[Match]) -> None:
        """Refuse a name that another partner has and keeps."""
        renamed = {
            match.name_key: match for match in written if match.stored and match.name_key != match.stored.name_key
        }
        keys = list(renamed)
        for start in range(0, len(keys), PORTION):
            holders = look_up(ids=(), name_keys=keys[start : start + PORTION]).by_name
            for key, holder in holders.items():
                theirs = self._by_target.get(holder.id)
                gives_up = theirs is not None and theirs.name_key != key
                match = renamed[key]
                if not holder.is_trashed and not gives_up and match.stored and holder.id != match.stored.id:
                    sentence = _("There is already a partner named %(name)s.")
                    self._refuse(match, "taken", sentence, name=holder.values.name)

    def _refuse(self, match: Match, code: str, sentence: Any, *, row: int = 0, name: str = "") -> None:
        params = {"row": Figure(row), "name": shortened(name or match.values.name)}
        self.errors.append(Problem(match.line, self._heading_of_name, code, sentence, params))


def _update(match: Match, stored: StoredPartner) -> Update:
    return Update(
        line=match.line,
        partner_id=stored.id,
        version=stored.version,
        before=stored.values,
        after=match.values,
        replaces=match.replaces,
    )


def _foresee(plan: Plan, *, today: date) -> Foreseen:
    if plan.errors or not plan.count:
        return Foreseen()
    partners = {update.partner_id: update.after for update in plan.updates}
    partners |= {creation.provisional_id: creation.values for creation in plan.creations}
    return foresee(partners, today=today)
