"""Prepare a data folder for the browser tests: sample partners, accounts, open sessions, additional rows.

It runs in a process of its own (`prepared`, `fill_with`), because it sets Django up with the product's settings.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.running import EMAIL, PASSWORD

ROOT = Path(__file__).parents[2]
EDITOR = "editor@renvoi.example"
ACCOUNTS = {EMAIL: "fr", "demo-en@renvoi.example": "en", EDITOR: "fr"}
PROTECTED = {"fr": "protegee@renvoi.example", "en": "protected@renvoi.example"}
"""Accounts with a second factor, by language. Only the tests of its pages use them."""
PROTECTED_SESSIONS = {language: f"session-of-{language}-with-second-factor" for language, email in PROTECTED.items()}
"""The key of the session that each of them has open."""
_SESSIONS = 400
_ROWS, _EMPTY, _OPERATOR, _LOGO = "rows", "empty", "operator", "logo"

Sessions = dict[str, list[str]]


def prepared(environ: Mapping[str, str], *, with_sample: bool = True) -> Sessions:
    """Prepare the folder of the environment; return the keys of open sessions, by account, one for each test."""
    sessions: Sessions = json.loads(_run(environ, *([] if with_sample else [_EMPTY])))
    return sessions


def fill_with(environ: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> None:
    """Add partners, by the columns of the CSV file, to a Renvoi that may be running."""
    _run(environ, _ROWS, text=json.dumps(rows))


def set_operator(environ: Mapping[str, str], **fields: str) -> None:
    """Change fields of the operator of a Renvoi that may be running."""
    _run(environ, _OPERATOR, text=json.dumps(fields))


def set_logo(environ: Mapping[str, str]) -> None:
    """Give the operator of a Renvoi that may be running a logo."""
    _run(environ, _LOGO)


def _run(environ: Mapping[str, str], *arguments: str, text: str = "") -> str:
    command = [sys.executable, "-m", "tests.browser.prepare", *arguments]
    completed = subprocess.run(
        command, cwd=ROOT, env=dict(environ), input=text, capture_output=True, text=True, timeout=120, check=False
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def _prepare(*, with_sample: bool) -> Sessions:
    from renvoi.cli.serving.demo import fill
    from renvoi.cli.serving.static_files import collect_static_files
    from renvoi.cli.setup import configure, migrate_database

    config = configure()
    migrate_database()
    if with_sample:
        fill(config)
    collect_static_files()
    from renvoi.people.actions import create_account
    from renvoi.people.models import User

    _protect()
    names = {EMAIL: "Démo", EDITOR: "Anne Éditrice"}
    return {
        email: _open_sessions(
            create_account(
                email=email,
                password=PASSWORD,
                role=User.Role.ADMINISTRATOR,
                name=names.get(email, ""),
                language=language,
            )
        )
        for email, language in ACCOUNTS.items()
    }


def _protect() -> None:
    """Create the accounts with a second factor, and open a session of each."""
    from renvoi.people.actions import create_account
    from renvoi.people.models import User
    from tests.people.factors import with_app

    for language, email in PROTECTED.items():
        account = create_account(email=email, password=PASSWORD, role=User.Role.READER, name="", language=language)
        with_app(account)
        _open_session(account, PROTECTED_SESSIONS[language])


def _open_sessions(user: Any) -> list[str]:
    from django.db import transaction
    from django.utils.crypto import get_random_string

    with transaction.atomic():
        return [_open_session(user, get_random_string(32)) for _ in range(_SESSIONS)]


def _open_session(user: Any, key: str) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session._session_key = key  # Django itself chooses keys at random
    session.save(must_create=True)
    return key


def _fill(rows: Sequence[Mapping[str, str]]) -> None:
    from renvoi.cli.setup import configure

    configure()
    from renvoi.partners.actions import create_partners
    from renvoi.partners.values import parse_partner

    many = (parse_partner(row, countries=row["countries"].split()) for row in rows)
    create_partners(many=many, actor=None, channel="cli")


def _set_operator(fields: Mapping[str, str]) -> None:
    from dataclasses import replace

    from renvoi.cli.setup import configure

    configure()
    from renvoi.partners.actions import update_operator
    from renvoi.partners.models import Operator
    from renvoi.partners.values import OperatorValues

    operator = Operator.objects.get(id=1)
    values = replace(OperatorValues.of(operator), **fields)  # type: ignore[arg-type]  # its fields are checked by it
    update_operator(values=values, expected_version=operator.version, actor=None, channel="cli")


def _set_logo() -> None:
    from renvoi.cli.setup import configure

    configure()
    from renvoi.partners.actions import update_logo
    from renvoi.partners.models import Operator
    from renvoi.publication.logo_images import make_logo
    from tests.corpora.images import GOOD

    logo, png = make_logo(GOOD["png"])
    version = Operator.objects.get(id=1).version
    update_logo(logo=logo, png=png, expected_version=version, actor=None, channel="cli")


if __name__ == "__main__":
    if _LOGO in sys.argv:
        _set_logo()
    elif _OPERATOR in sys.argv:
        _set_operator(json.load(sys.stdin))
    elif _ROWS in sys.argv:
        _fill(json.load(sys.stdin))
    else:
        json.dump(_prepare(with_sample=_EMPTY not in sys.argv), sys.stdout)
