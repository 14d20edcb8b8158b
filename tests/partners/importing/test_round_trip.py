"""What is exported is imported without a change, whatever its text, its form and its language."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from renvoi.domain.places import COUNTRIES, CountryCode
from renvoi.partners.exporting import COLUMN_NAMES
from renvoi.partners.fields import PartnerValues
from renvoi.partners.importing.planning import make_plan
from renvoi.partners.models import Partner
from renvoi.partners.values import parse_partner
from tests.cast import ALO_BRASIL, AZULEJO, TUNDRA, stored_at_once, with_changes
from tests.corpora import corpus
from tests.partners.importing.files import TODAY, apply, exported

pytestmark = pytest.mark.django_db
_SEPARATED = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
FORMS: list[dict[str, Any]] = [
    {},
    {"separator": ";", "headings": "labels", "language": "fr"},
    {"separator": ",", "headings": "labels", "language": "en"},
    {"format_": "xlsx"},
    {"format_": "xlsx", "headings": "labels", "language": "fr"},
    {"format_": "xlsx", "headings": "labels", "language": "en"},
]

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
starts = st.sampled_from(["", "=", "+", "-", "@", "'", "''", "'=", "\t", '"', "_x0041_", "; ", "<r>", "É", "\ufeff"])
days = st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1))


@st.composite
def partners(draw: st.DrawFn) -> PartnerValues:
    """Any partner that the form accepts; its texts often begin as formulas and escapes do."""
    first, last = sorted(draw(st.tuples(days, days)), key=lambda day: day or date.max)
    raw = {
        "name": draw(starts) + draw(texts) + "x",
        "url_en": f"https://a.example/{draw(texts)}",
        "url_fr": draw(st.sampled_from(["", "https://b.example/?q=a;b,c"])),
        "description_en": draw(starts) + draw(texts),
        "description_fr": draw(starts) + draw(texts) + draw(st.sampled_from(["", "\n", "\r\na\tb"])),
        "status": draw(st.sampled_from(["active", "paused"])),
        "priority": draw(st.sampled_from("123456789")),
        "agreement_reference": draw(starts) + draw(texts),
        "agreement_starts_on": first.isoformat() if first else "",
        "agreement_ends_on": last.isoformat() if last else "",
    }
    codes = draw(st.sets(st.sampled_from(sorted(COUNTRIES)), min_size=1, max_size=5))
    return parse_partner(raw, countries=codes)


def with_distinct_names(many: list[PartnerValues]) -> list[PartnerValues]:
    return [with_changes(values, name=f"{values.name[:90]}{number}") for number, values in enumerate(many)]


def require_round_trip(form: dict[str, Any]) -> None:
    content = exported(**form)
    plan = make_plan(content, today=TODAY)
    assert [update.changes for update in plan.updates] == []
    assert (plan.errors, plan.warnings, plan.count) == ((), (), 0)
    assert plan.identical == Partner.objects.count()
    Partner.objects.all().delete()
    apply(content)
    assert without_numbers(exported(**form)) == without_numbers(content)


def without_numbers(content: bytes) -> list[list[str]]:
    """The rows of a file, without the columns id and version."""
    if content.startswith(b"PK"):
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        rows: Iterator[list[str]] = ([*map(str, row)] for row in sheet.iter_rows())
    else:
        text = content.decode("utf-8-sig")
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    return [row[1 : COLUMN_NAMES.index("version")] for row in rows]


@pytest.mark.parametrize("form", FORMS, ids=str)
@_SEPARATED
@given(many=st.lists(partners(), min_size=1, max_size=4).map(with_distinct_names))
def test_export_of_any_partners_is_imported_without_a_change(form: dict[str, Any], many: list[PartnerValues]) -> None:
    Partner.objects.all().delete()
    stored_at_once(*many)
    require_round_trip(form)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_export_of_naughty_texts_is_imported_without_a_change(form: dict[str, Any]) -> None:
    stored_at_once(*naughty_partners(), ALO_BRASIL, AZULEJO, TUNDRA)
    require_round_trip(form)


def naughty_partners() -> Iterator[PartnerValues]:
    """A partner for each naughty text that the form accepts, which is in all its texts."""
    for number, text in enumerate(corpus("naughty_strings")):
        raw = {"name": f"{text[:80]}{number}", "url_en": "https://a.example/", "description_en": text[:255]}
        try:
            yield parse_partner(raw | {"description_fr": text[:255]}, countries=["BR"])
        except ValidationError:
            continue


def test_file_of_names_of_countries_is_imported_without_codes() -> None:
    stored_at_once(with_changes(ALO_BRASIL, countries=tuple(sorted(CountryCode(code) for code in COUNTRIES))))
    for language in ("fr", "en"):
        rows = [*csv.reader(io.StringIO(exported(language=language).decode(), newline=""))]
        codes = COLUMN_NAMES.index("countries")
        text = io.StringIO(newline="")
        csv.writer(text).writerows(row[:codes] + row[codes + 1 :] for row in rows)
        plan = make_plan(text.getvalue().encode(), today=TODAY)
        assert (plan.errors, plan.identical) == ((), 1)
