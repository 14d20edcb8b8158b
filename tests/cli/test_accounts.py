"""`renvoi accounts`: setting a password and switching an account off, while people are signed in."""

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
        disable_account(account=odile, even_last=False)
        result = run("set-password", "--email", EMAIL, "--password-file", password_file(tmp_path, NEW))
        assert result.exit_code == OK
        assert "The account is switched off: it can't sign in." in result.output
        assert sign_in(Browsing(), password=NEW).location == "/console/inactive/"


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

    def test_last_active_account_is_disabled_only_if_one_says_so(self, odile: User) -> None:
        wendy = colleague("wendy@boreale.example")
        disable_account(account=wendy, even_last=False)
        result = run("disable", "--email", EMAIL)
        assert (result.exit_code, result.output) == (
            FAILED,
            f"Error: {EMAIL} is the last active account: nobody could sign in any more. Add --even-last to do so.\n",
        )
        odile.refresh_from_db()
        assert odile.is_active
        # An account that is switched off already is not the last active one.
        assert run("disable", "--email", wendy.email).exit_code == OK
        assert run("disable", "--email", EMAIL, "--even-last").exit_code == OK
        odile.refresh_from_db()
        assert not odile.is_active

    def test_unknown_email_and_wrong_usage(self) -> None:
        assert run("disable", "--email", "nobody@x.example").exit_code == FAILED
        assert run("disable").exit_code == WRONG_USAGE
        assert run("disable", "--email", EMAIL, "--force").exit_code == WRONG_USAGE
        assert run("nothing").exit_code == WRONG_USAGE
