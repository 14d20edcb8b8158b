"""What a change would change for prospects: beside a form, in a window, in the message, and the brake on large ones."""

from dataclasses import replace
from typing import Any

import pytest

from renvoi.partners.models import CoveredArea, Partner
from renvoi.people.models import Draft
from renvoi.reports.models import VisitsOnDay
from tests.cast import (
    ALO_BRASIL,
    AZULEJO,
    BOREALE,
    a_partner,
    colleague,
    country,
    set_operator,
    stored,
    stored_many,
    today,
)
from tests.console.browsing import Browsing, Page, contents
from tests.console.confirming import press_ok, states
from tests.console.importing import checked, confirm

pytestmark = pytest.mark.django_db
LIST = "/console/partners/"
COVERAGE = "/console/coverage/"
ELEVEN = ("AO", "BR", "CL", "DK", "EG", "FR", "GR", "HU", "IT", "JP", "PT")
NBSP = "\u00a0"
TYPE_ELEVEN = f"Ce n’est pas le nombre de pays{NBSP}: tapez 11."


def visits(**numbers: int) -> None:
    """Let so many prospects who read French have come today from each country, with a partner."""
    VisitsOnDay.objects.bulk_create(
        VisitsOnDay(day=today(), country=code, language="fr", decision="partner", visits=number)
        for code, number in numbers.items()
    )


def answers(page: Page) -> list[str]:
    """Return the rows of what changes, each as “places before → after”."""
    return [row.text.replace("→puis", "→") for box in page.all("ul", class_="answers") for row in box.all("li")]


def number_fields(page: Page) -> int:
    return len(page.all("input", name="confirm_count"))


def covered() -> set[tuple[str, str]]:
    return set(CoveredArea.objects.values_list("country", "region"))


def foreseen(console: Browsing, page: Page, *, htmx: bool = True, **typed: Any) -> Page:
    """Press the button that shows what would change, as the script does."""
    form = page.form()
    return console.post(form.get("action") or page.path, contents(form) | typed | {"foresee": "1"}, htmx=htmx)


class TestBesideTheForm:
    """Saving one partner is never held up: what follows stands beside its form, and in the message."""

    def path(self, partner: Partner) -> str:
        return f"{LIST}{partner.id}/"

    def test_unchanged_form_changes_nothing(self, console: Browsing) -> None:
        page = console.open(self.path(stored(ALO_BRASIL)))
        assert "Ce qu’obtiennent les clients potentiels ne change pas." in page.one("div", id="foreseen").text

    def test_button_shows_what_would_change_and_saves_nothing(self, console: Browsing) -> None:
        alo = stored(ALO_BRASIL)
        visits(BR=30, PT=12, JP=7)
        shown = foreseen(console, console.open(self.path(alo)), htmx=False, status="paused")
        assert shown.one("input", name="status", value="paused").get("checked", "no") == ""
        assert "Le Brésil et le Portugal n’auront plus de partenaire." in shown.one("div", id="foreseen").text
        assert f"42 clients potentiels des 30{NBSP}derniers jours".replace(NBSP, " ") in shown.text.replace(NBSP, " ")
        assert answers(shown) == ["Brésil et Portugal · 42 clients potentiels Aló Brasil → personne"]
        assert states() == {"Aló Brasil": "active"}

    def test_script_gets_the_part_beside_the_form_only(self, console: Browsing) -> None:
        page = console.open(self.path(stored(ALO_BRASIL)))
        part = foreseen(console, page, status="paused")
        assert (part.all("form"), answers(part)) == ([], ["Brésil et Portugal Aló Brasil → personne"])

    def test_form_that_can_not_be_saved_says_so(self, console: Browsing) -> None:
        part = foreseen(console, console.open(self.path(stored(ALO_BRASIL))), name="")
        assert "dès que le formulaire pourra être enregistré" in part.text

    def test_new_partner_is_foreseen_by_its_typed_name(self, console: Browsing) -> None:
        page = console.open(f"{LIST}new/")
        typed: dict[str, Any] = {"name": "Olá", "url_en": "https://ola.example/", "countries": ["BR"]}
        assert answers(foreseen(console, page, **typed)) == ["Brésil personne → Olá"]
        assert Partner.objects.count() == 0

    def test_message_after_the_save_names_the_consequences(self, console: Browsing) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        visits(BR=30)
        saved = console.send(console.open(self.path(alo)), status="paused")
        assert saved.notices == ["Partenaire Aló Brasil enregistré."]
        (follows,) = saved.what_follows
        assert follows.startswith(f"Brésil{NBSP}: Aló Brasil → personne. ")
        assert follows.endswith("30 clients potentiels des 30 derniers jours sont concernés.")

    def test_save_that_changes_no_answer_says_nothing_of_prospects(self, console: Browsing) -> None:
        saved = console.send(console.open(self.path(stored(ALO_BRASIL))), agreement_reference="E-7")
        assert (saved.notices, saved.what_follows) == (["Partenaire Aló Brasil enregistré."], [])

    def test_saving_one_partner_is_never_braked(self, console: Browsing) -> None:
        large = stored(a_partner("Monde", *ELEVEN))
        visits(BR=500)
        console.send(console.open(self.path(large)), status="paused")
        assert states() == {"Monde": "paused"}


class TestInBackground:
    """What the script asks for while a form is filled in leads nowhere, and keeps nothing, if it can't be answered."""

    def ask(self, console: Browsing, page: Page) -> Page:
        fields = contents(page.form()) | {"foresee": "1"}
        return console.post(page.path, fields, htmx=True, **{"Renvoi-Background": "yes"})

    def test_session_that_has_ended_gets_no_sign_in_and_no_draft(self, console: Browsing) -> None:
        page = console.open(f"{LIST}{stored(ALO_BRASIL).id}/")
        console.client.session.flush()
        asked = self.ask(console, page)
        assert (asked.status, asked.html, "HX-Redirect" in asked.response.headers) == (204, "", False)
        assert Draft.objects.count() == 0

    def test_form_of_another_account_is_neither_answered_nor_kept(self, console: Browsing) -> None:
        page = console.open(f"{LIST}{stored(ALO_BRASIL).id}/")
        console.client.force_login(colleague("wendy@boreale.example"))
        token = console.open(LIST).all("input", name="csrfmiddlewaretoken")[0]["value"]
        fields = contents(page.form()) | {"foresee": "1", "csrfmiddlewaretoken": token}
        asked = console.post(page.path, fields, htmx=True, **{"Renvoi-Background": "yes"})
        assert (asked.status, Draft.objects.count()) == (204, 0)


class TestWindows:
    """Deleting, pausing, resuming and restoring show the answers that change."""

    def test_deletion_shows_answers_and_prospects_and_is_never_braked(self, console: Browsing) -> None:
        large = stored(a_partner("Monde", *ELEVEN))
        visits(BR=500, JP=1)
        page = console.open(f"{LIST}{large.id}/delete/")
        assert "501 clients potentiels des 30 derniers jours sont concernés." in page.one("div", id="window-text").text
        assert len(answers(page)) == 1
        assert number_fields(page) == 0
        press_ok(console, page)
        assert states() == {"Monde": "trash"}

    def test_resuming_shows_what_prospects_will_get_again(self, console: Browsing) -> None:
        alo, azulejo = stored_many(replace(ALO_BRASIL, status="paused"), replace(AZULEJO, status="paused"))
        page = console.open(f"{LIST}resume/?selected={alo.id}&selected={azulejo.id}")
        assert "Brésil personne → Aló Brasil" in answers(page)

    def test_restoring_shows_what_prospects_will_get_again(self, console: Browsing) -> None:
        alo = stored(ALO_BRASIL)
        press_ok(console, console.open(f"{LIST}{alo.id}/delete/"))
        page = console.open(f"/console/trash/restore/?selected={alo.id}")
        assert answers(page) == ["Brésil et Portugal personne → Aló Brasil"]

    def test_share_of_the_prospects_brakes_several_partners(self, console: Browsing) -> None:
        stored_many(ALO_BRASIL, a_partner("Fado", "JP"))
        visits(BR=20, FR=80)
        page = console.open(f"{LIST}pause/?selected=all")
        assert page.one("label", for_="confirm_count").text == "Tapez 2 pour confirmer"
        VisitsOnDay.objects.filter(country="FR").update(visits=81)
        assert number_fields(console.open(f"{LIST}pause/?selected=all")) == 0

    def test_cancelling_says_that_nothing_was_changed(self, console: Browsing) -> None:
        alo = stored(ALO_BRASIL)
        page = console.open(f"{LIST}{alo.id}/delete/?list=sort%3D-name")
        form = page.form(f"{LIST}{alo.id}/delete/")
        button = form.one("button", formaction="/console/cancel/")
        back = console.follow(console.post(button["formaction"], contents(form) | {"next": button["value"]}))
        assert (back.path, back.notices) == (f"{LIST}?sort=-name", ["Rien n’a été changé."])
        assert states() == {"Aló Brasil": "active"}

    @pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/go/1", ""])
    def test_cancelling_leads_to_pages_of_the_console_only(self, console: Browsing, target: str) -> None:
        page = console.open(f"{LIST}{stored(ALO_BRASIL).id}/delete/")
        token = page.all("input", name="csrfmiddlewaretoken")[0]["value"]
        sent = console.client.post("/console/cancel/", {"csrfmiddlewaretoken": token, "next": target})
        assert (sent.status_code, sent.headers["Location"]) == (302, "/console/")


class TestCoverage:
    """A large change of the coverage area is confirmed by the number of countries that it leaves without a partner."""

    @pytest.fixture
    def page(self, console: Browsing) -> Page:
        set_operator(BOREALE)
        stored(a_partner("Monde", *ELEVEN))
        return console.open(COVERAGE)

    def cover(self, console: Browsing, page: Page, *codes: str, **typed: Any) -> Page:
        return console.send(page, **self.extents(*codes), **typed)

    def extents(self, *codes: str) -> dict[str, Any]:
        return {"covered": ["CA", *codes]} | {f"extent_{code}": "whole" for code in codes}

    def test_small_change_is_saved_and_its_consequences_named(self, console: Browsing, page: Page) -> None:
        visits(BR=9)
        saved = self.cover(console, page, "BR")
        assert saved.notices == ["Zone de couverture enregistrée."]
        assert saved.what_follows == [
            f"Brésil{NBSP}: Monde → votre entreprise. 9 clients potentiels des 30 derniers jours sont concernés."
        ]

    def test_large_change_wants_its_number_and_loses_nothing(self, console: Browsing, page: Page) -> None:
        asked = self.cover(console, page, *ELEVEN)
        assert (asked.status, asked.errors) == (422, {})
        assert "Des clients potentiels de 11 pays n’auraient plus de partenaire." in asked.text
        wrong = console.send(asked, confirm_count="12")
        assert (wrong.status, wrong.errors) == (422, {"confirm_count": TYPE_ELEVEN})
        assert covered() == set(BOREALE.areas)
        saved = console.send(wrong, confirm_count="11")
        assert saved.notices == ["Zone de couverture enregistrée."]
        assert {code for code, region in covered() if not region} == {*map(country, ELEVEN)}

    def test_cancelling_a_large_change_says_that_nothing_was_changed(self, console: Browsing, page: Page) -> None:
        asked = self.cover(console, page, *ELEVEN)
        button = asked.one("button", form="cancelling")
        sent = contents(asked.form("/console/cancel/")) | {"next": button["value"]}
        back = console.follow(console.post("/console/cancel/", sent))
        assert (back.path, back.notices) == (COVERAGE, ["Rien n’a été changé."])
        assert covered() == set(BOREALE.areas)

    def test_script_gets_the_consequences_of_what_is_ticked(self, console: Browsing, page: Page) -> None:
        part = foreseen(console, page, **self.extents("BR"))
        assert answers(part) == ["Brésil Monde → votre entreprise"]
        assert covered() == set(BOREALE.areas)


def test_large_replacement_wants_the_number_of_countries(console: Browsing) -> None:
    large, paused = stored_many(a_partner("Monde", *ELEVEN), a_partner("Calme", "JP", status="paused"))
    path = f"{LIST}{large.id}/replace/"
    question = console.open(f"{path}?by={paused.id}")
    assert "Des clients potentiels de 11 pays n’auraient plus de partenaire." in question.text
    refused = console.send(question, action=path)
    assert (refused.status, states()["Monde"]) == (422, "active")
    console.send(refused, action=path, confirm_count="11")
    assert states()["Monde"] == "paused"


def test_small_import_that_leaves_many_countries_wants_its_number(console: Browsing) -> None:
    large = stored(a_partner("Monde", *ELEVEN))
    visits(BR=12)
    page = checked(console, [["id", "name", "status"], [large.id, "Monde", "paused"]])
    assert page.one("label", for_="confirm_count").text == "Tapez 1 pour confirmer"
    assert "12 clients potentiels des 30 derniers jours sont concernés." in page.text
    assert confirm(console, page).status == 422
    button = page.one("button", formaction="/console/cancel/")
    back = console.follow(console.post(button["formaction"], contents(page.form()) | {"next": button["value"]}))
    assert (back.path, back.notices, states()["Monde"]) == ("/console/import/", ["Rien n’a été changé."], "active")
    assert confirm(console, page, confirm_count="1").status == 303
