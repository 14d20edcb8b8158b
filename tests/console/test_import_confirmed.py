"""The import of what the page showed: what must be confirmed, what changed meanwhile, and processes that died."""

import pytest

from renvoi.history.models import ChangeSet
from renvoi.partners.models import Partner, PartnerImport
from tests.cast import ALO_BRASIL, stored, with_changes
from tests.console.browsing import Browsing, Page
from tests.console.importing import HEADINGS, alerts, checked, confirm, counts, imported, job_of, run, tokens, upload
from tests.partners.acting import update
from tests.partners.importing.files import NUMBERED, csv_file, numbered

pytestmark = pytest.mark.django_db
EPERLAN = ["Éperlan", "https://eperlan.example/", "FR"]


def test_large_import_wants_its_number_typed(console: Browsing) -> None:
    page = checked(console, csv_file(NUMBERED, *numbered(30)))
    for typed, words in (("", "manque"), ("29", "30")):
        refused = confirm(console, page, confirm_count=typed)
        assert refused.status == 422
        assert words in refused.errors["confirm_count"]
    page = imported(console, page, confirm_count="30")
    assert Partner.objects.count() == 30


def test_replacement_wants_a_tick(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    headings = ["id", "name", "url_en", "url_fr", "countries"]
    page = checked(console, [headings, [alo.id, "Nippon", "https://nippon.example/", "", "JP"]])
    refused = confirm(console, page, confirm_replaced=None)
    assert (refused.status, {*refused.errors}) == (422, {"confirm_replaced"})
    imported(console, page, confirm_replaced="on")
    assert Partner.objects.get(id=alo.id).name == "Nippon"


def test_edit_between_check_and_import_is_shown_and_asked_again(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    page = checked(console, [["name", "priority"], [ALO_BRASIL.name, 1]])
    update(alo, with_changes(ALO_BRASIL, priority=7))
    page = imported(console, page)
    assert page.title == "Vérification (rien n’est enregistré)"
    assert "Des partenaires ont été modifiés entre-temps" in alerts(page)[0]
    assert [cell.text for cell in page.one("table", class_="changed").one("tbody").all("td")] == ["7", "1"]
    assert Partner.objects.get(id=alo.id).priority == 7
    page = imported(console, page)
    assert page.title == "Importation terminée"
    assert Partner.objects.get(id=alo.id).priority == 1


def test_plan_that_was_renewed_in_another_tab_is_shown_first(console: Browsing) -> None:
    page = checked(console, [HEADINGS, EPERLAN])
    PartnerImport.objects.update(digest="0" * 64)
    sent = confirm(console, page)
    assert sent.status == 409
    assert "Des partenaires ont été modifiés entre-temps" in alerts(sent)[0]
    assert not PartnerImport.objects.get().is_applying


def test_double_click_imports_once(console: Browsing) -> None:
    page = checked(console, [HEADINGS, EPERLAN])
    assert confirm(console, page).status == confirm(console, page).status == 303
    job = job_of(page)
    assert job.attempt == 2
    run(job)
    assert confirm(console, page).status == 303
    assert job_of(page).stage == PartnerImport.Stage.READY
    assert ChangeSet.objects.count() == 1


def test_two_files_at_once_overwrite_nothing_unseen(console: Browsing, english_console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    pages = [
        checked(browsing, [["name", "priority"], [ALO_BRASIL.name, priority]])
        for browsing, priority in ((console, 1), (english_console, 9))
    ]
    for browsing, page in zip((console, english_console), pages, strict=True):
        confirm(browsing, page)
    run(job_of(pages[0]))
    run(job_of(pages[1]))
    assert Partner.objects.get(id=alo.id).priority == 1
    second = english_console.open(pages[1].path)
    assert "Partners were changed meanwhile" in alerts(second)[0]
    assert [cell.text for cell in second.one("table", class_="changed").one("tbody").all("td")] == ["1", "9"]


def test_process_that_died_is_told_and_the_check_starts_again(console: Browsing) -> None:
    response = upload(console, csv_file(HEADINGS, EPERLAN))
    PartnerImport.objects.update(stage=PartnerImport.Stage.FAILED)
    page = console.open(response.location)
    assert "La vérification a été interrompue" in alerts(page)[0]
    page = (
        console.send(page, action="", press="act=check")
        if page.all("form", class_="form")
        else _press_check(console, page)
    )
    run(job_of(page))
    assert counts(console.open(page.path))["À créer"] == "1"


def _press_check(console: Browsing, page: Page) -> Page:
    return console.follow(console.post(page.path, {**tokens(page), "act": "check"}))


def test_import_that_died_before_the_commit_changed_nothing(console: Browsing) -> None:
    page = checked(console, [HEADINGS, EPERLAN])
    confirm(console, page)
    PartnerImport.objects.update(stage=PartnerImport.Stage.FAILED)
    page = console.open(page.path)
    assert "Rien n’a été modifié" in alerts(page)[0]
    page = _press_check(console, page)
    run(job_of(page))
    imported(console, console.open(page.path))
    assert Partner.objects.get().name == "Éperlan"


def test_import_that_died_after_the_commit_is_done(console: Browsing) -> None:
    page = checked(console, [HEADINGS, EPERLAN])
    imported(console, page)
    PartnerImport.objects.update(stage=PartnerImport.Stage.FAILED)
    page = console.open(page.path)
    assert page.title == "Importation terminée"
    _press_check(console, page)
    assert console.open(page.path).title == "Importation terminée"


def test_import_is_undone_by_its_actor(console: Browsing, english_console: Browsing) -> None:
    page = imported(console, checked(console, [HEADINGS, EPERLAN]))
    undo = f"/console/steps/{job_of(page).id}/undo/"
    assert not english_console.open(page.path).all("form", action=undo)
    assert page.one("form", action=undo).text == "Annuler l’importation"
    console.send(page, action=undo)
    assert not Partner.objects.filter(trashed_at=None).exists()
    page = console.open(page.path)
    assert "Cette importation a été annulée." in alerts(page)[0]
    assert not page.all("form", action=undo)
