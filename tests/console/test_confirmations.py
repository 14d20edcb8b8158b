"""A confirmation acts only on what it asked about: if partners came, went or changed before OK, it asks again."""

from collections.abc import Callable
from typing import Any

import pytest

from renvoi.partners import actions
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, PRAIRIE, TUNDRA, a_partner, stored, stored_many, with_changes
from tests.console.browsing import Browsing, Page, contents
from tests.console.confirming import DELETE, FADO, LIST, NBSP, PAUSE, RESUME, change_on, press_ok, states
from tests.partners.acting import restore, trash, update

pytestmark = pytest.mark.django_db

CHANGED = f"La sélection a changé{NBSP}:"


def rename_and_create() -> None:
    update(Partner.objects.get(name="Aló Brasil"), with_changes(ALO_BRASIL, name="Samba"))
    stored(a_partner("Aló Lisboa", "PT"))


def rename() -> None:
    update(Partner.objects.get(name="Aló Brasil"), with_changes(ALO_BRASIL, name="Samba"))


def delete() -> None:
    trash(Partner.objects.get(name="Aló Brasil"))


def pause() -> None:
    actions.pause_partners(partners=Partner.objects.filter(name="Aló Brasil"), actor=None, channel="cli")


def edit() -> None:
    update(Partner.objects.get(name="Aló Brasil"), with_changes(ALO_BRASIL, description_en="Other."))


def bring_back() -> None:
    restore(Partner.objects.get(name="Aló Angola"))


def pause_another() -> None:
    actions.pause_partners(partners=Partner.objects.filter(name="Fado"), actor=None, channel="cli")


CASES: list[tuple[Callable[[], Any], str]] = [
    (
        rename_and_create,
        f"{CHANGED} Aló Lisboa en fait maintenant partie. Samba n’en fait plus partie.",
    ),
    (rename, f"{CHANGED} Samba n’en fait plus partie."),
    (delete, f"{CHANGED} Aló Brasil a été supprimé entre-temps."),
    (bring_back, f"{CHANGED} Aló Angola en fait maintenant partie."),
    (pause, f"{CHANGED} Aló Brasil a été modifié entre-temps."),
    (edit, f"{CHANGED} Aló Brasil a été modifié entre-temps."),
]


NBSP = "\u00a0"


@pytest.fixture
def partners(db: None) -> None:  # noqa: ARG001 (required by pytest-django)
    """Two partners that the search « aló » matches, one that it does not, and one in the trash."""
    stored_many(ALO_BRASIL, a_partner("Aló Chile", "CL"), FADO)
    trash(stored(a_partner("Aló Angola", "AO")))


def is_exported(browsing: Browsing, page: Page) -> bool:
    """Press Save, and return whether the CSV is sent or the PDF ordered."""
    path = page.path.partition("?")[0]
    response = browsing.client.post(path, contents(page.form(path)))
    response.close()
    return response.status_code == 302 or response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.usefixtures("partners")
class TestBulk:
    """Pause, resume and delete."""

    @pytest.mark.parametrize(("meanwhile", "change"), CASES, ids=lambda case: getattr(case, "__name__", ""))
    @pytest.mark.parametrize("path", [PAUSE, RESUME, DELETE])
    def test_change_before_ok_asks_again(
        self, path: str, meanwhile: Callable[[], Any], change: str, console: Browsing
    ) -> None:
        actions.pause_partners(partners=Partner.objects.filter(name="Aló Chile"), actor=None, channel="cli")
        page = console.open(f"{path}?name=al%C3%B3&selected=all")
        meanwhile()
        before = states()
        again = press_ok(console, page)
        assert (again.status, change_on(again), states()) == (409, change, before)
        done = press_ok(console, again)
        assert done.path == f"{LIST}?name=al%C3%B3"

    @pytest.mark.parametrize("path", [PAUSE, RESUME, DELETE])
    @pytest.mark.parametrize(("meanwhile", "change"), [CASES[0]], ids=["rename_and_create"])
    def test_english_page_says_the_same(
        self, path: str, meanwhile: Callable[[], Any], change: str, english_console: Browsing
    ) -> None:
        page = english_console.open(f"{path}?name=al%C3%B3&selected=all")
        meanwhile()
        again = press_ok(english_console, page)
        assert change
        assert change_on(again) == (
            "The selection has changed: Aló Lisboa is now part of it. Samba is no longer part of it."
        )

    def test_partner_that_was_never_asked_about_is_not_deleted(self, console: Browsing) -> None:
        page = console.open(f"{DELETE}?name=al%C3%B3&selected=all")
        rename_and_create()
        press_ok(console, page)
        assert "trash" not in {state for name, state in states().items() if name != "Aló Angola"}

    def test_ticked_partner_that_was_renamed_out_of_the_filter_is_not_deleted(self, console: Browsing) -> None:
        ids = "&".join(f"selected={one.id}" for one in Partner.objects.filter(name__startswith="Aló", trashed_at=None))
        page = console.open(f"{DELETE}?name=al%C3%B3&{ids}")
        rename()
        again = press_ok(console, page)
        assert (again.status, change_on(again)) == (409, f"{CHANGED} Samba n’en fait plus partie.")

    def test_excepted_partner_is_not_part_of_what_changed(self, console: Browsing) -> None:
        excepted = Partner.objects.get(name="Aló Brasil").id
        page = console.open(f"{DELETE}?name=al%C3%B3&selected=all&except={excepted}")
        edit()
        assert press_ok(console, page).status == 200
        assert {name for name, state in states().items() if state == "trash"} == {"Aló Angola", "Aló Chile"}

    def test_other_order_does_not_ask_again(self, console: Browsing) -> None:
        page = console.open(f"{PAUSE}?selected=all&sort=name")
        done = press_ok(console, page, list="selected=all&sort=-countries&page=2")
        assert (done.status, set(states().values())) == (200, {"paused", "trash"})

    def test_change_of_other_consequences_asks_again(self, console: Browsing) -> None:
        stored(a_partner("Outro", "BR", "PT", url_fr="https://outro.example/fr"))
        page = console.open(f"{DELETE}?name=al%C3%B3+brasil&selected=all")
        assert "n’auront plus" not in page.text
        trash(Partner.objects.get(name="Outro"))
        again = press_ok(console, page)
        assert (again.status, change_on(again)) == (409, "Les conséquences ont changé.")
        assert "Le Brésil n’aura plus de partenaire." in again.text

    def test_many_changes_are_counted(self, console: Browsing) -> None:
        page = console.open(f"{DELETE}?name=al%C3%B3&selected=all")
        stored_many(*(a_partner(f"Aló {number}", "BR") for number in range(7)))
        assert change_on(press_ok(console, page)) == (
            f"{CHANGED} Aló 0, Aló 1, Aló 2, Aló 3, Aló 4 et 2 autres en font maintenant partie."
        )

    @pytest.mark.parametrize("text", [None, "", "3", "x.y", "eJwDAAAAAAE=.", "////", "é"])
    def test_confirmation_that_names_no_partners_asks_again(self, text: str | None, console: Browsing) -> None:
        page = console.open(f"{DELETE}?selected=all")
        before = states()
        again = console.send(page, action=DELETE, asked_about=text)
        assert (again.status, states()) == (409, before)

    def test_change_between_the_check_and_the_step_changes_nothing(
        self, console: Browsing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = console.open(f"{DELETE}?name=al%C3%B3&selected=all")
        selected = PartnerListing.selected
        calls = []

        def changed_in_between(listing: PartnerListing) -> Any:
            # The view reads the partners for the question first, then hands them to the action.
            calls.append(listing)
            if len(calls) == 2:
                rename_and_create()
            return selected(listing)

        monkeypatch.setattr(PartnerListing, "selected", changed_in_between)
        again = press_ok(console, page)
        assert (again.status, change_on(again)) == (409, CASES[0][1])
        assert states()["Aló Chile"] == "active"


@pytest.mark.usefixtures("partners")
class TestExport:
    """The export windows."""

    @pytest.mark.parametrize("kind", ["csv", "pdf"])
    @pytest.mark.parametrize("query", ["name=al%C3%B3", "name=al%C3%B3&selected=all"])
    @pytest.mark.parametrize(("meanwhile", "change"), CASES[:4], ids=lambda case: getattr(case, "__name__", ""))
    def test_other_partners_before_save_ask_again(
        self, kind: str, query: str, meanwhile: Callable[[], Any], change: str, console: Browsing
    ) -> None:
        path = f"{LIST}export/{kind}/"
        page = console.open(f"{path}?{query}")
        meanwhile()
        again = console.send(page, action=path, file_name="Miens.csv", format="xlsx")
        assert (again.status, change_on(again)) == (409, change)
        assert "data-sends-itself" not in again.form(path).attributes
        if kind == "csv":
            assert again.one("input", name="file_name")["value"] == "Miens.csv"
            assert "checked" in again.one("input", name="format", value="xlsx").attributes
        assert is_exported(console, again)

    @pytest.mark.parametrize("kind", ["csv", "pdf"])
    @pytest.mark.parametrize("meanwhile", [edit, pause, pause_another])
    def test_other_contents_do_not_ask_again(self, kind: str, meanwhile: Callable[[], Any], console: Browsing) -> None:
        path = f"{LIST}export/{kind}/"
        page = console.open(f"{path}?name=al%C3%B3")
        meanwhile()
        assert is_exported(console, page)

    @pytest.mark.parametrize("kind", ["csv", "pdf"])
    def test_very_many_partners_are_compared_by_number_and_sums(
        self, kind: str, console: Browsing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("renvoi.lists.confirmation._MANY_EXPORTED", 2)
        path = f"{LIST}export/{kind}/"
        page = console.open(f"{path}?sort=-name")
        (tundra,) = stored_many(TUNDRA)
        more = console.send(page, action=path)
        assert (more.status, change_on(more)) == (
            409,
            f"La sélection a changé. Nombre de partenaires avant{NBSP}: 3; maintenant{NBSP}: 4.",
        )
        trash(tundra), stored(PRAIRIE)
        another = console.send(more, action=path)
        assert (another.status, change_on(another)) == (
            409,
            f"La sélection a changé entre-temps{NBSP}: vérifiez-la, puis confirmez.",
        )
        edit()
        assert is_exported(console, another)

    def test_count_of_the_question_that_is_asked_again_is_new(self, console: Browsing) -> None:
        page = console.open(f"{LIST}export/csv/?selected=all")
        assert "Les 3 partenaires sélectionnés seront exportés." in page.text
        stored(TUNDRA), stored(PRAIRIE)
        again = console.send(page, action=f"{LIST}export/csv/")
        assert "Les 5 partenaires sélectionnés seront exportés." in again.text
