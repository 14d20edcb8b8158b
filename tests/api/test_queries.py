"""How many queries a list takes: the same for any number of rows, and of countries of a row."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renvoi.domain.places import COUNTRIES
from renvoi.partners.models import Partner, ServedCountry
from tests.api.calling import Program
from tests.cast import crowd


def queries(program: Program, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert program.get(path).status == 200
    return len(captured)


@pytest.mark.parametrize("path", ["/partners", "/trash"])
def test_list_takes_as_many_queries_for_100_rows_as_for_25(program: Program, path: str) -> None:
    crowd(120)
    if path == "/trash":
        Partner.objects.update(trashed_at="2026-11-01T00:00:00Z")
    program.get(path)
    few = queries(program, f"{path}?per_page=25")
    assert queries(program, f"{path}?per_page=100") == few <= 8


def test_list_takes_as_many_queries_with_many_countries(program: Program) -> None:
    crowd(100)
    # The first request notes that the token was used.
    program.get("/partners")
    few = queries(program, "/partners?per_page=100")
    ServedCountry.objects.all().delete()
    ids = Partner.objects.values_list("id", flat=True)
    ServedCountry.objects.bulk_create(
        ServedCountry(partner_id=id_, country=code) for id_ in ids for code in sorted(COUNTRIES)
    )
    assert queries(program, "/partners?per_page=100") == few
