"""Turn partners into a `Table` for export: the columns that other systems rely on, and the value of each cell."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Literal

from django.db.models import Aggregate, Func, IntegerField, OuterRef, QuerySet, Subquery, Sum, TextField
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from renvoi.domain.places import COUNTRIES, CountryCode, Language, country_name, country_sort_key
from renvoi.domain.table import Period, State, effective_state
from renvoi.downloads.models import Download
from renvoi.downloads.tables import read_transaction
from renvoi.exports.table import Column, Kind, Paper, Row, Table
from renvoi.partners.fields import FIELDS, TEXT
from renvoi.partners.lists.columns import STATE_LABELS
from renvoi.partners.lists.listing import PartnerListing, describe_export
from renvoi.partners.lists.printed import Printing, paper_of
from renvoi.partners.models import Partner, ServedCountry

Headings = Literal["labels", "names"]
"""Column headings: labels in the reader's language, or the stable column names. Import accepts both."""

_CHUNK_SIZE = 500


@dataclass(frozen=True, slots=True)
class _ExportColumn:
    """A column of the exports. `in_data`: of those for programs and spreadsheets; `in_print`: of the PDF."""

    name: str
    heading: Promise
    kind: Kind
    language: Language | None = None
    in_data: bool = True
    in_print: bool = True


def _columns() -> Iterator[_ExportColumn]:
    """Yield the columns in order: the fields, what is derived from one behind it, and what only the server sets."""
    yield _ExportColumn("id", _("Number"), "number")
    for field in FIELDS:
        yield _ExportColumn(field.name, field.heading, field.kind, field.language, in_print=field.is_printed)
        if field.name in _DERIVED:
            yield _DERIVED[field.name]
    yield _ExportColumn("version", _("Version"), "number")


_DERIVED = {
    "countries": _ExportColumn("country_names", _("Countries"), "text"),
    "status": _ExportColumn("state", _("State"), "fact", in_data=False),
}
_COLUMNS = tuple(_columns())
_STORED = ("id", *(field.name for field in FIELDS), "version")
_AT = {name: index for index, name in enumerate((*_STORED, "country_names", "state"))}
"""Where each value of a row is, before the columns of one export are taken from it."""
_TO_TEXT: tuple[tuple[int, Callable[[Any], str]], ...] = (
    (_AT["id"], str),
    *((_AT[field.name], field.type.to_text) for field in FIELDS if field.type is not TEXT),
    (_AT["version"], str),
)
HEADINGS: Mapping[str, Promise] = {column.name: column.heading for column in _COLUMNS if column.in_data}
"""The headings of the columns for spreadsheets and programs, by name, in their order."""
COLUMN_NAMES = tuple(HEADINGS)


def data_table(
    partners: QuerySet[Partner], *, count: int, language: Language, headings: Headings, about: tuple[str, ...] = ()
) -> Table:
    """Return the table for spreadsheets and programs: every field, in the form that import accepts.

    Its rows are read lazily: read them within `read_transaction`.
    """
    columns = tuple(column for column in _COLUMNS if column.in_data)
    with override(language):
        title = gettext("Partners")
        shown = tuple(
            Column(column.name if headings == "names" else str(column.heading), column.kind, column.language)
            for column in columns
        )
        # A person reads the words of their language, a program the codes. Import accepts both.
        words: dict[str, str] = (
            {} if headings == "names" else {name: str(label) for name, label in STATE_LABELS.items()}
        )
    rows = _rows(partners, columns=columns, language=language, status_words=words)
    return Table(title=title, language=language, columns=shown, rows=rows, count=count, about=about)


def printed_table(
    partners: QuerySet[Partner],
    *,
    count: int,
    language: Language,
    today: date,
    about: tuple[str, ...] = (),
    paper: Paper = "a4",
) -> Table:
    """Return the table for print: the same fields, but the effective state instead of status, and no country codes.

    Its rows have been read: laying out a page takes much longer, and much more memory.
    """
    columns = tuple(column for column in _COLUMNS if column.in_print)
    with override(language):
        title = gettext("Partners")
        unshown_note = gettext("Some characters of this partner could not be shown, because no font has them.")
        shown = tuple(Column(str(column.heading), column.kind, column.language) for column in columns)
        labels = {name: str(label) for name, label in STATE_LABELS.items()}
    with read_transaction():
        rows = list(_rows(partners, columns=columns, language=language, today=today, state_labels=labels))
    printed = Table(title=title, language=language, columns=shown, rows=rows, count=count, about=about)
    return replace(printed, paper=paper, unshown_note=unshown_note)


def estimate_size(partners: QuerySet[Partner], *, count: int) -> int:
    """Return about how many bytes a file of these partners has, rather more than fewer. One query."""
    stored = sum((_Bytes(name) for name in _SIZED_FIELDS[1:]), start=_Bytes(_SIZED_FIELDS[0]))
    total: int | None = partners.order_by().aggregate(total=Sum(stored))["total"]
    return (total or 0) + count * _BYTES_OF_OTHER_FIELDS


# The sort key of the countries is about as long as their names and codes.
_SIZED_FIELDS = (
    *(field.name for field in FIELDS if field.type is TEXT),
    "countries_sort_fr",
    "countries_sort_en",
)
_BYTES_OF_OTHER_FIELDS = 100


class _Bytes(Func):
    """Number of bytes of a text, on both database engines."""

    function = "OCTET_LENGTH"
    output_field = IntegerField()


class _JoinedCodes(Aggregate):
    """Join the country codes of a partner with spaces, in no particular order, on both database engines."""

    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s, ' ')"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Use the name of the function on PostgreSQL."""
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)


def printed_list(listing: PartnerListing) -> Table:
    """Return the table for print of a listing's export, with a description of it. Four queries, plus one for rows."""
    partners = listing.exported()
    count = partners.order_by().count()
    all_partners = Partner.objects.filter(trashed_at=None).count()
    summary = describe_export(listing, count=count, all_partners=all_partners)
    printing = Printing.now(listing.language)
    return printed_table(
        partners,
        count=count,
        language=listing.language,
        today=listing.today,
        about=replace(printing, today=listing.today).about(summary),
        paper=paper_of(printing.operator),
    )


def downloaded_table(download: Download) -> Table:
    """Return the table for print of a download. Its query is the query string of the list."""
    printing = Printing.now(download.language)
    query = QueryDict(download.query)
    return printed_list(PartnerListing.from_query(query, language=printing.language, today=printing.today))


def list_rows(listing: PartnerListing) -> list[tuple[int, State, str, str]]:
    """Return (id, effective state, name, country codes joined by spaces) of each exported partner. One query."""
    with read_transaction():
        return [
            (
                values[_AT["id"]],
                _state_of(values, listing.today),
                values[_AT["name"]],
                " ".join(values[_AT["countries"]]),
            )
            for values in _iter_stored(listing.exported())
        ]


def _iter_stored(partners: QuerySet[Partner]) -> Iterator[list[Any]]:
    """Yield the values of each partner, in the order of _STORED, with the sorted country codes in a tuple.

    One query. Rows are fetched in chunks: memory use does not depend on their number.
    """
    served = ServedCountry.objects.filter(partner=OuterRef("pk")).order_by().values("partner")
    codes = Subquery(served.annotate(codes=_JoinedCodes("country")).values("codes"))
    selected = ("served_codes" if name == "countries" else name for name in _STORED)
    rows = partners.annotate(served_codes=codes).values_list(*selected).iterator(chunk_size=_CHUNK_SIZE)
    codes_at = _AT["countries"]
    for row in rows:
        values = list(row)
        values[codes_at] = tuple(sorted((row[codes_at] or "").split()))
        yield values


def _rows(
    partners: QuerySet[Partner],
    *,
    columns: Iterable[_ExportColumn],
    language: Language,
    status_words: Mapping[str, str] = MappingProxyType({}),
    state_labels: Mapping[State, str] = MappingProxyType({}),
    today: date | None = None,
) -> Iterator[Row]:
    """Yield the cells of these columns of each partner. `today` is needed for the effective state."""
    cells_of = itemgetter(*(_AT[column.name] for column in columns))
    codes_at, status_at = _AT["countries"], _AT["status"]
    for values in _iter_stored(partners):
        state = state_labels[_state_of(values, today)] if today else ""
        names = _country_names(values[codes_at], language)
        for at, to_text in _TO_TEXT:
            values[at] = to_text(values[at])
        values[status_at] = status_words.get(values[status_at], values[status_at])
        yield cells_of([*values, names, state])


def _state_of(values: Sequence[Any], today: date) -> State:
    return effective_state(
        active=values[_AT["status"]] == Partner.Status.ACTIVE,
        agreements=[Period(values[_AT["agreement_starts_on"]], values[_AT["agreement_ends_on"]])],
        day=today,
    )


def _country_names(codes: tuple[CountryCode, ...], language: Language) -> str:
    countries = _ranked_country_names(language)
    return "; ".join(name for _rank, name in sorted(countries.get(code, (len(countries), code)) for code in codes))


@cache
def _ranked_country_names(language: Language) -> dict[CountryCode, tuple[int, str]]:
    """Map each country to (alphabetical rank, name). Cached: sorting names takes most of the time of an export."""
    ordered = sorted(COUNTRIES, key=lambda code: country_sort_key(code, language=language))
    return {code: (rank, country_name(code, language=language)) for rank, code in enumerate(ordered)}
