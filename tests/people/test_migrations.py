"""Tests of the migrations of people: whoever was signed in before an upgrade still is."""

from datetime import timedelta

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as EarlierStore
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps
from django.utils import timezone
from django.utils.crypto import salted_hmac

from renvoi.people.models import StaffSession, User
from tests.console.browsing import Browsing
from tests.people.test_sign_in import HOME

_SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"


def migrate(name: str) -> StateApps:
    """Migrate people to that migration, and return the models as they were then."""
    executor = MigrationExecutor(connection)
    target = [("people", name)]
    executor.migrate(target)
    return executor.loader.project_state([*target, ("sessions", "0001_initial")]).apps


@pytest.mark.usefixtures("committed")
def test_sessions_of_accounts_survive_the_upgrade() -> None:
    earlier = migrate("0004_drafts")
    user = earlier.get_model("people", "User")._default_manager.create(email="odile@boreale.example", password="hash")
    session_hash = salted_hmac(_SALT, "hash", algorithm="sha256").hexdigest()
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    signed_in = {SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: backend, HASH_SESSION_KEY: session_hash}
    later, before = timezone.now() + timedelta(days=1), timezone.now() - timedelta(days=1)
    for key, content, expire_date in (
        ("a-current-one", signed_in, later),
        ("expired", signed_in, before),
        ("orphan", {SESSION_KEY: "999999"}, later),
        ("stranger", {"typed": "x" * 1000}, later),
    ):
        earlier.get_model("sessions", "Session")._default_manager.create(
            session_key=key, session_data=EarlierStore().encode(content), expire_date=expire_date
        )
    migrate("0009_security_log")
    assert [*StaffSession.objects.values_list("session_key", "account_id")] == [("a-current-one", user.pk)]
    browsing = Browsing()
    browsing.client.cookies["renvoi_session"] = "a-current-one"
    assert browsing.open(HOME).status == 200
    # Accounts of versions without roles could do everything.
    assert User.objects.get(id=user.pk).role == User.Role.ADMINISTRATOR
