"""The program `renvoi`: help, exit codes, migration, accounts, and invalid settings."""

import stat
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from pysqlite3 import dbapi2 as sqlite3

from renvoi import __version__
from renvoi.cli import _COMMANDS, cli
from renvoi.config import read_config
from renvoi.people.models import User
from tests.cast import PASSWORD, only
from tests.databases import session
from tests.running import RunningRenvoi

OK, FAILED, WRONG_USAGE = 0, 1, 2


def password_file(folder: Path, password: str = PASSWORD) -> str:
    path = folder / "password"
    path.write_text(f"{password}\n", encoding="utf-8")
    return str(path)


class TestHelp:
    """The help of the program and its commands."""

    @pytest.mark.parametrize("option", ["--help", "-h"])
    def test_help_lists_the_commands(self, option: str) -> None:
        result = CliRunner().invoke(cli, [option])
        assert result.exit_code == OK
        listed = [line.split()[0] for line in result.output.split("Commands:")[1].splitlines() if line.startswith("  ")]
        assert [word for word in listed if word in _COMMANDS] == list(_COMMANDS)

    @pytest.mark.parametrize("command", _COMMANDS)
    def test_help_of_each_command_contains_its_summary(self, command: str) -> None:
        result = CliRunner().invoke(cli, [command, "--help"])
        assert result.exit_code == OK
        assert result.output.startswith(f"Usage: cli {command} ")
        assert _COMMANDS[command][1].rstrip(".") in result.output.replace("\n", " ")

    def test_every_option_has_a_help_text(self) -> None:
        for name in _COMMANDS:
            command = cli.get_command(None, name)  # type: ignore[arg-type]  # the context is not used
            assert command is not None
            for option in command.params:
                # Arguments are described in the help of the command.
                assert isinstance(option, click.Argument) or (isinstance(option, click.Option) and option.help), (
                    f"{name} --{option.name}"
                )

    def test_version_is_that_of_the_package(self) -> None:
        assert __version__ in CliRunner().invoke(cli, ["--version"]).output

    @pytest.mark.parametrize(
        "arguments", [["nothing"], ["--nothing"], ["serve", "--port", "0"], ["serve", "--only", "x"]]
    )
    def test_wrong_usage_exits_with_two(self, arguments: list[str]) -> None:
        assert CliRunner().invoke(cli, arguments).exit_code == WRONG_USAGE


def test_migrate_create_admin_and_doctor_succeed_on_a_new_folder(tmp_path: Path) -> None:
    """`serve` refuses to start before `migrate`, which may be repeated."""
    folder = tmp_path / "data"
    renvoi = RunningRenvoi(folder)
    del renvoi.environ["RENVOI_DEMO_PASSWORD"]
    refused = renvoi.run("serve", "--port", "1", check=False)
    assert (refused.returncode, refused.stdout) == (FAILED, "")
    assert refused.stderr.endswith("is not of this version. Run: renvoi migrate\n")
    for _ in range(2):
        shown = read_config(renvoi.environ).database_label
        assert renvoi.run("migrate").stdout == f"The database {shown} is up to date.\n"
    assert stat.S_IMODE((folder / "secret-key").stat().st_mode) == 0o600
    options = ("--email", "Odile@boreale.example", "--password-file", password_file(tmp_path))
    assert renvoi.run("create-admin", *options).stdout == "odile@boreale.example can sign in.\n"
    assert all(line.startswith("✓ ") for line in renvoi.run("doctor").stdout.splitlines())


def test_migrate_takes_the_operator_s_initial_values_from_the_environment(tmp_path: Path) -> None:
    renvoi = RunningRenvoi(tmp_path, RENVOI_TIME_ZONE="Pacific/Auckland", RENVOI_DEFAULT_LANGUAGE="en")
    renvoi.run("migrate")
    query = "SELECT time_zone, default_language FROM partners_operator"
    url = renvoi.environ["RENVOI_DATABASE_URL"]
    with session(url) if url else closing(sqlite3.connect(tmp_path / "renvoi.sqlite3")) as connection:
        row = connection.execute(query).fetchone()
    assert row == ("Pacific/Auckland", "en")


@pytest.mark.django_db
class TestCreateAdmin:
    """`renvoi create-admin`."""

    def create(self, *options: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli, ["create-admin", *options])
        return result.exit_code, result.output

    def test_account_has_the_password_in_the_file(self, tmp_path: Path) -> None:
        file = password_file(tmp_path)
        options = ("--email", "zoe@boreale.example", "--name", "Zoé", "--language", "en", "--password-file", file)
        assert self.create(*options) == (OK, "zoe@boreale.example can sign in.\n")
        user = User.objects.get()
        assert (user.name, user.language, user.check_password(PASSWORD)) == ("Zoé", "en", True)

    def test_email_of_another_account_is_refused(self, odile: User, tmp_path: Path) -> None:
        code, output = self.create("--email", odile.email.upper(), "--password-file", password_file(tmp_path))
        assert (code, output) == (FAILED, "Error: There is already an account with this email.\n")

    def test_weak_password_is_refused_and_not_printed(self, tmp_path: Path) -> None:
        file = password_file(tmp_path, "weak")
        code, output = self.create("--email", "wendy@boreale.example", "--password-file", file)
        assert code == FAILED
        assert output.startswith("Error: This password is too short.")
        assert "weak" not in output
        assert not User.objects.exists()

    def test_invalid_email_is_refused(self, tmp_path: Path) -> None:
        code, output = self.create("--email", "odile", "--password-file", password_file(tmp_path))
        assert (code, output) == (FAILED, "Error: Enter a valid email address.\n")

    def test_password_file_is_required_without_a_terminal(self) -> None:
        code, output = self.create("--email", "zoe@boreale.example")
        assert code == WRONG_USAGE
        assert "give --password-file" in output

    @pytest.mark.parametrize("options", [[], ["--email", "a@b.example", "--password-file", "absent"]])
    def test_wrong_usage_exits_with_two(self, options: list[str]) -> None:
        assert self.create(*options)[0] == WRONG_USAGE


@pytest.mark.parametrize(
    ("name", "text", "command"),
    [
        ("RENVOI_TIME_ZONE", "Montréal", "serve"),
        ("RENVOI_PUBLIC_URL", "renvoi", "demo"),
        ("RENVOI_SECRET_KEY", "short", "doctor"),
        ("RENVOI_DATABASE_URL", "postgresql://ana:hunter@[x", "serve"),
    ],
)
def test_invalid_setting_stops_a_command_with_a_message_that_names_it(
    name: str, text: str, command: str, tmp_path: Path
) -> None:
    result = RunningRenvoi(tmp_path, **only(name, text)).run(command, check=False)
    assert (result.returncode, result.stdout) == (WRONG_USAGE, "")
    assert result.stderr.startswith(f"renvoi: {name} ")
    assert "hunter" not in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("migrate",),
        ("demo", "--port", "1"),
        ("create-admin", "--email", "odile@boreale.example", "--password-file", "password"),
        ("route", "--country", "BR", "--language", "fr"),
    ],
)
def test_unreachable_database_is_reported_in_one_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """On both engines; nothing listens at port 1."""
    file = password_file(tmp_path)
    url = "postgresql://ana:hunter@127.0.0.1:1/renvoi"
    words = [file if word == "password" else word for word in arguments]
    result = RunningRenvoi(tmp_path, RENVOI_DATABASE_URL=url).run(*words, check=False)
    assert (result.returncode, result.stdout) == (FAILED, "")
    assert result.stderr.startswith("renvoi: The database renvoi at 127.0.0.1 can't be used: connection failed: ")
    assert result.stderr.count("\n") == 1
    assert "hunter" not in result.stderr
