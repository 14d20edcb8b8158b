"""Findings that are accepted: the reason, the history, the undo and the export."""

import pytest
from django.conf import settings as django_settings

from renvoi.console.unsent import FIELD
from renvoi.domain.places import COUNTRIES
from renvoi.history.models import Change, ChangeSet
from renvoi.partners.actions.accepting import accepted_findings
from renvoi.partners.models import AcceptedFinding
from renvoi.people.models import User
from tests.cast import (
    stored,
)
from tests.console.browsing import Browsing, Page
from tests.console.finding_cases import CASES, FINDINGS, NBSP, accept, both, change, prepare_choice, titles
from tests.console.test_exporting import download, rows_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _source_of_country(monkeypatch: pytest.MonkeyPatch) -> None:
    with_header = django_settings.CONFIG.model_copy(update={"country_header": "CF-IPCountry"})
    monkeypatch.setattr(django_settings, "CONFIG", with_header)


class TestAccepting:
    """The reason, the history, the undo and what happens meanwhile."""

    @pytest.fixture
    def question(self, console: Browsing) -> Page:
        prepare_choice()
        return console.open(f"{FINDINGS}accept/?key=choice:BR")

    @pytest.mark.parametrize("reason", ["", "   ", "x" * 256])
    def test_reason_is_required(self, reason: str, question: Page, console: Browsing) -> None:
        refused = console.send(question, reason=reason)
        assert (refused.status, list(refused.errors)) == (422, ["reason"])
        assert not accepted_findings()

    def test_facts_that_change_meanwhile_are_shown_first(self, question: Page, console: Browsing) -> None:
        stored(both("Cyan", "BR"))
        again = console.send(question, reason="Voulu")
        assert again.status == 409
        assert "3 partenaires" in again.one("main").text
        assert not accepted_findings()
        console.send(again)
        assert accepted_findings()["choice:BR"].reason == "Voulu"

    def test_finding_that_is_gone_is_not_accepted(self, question: Page, console: Browsing) -> None:
        change("Azur", priority=1)
        after = console.send(question, reason="Voulu")
        assert (after.path, after.notices) == (FINDINGS, ["Ce constat n’est plus ouvert\u00a0: rien n’a été changé."])
        assert not AcceptedFinding.objects.exists()

    def test_history_says_it_and_undoes_it(self, question: Page, console: Browsing) -> None:
        console.send(question, reason="Voulu")
        (step,) = ChangeSet.objects.filter(subject="finding")
        page = console.open(f"/console/history/{step.id}/")
        assert page.title == f"Constat accepté{NBSP}: Partenaires de même priorité (Brésil)"
        assert "Voulu" in page.one("section", class_="changed").text
        proved = console.send(
            console.open(f"/console/history/{step.id}/undo/"), action=f"/console/history/{step.id}/undo/"
        )
        assert "identique" in proved.one("main").text
        assert titles(console.open(f"{FINDINGS}?kind=choice")) == [CASES["choice"].title]
        (undo,) = ChangeSet.objects.filter(undoes=step)
        console.send(console.open(f"/console/history/{undo.id}/undo/"), action=f"/console/history/{undo.id}/undo/")
        row = accepted_findings()["choice:BR"]
        assert (row.reason, row.accepted_by) == ("Voulu", "Odile")

    def test_reopened_finding_is_open(self, question: Page, console: Browsing) -> None:
        console.send(question, reason="Voulu")
        page = console.send(console.open(FINDINGS), action=f"{FINDINGS}reopen/")
        assert page.notices == ["Constat rouvert."]
        assert titles(console.open(f"{FINDINGS}?kind=choice")) == [CASES["choice"].title]
        change_ = Change.objects.order_by("-id")[0]
        assert (change_.verb, change_.before and change_.before["reason"]) == ("reopen", "Voulu")

    def test_reopening_what_is_open_changes_nothing(self, console: Browsing) -> None:
        before = Change.objects.count()
        page = console.open("/console/partners/")
        token = page.all("input", name="csrfmiddlewaretoken")[0]["value"]
        account = page.all("input", name=FIELD)[0]["value"]
        fields = {"key": "choice:BR", "csrfmiddlewaretoken": token, FIELD: account}
        assert console.post(f"{FINDINGS}reopen/", fields).status == 302
        assert Change.objects.count() == before


class TestExport:
    """One row for each finding."""

    def test_file_has_open_and_accepted_findings(self, console: Browsing, odile: User) -> None:
        prepare_choice()
        accept(console, "choice", CASES["choice"], reason="=Voulu")
        response, content = download(odile, f"{FINDINGS}export/", list="kind=choice")
        assert response.status_code == 200
        headings, row = rows_of(content)
        assert headings == ["Type", "Objet", "Clients potentiels en 30 jours", "État", "Constat", "Motif"]
        assert row[:4] == ["Partenaires de même priorité", "Brésil", "0", "Accepté"]
        assert (row[4], row[5]) == (f"{CASES['choice'].title} Azur et Brun", "'=Voulu")

    def test_every_kind_without_a_filter(self, console: Browsing, odile: User) -> None:
        prepare_choice()
        _response, content = download(odile, f"{FINDINGS}export/", list="")
        assert len(rows_of(content)) - 1 == len(COUNTRIES)
        assert "250" in console.open(f"{FINDINGS}export/").one("main").text
