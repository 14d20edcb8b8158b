"""How passwords are hashed: one at a time, with OWASP's parameters and low priority."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.hashers import Argon2PasswordHasher
from pytest_django import Settings

from renvoi.people.hashing import HashingThread, hashing_thread
from renvoi.people.models import User
from renvoi.server import settings as product
from tests.cast import PASSWORD, colleague
from tests.console.browsing import Browsing
from tests.people.test_sign_in import HOME, WRONG, sign_in

OWASP = "argon2$argon2id$v=19$m=19456,t=2,p=1$"


@pytest.fixture
def _argon2(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS


@pytest.mark.usefixtures("_argon2", "db")
class TestParameters:
    """New hashes have OWASP's parameters. Older ones verify, and are replaced when their account signs in."""

    def test_new_hash_has_owasp_parameters(self) -> None:
        assert colleague().password.startswith(OWASP)

    def test_old_hash_is_replaced_at_sign_in_and_no_session_ends(self, stranger: Browsing) -> None:
        user = colleague("odile@boreale.example")
        user.password = Argon2PasswordHasher().encode(PASSWORD, "saltsaltsaltsaltsalt12")
        user.save()
        other = Browsing.signed_in(user)
        assert sign_in(stranger, password=WRONG).status == 200
        user.refresh_from_db()
        assert "m=102400,t=2,p=8" in user.password
        assert sign_in(stranger).status == 302
        user.refresh_from_db()
        assert user.password.startswith(OWASP)
        assert [browsing.open(HOME).status for browsing in (other, stranger)] == [200, 200]
        assert sign_in(Browsing()).status == 302

    def test_unknown_email_costs_what_accounts_cost(self, monkeypatch: pytest.MonkeyPatch, stranger: Browsing) -> None:
        """One hash, with parameters that an account has: old ones would otherwise show which accounts exist."""
        encoded_hashes: list[str] = []
        verify = hashers.verify_password

        def recording(password: str, encoded: str, *args: Any) -> Any:
            encoded_hashes.append(encoded)
            return verify(password, encoded, *args)

        monkeypatch.setattr("renvoi.people.models.verify_password", recording)
        monkeypatch.setattr("renvoi.people.passwords.checking.verify_password", recording)
        odile, wendy = colleague("odile@boreale.example"), colleague("wendy@boreale.example")
        odile.password = Argon2PasswordHasher().encode(PASSWORD, "saltsaltsaltsaltsalt12")
        odile.save()
        for number in range(12):
            sign_in(stranger, email=f"nobody{number}@boreale.example", password=PASSWORD)
        assert set(encoded_hashes) == {odile.password, wendy.password}
        repeated = len(encoded_hashes)
        for _ in range(3):
            sign_in(stranger, email="nobody0@boreale.example", password=WRONG)
        assert set(encoded_hashes[repeated:]) == {encoded_hashes[0]}

    def test_unknown_email_costs_a_hash_where_there_is_no_account(
        self, monkeypatch: pytest.MonkeyPatch, stranger: Browsing
    ) -> None:
        made: list[str] = []
        monkeypatch.setattr("renvoi.people.passwords.checking.make_password", made.append)
        sign_in(stranger, password=WRONG)
        assert made == [WRONG]


def test_hashes_are_computed_one_at_a_time_with_low_priority() -> None:
    running: list[int] = []
    seen: list[int] = []

    def work() -> int:
        running.append(1)
        seen.append(len(running))
        time.sleep(0.005)
        running.pop()
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    thread = HashingThread()
    with ThreadPoolExecutor(20) as executor:
        niceness = list(executor.map(lambda _: thread.run(work), range(20)))
    assert seen == [1] * 20
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert set(niceness) == {min(19, own + 10)}


def test_process_of_the_lowest_priority_without_privileges_hashes() -> None:
    """As `nice -n 19 renvoi serve --only console` does."""
    lower = "os.nice(19); os.getuid() or os.setuid(65534)"
    program = (
        f"import os; from renvoi.people.hashing import HashingThread; {lower}; print(HashingThread().run(len, 'abc'))"
    )
    command = [sys.executable, "-c", program]
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    assert subprocess.run(command, capture_output=True, text=True, check=True, env=environ).stdout == "3\n"


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # of Python 3.12, about forking with threads
def test_forked_process_has_a_thread_of_its_own() -> None:
    """Workers are forked from a process that may have hashed a password, as `renvoi demo` does."""
    assert hashing_thread.run(len, "abc") == 3
    child = os.fork()
    if child == 0:
        os._exit(hashing_thread.run(len, "abcd"))
    deadline = time.monotonic() + 10
    while not (ended := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < deadline:
        time.sleep(0.01)
    if not ended[0]:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(ended[1]) == 4


def test_every_check_of_an_account_is_in_the_thread(odile: User, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    verify = hashers.verify_password

    def recording(*args: Any) -> Any:
        names.append(threading.current_thread().name)
        return verify(*args)

    monkeypatch.setattr("renvoi.people.models.verify_password", recording)
    assert odile.check_password(PASSWORD)
    assert names == ["passwords_0"]
