"""The list of the trash: its search, order, pages and selection, and restoring several partners in one step."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renvoi.partners import actions
from renvoi.partners.lists.trash import TRASH_COLUMNS
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, a_partner, colleague, stored, with_changes
from tests.console.browsing import Browsing, Page
from tests.console.confirming import TRASH, change_on, press_ok, states

pytestmark = pytest.mark.django_db

RESTORE = f"{TRASH}restore/"
NAMES = ("Aló Un", "Aló Deux", "Œuvre", "Éperlan")
NOON = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)
"""12:05 in Toronto, the operator's time zone."""


@pytest.fixture
def trashed(odile: User, wendy: User) -> dict[str, int]:
    """Name → id of four partners, deleted on four days by Odile, by Wendy, by a command, by an account that is gone."""
    gone = colleague("zoe@boreale.example", name="Zoé", language="fr")
    ids = {}
    for days, (name, actor) in enumerate(zip(NAMES, (odile, wendy, None, gone), strict=True)):
        ids[name] = stored(a_partner(name, "BR" if days % 2 else "PT")).id
        actions.trash_partner(partner_id=ids[name], actor=actor, channel="console")
        Partner.objects.filter(id=ids[name]).update(trashed_at=NOON + timedelta(days=days))
    gone.delete()
    return ids


def names(page: Page) -> list[str]:
    return [row.one("td", class_="col-name").text for row in page.one("tbody").all("tr")]


def undo(browsing: Browsing, page: Page) -> Page:
    (form,) = [form for form in page.all("form") if "/undo/" in form.get("action")]
    return browsing.send(page, action=form["action"])


class TestSearch:
    """Keywords in each column."""

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", ["Éperlan", "Œuvre", "Aló Deux", "Aló Un"]),
            ("name=alo", ["Aló Deux", "Aló Un"]),
            ("countries=portugal", ["Œuvre", "Aló Un"]),
            ("deleted_on=2026-11-23", ["Aló Deux"]),
            ("deleted_on=11-24", ["Œuvre"]),
            ("deleted_on=2026-11", ["Éperlan", "Œuvre", "Aló Deux", "Aló Un"]),
            ("deleted_on=22 novembre 2026", ["Aló Un"]),
            ("deleted_on=November 25, 2026", ["Éperlan"]),
            ("deleted_on=2026-11-22 à 12 h 05", ["Aló Un"]),
            ("deleted_on=2026-11-22 at 12:05", ["Aló Un"]),
            ("deleted_on=12 h 05", ["Éperlan", "Œuvre", "Aló Deux", "Aló Un"]),
            ("deleted_on=5 h 00", []),
            ("deleted_on=00", []),
            ("deleted_on=2027", []),
            ("deleted_by=odile", ["Aló Un"]),
            ("deleted_by=ZOE", ["Éperlan"]),
            ("deleted_by=Nadine", []),
            ("name=alo&deleted_by=wendy", ["Aló Deux"]),
        ],
    )
    def test_keyword_matches_what_the_column_shows(
        self, query: str, expected: list[str], trashed: dict[str, int], console: Browsing
    ) -> None:
        assert trashed
        assert names(console.open(f"{TRASH}?{query}")) == expected

    def test_keyword_that_is_no_day_has_a_hint(self, trashed: dict[str, int], console: Browsing) -> None:
        assert trashed
        page = console.open(f"{TRASH}?deleted_on=hier")
        assert page.one("p", id="search-deleted_on-error").text.startswith("Tapez un jour")
        assert page.one("div", class_="empty").one("h2").text == "Aucun partenaire ne correspond"

    def test_trash_of_another_search_is_not_empty(self, trashed: dict[str, int], console: Browsing) -> None:
        page = console.open(f"{TRASH}?name=zzz")
        assert page.one("div", class_="list-line").text.startswith("0 partenaire sur 4")
        actions.restore_partner(partner_id=trashed["Aló Un"], actor=None, channel="console")
        assert console.open(f"{TRASH}?name=alo+un").one("div", class_="list-line").text.startswith("0 partenaire sur 3")


class TestOrderAndPages:
    """The headings and the foot of the list."""

    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            ("name", ["Aló Deux", "Aló Un", "Éperlan", "Œuvre"]),
            ("-countries", ["Aló Un", "Œuvre", "Aló Deux", "Éperlan"]),
            ("deleted_on", ["Aló Un", "Aló Deux", "Œuvre", "Éperlan"]),
            ("deleted_by", ["Œuvre", "Aló Un", "Aló Deux", "Éperlan"]),
            ("-deleted_by", ["Éperlan", "Aló Deux", "Aló Un", "Œuvre"]),
            ("url_en", ["Éperlan", "Œuvre", "Aló Deux", "Aló Un"]),
        ],
    )
    def test_heading_sorts(self, sort: str, expected: list[str], trashed: dict[str, int], console: Browsing) -> None:
        assert trashed
        assert names(console.open(f"{TRASH}?sort={sort}")) == expected

    def test_default_order_is_not_in_the_address(self, trashed: dict[str, int], console: Browsing) -> None:
        assert trashed
        assert console.open(f"{TRASH}?name=&sort=-deleted_on").location == TRASH
        assert console.open(f"{TRASH}?name=&sort=deleted_on").location == f"{TRASH}?sort=deleted_on"

    def test_number_of_rows_per_page_can_be_chosen(self, console: Browsing) -> None:
        for number in range(27):
            actions.trash_partner(partner_id=stored(a_partner(f"N {number:02}")).id, actor=None, channel="cli")
        assert console.open(f"{TRASH}?page=2").one("p", class_="range").text == "26–27 sur 27"
        assert console.open(f"{TRASH}?per_page=50").one("p", class_="range").text == "1–27 sur 27"

    @pytest.mark.parametrize("query", ["", "?sort=deleted_by&deleted_by=o", "?deleted_on=2026&selected=all"])
    def test_number_of_queries_does_not_grow(self, query: str, trashed: dict[str, int], console: Browsing) -> None:
        assert trashed
        with CaptureQueriesContext(
            connection,
        ) as few:
            console.open(TRASH + query)
        for number in range(20):
            actions.trash_partner(partner_id=stored(a_partner(f"N {number:02}")).id, actor=None, channel="cli")
        with CaptureQueriesContext(connection) as many:
            console.open(TRASH + query)
        assert len(many) == len(few)

    def test_htmx_gets_only_the_list(self, trashed: dict[str, int], console: Browsing) -> None:
        assert trashed
        part = console.open(f"{TRASH}?name=alo&for=&search=1", htmx=True)
        assert part.response.headers["HX-Push-Url"] == f"{TRASH}?name=alo"
        assert (part.all("html"), names(part)) == ([], ["Aló Deux", "Aló Un"])


class TestRestoreSeveral:
    """The question, the step, and its undo."""

    def test_selected_partners_are_restored_after_a_question(self, trashed: dict[str, int], console: Browsing) -> None:
        asked = console.open(f"{RESTORE}?name=alo&selected=all")
        assert asked.title == "Restaurer 2 partenaires?"
        assert set(states().values()) == {"trash"}
        done = press_ok(console, asked)
        assert (done.path, done.notices) == (f"{TRASH}?name=alo", ["2 partenaires restaurés."])
        assert states() == {"Aló Un": "active", "Aló Deux": "active", "Œuvre": "trash", "Éperlan": "trash"}
        assert trashed

    def test_selection_goes_over_all_pages(self, console: Browsing) -> None:
        for number in range(30):
            actions.trash_partner(partner_id=stored(a_partner(f"N {number:02}")).id, actor=None, channel="cli")
        kept_id = Partner.objects.get(name="N 07").id
        asked = console.open(f"{RESTORE}?selected=all&except={kept_id}")
        assert asked.title == "Restaurer 29 partenaires?"
        assert press_ok(console, asked, confirm_count="28").status == 422
        press_ok(console, asked, confirm_count="29")
        assert [name for name, state in states().items() if state == "trash"] == ["N 07"]

    def test_many_are_restored_once_their_number_is_typed(self, console: Browsing) -> None:
        for number in range(25):
            actions.trash_partner(partner_id=stored(a_partner(f"N {number:02}")).id, actor=None, channel="cli")
        question = console.open(f"{RESTORE}?selected=all&except={Partner.objects.all()[0].id}")
        assert not question.all("input", name="confirm_count")
        question = console.open(f"{RESTORE}?selected=all")
        assert press_ok(console, question).status == 422
        assert press_ok(console, question, confirm_count="25").notices == ["25 partenaires restaurés."]

    def test_window_has_ok_and_cancel(self, trashed: dict[str, int], console: Browsing) -> None:
        window = console.open(f"{RESTORE}?selected={trashed['Œuvre']}", htmx=True).one("dialog")
        assert window.one("h2").text == "Restaurer Œuvre?"
        assert [button.text for button in window.all("button")] == ["OK", "Annuler"]

    def test_undo_puts_them_back_as_they_were(self, trashed: dict[str, int], console: Browsing, wendy: User) -> None:
        before = list(Partner.objects.order_by("id").values("id", "trashed_at", "trashed_by"))
        page_before = names(console.open(TRASH))
        done = press_ok(console, console.open(f"{RESTORE}?selected=all"))
        assert set(states().values()) == {"active"}
        undone = undo(console, done)
        assert (undone.path, undone.notices) == (TRASH, ["4 partenaires rétablis tels qu’ils étaient."])
        assert list(Partner.objects.order_by("id").values("id", "trashed_at", "trashed_by")) == before
        assert names(undone) == page_before
        assert Partner.objects.get(id=trashed["Aló Deux"]).trashed_by == wendy

    def test_undo_pressed_in_the_list_does_not_claim_that_the_search_hides_the_partner(
        self, trashed: dict[str, int], console: Browsing
    ) -> None:
        press_ok(console, console.open(f"{RESTORE}?selected={trashed['Œuvre']}"))
        page = undo(console, console.open("/console/partners/?name=Œuvre"))
        assert page.notices == ["1 partenaire rétabli tel qu’il était. Voir ses réglages"]

    def test_undo_leaves_a_partner_that_was_changed_since(self, trashed: dict[str, int], console: Browsing) -> None:
        done = press_ok(console, console.open(f"{RESTORE}?selected=all"))
        actions.trash_partner(partner_id=trashed["Éperlan"], actor=None, channel="console")
        undone = undo(console, done)
        assert undone.notices[0] == "3 partenaires rétablis tels qu’ils étaient."
        assert "Éperlan" in undone.notices[1]

    def test_partner_deleted_meanwhile_is_asked_about_again(self, trashed: dict[str, int], console: Browsing) -> None:
        asked = console.open(f"{RESTORE}?selected=all")
        late = stored(ALO_BRASIL)
        actions.trash_partner(partner_id=late.id, actor=None, channel="console")
        again = press_ok(console, asked)
        assert (again.status, again.title) == (409, "Restaurer 5 partenaires?")
        assert change_on(again).endswith("Aló Brasil en fait maintenant partie.")
        assert set(states().values()) == {"trash"}
        press_ok(console, again)
        assert (set(states().values()), len(trashed)) == ({"active"}, 4)

    def test_partner_restored_meanwhile_is_asked_about_again(self, trashed: dict[str, int], console: Browsing) -> None:
        asked = console.open(f"{RESTORE}?selected=all")
        actions.restore_partner(partner_id=trashed["Œuvre"], actor=None, channel="console")
        again = press_ok(console, asked)
        assert (again.status, again.title) == (409, "Restaurer 3 partenaires?")
        assert change_on(again).endswith("Œuvre n’en fait plus partie.")

    def test_names_that_are_taken_are_named_before_and_after(self, trashed: dict[str, int], console: Browsing) -> None:
        stored(a_partner("ALO UN", "JP"))
        asked = console.open(f"{RESTORE}?selected=all")
        assert "1 partenaire reste dans la corbeille, car son nom est pris\u00a0: Aló Un." in asked.text
        stored(a_partner("Œuvre", "JP"))
        done = press_ok(console, asked)
        assert done.notices == [
            "2 partenaires restaurés.",
            "2 partenaires sont restés dans la corbeille, car leur nom est pris\u00a0: Aló Un et Œuvre.",
        ]
        assert sorted(names(console.open(TRASH))) == ["Aló Un", "Œuvre"]
        assert trashed

    def test_of_two_with_one_name_the_last_is_restored(self, console: Browsing) -> None:
        first, second = (stored_and_trashed("Aló") for _ in range(2))
        done = press_ok(console, console.open(f"{RESTORE}?selected=all"))
        assert done.notices[0] == "1 partenaire restauré."
        assert Partner.objects.get(id=first).trashed_at is not None
        assert Partner.objects.get(id=second).trashed_at is None

    def test_question_without_any_free_name_has_no_ok(self, console: Browsing) -> None:
        taken = stored_and_trashed("Aló")
        stored(a_partner("Aló", "JP"))
        asked = console.open(f"{RESTORE}?selected={taken}")
        assert asked.form(RESTORE).all("button") == []

    def test_nothing_selected_has_no_ok(self, trashed: dict[str, int], console: Browsing) -> None:
        assert trashed
        asked = console.open(RESTORE)
        assert (asked.title, asked.form(RESTORE).all("button")) == ("Rien n’est sélectionné", [])
        assert asked.one("p", class_="breadcrumb").text == "Corbeille"

    def test_ok_pressed_twice_restores_once(self, trashed: dict[str, int], console: Browsing) -> None:
        asked = console.open(f"{RESTORE}?selected=all")
        first, again = press_ok(console, asked), press_ok(console, asked)
        assert (first.notices, again.status) == (["4 partenaires restaurés."], 200)
        assert (set(states().values()), len(trashed)) == ({"active"}, 4)


def stored_and_trashed(name: str) -> int:
    partner = stored(with_changes(ALO_BRASIL, name=name))
    actions.trash_partner(partner_id=partner.id, actor=None, channel="console")
    return partner.id


def test_undo_of_a_deletion_pressed_in_the_trash_opens_the_plain_list(console: Browsing) -> None:
    """The search of the trash is none of the list."""
    delete = f"/console/partners/{stored(ALO_BRASIL).id}/delete/"
    console.send(console.open(delete), action=delete)
    page = console.open(f"{TRASH}?name=alo&sort=deleted_by")
    (form,) = [form for form in page.all("form") if form.get("action").endswith("/restore/")]
    assert console.send(page, action=form["action"]).path == "/console/partners/"


def test_columns_of_the_trash_have_no_other_names() -> None:
    """Addresses that people keep depend on them."""
    assert [column.name for column in TRASH_COLUMNS] == ["name", "countries", "deleted_on", "deleted_by"]
