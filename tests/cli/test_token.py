"""`renvoi token`: the token is printed once, alone, and nowhere else."""

import json
from datetime import date

import pytest
from click.testing import CliRunner, Result

from renvoi.cli import cli
from renvoi.people.actions import disable_account
from renvoi.people.models import ApiToken, User
from renvoi.people.tokens.checking import find_valid
from tests.cast import colleague

OK, FAILED, WRONG_USAGE = 0, 1, 2
EMAIL = "odile@boreale.example"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["token", *arguments])


def create(*arguments: str, email: str = EMAIL, name: str = "Night import") -> Result:
    return run("create", "--email", email, "--name", name, *arguments)


@pytest.mark.usefixtures("odile")
class TestCreate:
    """`renvoi token create`."""

    def test_token_is_printed_alone(self) -> None:
        result = create("--scope", "write", "--expires", "2099-12-31")
        assert (result.exit_code, result.stderr) == (OK, "")
        (text,) = result.stdout.splitlines()
        token = find_valid(text, today=date(2099, 12, 31))
        assert token is not None
        assert (token.name, token.scope, token.owner.email) == ("Night import", "write", EMAIL)

    def test_token_reads_unless_asked_otherwise(self) -> None:
        create()
        assert ApiToken.objects.get().scope == ApiToken.Scope.READ

    def test_token_that_can_do_less_says_so_on_standard_error(self) -> None:
        colleague("remi@boreale.example", role=User.Role.READER)
        sentence = "The account has the role reader: the token can only read.\n"
        assert create("--scope", "write", email="remi@boreale.example").stderr == sentence

    def test_token_of_a_disabled_account_says_so_on_standard_error(self, odile: User) -> None:
        colleague("wendy@boreale.example")
        disable_account(account=odile)
        assert create().stderr == "The account is switched off: the token does not work.\n"

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--expires", "2020-01-01"], "can’t be in the past"),
            (["--name", ""], "a name of 1 to 100 characters"),
            (["--email", "nobody@x.example"], "no account with the email nobody@x.example"),
        ],
    )
    def test_what_is_refused_prints_nothing_on_standard_output(self, arguments: list[str], sentence: str) -> None:
        result = create(*arguments)
        assert (result.exit_code, result.stdout) == (FAILED, "")
        assert sentence in result.stderr

    @pytest.mark.parametrize("arguments", [["--scope", "all"], ["--expires", "tomorrow"], ["--owner", "x"]])
    def test_wrong_usage_exits_with_two(self, arguments: list[str]) -> None:
        assert create(*arguments).exit_code == WRONG_USAGE


@pytest.mark.usefixtures("odile")
class TestListRestrictAndRevoke:
    """`renvoi token list`, `renvoi token restrict` and `renvoi token revoke`."""

    def test_list_has_what_is_known_of_each_token_and_no_secret(self) -> None:
        texts = [create("--expires", "2099-12-31", name=name).stdout.strip() for name in ("Other", "Night import")]
        shown = json.loads(run("list", "--json").stdout)
        assert [(row["name"], row["state"], row["last_used_at"]) for row in shown] == [
            ("Night import", "valid", None),
            ("Other", "valid", None),
        ]
        output = run("list").output + run("list", "--json").output
        assert [text for text in texts if text.rpartition("_")[2] in output] == []
        assert f"{shown[0]['id']}  read   valid     until 2099-12-31  used never  {EMAIL}  Night import" in output

    def test_revoked_token_ends(self) -> None:
        text = create("--expires", "2099-12-31").stdout.strip()
        public_id = ApiToken.objects.get().public_id
        for _ in range(2):
            result = run("revoke", "--id", public_id)
            assert (result.exit_code, result.output) == (OK, "The token Night import is revoked.\n")
        assert find_valid(text, today=date(2026, 12, 1)) is None
        assert json.loads(run("list", "--json").stdout)[0]["state"] == "revoked"

    def test_revoke_does_not_repeat_what_was_typed(self) -> None:
        text = create().stdout.strip()
        result = run("revoke", "--id", text)
        assert (result.exit_code, result.output) == (FAILED, "Error: There is no token with this id.\n")

    def test_restricted_token_loses_what_is_asked_and_nothing_else(self) -> None:
        create("--scope", "write", "--expires", "2099-12-31")
        public_id = ApiToken.objects.get().public_id
        result = run("restrict", "--id", public_id, "--scope", "read")
        assert (result.exit_code, result.output) == (OK, f"Night import: read, until 2099-12-31, {EMAIL}.\n")
        result = run("restrict", "--id", public_id, "--expires", "2099-06-30")
        assert (result.exit_code, result.output) == (OK, f"Night import: read, until 2099-06-30, {EMAIL}.\n")

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--expires", "2099-12-31"], "The last day can only be earlier."),
            (["--email", "remi@boreale.example"], "This account has more rights than the token’s owner."),
            (["--email", "nobody@x.example"], "no account with the email nobody@x.example"),
        ],
    )
    def test_token_gets_no_rights(self, arguments: list[str], sentence: str) -> None:
        colleague("remi@boreale.example")
        colleague("zoe@boreale.example", role=User.Role.READER)
        create("--expires", "2099-06-30", email="zoe@boreale.example")
        result = run("restrict", "--id", ApiToken.objects.get().public_id, *arguments)
        assert (result.exit_code, result.stdout) == (FAILED, "")
        assert sentence in result.stderr
        assert ApiToken.objects.get().owner.email == "zoe@boreale.example"
