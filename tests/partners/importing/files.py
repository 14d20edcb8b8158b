"""Files of partners as people and programs write them, and their plans."""

import csv
import io
import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from renvoi.domain.places import Language
from renvoi.exports.delimited import Separator, render_csv
from renvoi.exports.workbook import render_xlsx
from renvoi.partners.actions import Confirmed, Step, import_partners
from renvoi.partners.exporting import Headings, data_table
from renvoi.partners.importing.plan import Plan
from renvoi.partners.importing.planning import make_plan
from renvoi.partners.models import Partner

TODAY = date(2026, 11, 30)


def csv_file(*rows: Sequence[object], separator: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_file(*rows: Sequence[Any]) -> bytes:
    """A workbook whose cells have the types of Python's values."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file)
    sheet, day = workbook.add_worksheet(), workbook.add_format({"num_format": "yyyy-mm-dd"})
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(line, column, cell, day)
            else:
                sheet.write(line, column, cell)
    workbook.close()
    return file.getvalue()


def exported(
    *, format_: str = "csv", headings: Headings = "names", language: Language = "fr", separator: Separator = ","
) -> bytes:
    """The file of all partners outside the trash, as the console and the command export it."""
    partners = Partner.objects.filter(trashed_at=None).order_by("name_sort", "id")
    table = data_table(partners, count=partners.count(), language=language, headings=headings)
    if format_ == "csv":
        return b"".join(render_csv(table, separator=separator, byte_order_mark=headings == "labels"))
    file = io.BytesIO()
    render_xlsx(table, file=file)
    return file.getvalue()


def plan_of(*rows: Sequence[object]) -> Plan:
    """The plan of a CSV file with these rows; the first one has the headings."""
    return make_plan(csv_file(*rows), today=TODAY)


def errors_of(plan: Plan) -> list[tuple[int, str, str]]:
    """The line, the column and the code of each error."""
    return [(problem.line, problem.column, problem.code) for problem in plan.errors]


def apply(content: bytes, *, plan: Plan | None = None, key: uuid.UUID | None = None, confirms: bool = False) -> Step:
    """Import a file, as its plan was shown."""
    shown = plan or make_plan(content, today=TODAY)
    return import_partners(
        content=content,
        confirmed=Confirmed(shown.digest, shown.count, replacements=confirms),
        today=TODAY,
        actor=None,
        channel="cli",
        idempotency_key=key,
    )


def numbered(count: int, *, start: int = 1) -> Iterable[list[object]]:
    """Rows of as many new partners, each with three countries, under the headings of NUMBERED."""
    codes = ("BR PT", "FR MC BE", "JP KR US")
    for number in range(start, start + count):
        address = f"https://p{number}.example/"
        yield [f"Partner {number:05}", f"{address}en", f"{address}fr", codes[number % 3], number % 9 + 1]


NUMBERED = ["name", "url_en", "url_fr", "countries", "priority"]
