"""The export of the history: what the search matches, in the list's order, one row for each changed field."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC

import pytest

from renvoi.downloads.tables import read_transaction
from renvoi.exports.table import Row
from renvoi.history.exporting import COLUMNS, history_table, most_rows
from renvoi.history.models import Change, ChangeSet
from renvoi.partners import actions
from renvoi.partners.models import Operator, Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, a_partner, stored_many, with_changes
from tests.console.browsing import Browsing
from tests.console.test_exporting import download, rows_of

pytestmark = pytest.mark.django_db

EXPORT = "/console/history/export/"


@pytest.fixture
def steps(odile: User) -> None:
    (partner, _) = stored_many(ALO_BRASIL, a_partner("=Éperlan", "CA"))
    values = with_changes(ALO_BRASIL, countries=("AO", "BR"), priority=2)
    actions.update_partner(partner_id=partner.id, values=values, expected_version=1, actor=odile, channel="console")
    actions.pause_partners(partners=Partner.objects.all(), actor=odile, channel="console")
    ChangeSet.objects.filter(tally="pause:2").update(reason="Entente, revue")


def exported(account: User, query: str = "", **choices: str) -> list[dict[str, str]]:
    response, content = download(account, EXPORT, list=query, **choices)
    assert response.status_code == 200
    headings, *rows = rows_of(content)
    assert headings[:3] == ["Quand", "Qui", "Canal"]
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


@pytest.mark.usefixtures("steps")
class TestFile:
    """What is in the file."""

    def test_rows_follow_the_list_and_have_each_changed_field(self, odile: User) -> None:
        rows = exported(odile)
        assert [(row["verb"], row["field"]) for row in rows[:4]] == [
            ("pause", "status"),
            ("pause", "status"),
            ("update", "countries"),
            ("update", "priority"),
        ]
        assert (rows[0]["before"], rows[0]["after"], rows[0]["reason"]) == ("active", "paused", "Entente, revue")
        assert (rows[2]["before"], rows[2]["after"]) == ("BR PT", "AO BR")
        assert rows[0]["actor"] == "Odile"
        assert rows[0]["at"][10] == "T"
        assert {row["verb"] for row in rows[4:]} == {"create"}
        assert "'=Éperlan" in {row["name"] for row in rows}

    def test_moments_are_in_the_time_zone_of_the_operator(self, odile: User) -> None:
        Operator.objects.update(time_zone="Asia/Kathmandu")
        assert {row["at"][-6:] for row in exported(odile)} == {"+05:45"}

    def test_only_what_the_search_matches(self, odile: User) -> None:
        assert {row["verb"] for row in exported(odile, "what=pause")} == {"pause"}
        assert exported(odile, "sort=at")[0]["verb"] == "create"

    def test_workbook(self, odile: User) -> None:
        response, content = download(odile, EXPORT, format="xlsx", file_name="a/b.csv")
        assert content[:2] == b"PK"
        assert ".xlsx" in response.headers["Content-Disposition"]

    def test_window_says_how_many(self, console: Browsing) -> None:
        page = console.open(f"{EXPORT}?what=pause", htmx=True)
        assert "Le seul changement de la liste sera exporté" in page.text
        assert "Il n’y a aucun changement à exporter" in console.open(f"{EXPORT}?what=rien").text


def test_large_steps_are_read_in_flat_memory() -> None:
    step = ChangeSet.objects.create(channel="cli", count=6000, tally="create:6000", position=1)
    after = {"name": "A" * 100, "description_fr": "x" * 900}
    for start in range(0, 6000, 500):
        Change.objects.bulk_create(
            Change(change_set=step, verb="create", subject="partner", subject_id=start + n, after=after)
            for n in range(500)
        )
    assert most_rows(ChangeSet.objects.all()) >= 12_000

    def read() -> Iterator[Row]:
        with read_transaction():
            yield from history_table(ChangeSet.objects.all(), count=1, language="fr", zone=UTC).rows

    tracemalloc.start()
    assert sum(1 for _ in read()) == 12_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_file_in_which_no_field_differs_still_names_the_step(odile: User) -> None:
    step = ChangeSet.objects.create(channel="other")
    Change.objects.create(change_set=step, verb="odd", subject="thing", subject_id=7, before=None, after=None)
    (row,) = exported(odile)
    assert (row["id"], row["verb"], row["field"]) == (str(step.id), "odd", "")
