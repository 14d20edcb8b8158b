"""Parse golden visitors: the fields of a form, or the rows of a file with the columns COLUMNS."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from renvoi.domain.golden.visitors import EXPECTED_KINDS, MAX_GOLDEN, Case, GoldenVisitor
from renvoi.domain.names.keys import fold
from renvoi.domain.places import (
    CountryCode,
    RegionCode,
    country_of_region,
    parse_countries,
    parse_country,
    parse_region,
)
from renvoi.exports.table import Column, Table
from renvoi.partners.figures import Figure
from renvoi.partners.importing.reading.problems import FileRefused, Problem, shortened
from renvoi.partners.importing.reading.rows import read_rows
from renvoi.partners.models import Partner
from renvoi.partners.parsing import parse_day

COLUMNS = ("country", "region", "language", "day", "decision", "partner")
"""The headings of a file, in any order. An empty cell of the last four asks nothing; region: of the whole country."""
_REQUIRED = ("country", "language")
_PORTION = 500
_MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Line:
    """A golden visitor of a file. `number` is the row of the spreadsheet, where the first one is 1."""

    number: int
    golden: GoldenVisitor


def parse_golden(raw: Mapping[str, str], *, partners: Mapping[str, int]) -> GoldenVisitor:
    """Return the golden visitor in the texts of COLUMNS. `partners` is what `find_partners` returned for its partner.

    Raises ValidationError with every error, by field.
    """
    texts = {name: raw.get(name, "").strip() for name in COLUMNS}
    errors: dict[str, ValidationError] = {}
    country, region = _place_in(texts, errors)
    day = None
    try:
        day = parse_day(texts["day"])
    except ValidationError as error:
        errors["day"] = error
    language, decision = texts["language"].lower(), texts["decision"].lower()
    if language not in {"fr", "en"}:
        errors["language"] = ValidationError(_("Choose a language: fr or en."), code="language")
    if decision and decision not in EXPECTED_KINDS:
        sentence = _("%(text)s is not a decision: write partner, choice, none, own or region.")
        errors["decision"] = ValidationError(sentence, code="decision", params={"text": shortened(decision)})
    elif not (decision or texts["partner"]):
        errors["decision"] = ValidationError(
            _("Say what is expected: a decision, a partner, or both."), code="required"
        )
    errors |= _partner_errors(texts["partner"], decision, partners)
    if errors or country is None:
        raise ValidationError({name: [error] for name, error in errors.items()})
    case: Any = (country, region, language, day)
    kind: Any = decision or None
    return GoldenVisitor(Case(*case), kind, partners.get(texts["partner"]))


def _place_in(
    texts: Mapping[str, str], errors: dict[str, ValidationError]
) -> tuple[CountryCode | None, RegionCode | None]:
    parsed = parse_countries(texts["country"]).countries
    country = parse_country(texts["country"]) or (parsed[0] if len(parsed) == 1 else None)
    region = parse_region(texts["region"]) if texts["region"] else None
    if country is None:
        errors["country"] = ValidationError(_("Choose one country, by its name or its code."), code="country")
    if texts["region"] and region is None:
        errors["region"] = ValidationError(_("This is not the code of a region, such as CA-ON."), code="region")
    elif region is not None and country is not None and country_of_region(region) != country:
        errors["region"] = ValidationError(_("This region is in another country."), code="region")
    return country, region


def _partner_errors(text: str, decision: str, partners: Mapping[str, int]) -> dict[str, ValidationError]:
    if text and text not in partners:
        sentence = _("There is no partner %(text)s.")
        return {"partner": ValidationError(sentence, code="unknown", params={"text": shortened(text)})}
    if text and decision not in {"", "partner", "choice"}:
        return {"partner": ValidationError(_("This decision leads to no partner: leave it empty."), code="no_partner")}
    return {}


def find_partners(texts: Iterable[str]) -> dict[str, int]:
    """Return the ids of the partners that these texts name: an id, also of one in the trash, or else a name.

    Two queries for 500 texts.
    """
    asked = sorted({text.strip() for text in texts} - {""})
    ids: dict[str, int] = {}
    for start in range(0, len(asked), _PORTION):
        portion = asked[start : start + _PORTION]
        numbers = {text: int(text) for text in portion if text.isascii() and text.isdecimal() and len(text) < 19}
        known = set(Partner.objects.filter(id__in=numbers.values()).values_list("id", flat=True))
        ids |= {text: number for text, number in numbers.items() if number in known}
        named = Partner.objects.filter(name_key__in={fold(text) for text in portion}, trashed_at=None)
        by_key = dict(named.values_list("name_key", "id"))
        ids |= {text: by_key[fold(text)] for text in portion if text not in ids and fold(text) in by_key}
    return ids


def read_golden(content: bytes) -> tuple[list[Line], list[Problem]]:
    """Return the golden visitors of a file, CSV or XLSX, and what is wrong with its cells.

    Raises FileRefused if the file, or the rest of it, can't be read.
    """
    rows = read_rows(content, is_heading=lambda text: fold(text.strip()) in COLUMNS)
    headings = [fold(heading.strip()) for heading in next(rows).cells]
    _require_headings(headings)
    raws: list[tuple[int, dict[str, str]]] = []
    for row in rows:
        if len(raws) == MAX_GOLDEN:
            sentence = _("The list can have %(limit)s visitors at most.")
            raise FileRefused(Problem(row.line, "", "too_many", sentence, {"limit": Figure(MAX_GOLDEN)}))
        raws.append((row.line, dict(zip(headings, row.cells, strict=False))))
    partners = find_partners(raw.get("partner", "") for _line, raw in raws)
    lines, problems = [], []
    for number, raw in raws:
        try:
            lines.append(Line(number, parse_golden(raw, partners=partners)))
        except ValidationError as error:
            problems += [Problem.of(errors[0], line=number, column=name) for name, errors in error.error_dict.items()]
    return lines, problems + _repeated(lines)


def golden_table(golden: Iterable[GoldenVisitor], *, names: Mapping[int, str]) -> Table:
    """Return the list as a table to export, which `read_golden` reads back. `names` are those of the partners, by id.

    A partner whose name is missing, or that is a number, is exported by its id.
    """
    rows = [
        (case.country, case.region or "", case.language, str(case.day or ""), one.decision or "", _named(one, names))
        for one in golden
        for case in (one.case,)
    ]
    columns = tuple(Column(name, "name" if name == "country" else "text") for name in COLUMNS)
    return Table("Golden visitors", "en", columns, rows, len(rows))


def _named(golden: GoldenVisitor, names: Mapping[int, str]) -> str:
    if golden.partner is None:
        return ""
    name = names.get(golden.partner, "")
    return str(golden.partner) if not name or name.isdecimal() else name


def _require_headings(headings: list[str]) -> None:
    for heading in headings:
        if heading and (heading not in COLUMNS or headings.count(heading) > 1):
            sentence = _("The headings are country, region, language, day, decision and partner, each once.")
            raise FileRefused(Problem(1, heading, "heading", sentence))
    for name in _REQUIRED:
        if name not in headings:
            raise FileRefused(Problem(1, name, "heading", _("This column is missing.")))


def _repeated(lines: Iterable[Line]) -> list[Problem]:
    first: dict[Case, int] = {}
    problems = []
    for line in lines:
        if (earlier := first.setdefault(line.golden.case, line.number)) != line.number:
            sentence = _("Line %(line)s asks about the same visitor.")
            problems.append(Problem(line.number, "", "repeated", sentence, {"line": Figure(earlier)}))
    return problems
