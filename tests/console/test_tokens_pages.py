"""The tokens of programs: their list, new ones that are shown once, what is taken from them, and revoking."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from renvoi.people import actions
from renvoi.people.models import ApiToken, SecurityEvent, User
from renvoi.people.tokens.actions import create_token
from renvoi.people.tokens.checking import find_valid
from tests.api.calling import Program
from tests.cast import colleague
from tests.console.browsing import Browsing, Page, is_sign_in

pytestmark = pytest.mark.django_db
TOKENS = "/console/tokens/"
REMI = "remi@boreale.example"
READ, WRITE = ApiToken.Scope.READ, ApiToken.Scope.WRITE


@pytest.fixture
def browsing(odile: User) -> Browsing:
    odile.language = "en"
    odile.save()
    return Browsing.signed_in(odile)


@pytest.fixture
def remi() -> User:
    return colleague(REMI, role=User.Role.MANAGER)


def create(browsing: Browsing, account: User, **typed: Any) -> Page:
    fields: dict[str, Any] = {"name": "Night import", "owner": account.pk, "scope": "write", "lasts": "90"} | typed
    return browsing.send(browsing.open(f"{TOKENS}new/"), **fields)


def text_on(page: Page) -> str:
    return str(page.one("input", id="token")["value"])


def token_of(owner: User, name: str = "Night import", *, scope: ApiToken.Scope = WRITE) -> ApiToken:
    return create_token(owner=owner, name=name, scope=scope, today=timezone.localdate()).token


def rows(page: Page) -> list[list[str]]:
    return [[cell.text for cell in (*row.all("th"), *row.all("td"))] for row in page.one("tbody").all("tr")]


def everything_stored() -> str:
    """Return every row of every table, and the content of each session."""
    with connection.cursor() as cursor:
        texts = []
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")  # noqa: S608 (our own tables)
            texts.append(str(cursor.fetchall()))
    return "".join(texts) + "".join(str(session.get_decoded()) for session in Session.objects.all())


class TestCreate:
    """A new token."""

    def test_it_works_as_it_was_asked_for(self, browsing: Browsing, remi: User) -> None:
        page = create(browsing, remi)
        assert page.title == "Token Night import created."
        token = find_valid(text_on(page), today=timezone.localdate())
        assert token is not None
        assert (token.name, token.owner, token.scope) == ("Night import", remi, WRITE)
        assert token.expires_on == timezone.localdate() + timedelta(days=90)
        event = SecurityEvent.objects.get(kind="token_created")
        assert (event.account, event.channel, event.actor_name) == (remi, "console", "Odile")

    def test_secret_is_shown_once_and_is_nowhere_else(
        self, browsing: Browsing, remi: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(0)
        page = create(browsing, remi)
        secret = text_on(page).rpartition("_")[2]
        assert page.html.count(secret) == 1
        assert page.response.headers["Cache-Control"] == "no-store, private"
        assert page.response.headers["Referrer-Policy"] == "same-origin"
        again = create(browsing, remi)
        assert (again.status, again.errors) == (422, {"name": "This account already has a valid token of this name."})
        token = ApiToken.objects.get()
        paths = (TOKENS, f"{TOKENS}{token.pk}/", f"{TOKENS}{token.pk}/revoke/", "/console/accounts/log/")
        assert [path for path in paths if secret in browsing.open(path).html] == []
        assert secret not in again.html + everything_stored() + caplog.text + page.path

    def test_last_day_can_be_any_day_to_come(self, browsing: Browsing, remi: User) -> None:
        text = text_on(create(browsing, remi, lasts="day", expires_on="2099-12-31"))
        assert find_valid(text, today=date(2099, 12, 31)) is not None

    @pytest.mark.parametrize(
        ("typed", "errors"),
        [
            ({"name": ""}, {"name": "A token has a name of 1 to 100 characters, on one line."}),
            ({"owner": "0"}, {"owner": "Select one of the choices."}),
            ({"owner": "9" * 30}, {"owner": "Select one of the choices."}),
            ({"scope": "all"}, {"scope": "Select one of the choices."}),
            ({"lasts": "36500"}, {"lasts": "Select one of the choices."}),
            ({"lasts": "day", "expires_on": ""}, {"expires_on": "This field is required."}),
            (
                {"lasts": "day", "expires_on": "soon"},
                {"expires_on": "Enter the day as year-month-day, for example 2026-11-22."},
            ),
            (
                {"lasts": "day", "expires_on": "2020-01-01"},
                {"expires_on": "The last day of a token can’t be in the past."},
            ),
        ],
    )
    def test_wrong_token_is_refused_beside_its_field(
        self, typed: dict[str, str], errors: dict[str, str], browsing: Browsing, remi: User
    ) -> None:
        page = create(browsing, remi, **typed)
        assert (page.status, page.errors) == (422, errors)
        assert page.one("input", id="name")["value"] == typed.get("name", "Night import")
        assert not ApiToken.objects.exists()

    def test_account_that_can_t_write_gets_no_token_that_writes(self, browsing: Browsing) -> None:
        reader = colleague(REMI, role=User.Role.READER)
        page = create(browsing, reader)
        assert page.errors == {"scope": "The role of this account does not allow changes: its tokens only read."}
        assert create(browsing, reader, scope="read").status == 200

    def test_switched_off_account_gets_none(self, browsing: Browsing, remi: User) -> None:
        actions.disable_account(account=remi)
        assert create(browsing, remi).errors == {"owner": "Select one of the choices."}
        assert REMI not in browsing.open(f"{TOKENS}new/").one("select", id="owner").text


class TestList:
    """What the list shows."""

    def test_without_a_token_it_says_what_one_is_for(self, browsing: Browsing) -> None:
        page = browsing.open(TOKENS)
        assert (page.status, page.title) == (200, "Tokens")
        assert "No program has a token yet" in page.text
        assert {f"{TOKENS}new/", "/api/docs?lang=en"} <= {link["href"] for link in page.all("a")}

    def test_it_says_what_is_known_of_each(self, browsing: Browsing, odile: User, remi: User) -> None:
        ended, off = token_of(odile, "Ended"), token_of(odile, "Wrong")
        token_of(remi, "Limited")
        ApiToken.objects.filter(id=ended.pk).update(expires_on="2020-01-01")
        actions.change_role(account=remi, role=User.Role.READER)
        page = browsing.open(f"{TOKENS}{off.pk}/revoke/")
        browsing.send(page, action=f"{TOKENS}{off.pk}/revoke/")
        shown = rows(browsing.open(TOKENS))
        assert [(row[0].split()[0], row[5], row[6]) for row in shown] == [
            ("Limited", "Works", "Revoke Limited"),
            ("Ended", "Expired", "Revoke Ended"),
            ("Wrong", "Revoked", ""),
        ]
        assert "only lets it read" in shown[0][2]
        assert {row[4] for row in shown} == {"Never"}
        actions.disable_account(account=remi)
        assert rows(browsing.open(TOKENS))[1][5] == "Account switched off"

    def test_pages_lead_to_the_reference_of_the_api(self, browsing: Browsing) -> None:
        assert TOKENS in {link["href"] for link in browsing.open("/console/accounts/").all("a")}
        assert browsing.open("/api/docs?lang=en").status == 200

    def test_menu_marks_accounts(self, browsing: Browsing) -> None:
        (current,) = browsing.open(TOKENS).one("nav", class_="menu").all("a", aria_current="page")
        assert current["href"] == "/console/accounts/"


class TestRestrict:
    """What is taken from a token."""

    def edit(self, browsing: Browsing, token: ApiToken, **typed: Any) -> Page:
        return browsing.send(browsing.open(f"{TOKENS}{token.pk}/"), follow=True, **typed)

    def test_scope_owner_and_last_day_shrink(self, browsing: Browsing, odile: User, remi: User) -> None:
        token = token_of(odile)
        page = self.edit(browsing, token, scope="read", owner=remi.pk, expires_on="2099-12-31")
        assert page.errors.keys() == {"expires_on"}
        tomorrow = timezone.localdate() + timedelta(days=1)
        page = self.edit(browsing, token, scope="read", owner=remi.pk, expires_on=tomorrow.isoformat())
        assert (page.path, page.notices) == (TOKENS, ["Token Night import saved."])
        token.refresh_from_db()
        assert (token.scope, token.owner, token.expires_on) == (READ, remi, tomorrow)
        assert SecurityEvent.objects.get(kind="token_restricted").actor == odile

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"scope": "write"}, "scope"),
            ({"scope": "all"}, "scope"),
            ({"expires_on": "2099-12-31"}, "expires_on"),
            ({"expires_on": "2020-01-01"}, "expires_on"),
            ({"expires_on": ""}, "expires_on"),
            ({"owner": "administrator"}, "owner"),
            ({"owner": "-1"}, "owner"),
        ],
    )
    def test_form_that_would_give_rights_is_refused_beside_its_field(
        self, typed: dict[str, str], field: str, browsing: Browsing, odile: User, remi: User
    ) -> None:
        token = token_of(remi, scope=READ)
        before = ApiToken.objects.values().get()
        typed = {name: text.replace("administrator", str(odile.pk)) for name, text in typed.items()}
        page = self.edit(browsing, token, **typed)
        assert (page.status, [*page.errors]) == (422, [field])
        assert ApiToken.objects.values().get() == before

    def test_only_accounts_without_more_rights_are_offered(self, browsing: Browsing, odile: User, remi: User) -> None:
        reader = colleague("zoe@boreale.example", role=User.Role.READER)
        page = browsing.open(f"{TOKENS}{token_of(remi).pk}/")
        offered = {int(option["value"]) for option in page.one("select", id="owner").all("option")}
        assert offered == {remi.pk, reader.pk}
        assert odile.pk not in offered

    def test_name_that_the_new_owner_uses_is_refused_beside_the_account(
        self, browsing: Browsing, odile: User, remi: User
    ) -> None:
        token = token_of(odile)
        token_of(remi)
        page = self.edit(browsing, token, owner=remi.pk)
        assert page.errors == {"owner": "This account already has a valid token of this name."}

    def test_token_that_no_longer_works_has_no_form(self, browsing: Browsing, odile: User) -> None:
        token = token_of(odile)
        ApiToken.objects.update(expires_on="2020-01-01")
        page = browsing.open(f"{TOKENS}{token.pk}/")
        assert "Expired" in page.text
        assert page.all("form", class_="form") == []


class TestRevoke:
    """The question, and what follows."""

    def test_question_is_a_page_and_a_window_and_get_changes_nothing(self, browsing: Browsing, odile: User) -> None:
        path = f"{TOKENS}{token_of(odile).pk}/revoke/"
        for is_window in (False, True):
            page = browsing.open(path, htmx=is_window)
            assert "Revoke the token Night import?" in page.text
            assert [button.text for button in page.all("button") if button.text in {"OK", "Cancel"}] == ["OK", "Cancel"]
        assert ApiToken.objects.get().revoked_at is None

    def test_revoked_token_is_refused_at_its_next_request(self, browsing: Browsing, remi: User) -> None:
        program = Program(text_on(create(browsing, remi)))
        assert program.get("/partners").status == 200
        token = ApiToken.objects.get()
        page = browsing.open(f"{TOKENS}{token.pk}/revoke/")
        for _ in range(2):
            done = browsing.send(page, follow=True, action=f"{TOKENS}{token.pk}/revoke/")
            assert done.notices == ["Token Night import revoked."]
        assert program.get("/partners").status == 401
        assert SecurityEvent.objects.filter(kind="token_revoked").count() == 1


def test_token_and_session_of_an_account_that_loses_its_access_end_at_the_next_request(
    browsing: Browsing, remi: User
) -> None:
    program, own = Program(text_on(create(browsing, remi))), Browsing.signed_in(remi)
    assert (program.get("/partners").status, own.open("/console/partners/").status) == (200, 200)
    actions.change_role(account=remi, role=User.Role.READER)
    assert program.call("POST", "/partners", {"name": "x"}).status == 403
    assert own.open("/console/partners/new/").status == 403
    assert (program.get("/partners").status, own.open("/console/partners/").status) == (200, 200)
    actions.disable_account(account=remi)
    assert program.get("/partners").status == 401
    assert is_sign_in(own.open("/console/partners/"))


def test_token_ends_with_its_last_day(browsing: Browsing, remi: User) -> None:
    program = Program(text_on(create(browsing, remi)))
    today = timezone.localdate()
    for last_day, status in ((today, 200), (today - timedelta(days=1), 401)):
        ApiToken.objects.update(expires_on=last_day)
        assert program.get("/partners").status == status
