"""The security log: each kind of entry, what is never in it, how its growth is bounded, and when it is deleted."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from renvoi.people import actions
from renvoi.people.models import SecurityEvent, User
from renvoi.people.security import recording
from renvoi.people.security.origins import COMMAND, Origin
from renvoi.people.sessions import delete_expired
from tests.cast import PASSWORD, colleague
from tests.console.browsing import Browsing
from tests.people.guessing import GUESSER, guess, guess_everywhere
from tests.people.test_sign_in import HOME, WRONG, from_address, sign_in

pytestmark = pytest.mark.django_db

Kind = SecurityEvent.Kind
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


def newest(kind: Kind | None = None) -> SecurityEvent:
    events = SecurityEvent.objects.filter(kind=kind) if kind else SecurityEvent.objects.all()
    return events.order_by("-at", "-id")[0]


def kinds() -> set[str]:
    return set(SecurityEvent.objects.values_list("kind", flat=True))


class TestEntries:
    """What is written, in the order in which it happens to an account."""

    def test_sign_in_and_sign_out_name_the_browser_and_the_address(self, odile: User) -> None:
        browsing = from_address("198.51.100.7", HTTP_USER_AGENT=FIREFOX)
        assert sign_in(browsing).status == 302
        event = newest()
        assert (event.kind, event.account, event.actor, event.email) == (Kind.SIGNED_IN, odile, odile, odile.email)
        assert (event.channel, event.browser, event.address) == ("console", "Firefox, Windows", "198.51.100.7")
        browsing.send(browsing.open(HOME), action="/console/sign-out/")
        assert (newest().kind, newest().account, newest().actor_name) == (Kind.SIGNED_OUT, odile, "Odile")

    def test_wrong_password_is_counted_by_account_and_address(self, odile: User) -> None:
        guess(GUESSER, times=3)
        (event,) = SecurityEvent.objects.filter(kind=Kind.SIGN_IN_FAILED)
        assert (event.account, event.email, event.actor, event.count) == (odile, odile.email, None, 3)
        assert event.address == GUESSER

    def test_password_of_a_switched_off_account_is_a_failure(self, odile: User) -> None:
        colleague("zoe@boreale.example")
        actions.disable_account(account=odile)
        sign_in(Browsing())
        assert (newest(Kind.SIGN_IN_FAILED).account, kinds() & {Kind.SIGNED_IN}) == (odile, set())

    def test_attempts_that_are_not_checked_are_one_entry_an_hour(self, odile: User) -> None:
        assert guess(GUESSER, times=15).status == 429
        event = SecurityEvent.objects.get(kind=Kind.ATTEMPTS_REFUSED)
        assert (event.account, event.count) == (odile, 1)

    def test_own_change_of_password(self, odile: User, console: Browsing) -> None:
        new = "neuf-renards-patients"
        page = console.open("/console/account/security/")
        fields = {"current_password": PASSWORD, "new_password": new, "new_password_again": new}
        assert console.send(page, follow=True, **fields).status == 200
        assert (newest().kind, newest().account, newest().actor) == (Kind.PASSWORD_CHANGED, odile, odile)

    def test_wrong_current_passwords_are_counted(self, odile: User, console: Browsing) -> None:
        page = console.open("/console/account/security/")
        new = "neuf-renards-patients"
        for _ in range(12):
            page = console.send(page, current_password=WRONG, new_password=new, new_password_again=new)
        assert page.status == 429
        (event,) = SecurityEvent.objects.filter(kind=Kind.CURRENT_PASSWORD_WRONG)
        assert (event.account, event.actor, event.count) == (odile, odile, 10)
        (event,) = SecurityEvent.objects.filter(kind=Kind.ATTEMPTS_REFUSED)
        assert (event.account, event.actor, event.count) == (odile, odile, 1)

    def test_ended_sessions(self, odile: User, console: Browsing) -> None:
        page = console.open("/console/account/security/")
        for _ in range(2):
            Browsing.signed_in(odile)
        page = console.open("/console/account/security/")
        path = next(form["action"] for form in page.all("form") if form.get("action", "").count("/") == 7)
        console.send(page, action=path)
        assert (newest().kind, newest().account, newest().actor) == (Kind.SESSION_ENDED, odile, odile)
        assert console.send(page, action=path).status == 404
        console.send(page, action="/console/account/security/sessions/end/")
        assert (newest().kind, newest().account, newest().actor) == (Kind.OTHER_SESSIONS_ENDED, odile, odile)
        assert SecurityEvent.objects.filter(kind=Kind.SESSION_ENDED).count() == 1

    def test_commands_have_no_actor(self, odile: User) -> None:
        wendy = actions.create_account(email="wendy@boreale.example", password=PASSWORD, role=User.Role.READER)
        assert (newest().kind, newest().details) == (Kind.ACCOUNT_CREATED, {"after": "reader"})
        actions.change_role(account=wendy, role=User.Role.MANAGER)
        actions.change_role(account=wendy, role=User.Role.MANAGER)
        actions.set_password(account=wendy, password=PASSWORD)
        for _ in range(2):
            actions.disable_account(account=wendy)
        for _ in range(2):
            actions.enable_account(account=wendy)
        events = SecurityEvent.objects.filter(account=wendy).order_by("id")
        assert [event.kind for event in events] == [
            Kind.ACCOUNT_CREATED,
            Kind.ROLE_CHANGED,
            Kind.PASSWORD_CHANGED,
            Kind.SWITCHED_OFF,
            Kind.SWITCHED_ON,
        ]
        assert {(event.channel, event.actor_id, event.actor_name) for event in events} == {("cli", None, "")}
        assert events[1].details == {"before": "reader", "after": "manager"}
        assert odile.is_active

    def test_refused_action_writes_nothing(self, odile: User) -> None:
        before = SecurityEvent.objects.count()
        with pytest.raises(actions.LastAdministratorError):
            actions.disable_account(account=odile)
        with pytest.raises(actions.LastAdministratorError):
            actions.change_role(account=odile, role=User.Role.READER)
        assert SecurityEvent.objects.count() == before

    def test_entry_outlives_its_account(self, odile: User) -> None:
        email = odile.email
        odile.delete()
        assert (newest().account, newest().email) == (None, email)


class TestSecrets:
    """What is never stored."""

    def test_password_typed_as_the_email_is_not_stored(self, odile: User) -> None:
        sign_in(Browsing(), email="huit-castors@boreale.example", password=WRONG)
        event = newest(Kind.SIGN_IN_FAILED)
        assert (event.account, event.email) == (None, "")
        assert odile.email
        self.assert_no("castors")

    def test_passwords_and_links_are_not_stored(self, odile: User) -> None:
        origin = Origin(channel="console", actor=odile)
        zoe = actions.invite(email="zoe@boreale.example", role="reader", name="Zoé", language="fr", origin=origin)
        token = actions.make_link(account=zoe, origin=origin)
        guess(GUESSER, times=1)
        actions.set_password_by_link(account=zoe, password=PASSWORD, origin=origin)
        assert {Kind.LINK_MADE, Kind.LINK_USED} <= kinds()
        for secret in (PASSWORD, WRONG, token, zoe.password, zoe.session_stamp):
            self.assert_no(secret)

    @staticmethod
    def assert_no(secret: str) -> None:
        assert secret not in str(list(SecurityEvent.objects.values()))


class TestBounds:
    """Strangers can't fill the disk."""

    def test_emails_without_an_account_share_one_row_an_hour(self, odile: User) -> None:
        for number in range(9):
            guess(GUESSER, times=1, email=f"nobody-{number}@boreale.example")
        event = SecurityEvent.objects.get(kind=Kind.SIGN_IN_FAILED)
        assert (event.count, event.email, odile.is_active) == (9, "", True)

    def test_rows_with_an_address_are_limited(self, odile: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recording, "MAX_ROWS", 3)
        for number in range(8):
            guess(f"192.0.2.{number}", times=1, email=f"nobody-{number}@boreale.example")
        guess_everywhere(times=2)
        failures = SecurityEvent.objects.filter(kind=Kind.SIGN_IN_FAILED)
        assert sorted(failures.values_list("email", "address", "count")) == [
            ("", "", 5),
            ("", "192.0.2.0", 1),
            ("", "192.0.2.1", 1),
            ("", "192.0.2.2", 1),
            (odile.email, "", 2),
        ]

    @pytest.mark.parametrize("counts", [True, False])
    def test_email_without_an_account_takes_the_same_statements(self, odile: User, *, counts: bool) -> None:
        numbers = []
        for email in (odile.email, "nobody@boreale.example"):
            for _ in range(2):
                with CaptureQueriesContext(
                    connection,
                ) as queries:
                    recording.record_refused(Kind.SIGN_IN_FAILED, email=email, origin=COMMAND, counts=counts)
                numbers.append(len(queries))
        assert numbers[:2] == numbers[2:]

    def test_repeated_attempt_that_is_not_checked_writes_nothing(self, odile: User) -> None:
        def refuse() -> list[str]:
            with CaptureQueriesContext(connection) as queries:
                recording.record_refused(Kind.ATTEMPTS_REFUSED, email=odile.email, origin=COMMAND, counts=False)
            return [query["sql"] for query in queries]

        refuse()
        assert [sql for sql in refuse() if not sql.startswith("SELECT")] == []

    def test_old_entries_are_deleted_and_others_stay(self, odile: User) -> None:
        cache.clear()
        for days in (401, 399):
            actions.set_password(account=odile, password=PASSWORD)
            SecurityEvent.objects.filter(id=newest().pk).update(at=timezone.now() - timedelta(days=days))
        delete_expired()
        ages = [(timezone.now() - event.at).days for event in SecurityEvent.objects.order_by("at")]
        assert ages == [399, 0]
