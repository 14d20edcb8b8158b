"""Compare rows of a file with the stored partners that they mean: what each would create or change."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from renvoi.domain.address_doubts import doubt_of
from renvoi.domain.addresses import trim_address
from renvoi.domain.names.keys import fold
from renvoi.partners.fields import COUNTRIES, FIELDS, Field, PartnerValues
from renvoi.partners.figures import Figure
from renvoi.partners.importing.cells import parse_cell, parse_number
from renvoi.partners.importing.headings import Layout
from renvoi.partners.importing.reading.delimited import Row
from renvoi.partners.importing.reading.problems import Problem, shortened
from renvoi.partners.importing.stored import StoredPartner, StoredPartners, look_up
from renvoi.partners.parsing import ADDRESS_DOUBTS, parse_name
from renvoi.partners.values import errors_between

_ADDRESSES = ("url_en", "url_fr")
# What can't be stored: U+0000, and lone surrogates, which also stand for bytes that could not be decoded.
_UNREADABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Match:
    """A row without errors, and the values that its partner would have. `stored` is None if it would be a new one."""

    line: int
    values: PartnerValues
    stored: StoredPartner | None
    is_by_id: bool

    @property
    def is_identical(self) -> bool:
        """Whether the row changes nothing."""
        return self.stored is not None and self.stored.values == self.values

    @property
    def name_key(self) -> str:
        """The folded key of the name that the partner would have."""
        if self.stored is not None and self.stored.values.name == self.values.name:
            return self.stored.name_key
        return fold(self.values.name)

    @property
    def replaces(self) -> bool:
        """Whether the number in the file is that of a partner of which neither the name nor an address stays."""
        if self.stored is None or not self.is_by_id or self.name_key == self.stored.name_key:
            return False
        before, after = ({getattr(values, name) for name in _ADDRESSES} for values in (self.stored.values, self.values))
        return not (before & after) - {""}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: a match unless it has errors, its warnings, and the columns that a new partner lacks."""

    match: Match | None
    errors: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()
    missing: Sequence[str] = ()


def match_rows(rows: Sequence[Row], layout: Layout) -> Iterator[Outcome]:
    """Yield the outcome of each of at most PORTION rows. Four queries."""
    cells = [_RowReader(row, layout) for row in rows]
    stored = look_up(
        ids={one.id for one in cells if one.id is not None}, name_keys={one.name_key for one in cells if one.name_key}
    )
    return (one.outcome(stored) for one in cells)


class _RowReader:
    """Read the cells of one row, and collect what is wrong with them."""

    def __init__(self, row: Row, layout: Layout) -> None:
        self._line, self._layout = row.line, layout
        self._errors: list[Problem] = []
        self._warnings: list[Problem] = []
        self._missing: list[str] = []
        pairs = [*zip_longest(layout.columns, row.cells, fillvalue="")]
        self._text = dict(pairs)
        if len(row.cells) < len(layout.columns) or any(not column and cell.strip() for column, cell in pairs):
            sentence = _("Number of cells of this row: %(cells)s; of headings: %(headings)s. Is a separator missing?")
            params = {"cells": Figure(len(row.cells)), "headings": Figure(len(layout.columns))}
            self._errors.append(Problem(row.line, "", "cells", sentence, params))
        if _UNREADABLE.search("".join(row.cells)):
            columns = [layout.heading(column) for column, cell in pairs if _UNREADABLE.search(cell)]
            sentence = _("A character of this cell can’t be read. Save the file as UTF-8 again, or correct the cell.")
            self._errors += [Problem(row.line, column, "character", sentence) for column in columns]
        self.id, self._version = self._number("id"), self._number("version")
        self.name_key = self._read_name_key()

    def _read_name_key(self) -> str:
        """Return the folded key of the name; an empty text if it can't be the name of a partner."""
        try:
            return fold(parse_name(self._text.get("name", "")))
        except ValidationError:
            return ""

    def outcome(self, partners: StoredPartners) -> Outcome:
        """Return what the row does to the partner that it means: by its number, else by its name, else a new one."""
        by_id = partners.by_id.get(self.id) if self.id is not None else None
        stored = by_id or partners.by_name.get(self.name_key)
        if self._errors:
            return Outcome(None, self._errors)
        if stored is not None and stored.is_trashed:
            return Outcome(None, [self._in_trash("id" if by_id else "name", stored)])
        values = self._read_values(stored)
        if values is None:
            return Outcome(None, self._errors, self._warnings, self._missing)
        match = Match(self._line, values, stored, is_by_id=by_id is not None)
        if by_id is not None and self._version not in {None, by_id.version} and not match.is_identical:
            return Outcome(None, [self._conflict(by_id)])
        return Outcome(match, (), self._warnings)

    def _read_values(self, stored: StoredPartner | None) -> PartnerValues | None:
        """Return the values of the partner: those of the row, else the stored ones, else those of an empty form."""
        values: dict[str, Any] = {}
        for field in FIELDS:
            column, text = self._cell(field)
            if stored is not None and text in {None, stored.text[field.name]}:
                values[field.name] = getattr(stored.values, field.name)
                continue
            try:
                values[field.name] = parse_cell(field, text or "")
            except ValidationError as error:
                self._refuse(column, error)
                continue
            if field.name in _ADDRESSES and values[field.name]:
                self._warn_of_doubt(column, text or "", href=values[field.name])
        for name, errors in errors_between(values).items():
            present = [column for column in _ADDRESSES if column in self._layout.headings]
            self._refuse(present[0] if name in _ADDRESSES and present else name, errors[0])
        return None if self._errors or self._missing else PartnerValues(**values)

    def _cell(self, field: Field) -> tuple[str, str | None]:
        """Return the column of the file that has a field, and its text there; None if the file lacks it."""
        text = self._text.get(field.name)
        if field.type is not COUNTRIES:
            return field.name, text
        names = self._text.get("country_names")
        if not (text or "").strip() and names is not None and (names.strip() or text is None):
            return "country_names", names
        if names and text:
            self._compare_countries(field, codes=text, names=names)
        return field.name, text

    def _compare_countries(self, field: Field, *, codes: str, names: str) -> None:
        try:
            differ = parse_cell(field, codes) != parse_cell(field, names)
        except ValidationError:
            differ = True
        if differ:
            sentence = _("These countries are not read, because the column %(column)s has others. Correct that one.")
            params = {"column": self._layout.heading(field.name)}
            self._warnings.append(self._problem("country_names", "countries_differ", sentence, params))

    def _warn_of_doubt(self, column: str, text: str, *, href: str) -> None:
        """Warn of an address that hardly any prospect could reach."""
        if doubt := doubt_of(trim_address(text), href=href):
            self._warnings.append(self._problem(column, doubt.reason, ADDRESS_DOUBTS[doubt.reason], {}))

    def _in_trash(self, column: str, stored: StoredPartner) -> Problem:
        sentence = _("The partner %(name)s is in the trash. Restore it first.")
        return self._problem(column, "trash", sentence, {"name": stored.values.name})

    def _conflict(self, stored: StoredPartner) -> Problem:
        sentence = _(
            "%(name)s was changed since the file was exported (version %(file)s in the file, %(stored)s here). "
            "Export it again; or empty this cell, to write over the change."
        )
        params = {"name": stored.values.name, "file": self._version, "stored": stored.version}
        return self._problem("version", "conflict", sentence, params)

    def _number(self, column: str) -> int | None:
        try:
            return parse_number(self._text.get(column, ""))
        except ValidationError as error:
            self._refuse(column, error)
            return None

    def _refuse(self, column: str, error: ValidationError) -> None:
        if error.code == "required" and column not in self._layout.headings:
            # Not an error of each row: the file lacks the column.
            self._missing.append(column)
        else:
            self._errors.append(Problem.of(error, line=self._line, column=self._layout.heading(column)))

    def _problem(self, column: str, code: str, sentence: Any, params: Mapping[str, object]) -> Problem:
        shown: Mapping[str, object] = {
            name: shortened(value) if isinstance(value, str) else value for name, value in params.items()
        }
        return Problem(self._line, self._layout.heading(column), code, sentence, shown)
