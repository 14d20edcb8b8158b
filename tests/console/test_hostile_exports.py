"""Export partners with hostile text in every field: no failure, and every text exact."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from python_calamine import CalamineWorkbook

from renvoi.domain.addresses import AddressRefused, parse_address
from renvoi.domain.names.keys import fold
from renvoi.downloads.maker import make_download
from renvoi.downloads.models import Download
from renvoi.exports.delimited import unescape_formula
from renvoi.partners.exporting import COLUMN_NAMES, downloaded_table, printed_list
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.partners.values import parse_partner
from renvoi.people.models import User
from tests.cast import sample, set_operator, stored_at_once, today
from tests.console.test_exporting import CSV, PDF, download, signed_in
from tests.exports.cast import hostile_texts
from tests.exports.reading import require_all_in_order
from tests.exports.test_workbook import as_read
from tests.partners.test_exporting import listing_for

SAMPLE = 60


def hostile_partners() -> Iterator[PartnerValues]:
    """Return a partner for each text: its name, descriptions, reference, and its address if it can be one."""
    for number, text in enumerate(sample(hostile_texts(), SAMPLE)):
        raw = {
            "name": text[:100] or "x",
            "url_en": _address(text) or f"https://{number}.example/?q=1",
            "url_fr": _address(f"https://{number}.example/{text}"),
            "description_en": text,
            "description_fr": text[::-1],
            "agreement_reference": text[:100],
        }
        yield parse_partner(raw, countries=["BR", "PT"])


def _address(text: str) -> str:
    try:
        return parse_address(text)
    except AddressRefused:
        return ""


@pytest.fixture
def crowd(db: None) -> list[Partner]:  # noqa: ARG001 (that there is one)
    """The partners, without repeated names: names are unique regardless of case and accents."""
    by_key = {fold(values.name): values for values in hostile_partners()}
    stored_at_once(*by_key.values())
    return [*Partner.objects.all()]


def expected(partner: Partner) -> dict[str, str]:
    return {
        name: str(getattr(partner, name) or "") if name.endswith("_on") else str(getattr(partner, name))
        for name in COLUMN_NAMES
        if name not in {"countries", "country_names"}
    } | {"countries": "BR PT", "country_names": "Brésil; Portugal", "status": "Actif"}


@pytest.mark.parametrize("separator", [",", ";"])
def test_csv_has_every_text_exactly_and_no_formula(separator: str, odile: User, crowd: list[Partner]) -> None:
    response, content = download(odile, CSV, list="", format="csv", separator=separator)
    assert response.status_code == 200
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    _, *rows = csv.reader(text, delimiter=separator, strict=True)
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")]
    exported = {row[0]: dict(zip(COLUMN_NAMES, map(unescape_formula, row), strict=True)) for row in rows}
    assert exported == {str(partner.id): expected(partner) for partner in crowd}


def test_workbook_has_every_text_exactly(odile: User, crowd: list[Partner]) -> None:
    response, content = download(odile, CSV, list="", format="xlsx", file_name="Partners.csv")
    assert response.status_code == 200
    _, *rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    exported = {row[0]: dict(zip(COLUMN_NAMES, row, strict=True)) for row in rows}
    assert exported == {
        str(partner.id): {name: as_read(text) for name, text in expected(partner).items()} for partner in crowd
    }


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pdf_has_every_field_of_every_partner_in_order(language: str, odile: User, crowd: list[Partner]) -> None:
    set_operator()
    assert signed_in(odile).post(f"{PDF}?lang={language}", {"list": ""}).status_code == 302
    export = Download.objects.get()
    assert export.total == len(crowd)
    make_download(export.id, table_of=downloaded_table)
    export.refresh_from_db()
    response, content = download(odile, f"{PDF}{export.id}/Partners.pdf")
    assert response.status_code == 200
    assert signed_in(odile).get(f"{PDF}{export.id}/").status_code == 200
    table = printed_list(replace(listing_for(language=language), today=today()))
    compared = require_all_in_order(table, [*table.rows], content, unshown=export.unshown)
    assert compared["exactly"] > 0.9 * compared.total()
