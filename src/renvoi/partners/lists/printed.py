"""What every printed list begins with: the operator, its day, what was selected, and the paper."""

from dataclasses import dataclass, replace
from datetime import date, tzinfo

from django.utils import timezone
from django.utils.translation import gettext, override

from renvoi.domain.days.zones import zone_of
from renvoi.domain.places import Language
from renvoi.exports.table import Paper, Table
from renvoi.partners.models import CoveredArea, Operator

_LETTER_COUNTRIES = ("CA", "US")


@dataclass(frozen=True, slots=True)
class Printing:
    """In which language, and on which day and in which zone of the operator, a list is printed."""

    operator: Operator
    language: Language
    zone: tzinfo
    today: date

    @classmethod
    def now(cls, language: str) -> "Printing":
        """Return that of this moment. One query."""
        operator = Operator.objects.get(id=1)
        zone = zone_of(operator.time_zone)
        return cls(operator, "en" if language == "en" else "fr", zone, timezone.localdate(timezone=zone))

    def about(self, selection: str) -> tuple[str, ...]:
        """Return the lines below the title. `selection` says which rows there are."""
        # Until the first visit to the coverage page, the operator has no name.
        return tuple(line for line in (self.operator.name, self.today.isoformat(), selection) if line)

    def in_rows(self, table: Table, *, selection: str) -> Table:
        """Return the table for print, with a row for each record, on the operator's paper."""
        with override(self.language):
            note = gettext("Some characters of this row could not be shown, because no font has them.")
        paper = paper_of(self.operator)
        return replace(table, form="rows", paper=paper, about=self.about(selection), unshown_note=note)


def paper_of(operator: Operator) -> Paper:
    """Return the paper of the operator's PDFs: the chosen one, or else the usual one."""
    if operator.paper in {Operator.Paper.LETTER, Operator.Paper.A4}:
        return "letter" if operator.paper == Operator.Paper.LETTER else "a4"
    return usual_paper()


def usual_paper() -> Paper:
    """Return the paper in use where the operator offers its service: Letter in Canada and the United States."""
    return "letter" if CoveredArea.objects.filter(country__in=_LETTER_COUNTRIES).exists() else "a4"
