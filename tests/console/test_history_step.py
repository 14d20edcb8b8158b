"""The page of one step: its facts, each field before and after, its reason; and the history of one partner."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renvoi.history.models import Change, ChangeSet
from renvoi.partners import actions
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, a_partner, set_operator, stored, stored_many, with_changes
from tests.console.browsing import Browsing, Page

pytestmark = pytest.mark.django_db


def path_of(step: ChangeSet) -> str:
    return f"/console/history/{step.id}/"


def newest() -> ChangeSet:
    return ChangeSet.objects.order_by("-position")[0]


def shown(page: Page) -> dict[str, tuple[str, str]]:
    """Label → value before and after, of the only object of a step."""
    rows = page.one("table", class_="differences").one("tbody").all("tr")
    return {row.one("th").text: (row.all("td")[0].text, row.all("td")[1].text) for row in rows}


def facts(page: Page) -> dict[str, str]:
    return {row.one("dt").text: row.one("dd").text for row in page.one("dl", class_="facts").all("div")}


@pytest.fixture
def edited(odile: User) -> Partner:
    partner = stored(ALO_BRASIL)
    values = with_changes(ALO_BRASIL, countries=("BR", "AO"), status="paused", agreement_ends_on=None, priority=2)
    saved = actions.update_partner(
        partner_id=partner.id, values=values, expected_version=1, actor=odile, channel="console"
    )
    return saved.partner


def test_only_fields_that_differ_are_shown_in_words(edited: Partner, console: Browsing) -> None:
    page = console.open(path_of(newest()))
    assert page.title.startswith(f"{edited.name}\u00a0: ")
    differing = shown(page)
    assert differing["État"] == ("Actif", "En pause")
    assert differing["Priorité"][1] == "2"
    assert "Angola" in differing["Pays"][1]
    assert "Nom" not in differing
    assert "Version" not in differing
    assert facts(page)["Qui"] == "Odile"
    assert facts(page)["Canal"] == "Console"
    generation = newest().generation
    assert facts(page)["Version"] == f"{(generation or 0) - 1} → {generation}"
    assert page.all("a", href=f"/console/partners/{edited.id}/")


def test_countries_added_and_removed_are_named(odile: User, console: Browsing) -> None:
    partner = stored(with_changes(ALO_BRASIL, countries=("BR", "CA")))
    values = with_changes(ALO_BRASIL, countries=("BR", "PT"))
    actions.update_partner(partner_id=partner.id, values=values, expected_version=1, actor=odile, channel="console")
    after = shown(console.open(path_of(newest())))["Pays"][1]
    assert "Ajout\u00a0: Portugal" in after
    assert "Retrait\u00a0: Canada" in after


def test_created_partner_has_its_fields_but_no_empty_ones(console: Browsing) -> None:
    stored(a_partner("Éperlan", "CA"))
    table = console.open(path_of(newest())).one("table", class_="differences")
    assert [cell.text for cell in table.one("thead").all("th")] == ["Champ", "Après"]
    values = {row.one("th").text: row.one("td").text.strip() for row in table.one("tbody").all("tr")}
    assert values["Nom"] == "Éperlan"
    assert "Référence" not in values


def test_deleted_partner_leads_to_the_trash(odile: User, alo_brasil: Partner, console: Browsing) -> None:
    actions.trash_partner(partner_id=alo_brasil.id, actor=odile, channel="console")
    page = console.open(path_of(newest()))
    assert "Dans la corbeille depuis" in shown(page)
    assert page.one("section", class_="changed").one("h2").all("a")[0]["href"] == "/console/trash/"


def test_operator_and_its_coverage_area(console: Browsing) -> None:
    set_operator()
    page = console.open(path_of(newest()))
    assert page.status == 200
    assert shown(page)
    assert page.all("a", href="/console/settings/")


def test_undo_and_what_it_undid_lead_to_each_other(odile: User, console: Browsing) -> None:
    stored_many(ALO_BRASIL, a_partner("Éperlan", "CA"))
    paused = actions.pause_partners(partners=Partner.objects.all(), actor=odile, channel="console")
    assert paused.change_set_id is not None
    actions.undo_step(change_set_id=paused.change_set_id, actor=odile, channel="console")
    undo = newest()
    assert console.open(path_of(undo)).all("a", href=f"/console/history/{paused.change_set_id}/")
    assert console.open(f"/console/history/{paused.change_set_id}/").all("a", href=path_of(undo))


def test_objects_of_a_large_step_are_paged_with_a_constant_number_of_queries(console: Browsing) -> None:
    many = [a_partner(f"Partenaire {number:03}", "BR") for number in range(120)]
    actions.create_partners(many=many, actor=None, channel="cli")
    step = newest()
    counts = []
    page = console.open(path_of(step))
    for page_number, expected in ((1, 50), (3, 20), (99, 20)):
        with CaptureQueriesContext(connection) as captured:
            page = console.open(f"{path_of(step)}?page={page_number}")
        assert len(page.all("section", class_="changed")) == expected
        counts.append(len(captured))
    assert len(set(counts)) == 1
    assert page.one("nav", class_="pages").one("a", aria_current="page").text.endswith("3")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, None),
        ({}, {}),
        ({"name": None}, {"name": 5}),
        ({"countries": "BR"}, {"countries": [1, None, ["x"]]}),
        ({"countries": ["ZZ", "br"]}, {"countries": {"a": 1}}),
        ({"status": ["active"]}, {"status": {"x": "y"}}),
        ({"trashed_at": "yesterday"}, {"trashed_at": 12}),
        ({"priority": 1.5}, {"priority": True}),
        ({"wings": "two"}, {"wings": "four", "colour": {"deep": [[[]]]}}),
        ({"name": "\ud800"}, {"name": "a\u0000b"}),
        ({"name": "x" * 50_000}, {"name": "<script>alert(1)</script>"}),
        ({"agreement_ends_on": "not a day"}, {"agreement_ends_on": 20261203}),
    ],
)
@pytest.mark.parametrize("subject", ["partner", "operator", "thing"])
def test_records_of_other_versions_survive_as_text(
    subject: str, before: Any, after: Any, alo_brasil: Partner, console: Browsing
) -> None:
    if connection.vendor == "postgresql" and "\ud800" in str((before or {}).get("name")):
        pytest.skip("PostgreSQL stores no lone surrogate")
    step = ChangeSet.objects.create(channel="future", actor_name="", generation=3)
    verb = "odd" if subject == "thing" else "update"
    subject_id = alo_brasil.id if subject == "partner" else 1
    Change.objects.create(
        change_set=step, verb=verb, subject=subject, subject_id=subject_id, before=before, after=after
    )
    page = console.open(path_of(step))
    assert page.status == 200
    assert not page.all("script", src="")
    assert console.open("/console/history/").status == 200
    assert console.open(f"/console/partners/{alo_brasil.id}/history/").status == 200
    if before and "wings" in before:
        assert shown(page)["wings"] == ("two", "four")


@pytest.mark.usefixtures("edited")
class TestReason:
    """The reason of a step, which only its actor writes."""

    def test_actor_writes_corrects_and_removes_it(self, console: Browsing) -> None:
        path = path_of(newest())
        page = console.open(path)
        for typed, stored_text in (("Entente revue", "Entente revue"), ("  Corrigé ", "Corrigé"), ("", "")):
            page = console.send(page, reason=typed, action=path)
            assert newest().reason == stored_text
        console.send(page, reason="Entente revue", action=path)
        row = console.open("/console/history/?reason=entente").one("tbody").all("tr")
        assert [cells.one("td", class_="col-reason").text for cells in row] == ["Entente revue"]
        assert newest().changes.count() == 1

    @pytest.mark.parametrize("reason", ["x" * 256, "a\0b"])
    def test_reason_that_is_refused_stays_in_its_field(self, reason: str, console: Browsing) -> None:
        path = path_of(newest())
        page = console.send(console.open(path), reason=reason, action=path)
        assert page.status == 422
        assert page.one("input", name="reason").get("aria-invalid") == "true"
        if "\0" not in reason:
            assert page.one("input", name="reason")["value"] == reason
        assert newest().reason == ""

    def test_colleague_reads_it_and_cannot_write_it(self, wendy: User) -> None:
        path = path_of(newest())
        ChangeSet.objects.filter(id=newest().id).update(reason="Entente revue")
        other = Browsing.signed_in(wendy)
        page = other.open(path)
        assert not page.all("input", name="reason")
        assert "Entente revue" in page.text
        assert newest().reason == "Entente revue"

    def test_reason_is_given_with_the_action(self, odile: User) -> None:
        from renvoi.partners.actions.recording import change_set

        with change_set(actor=odile, channel="console", idempotency_key=None, reason="Essai") as changes:
            changes.record("create", "thing", 1, before=None, after={"name": "A"})
        assert (newest().reason, newest().name) == ("Essai", "A")


class TestPartnerHistory:
    """The history restricted to one partner."""

    def test_each_row_has_the_fields_before_and_after(self, edited: Partner, console: Browsing) -> None:
        stored(a_partner("Éperlan", "CA"))
        page = console.open(f"/console/partners/{edited.id}/history/")
        assert page.title == f"Historique d’{edited.name}"
        rows = page.one("tbody").all("tr")
        assert len(rows) == 2
        assert "État\u00a0: Actif → En pause" in rows[0].one("td", class_="col-what").text

    def test_settings_and_trash_lead_to_it(self, edited: Partner, odile: User, console: Browsing) -> None:
        path = f"/console/partners/{edited.id}/history/"
        assert console.open(f"/console/partners/{edited.id}/").all("a", href=path)
        actions.trash_partner(partner_id=edited.id, actor=odile, channel="console")
        assert console.open("/console/trash/").all("a", href=path)
        page = console.open(path)
        assert page.status == 200
        assert len(page.one("tbody").all("tr")) == 3

    def test_search_stays_within_the_partner(self, edited: Partner, console: Browsing) -> None:
        page = console.open(f"/console/partners/{edited.id}/history/?what=modifie")
        assert len(page.one("tbody").all("tr")) == 1
        assert page.one("form", id="list-form")["action"] == f"/console/partners/{edited.id}/history/"

    def test_partner_that_never_was_is_not_found(self, console: Browsing) -> None:
        assert console.open("/console/partners/999999/history/").status == 404

    def test_partner_deleted_for_good_keeps_its_history(self, edited: Partner, odile: User, console: Browsing) -> None:
        actions.trash_partner(partner_id=edited.id, actor=odile, channel="console")
        actions.purge_partners(partners=Partner.objects.filter(id=edited.id), actor=odile, channel="console")
        page = console.open(f"/console/partners/{edited.id}/history/")
        assert page.title == f"Historique d’{edited.name}"
        assert (
            page.one("tbody")
            .all("tr")[0]
            .one("td", class_="col-what")
            .one("a")
            .text.endswith("supprimé définitivement")
        )
        assert console.open(path_of(newest())).status == 200
