"""Turn partners into a `Table` for export: the columns that other systems rely on, and the value of each cell."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, Literal

from babel.numbers import format_decimal
from django.db.models import Aggregate, OuterRef, QuerySet, Subquery, TextField
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from renvoi.domain.places import COUNTRIES, CountryCode, Language, country_name, sort_key
from renvoi.domain.table import State, effective_state, operator_day
from renvoi.downloads.models import Download
from renvoi.exports.table import Column, Kind, Row, Table
from renvoi.partners.lists.columns import COLUMNS, STATE_LABELS
from renvoi.partners.lists.columns import Column as ListColumn
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.models import Operator, Partner, ServedCountry

Headings = Literal["labels", "names"]
"""Column headings: labels in the reader's language, or the stable column names. Import accepts both."""

_CHUNK_SIZE = 500

_STORED_FIELDS = (
    "id",
    "name",
    "url_en",
    "url_fr",
    "description_en",
    "description_fr",
    "status",
    "priority",
    "agreement_reference",
    "agreement_starts_on",
    "agreement_ends_on",
    "version",
)

# (name, label, kind, language of the values if it is not the reader's)
_COLUMNS: tuple[tuple[str, Any, Kind, Language | None], ...] = (
    ("id", _("Number"), "number", None),
    ("name", _("Name"), "name", None),
    ("url_en", _("URL in English"), "link", None),
    ("url_fr", _("URL in French"), "link", None),
    ("description_en", _("Description in English"), "text", "en"),
    ("description_fr", _("Description in French"), "text", "fr"),
    ("countries", _("Country codes"), "text", None),
    ("country_names", _("Countries"), "text", None),
    ("status", _("Status"), "fact", None),
    ("priority", _("Priority"), "number", None),
    ("agreement_reference", _("Agreement reference"), "fact", None),
    ("agreement_starts_on", _("First day"), "fact", None),
    ("agreement_ends_on", _("Last day"), "fact", None),
    ("version", _("Version"), "number", None),
)
COLUMN_NAMES = tuple(name for name, *_rest in _COLUMNS)


def data_table(
    partners: QuerySet[Partner], *, count: int, language: Language, headings: Headings, about: tuple[str, ...] = ()
) -> Table:
    """Return the table for spreadsheets and programs: every field, in the form that import accepts."""
    with override(language):
        title = gettext("Partners")
        columns = tuple(
            Column(heading=name if headings == "names" else str(label), kind=kind, language=values_language)
            for name, label, kind, values_language in _COLUMNS
        )
    rows = (_data_row(values, codes, language=language) for values, codes in _iter_stored(partners))
    return Table(title=title, language=language, columns=columns, rows=rows, count=count, about=about)


def printed_table(
    partners: QuerySet[Partner], *, count: int, language: Language, today: date, about: tuple[str, ...] = ()
) -> Table:
    """Return the table for print: the same fields, but the effective state instead of status, and no country codes."""
    omitted = {"countries", "status"}
    with override(language):
        title, state = gettext("Partners"), gettext("State")
        columns = [
            Column(heading=str(label), kind=kind, language=values_language)
            for name, label, kind, values_language in _COLUMNS
            if name not in omitted
        ]
        state_labels = {name: str(label) for name, label in STATE_LABELS.items()}
    columns.insert(7, Column(heading=state, kind="fact"))
    rows = (
        _printed_row(values, codes, language=language, today=today, state_labels=state_labels)
        for values, codes in _iter_stored(partners)
    )
    return Table(title=title, language=language, columns=tuple(columns), rows=rows, count=count, about=about)


class _JoinedCodes(Aggregate):
    """Join the country codes of a partner with spaces, in no particular order, on both database engines."""

    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s, ' ')"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Use the name of the function on PostgreSQL."""
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)


def printed_list(listing: PartnerListing) -> Table:
    """Return the table for print of a listing's export, with a description of it. Three queries, plus one for rows."""
    partners = listing.exported()
    count = partners.order_by().count()
    all_partners = Partner.objects.filter(trashed_at=None).count()
    summary = describe_export(listing, count=count, all_partners=all_partners)
    # Until the first visit to the coverage page, the operator has no name.
    about = tuple(line for line in (Operator.objects.get(id=1).name, listing.today.isoformat(), summary) if line)
    return printed_table(partners, count=count, language=listing.language, today=listing.today, about=about)


def downloaded_table(download: Download) -> Table:
    """Return the table for print of a download. Its query is the query string of the list."""
    language: Language = "en" if download.language == "en" else "fr"
    today = operator_day(timezone.now(), time_zone=Operator.objects.get(id=1).time_zone)
    return printed_list(PartnerListing.from_query(QueryDict(download.query), language=language, today=today))


def list_rows(listing: PartnerListing) -> Iterator[tuple[int, State, str, str]]:
    """Yield (id, effective state, name, country codes joined by spaces) of each exported partner. One query."""
    for values, codes in _iter_stored(listing.exported()):
        yield values[0], _state_of(values, listing.today), values[1], " ".join(codes)


def _iter_stored(partners: QuerySet[Partner]) -> Iterator[tuple[tuple[Any, ...], tuple[CountryCode, ...]]]:
    """Yield the stored values and the sorted country codes of each partner.

    One query. Rows are fetched in chunks: memory use does not depend on their number.
    """
    served = ServedCountry.objects.filter(partner=OuterRef("pk")).order_by().values("partner")
    codes = Subquery(served.annotate(codes=_JoinedCodes("country")).values("codes"))
    rows = (
        partners.annotate(served_codes=codes)
        .values_list(*_STORED_FIELDS, "served_codes")
        .iterator(chunk_size=_CHUNK_SIZE)
    )
    for row in rows:
        yield (
            row[: len(_STORED_FIELDS)],
            tuple(CountryCode(code) for code in sorted((row[len(_STORED_FIELDS)] or "").split())),
        )


def _data_row(values: tuple[Any, ...], codes: tuple[CountryCode, ...], *, language: Language) -> Row:
    id_, name, url_en, url_fr, text_en, text_fr, status, priority, reference, starts_on, ends_on, version = values
    return (
        str(id_),
        name,
        url_en,
        url_fr,
        text_en,
        text_fr,
        " ".join(codes),
        _country_names(codes, language),
        status,
        str(priority),
        reference,
        starts_on.isoformat() if starts_on else "",
        ends_on.isoformat() if ends_on else "",
        str(version),
    )


def _printed_row(
    values: tuple[Any, ...],
    codes: tuple[CountryCode, ...],
    *,
    language: Language,
    today: date,
    state_labels: dict[State, str],
) -> Row:
    row = list(_data_row(values, codes, language=language))
    status_at, codes_at = COLUMN_NAMES.index("status"), COLUMN_NAMES.index("countries")
    row[status_at] = state_labels[_state_of(values, today)]
    del row[codes_at]
    return tuple(row)


def _state_of(values: tuple[Any, ...], today: date) -> State:
    is_active, starts_on, ends_on = values[6] == Partner.Status.ACTIVE, values[9], values[10]
    return effective_state(active=is_active, starts_on=starts_on, ends_on=ends_on, day=today)


def _country_names(codes: tuple[CountryCode, ...], language: Language) -> str:
    countries = _ranked_country_names(language)
    return "; ".join(name for _rank, name in sorted(countries[code] for code in codes))


@cache
def _ranked_country_names(language: Language) -> dict[CountryCode, tuple[int, str]]:
    """Map each country to (alphabetical rank, name). Cached: sorting names takes most of the time of an export."""
    names = sorted((sort_key(name := country_name(code, language=language)), name, code) for code in COUNTRIES)
    return {code: (rank, name) for rank, (_key, name, code) in enumerate(names)}


def describe_export(listing: PartnerListing, *, count: int, all_partners: int) -> str:
    """Describe an export in the listing's language: « 12 de 312, pays contenant « Brésil », triés par nom »."""
    with override(listing.language):
        numbers = {"count": count, "all": all_partners}
        figures = {name: format_decimal(number, locale=f"{listing.language}_CA") for name, number in numbers.items()}
        parts = [gettext("%(count)s of %(all)s") % figures]
        for column in COLUMNS:
            if column.name in listing.keywords:
                params = {"column": _label_in_sentence(column), "keyword": listing.keywords[column.name]}
                parts.append(gettext("%(column)s containing “%(keyword)s”") % params)
        if count == 1:
            return ", ".join(parts)
        column = next(column for column in COLUMNS if column.name == listing.sorted_by)
        order = (
            gettext("sorted by %(column)s, in reverse order")
            if listing.is_descending
            else gettext("sorted by %(column)s")
        )
        return ", ".join([*parts, order % {"column": _label_in_sentence(column)}])


def _label_in_sentence(column: ListColumn) -> str:
    """Return the column's label as written within a sentence: « nom », but « URL en anglais »."""
    label = str(column.label)
    return label if label.split(maxsplit=1)[0].isupper() else label[:1].lower() + label[1:]
