"""Delete a partner, undo it, and restore it from the trash, even if its name was taken meanwhile."""

from dataclasses import replace

import pytest

from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import (
    ALO_BRASIL,
    BOREALE,
    a_partner,
    country,
    published,
    set_operator,
    stored,
    stored_at_once,
    stored_many,
    with_changes,
)
from tests.console.browsing import Browsing, Page

LIST, TRASH = "/console/partners/", "/console/trash/"
PORTUGUESE = a_partner("Fado", "PT", url_fr="https://fado.example/fr")
UNDO = "Annuler la suppression"


def question(page: Page) -> str:
    return page.one("div", class_="prose").text


def delete_path(partner: Partner) -> str:
    return f"{LIST}{partner.id}/delete/"


@pytest.mark.django_db
class TestConsequence:
    """The consequence that the window states."""

    @pytest.mark.parametrize(
        ("others", "french", "english"),
        [
            pytest.param(
                [],
                "Le Brésil et le Portugal n’auront plus de partenaire.",
                "Brazil and Portugal will have no partner left.",
                id="several countries",
            ),
            pytest.param(
                [PORTUGUESE],
                "Le Brésil n’aura plus de partenaire.",
                "Brazil will have no partner left.",
                id="one country",
            ),
            pytest.param(
                [PORTUGUESE, a_partner("Samba", "BR", url_fr="https://samba.example/fr")],
                "Ses pays resteront desservis par d’autres partenaires.",
                "Its countries will still be served by other partners.",
                id="none",
            ),
            pytest.param(
                [PORTUGUESE, a_partner("Samba", "BR")],
                "Au Brésil, il ne restera plus d’adresse en français.",
                "In Brazil, no address in French will be left.",
                id="one language of a country",
            ),
            pytest.param(
                [a_partner("Saudade", "PT", url_en="", url_fr="https://saudade.example/")],
                "Le Brésil n’aura plus de partenaire. Au Portugal, il ne restera plus d’adresse en anglais.",
                "Brazil will have no partner left. In Portugal, no address in English will be left.",
                id="a country, and a language of another",
            ),
            pytest.param(
                [with_changes(PORTUGUESE, status="paused")],
                "Le Brésil et le Portugal n’auront plus de partenaire.",
                "Brazil and Portugal will have no partner left.",
                id="the other one is paused",
            ),
        ],
    )
    def test_window_names_countries_left_without_a_partner(
        self,
        others: list[PartnerValues],
        french: str,
        english: str,
        alo_brasil: Partner,
        console: Browsing,
        english_console: Browsing,
    ) -> None:
        stored_at_once(*others)
        later = {
            "fr": "Vous pourrez le restaurer depuis la corbeille.",
            "en": "You will be able to restore it from the trash.",
        }
        assert question(console.open(delete_path(alo_brasil))) == f"{french} {later['fr']}"
        assert question(english_console.open(delete_path(alo_brasil))) == f"{english} {later['en']}"

    def test_country_that_operator_covers_is_served_by_it(self, console: Browsing, english_console: Browsing) -> None:
        partner, _ = stored_many(a_partner("Prairie", "PM"), a_partner("Saudade", "PT"))
        set_operator(replace(BOREALE, areas=((country("PM"), ""),)))
        assert question(console.open(delete_path(partner))).startswith(
            "Ses pays resteront desservis, par d’autres partenaires ou par votre entreprise."
        )
        assert question(english_console.open(delete_path(partner))).startswith(
            "Its countries will still be served, by other partners or by your company."
        )

    def test_plural_country_takes_a_plural_verb_in_french(self, console: Browsing) -> None:
        partner = stored(a_partner("Prairie", "US"))
        assert question(console.open(delete_path(partner))).startswith("Les États-Unis n’auront plus de partenaire.")
        assert question(console.open(f"{delete_path(partner)}?lang=en")).startswith(
            "The United States will have no partner left."
        )

    def test_many_lost_countries_are_counted(self, console: Browsing) -> None:
        partner = stored(a_partner("Monde", "AO", "BR", "CL", "DK", "EG", "MX", "PT"))
        assert question(console.open(delete_path(partner))).startswith(
            "L’Angola, le Brésil, le Chili, le Danemark, l’Égypte et 2 autres pays n’auront plus de partenaire."
        )

    @pytest.mark.parametrize("unable", [with_changes(ALO_BRASIL, status="paused")])
    def test_inactive_partner_causes_no_loss(self, unable: PartnerValues, console: Browsing) -> None:
        partner = stored(unable)
        assert question(console.open(delete_path(partner))).startswith(
            "Il ne reçoit pas de clients potentiels pour le moment."
        )


class TestDelete:
    """The confirmation, OK, and the undo."""

    def test_window_has_exactly_ok_and_cancel(self, alo_brasil: Partner, console: Browsing) -> None:
        window = console.open(delete_path(alo_brasil), htmx=True)
        dialog = window.one("dialog")
        assert window.all("html") == []
        assert dialog.one("h2").text == "Supprimer Aló Brasil?"
        assert [button.text for button in dialog.all("button")] == ["OK", "Annuler"]
        assert dialog.one("h2")["id"] == dialog["aria-labelledby"]

    def test_page_without_javascript_asks_the_same(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.open(delete_path(alo_brasil))
        form = page.form(delete_path(alo_brasil))
        assert page.title == "Supprimer Aló Brasil?"
        assert [one.text for one in (*form.all("button"), *form.all("a"))] == ["OK", "Annuler"]
        assert Partner.objects.get(id=alo_brasil.id).trashed_at is None

    def test_ok_deletes_and_offers_undo(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.send(console.open(delete_path(alo_brasil)), action=delete_path(alo_brasil))
        assert page.path == LIST
        assert page.notices == ["Partenaire Aló Brasil supprimé. Il ne reçoit plus de clients potentiels."]
        assert [button.text for button in page.one("div", class_="messages").all("button")] == [
            UNDO,
            "Fermer ce message",
        ]
        assert published().countries == frozenset()

    def test_undo_restores_the_partner_exactly(self, alo_brasil: Partner, console: Browsing) -> None:
        page = console.send(console.open(delete_path(alo_brasil)), action=delete_path(alo_brasil))
        back = console.send(page, action=f"{LIST}{alo_brasil.id}/restore/")
        assert back.notices == ["Partenaire Aló Brasil restauré."]
        restored = Partner.objects.get(id=alo_brasil.id)
        assert (PartnerValues.of(restored), restored.version, restored.trashed_at) == (ALO_BRASIL, 3, None)
        assert published().countries == {"BR", "PT"}

    def test_message_with_undo_stays_until_dismissed(self, alo_brasil: Partner, console: Browsing) -> None:
        console.send(console.open(delete_path(alo_brasil)), action=delete_path(alo_brasil))
        page = console.open("/console/coverage/")
        assert len(page.notices) == len(console.open(LIST).notices) == 1
        dismiss = next(form for form in page.all("form") if form.get("action").endswith("/dismiss/"))
        after = console.send(page, action=dismiss["action"])
        assert (after.path, after.notices) == ("/console/coverage/", [])
        assert console.open(LIST).notices == []

    def test_dismissing_with_htmx_returns_an_empty_response(self, alo_brasil: Partner, console: Browsing) -> None:
        console.send(console.open(delete_path(alo_brasil)), action=delete_path(alo_brasil))
        page = console.open(LIST)
        dismiss = next(form for form in page.all("form") if form.get("action").endswith("/dismiss/"))
        token = dismiss.one("input", name="csrfmiddlewaretoken")["value"]
        response = console.post(dismiss["action"], {"csrfmiddlewaretoken": token}, htmx=True)
        assert (response.status, response.html) == (200, "")
        assert console.open(LIST).notices == []

    def test_list_state_survives_the_deletion(self, alo_brasil: Partner, console: Browsing) -> None:
        stored(PORTUGUESE)
        page = console.open(f"{LIST}?countries=portugal&sort=-name")
        row = page.one("tr", id=f"partner-{alo_brasil.id}")
        asked = console.open(row.one("a", class_="danger")["href"])
        cancelling = asked.form(delete_path(alo_brasil)).one("button", name="next")
        assert cancelling["value"] == f"{LIST}?countries=portugal&sort=-name"
        after = console.send(asked, action=delete_path(alo_brasil))
        assert after.path == f"{LIST}?countries=portugal&sort=-name"

    def test_partner_deleted_meanwhile_counts_as_deleted(self, alo_brasil: Partner, console: Browsing) -> None:
        asked = console.open(delete_path(alo_brasil))
        actions.trash_partner(partner_id=alo_brasil.id, actor=None, channel="console")
        assert console.send(asked, action=delete_path(alo_brasil)).path == LIST
        assert console.open(delete_path(alo_brasil)).location == TRASH


class TestTrash:
    """The page Trash."""

    def test_trash_shows_partner_moment_and_colleague(self, alo_brasil: Partner, console: Browsing) -> None:
        console.send(console.open(delete_path(alo_brasil)), action=delete_path(alo_brasil))
        page = console.open(TRASH)
        (row,) = page.one("tbody").all("tr")
        assert [cell.text for cell in row.all("td")][1:3] == ["Aló Brasil", "Brésil et Portugal"]
        assert row.one("td", class_="col-who").text == "Odile"
        assert "\u00a0h\u00a0" in row.one("time").raw_text
        assert row.one("button").text == "Restaurer Aló Brasil"

    def test_empty_trash_has_a_message(self, console: Browsing) -> None:
        assert console.open(TRASH).one("h2").text == "La corbeille est vide"

    def test_restoring_marks_the_row_in_the_list(self, alo_brasil: Partner, console: Browsing) -> None:
        actions.trash_partner(partner_id=alo_brasil.id, actor=None, channel="console")
        page = console.send(console.open(TRASH), action=f"{LIST}{alo_brasil.id}/restore/")
        assert (page.path, page.notices) == (LIST, ["Partenaire Aló Brasil restauré."])
        assert [row["id"] for row in page.all("tr", class_="saved")] == [f"partner-{alo_brasil.id}"]

    def test_restoring_with_a_taken_name_opens_the_settings_with_an_error(
        self, alo_brasil: Partner, console: Browsing
    ) -> None:
        actions.trash_partner(partner_id=alo_brasil.id, actor=None, channel="console")
        stored(with_changes(PORTUGUESE, name="ALO BRASIL"))
        page = console.send(console.open(TRASH), action=f"{LIST}{alo_brasil.id}/restore/")
        assert page.title == "Aló Brasil\u00a0– Réglages du partenaire"
        assert page.errors == {"name": "Il y a déjà un partenaire nommé ALO BRASIL."}
        assert page.one("input", name="name")["value"] == "Aló Brasil"
        again = console.send(page)
        assert again.errors == {"name": "Il y a déjà un partenaire nommé ALO BRASIL."}
        restored = console.send(again, name="Aló Brasil (2)")
        assert restored.notices == ["Partenaire Aló Brasil (2) restauré."]
        assert Partner.objects.get(id=alo_brasil.id).trashed_at is None

    def test_settings_of_a_deleted_partner_show_a_warning(self, alo_brasil: Partner, console: Browsing) -> None:
        actions.trash_partner(partner_id=alo_brasil.id, actor=None, channel="console")
        page = console.open(f"{LIST}{alo_brasil.id}/")
        assert "Ce partenaire est dans la corbeille et ne reçoit personne." in page.text
        assert "Restaurer" in [button.text for button in page.form().all("button")]

    def test_trash_names_who_deleted_after_their_account_is_deleted(
        self, alo_brasil: Partner, console: Browsing, wendy: User
    ) -> None:
        actions.trash_partner(partner_id=alo_brasil.id, actor=wendy, channel="console")
        wendy.delete()
        assert console.open(TRASH).one("tbody").one("td", class_="col-who").text == "Wendy"

    def test_long_trash_has_pages(self, console: Browsing) -> None:
        for number in range(51):
            partner = stored(a_partner(f"Partner {number:02}", "BR"))
            actions.trash_partner(partner_id=partner.id, actor=None, channel="console")
        page = console.open(TRASH)
        assert page.one("p", class_="range").text == "1–25 sur 51"
        assert page.one("tbody").all("tr")[0].one("td", class_="col-name").text.strip() == "Partner 50"
        assert console.open(f"{TRASH}?page=3").one("p", class_="range").text == "51–51 sur 51"

    def test_restoring_an_unknown_partner_is_not_found(self, console: Browsing) -> None:
        token = console.open(TRASH).all("input", name="csrfmiddlewaretoken")[0]["value"]
        assert console.post(f"{LIST}{10**9}/restore/", {"csrfmiddlewaretoken": token}).status == 404
