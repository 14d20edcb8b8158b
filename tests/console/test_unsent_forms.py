"""Forms that are sent after the session has ended belong to the account that filled them; strangers store nothing."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from renvoi.partners.models import Partner
from renvoi.people.drafts import MAX_CHARACTERS, MAX_DRAFTS
from renvoi.people.models import Draft, User
from tests.cast import AZULEJO, PASSWORD, stored
from tests.console.browsing import Browsing, Page, contents, is_sign_in
from tests.console.filling import chips, filled, path_of, value

NEW, SETTINGS, ACCOUNT, LIST = "/console/partners/new/", "/console/settings/", "/console/account/", "/console/partners/"
VIEW = "/console/partners/views/new/"
SIGN_IN, SIGN_OUT = "/console/sign-in/", "/console/sign-out/"
SECRET = "Aló Confidentiel"
ORIGIN = "http://testserver"


def expire(browsing: Browsing) -> None:
    """End the session as the server sees it, and as the browser does."""
    Session.objects.all().delete()
    browsing.client.cookies.pop("renvoi_session", None)


def sign_in(browsing: Browsing, page: Page, account: User) -> Page:
    return browsing.send(page, email=account.email, password=PASSWORD)


def rows() -> int:
    """The number of rows in all tables of the database."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        total = 0
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608 (a table's own name)
            total += cursor.fetchone()[0]
    return total


class TestOwner:
    """Only the account that filled the form gets it back."""

    def test_another_account_sees_nothing_of_the_form(self, odile: User, wendy: User, console: Browsing) -> None:
        page = filled(console)
        expire(console)
        theirs = sign_in(console, console.send(page, name=SECRET), wendy)
        assert (theirs.path, value(theirs, "name"), chips(theirs)) == (NEW, "", [])
        assert SECRET not in theirs.html
        console.send(theirs, action=SIGN_OUT)
        mine = sign_in(console, console.follow(console.open(NEW)), odile)
        assert (value(mine, "name"), chips(mine)) == (SECRET, ["Brésil", "Portugal"])

    @pytest.mark.parametrize(
        ("path", "typed"),
        [
            (NEW, {"name": SECRET}),
            (SETTINGS, {"name": SECRET}),
            (VIEW, {"name": SECRET}),
            (ACCOUNT, {"csv_separator": ";"}),
        ],
    )
    def test_each_form_belongs_to_its_account(
        self, path: str, typed: dict[str, Any], odile: User, wendy: User, console: Browsing
    ) -> None:
        page = console.open(path)
        expire(console)
        theirs = sign_in(console, console.send(page, **typed), wendy)
        assert theirs.path == path
        assert SECRET not in theirs.html
        assert not theirs.all("div", class_="message")
        console.send(theirs, action=SIGN_OUT)
        mine = sign_in(console, console.follow(console.open(path)), odile)
        form = contents_of(mine)
        assert {name: form[name] for name in typed} == {name: [text] for name, text in typed.items()}

    def test_tab_of_another_account_neither_saves_nor_shows_the_form(
        self, odile: User, wendy: User, console: Browsing
    ) -> None:
        """Odile has filled a form in one tab; in another one Wendy has signed in meanwhile."""
        page = filled(console)
        console.send(console.open(LIST), action=SIGN_OUT)
        sign_in(console, console.open(SIGN_IN), wendy)
        for fields in (contents_of(page), contents_of(page) | token_of(console)):
            answer = console.post(NEW, fields | {"name": SECRET}, Origin=ORIGIN)
            assert (answer.status, answer.title) == (409, "This page was opened by another account")
            assert SECRET not in answer.html
        assert not Partner.objects.exists()
        assert value(console.open(NEW), "name") == ""
        console.send(console.open(LIST), action=SIGN_OUT)
        assert value(sign_in(console, console.follow(console.open(NEW)), odile), "name") == SECRET

    def test_form_of_account_whose_token_was_replaced_while_signed_out_stays_its_own(
        self, odile: User, wendy: User, console: Browsing
    ) -> None:
        page = filled(console)
        console.send(console.open(LIST), action=SIGN_OUT)
        sign_in(console, console.open(SIGN_IN), wendy)
        console.send(console.open(LIST), action=SIGN_OUT)
        expired = console.post(NEW, contents_of(page) | {"name": SECRET}, Origin=ORIGIN)
        fields = {area["name"]: area.raw_text.removeprefix("\n") for area in expired.all("textarea")}
        answer = console.post(NEW, fields | token_of(console), Origin=ORIGIN)
        theirs = sign_in(console, console.follow(answer), wendy)
        assert SECRET not in theirs.html
        console.send(theirs, action=SIGN_OUT)
        assert value(sign_in(console, console.follow(console.open(NEW)), odile), "name") == SECRET

    def test_messages_and_undo_do_not_outlive_their_session(
        self, odile: User, wendy: User, alo_brasil: Partner, console: Browsing
    ) -> None:
        delete = console.open(f"{path_of(alo_brasil)}delete/")
        assert console.send(delete, action=f"{path_of(alo_brasil)}delete/").notices
        console.client.cookies["renvoi_console_lang"] = "fr"
        odile.is_active = False
        odile.save()
        page = sign_in(console, console.follow(console.open(LIST)), wendy)
        assert page.path == LIST
        assert page.notices == []

    def test_sign_in_page_announces_a_draft_only_where_there_is_one(self, odile: User, console: Browsing) -> None:
        page = filled(console)
        expire(console)
        sign_in_page = console.send(page)
        assert "est conservé" in sign_in_page.text
        assert "est conservé" in console.send(sign_in_page, email=odile.email, password="wrong").text
        assert "est conservé" not in console.open(SIGN_IN).text
        assert "est conservé" not in console.follow(console.open(LIST)).text


class TestWhatComesBack:
    """All that was typed, chosen or pasted."""

    def come_back(self, console: Browsing, page: Page, odile: User, **typed: Any) -> Page:
        expire(console)
        return sign_in(console, console.send(page, **typed), odile)

    def test_country_chosen_but_not_added(self, odile: User, console: Browsing) -> None:
        back = self.come_back(console, filled(console), odile, country="AO")
        assert contents_of(back)["country"] == ["AO"]
        again = console.send(back)
        assert "Pays sélectionné, mais pas ajouté" in again.errors["countries"]

    @pytest.mark.parametrize("press", ["", "add_country=1"])
    def test_country_chosen_in_the_coverage_area(self, press: str, odile: User, console: Browsing) -> None:
        page = console.open("/console/coverage/")
        expire(console)
        back = sign_in(console, console.send(page, country="AO", press=press), odile)
        assert contents_of(back)["country"] == ["AO"]

    def test_pasted_countries(self, odile: User, console: Browsing) -> None:
        back = self.come_back(console, filled(console), odile, country_list="Angola; Chypre")
        assert value(back, "country_list") == "Angola; Chypre"
        assert "open" in back.one("details", class_="paste").attributes

    def test_selection_of_an_export(self, alo_brasil: Partner, odile: User, console: Browsing) -> None:
        path = "/console/partners/export/csv/"
        page = console.open(f"{path}?selected={alo_brasil.id}")
        back = self.come_back(console, page, odile, file_name="Ventes.csv", separator=";", format="xlsx")
        fields = contents_of(back)
        assert fields["list"] == [f"selected={alo_brasil.id}"]
        assert (fields["file_name"], fields["separator"], fields["format"]) == (["Ventes.csv"], [";"], ["xlsx"])

    def test_selection_of_a_bulk_action_is_asked_about_again(
        self, alo_brasil: Partner, odile: User, console: Browsing
    ) -> None:
        path = "/console/partners/pause/"
        page = console.open(f"{path}?selected={alo_brasil.id}")
        expire(console)
        back = sign_in(console, console.send(page, action=path), odile)
        assert back.title == "Mettre Aló Brasil en pause?"
        console.send(back, action=path)
        assert Partner.objects.get().status == "paused"

    def test_draft_gives_way_to_another_question(self, alo_brasil: Partner, odile: User, console: Browsing) -> None:
        path = "/console/partners/pause/"
        page = console.open(f"{path}?selected={alo_brasil.id}")
        expire(console)
        console.send(page, action=path)
        console.client.force_login(odile)
        azulejo = stored(AZULEJO)
        for query in (f"selected={azulejo.id}", f"for=&selected={azulejo.id}&shown={azulejo.id}"):
            assert console.open(f"{path}?{query}").title == f"Mettre {AZULEJO.name} en pause?"

    def test_click_on_a_button_without_a_page_is_offered_again(
        self, alo_brasil: Partner, odile: User, console: Browsing
    ) -> None:
        delete = f"{path_of(alo_brasil)}delete/"
        listed = console.send(console.open(delete), action=delete)
        undo = f"{path_of(alo_brasil)}restore/"
        expire(console)
        back = sign_in(console, console.send(listed, action=undo), odile)
        assert (back.status, back.path) == (200, undo)
        form = back.all("form")[-1]
        fields = {area["name"]: area.raw_text.removeprefix("\n") for area in form.all("textarea")}
        console.post(undo, fields | token_of(console))
        assert Partner.objects.get().trashed_at is None

    def test_htmx_request_leads_to_sign_in_and_back(self, odile: User, console: Browsing) -> None:
        page = filled(console)
        expire(console)
        fields = contents_of(page) | {"name": SECRET, "country": "AO", "add_country": "1"}
        answer = console.post(f"{NEW}?list=sort%3D-name", fields, htmx=True)
        assert (answer.status, answer.html) == (204, "")
        target = answer.response.headers["HX-Redirect"]
        assert target.startswith(SIGN_IN)
        back = sign_in(console, console.open(target), odile)
        assert back.path == f"{NEW}?list=sort%3D-name"
        assert (value(back, "name"), contents_of(back)["country"]) == (SECRET, ["AO"])

    def test_chosen_country_stays_when_another_is_removed(self, console: Browsing) -> None:
        page = console.send(filled(console), country="AO", press="remove_country=BR")
        assert contents_of(page)["country"] == ["AO"]

    def test_draft_is_not_consumed_by_a_head_request(self, odile: User, console: Browsing) -> None:
        page = filled(console)
        expire(console)
        sign_in_page = console.send(page, name=SECRET)
        console.client.force_login(odile)
        assert sign_in_page.status == 200
        console.client.head(NEW)
        assert value(console.open(NEW), "name") == SECRET


class TestStrangers:
    """Whoever never signed in stores nothing."""

    POSTS: Mapping[str, Mapping[str, str]] = {
        NEW: {"name": "x" * 10_000},
        SETTINGS: {"name": "x"},
        ACCOUNT: {"theme": "dark"},
        VIEW: {"name": "x"},
        "/console/partners/1/delete/": {},
        "/console/partners/delete/": {"selected": "all"},
        "/console/partners/export/csv/": {},
        "/console/partners/export/pdf/": {},
        "/console/preferences/": {"language": "en", "theme": "dark"},
        SIGN_OUT: {},
        "/console/notices/x/dismiss/": {},
    }

    @pytest.mark.parametrize("path", POSTS)
    def test_signed_out_post_stores_nothing(self, path: str, stranger: Browsing) -> None:
        before = rows()
        for forged in ({}, {"renvoi_session": "x" * 32}, {"renvoi_account": "1:forged"}):
            for name, text in forged.items():
                stranger.client.cookies[name] = text
            answer = stranger.post(path, {**token_of(stranger), **self.POSTS[path], "filled_by": "1:forged"})
            assert answer.status == 302
            assert stranger.follow(answer).status == 200
        assert rows() == before
        assert not stranger.client.cookies.get("renvoi_session") or not Session.objects.exists()

    @pytest.mark.parametrize("path", [SIGN_IN, LIST, f"{SIGN_IN}?next={NEW}", "/console/inactive/", SIGN_OUT])
    def test_signed_out_page_stores_nothing(self, path: str, stranger: Browsing) -> None:
        before = rows()
        stranger.open(path)
        stranger.open(path, htmx=True)
        assert rows() == before
        assert "renvoi_session" not in stranger.client.cookies

    def test_drafts_of_an_account_are_bounded(self, console: Browsing) -> None:
        token, page = token_of(console), console.open(NEW)
        expire(console)
        for number in range(3 * MAX_DRAFTS):
            path = f"/console/partners/{number}/"
            console.post(path, contents_of(page) | token | {"name": f"Number {number}"})
        console.post(NEW, contents_of(page) | token | {"name": "x" * (MAX_CHARACTERS + 1)})
        assert Draft.objects.count() == MAX_DRAFTS
        assert "Number 14" in Draft.objects.latest("id").fields

    def test_switched_off_account_stores_nothing(self, odile: User, console: Browsing) -> None:
        page = filled(console)
        odile.is_active = False
        odile.save()
        before = rows()
        console.send(page)
        assert rows() == before

    @pytest.mark.parametrize("name", ["password", "password1", "new_password", "csrfmiddlewaretoken", "filled_by"])
    def test_passwords_and_tokens_are_never_stored(self, name: str, console: Browsing) -> None:
        page = filled(console)
        expire(console)
        fields = contents_of(page) | {"password": "s3cret", "password1": "s3cret", "new_password": "s3cret"}
        assert is_sign_in(console.post(NEW, fields))
        assert name not in Draft.objects.get().fields
        assert "s3cret" not in Draft.objects.get().fields


def token_of(browsing: Browsing) -> dict[str, Any]:
    page = browsing.follow(browsing.open(LIST))
    return {"csrfmiddlewaretoken": page.all("input", name="csrfmiddlewaretoken")[0]["value"]}


def contents_of(page: Page) -> dict[str, Any]:
    return contents(page.form())
