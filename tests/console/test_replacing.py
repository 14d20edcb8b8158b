"""« Remplacer par … »: search for the other partner or name a new one, see what follows, do it, undo it."""

import re
import uuid
from typing import Any

import pytest

from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, AZULEJO, TUNDRA, a_partner, stored, stored_many, with_changes
from tests.console.browsing import Browsing, Page
from tests.partners.acting import update

pytestmark = pytest.mark.django_db
LIST = "/console/partners/"
NEW: dict[str, Any] = {"new_name": "Olá", "url_fr": "https://ola.example/fr"}


def path(partner: Partner, query: str = "") -> str:
    return f"{LIST}{partner.id}/replace/{query}"


def text(page: Page) -> str:
    return re.sub(r"\s+", " ", page.one("main").text)


def values_of(partner: Partner) -> PartnerValues:
    return PartnerValues.of(Partner.objects.get(id=partner.id))


def test_settings_lead_to_the_search_and_matches_to_the_question(console: Browsing) -> None:
    alo, _ = stored_many(ALO_BRASIL, AZULEJO)
    settings = console.open(f"{LIST}{alo.id}/")
    (link,) = [one for one in settings.all("a") if one.text.strip() == "Remplacer par…"]
    search = console.open(link.get("href"))
    assert search.one("h1").text.strip() == "Remplacer Aló Brasil par…"
    found_none = console.open(path(alo, "?name=tundra"))
    assert "Aucun partenaire ne correspond" in text(found_none)
    matching = console.open(path(alo, "?name=ZULEJO"))
    (match,) = [one for one in matching.all("a") if one.text.strip() == "Azulejo Chamadas"]
    question = console.open(path(alo) + match.get("href"))
    assert question.one("h1").text.strip() == "Remplacer Aló Brasil par Azulejo Chamadas?"
    assert "Azulejo Chamadas desservira aussi\u00a0: Brésil." in question.one("main").text
    assert "Brésil Aló Brasil →puis Azulejo Chamadas" in text(question)


def test_partner_itself_and_deleted_ones_are_not_offered(console: Browsing) -> None:
    alo, other = stored_many(ALO_BRASIL, with_changes(ALO_BRASIL, name="Aló Portugal"))
    Partner.objects.filter(id=other.id).update(trashed_at="2026-11-01T00:00Z")
    assert "Aucun partenaire ne correspond" in text(console.open(path(alo, "?name=alo")))
    for id_ in (alo.id, other.id, 10**18, "x"):
        gone = console.open(path(alo, f"?by={id_}"))
        assert (gone.status, "Ce partenaire n’est plus là." in gone.one("main").text) == (200, True)


@pytest.mark.parametrize(("retirement", "status"), [("pause", "paused"), ("trash", "active")])
def test_replacement_is_done_and_undone_with_one_click(console: Browsing, retirement: str, status: str) -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    done = console.send(console.open(path(alo, f"?by={azulejo.id}")), retirement=retirement)
    assert done.notices == ["Partenaire Aló Brasil remplacé par Azulejo Chamadas."]
    assert values_of(azulejo).countries == ("AO", "BR", "PT")
    assert values_of(alo).status == status
    assert (Partner.objects.get(id=alo.id).trashed_at is not None) == (retirement == "trash")
    undone = console.send(done, action=f"/console/steps/{Change.objects.latest('id').change_set_id}/undo/")
    assert undone.notices == ["2 partenaires rétablis tels qu’ils étaient."]
    assert (values_of(alo), values_of(azulejo)) == (ALO_BRASIL, AZULEJO)


def test_new_partner_takes_all_countries(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    question = console.send(console.open(path(alo)), action=path(alo), **NEW)
    assert "Olá est créé et desservira\u00a0: Brésil et Portugal." in question.one("main").text
    done = console.send(question, retirement="trash")
    assert done.notices == ["Partenaire Aló Brasil remplacé par Olá."]
    successor = Partner.objects.get(trashed_at=None)
    assert PartnerValues.of(successor) == a_partner("Olá", "BR", "PT", url_en="", url_fr="https://ola.example/fr")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"new_name": ""}, "Entrez un nom."),
        ({"url_fr": ""}, "Entrez au moins une adresse"),
        ({"url_fr": "javascript:alert(1)"}, ""),
        ({"new_name": "x" * 101}, ""),
        ({"new_name": "TUNDRA"}, "Il y a déjà un partenaire nommé Tundra."),
    ],
)
def test_new_partner_is_refused_beside_the_field_and_nothing_typed_is_lost(
    console: Browsing, typed: dict[str, Any], error: str
) -> None:
    alo, _ = stored_many(ALO_BRASIL, TUNDRA)
    refused = console.send(console.open(path(alo)), action=path(alo), **NEW | typed)
    assert refused.status == 422
    (shown,) = [one.text for one in refused.all("p", class_="error")]
    assert error in shown
    for name, value in (NEW | typed).items():
        assert refused.one("input", name=name).get("value") == value
    assert Partner.objects.count() == 2


def test_name_of_a_partner_that_is_deleted_is_free_for_the_new_one(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    typed = NEW | {"new_name": "Aló Brasil"}
    assert console.send(console.open(path(alo)), action=path(alo), **typed).status == 422
    question = console.send(console.open(path(alo)), action=path(alo), **typed, retirement="trash")
    assert console.send(question).notices == ["Partenaire Aló Brasil remplacé par Aló Brasil."]


@pytest.mark.parametrize("change", [{"name": "Renommé"}, {"trashed_at": "2026-11-01T00:00Z"}])
def test_new_partner_that_somebody_changes_at_once_is_no_error(
    console: Browsing, monkeypatch: pytest.MonkeyPatch, change: dict[str, str]
) -> None:
    alo = stored(ALO_BRASIL)
    question = console.send(console.open(path(alo)), action=path(alo), **NEW)
    replace_partner = actions.replace_partner

    def then_changed(**how: Any) -> uuid.UUID:
        step = replace_partner(**how)
        Partner.objects.exclude(id=alo.id).update(**change)
        return step

    monkeypatch.setattr(actions, "replace_partner", then_changed)
    (notice,) = console.send(question).notices
    assert notice.startswith("Partenaire Aló Brasil remplacé par Olá.")


def test_doubtful_address_of_a_new_partner_is_warned_of(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    question = console.send(console.open(path(alo)), action=path(alo), **NEW | {"url_fr": "https://https//ola"})
    assert question.one("p", class_="warning").text.strip().startswith("URL en français\u00a0:")


def test_what_changed_since_the_question_is_asked_again(console: Browsing) -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    question = console.open(path(alo, f"?by={azulejo.id}"))
    update(azulejo, with_changes(AZULEJO, priority=9))
    again = console.send(question)
    assert again.status == 409
    assert "Azulejo Chamadas a été modifié entre-temps." in again.one("main").text
    assert not Change.objects.filter(verb="replace").exists()
    assert console.send(again).notices == ["Partenaire Aló Brasil remplacé par Azulejo Chamadas."]


def test_changed_consequences_are_asked_again(console: Browsing) -> None:
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    question = console.open(path(alo, f"?by={azulejo.id}"))
    stored(a_partner("Samba", "BR", priority=1))
    again = console.send(question)
    assert (again.status, "Les conséquences ont changé." in again.one("main").text) == (409, True)


def test_form_without_its_question_is_asked_first(console: Browsing) -> None:
    """A form of another program, or of an ended session."""
    alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
    token = console.open(path(alo)).form(path(alo)).one("input", name="csrfmiddlewaretoken").get("value")
    asked = console.post(path(alo), {"csrfmiddlewaretoken": token, "by": str(azulejo.id)})
    assert (asked.status, Change.objects.filter(verb="replace").exists()) == (200, False)


@pytest.mark.parametrize("retirement", ["pause", "trash"])
def test_double_click_replaces_once(console: Browsing, retirement: str) -> None:
    alo = stored(ALO_BRASIL)
    question = console.send(console.open(path(alo)), action=path(alo), **NEW)
    console.send(question, retirement=retirement)
    assert console.send(question, retirement=retirement).path == LIST
    assert Change.objects.filter(verb="replace").count() == 2
    assert Partner.objects.count() == 2


def test_deleted_partner_is_not_found(console: Browsing) -> None:
    alo = stored(ALO_BRASIL)
    Partner.objects.filter(id=alo.id).update(trashed_at="2026-11-01T00:00Z")
    assert console.open(path(alo)).status == 404
