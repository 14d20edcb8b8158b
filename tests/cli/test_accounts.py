"""`renvoi accounts`: setting a password and switching an account off, while people are signed in."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from renvoi.cli import cli
from renvoi.people.actions import disable_account
from renvoi.people.models import User
from tests.cast import PASSWORD, colleague
from tests.cli.test_commands import password_file
from tests.console.browsing import Browsing, is_sign_in
from tests.people.factors import with_app
from tests.people.test_sign_in import HOME, sign_in

OK, FAILED, WRONG_USAGE = 0, 1, 2
NEW = "neuf-renards-patients"
EMAIL = "odile@boreale.example"


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["accounts", *arguments], input=typed)


def output(result: Result) -> Sequence[str]:
    return result.output.splitlines()


@pytest.mark.usefixtures("odile")
class TestSetPassword:
    """`renvoi accounts set-password`."""

    def test_new_password_replaces_the_old_one_and_ends_all_sessions(self, tmp_path: Path) -> None:
        browsing, other = Browsing(), Browsing()
        assert [sign_in(each).status for each in (browsing, other)] == [302, 302]
        result = run(
            "set-password", "--email", "Odile@boreale.example", "--password-file", password_file(tmp_path, NEW)
        )
        assert (result.exit_code, output(result)) == (
            OK,
            [f"{EMAIL} has a new password. All sessions of the account have ended."],
        )
        assert all(is_sign_in(each.open(HOME)) for each in (browsing, other))
        assert sign_in(Browsing(), password=PASSWORD).status == 200
        assert sign_in(Browsing(), password=NEW).status == 302
        user = User.objects.get(email=EMAIL)
        assert user.devices.count() == 1

    @pytest.mark.parametrize(
        ("password", "sentence"),
        [("short", "too short"), ("password123", "too common"), (EMAIL, "too similar"), ("", "too short")],
    )
    def test_weak_password_is_refused_and_changes_nothing(self, password: str, sentence: str, tmp_path: Path) -> None:
        browsing = Browsing()
        sign_in(browsing)
        result = run("set-password", "--email", EMAIL, "--password-file", password_file(tmp_path, password))
        assert result.exit_code == FAILED
        assert sentence in result.output
        assert browsing.open(HOME).status == 200
        assert sign_in(Browsing()).status == 302

    def test_unknown_email_is_refused(self, tmp_path: Path) -> None:
        result = run("set-password", "--email", "nobody@x.example", "--password-file", password_file(tmp_path, NEW))
        assert (result.exit_code, result.output) == (
            FAILED,
            "Error: There is no account with the email nobody@x.example.\n",
        )

    @pytest.mark.parametrize(
        "arguments",
        [[], ["--email", EMAIL], ["--email", EMAIL, "--password-file", "missing"], ["--password-file", "x"]],
    )
    def test_wrong_usage_exits_with_two(self, arguments: list[str]) -> None:
        assert run("set-password", *arguments).exit_code == WRONG_USAGE

    def test_disabled_account_stays_disabled(self, odile: User, tmp_path: Path) -> None:
        colleague("wendy@boreale.example")
        disable_account(account=odile)
        result = run("set-password", "--email", EMAIL, "--password-file", password_file(tmp_path, NEW))
        assert result.exit_code == OK
        assert "The account is switched off: it can't sign in." in result.output
        assert sign_in(Browsing(), password=NEW).location == "/console/inactive/"


class TestRemoveSecondFactor:
    """`renvoi accounts remove-second-factor`."""

    def test_password_is_enough_afterwards(self, odile: User) -> None:
        with_app(odile)
        assert sign_in(Browsing()).location == "/console/sign-in/code/"
        sentences = [output(run("remove-second-factor", "--email", EMAIL)) for _ in range(2)]
        assert sentences == [
            [f"{EMAIL} has no second factor any more: the password is enough to sign in."],
            [f"{EMAIL} has no second factor."],
        ]
        assert sign_in(Browsing()).location == "/console/"


@pytest.mark.usefixtures("odile")
class TestDisable:
    """`renvoi accounts disable`."""

    def test_sessions_end_at_once_and_browsers_are_forgotten(self, odile: User) -> None:
        colleague("wendy@boreale.example")
        browsing = Browsing()
        sign_in(browsing)
        for _ in range(2):
            result = run("disable", "--email", EMAIL)
            assert (result.exit_code, output(result)) == (
                OK,
                [f"{EMAIL} is switched off. All sessions of the account have ended."],
            )
        assert is_sign_in(browsing.open(HOME))
        assert not odile.devices.exists()
        assert sign_in(Browsing()).location == "/console/inactive/"

    def test_session_does_not_come_back_when_the_account_is_switched_on_again(self, odile: User) -> None:
        colleague("wendy@boreale.example")
        browsing = Browsing()
        sign_in(browsing)
        run("disable", "--email", EMAIL)
        User.objects.filter(id=odile.id).update(is_active=True)
        assert is_sign_in(browsing.open(HOME))

    def test_last_active_administrator_stays(self, odile: User) -> None:
        wendy = colleague("wendy@boreale.example")
        manager = colleague("remi@boreale.example", role=User.Role.MANAGER)
        disable_account(account=wendy)
        reason = (
            f"Error: {EMAIL} is the last active administrator: nobody could manage the accounts any more. "
            "Create another administrator first.\n"
        )
        for command in (["disable"], ["set-role", "--role", "reader"], ["set-role", "--role", "manager"]):
            result = run(*command, "--email", EMAIL)
            assert (result.exit_code, result.output) == (FAILED, reason)
        odile.refresh_from_db()
        assert (odile.is_active, odile.role) == (True, User.Role.ADMINISTRATOR)
        # An account that is switched off already is not the last active one.
        for email in (wendy.email, manager.email):
            assert run("disable", "--email", email).exit_code == OK

    def test_unknown_email_and_wrong_usage(self) -> None:
        assert run("disable", "--email", "nobody@x.example").exit_code == FAILED
        assert run("disable").exit_code == WRONG_USAGE
        assert run("disable", "--email", EMAIL, "--force").exit_code == WRONG_USAGE
        assert run("nothing").exit_code == WRONG_USAGE


@pytest.mark.usefixtures("odile")
class TestCreateListAndRoles:
    """`renvoi accounts create`, `list`, `set-role` and `enable`."""

    @pytest.mark.parametrize("role", User.Role)
    def test_account_is_created_with_its_role_and_can_sign_in(self, role: User.Role, tmp_path: Path) -> None:
        file = password_file(tmp_path, NEW)
        result = run("create", "--email", "Wendy@boreale.example", "--role", role.value, "--password-file", file)
        assert (result.exit_code, output(result)) == (OK, ["wendy@boreale.example can sign in."])
        assert User.objects.get(email="wendy@boreale.example").role == role
        assert sign_in(Browsing(), email="wendy@boreale.example", password=NEW).status == 302

    def test_email_that_is_taken_and_weak_password_are_refused(self, tmp_path: Path) -> None:
        for email, password, sentence in (
            (EMAIL, NEW, "already an account"),
            ("wendy@boreale.example", "short", "too short"),
            ("no email", NEW, "valid email"),
        ):
            file = password_file(tmp_path, password)
            result = run("create", "--email", email, "--role", "reader", "--password-file", file)
            assert result.exit_code == FAILED
            assert sentence in result.output
        assert User.objects.count() == 1

    def test_list_has_each_account_with_its_role(self) -> None:
        remi = colleague("remi@boreale.example", role=User.Role.READER, name="Rémi")
        disable_account(account=remi)
        rows = [f"administrator       {EMAIL}  Odile", "reader         off  remi@boreale.example  Rémi"]
        assert output(run("list")) == rows
        assert json.loads(run("list", "--json").output) == [
            {"email": EMAIL, "name": "Odile", "role": "administrator", "is_active": True},
            {"email": "remi@boreale.example", "name": "Rémi", "role": "reader", "is_active": False},
        ]

    def test_role_is_changed_and_account_switched_on(self) -> None:
        remi = colleague("remi@boreale.example", role=User.Role.READER)
        result = run("set-role", "--email", remi.email, "--role", "manager")
        assert (result.exit_code, output(result)) == (OK, [f"{remi.email} has the role manager."])
        run("disable", "--email", remi.email)
        assert output(run("enable", "--email", remi.email)) == [f"{remi.email} can sign in."]
        remi.refresh_from_db()
        assert (remi.role, remi.is_active) == (User.Role.MANAGER, True)
        assert run("set-role", "--email", remi.email, "--role", "owner").exit_code == WRONG_USAGE


@pytest.mark.usefixtures("odile")
class TestLog:
    """`renvoi accounts log`."""

    def test_lines_are_the_newest_first(self) -> None:
        run("disable", "--email", EMAIL)
        colleague("wendy@boreale.example")
        run("set-role", "--email", "wendy@boreale.example", "--role", "administrator")
        run("set-role", "--email", EMAIL, "--role", "manager")
        run("disable", "--email", EMAIL)
        lines = output(run("log", "--limit", "2"))
        assert [line.split("  ", 1)[1] for line in lines] == [
            f"switched_off      {EMAIL}  (cli)",
            f"role_changed      {EMAIL}  administrator → manager  (cli)",
        ]
        assert len(output(run("log", "--limit", "0"))) == 4

    def test_json_has_every_value(self) -> None:
        (event,) = json.loads(run("log", "--json").output)
        at = event.pop("at")
        assert (len(at), at[-1]) == (20, "Z")
        assert event == {
            "kind": "account_created",
            "email": EMAIL,
            "actor": "",
            "channel": "cli",
            "browser": "",
            "address": "",
            "before": "",
            "after": "administrator",
            "token": "",
            "count": 1,
        }
