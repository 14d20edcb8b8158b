"""Two browsers in which one person signs in for the first time, at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection

from renvoi.people.models import SecurityEvent, User
from renvoi.people.oidc.admission import NotAdmitted, Refusal, admit
from renvoi.people.oidc.identity import Identity
from renvoi.people.security.origins import COMMAND
from tests.cast import colleague
from tests.people.oidc.provider import ROLES

# Its threads need real commits.
pytestmark = pytest.mark.usefixtures("committed")

ISSUER, EMAIL = "https://login.example.com", "nora@boreale.example"
ROUNDS = 4


def admitted_at_once(*subjects: str) -> list[User | Refusal]:
    """Admit a person with each of the ids at the same moment, all with one verified email."""
    barrier = Barrier(len(subjects))

    def let_in(subject: str) -> User | Refusal:
        identity = Identity(issuer=ISSUER, subject=subject, email=EMAIL, values=("staff",))
        try:
            barrier.wait(30)
            return admit(identity, roles=ROLES, origin=COMMAND)
        except NotAdmitted as refusal:
            return refusal.reason
        finally:
            connection.close()

    with ThreadPoolExecutor(len(subjects)) as executor:
        return list(executor.map(let_in, subjects))


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_both_get_in_and_one_account_is_created(round_: int) -> None:  # noqa: ARG001 (each round may interleave in another way)
    results = admitted_at_once("s-1", "s-1", "s-1")
    assert results == [User.objects.get()] * 3
    assert SocialAccount.objects.get().uid == "s-1"
    assert SecurityEvent.objects.filter(kind=SecurityEvent.Kind.ACCOUNT_CREATED).count() == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_both_get_in_and_the_account_of_before_is_joined_once(round_: int) -> None:  # noqa: ARG001 (as above)
    colleague("ada@boreale.example")
    nora = colleague(EMAIL, role=User.Role.READER)
    assert admitted_at_once("s-1", "s-1", "s-1") == [nora] * 3
    assert SocialAccount.objects.get().user == nora
    assert SecurityEvent.objects.filter(kind=SecurityEvent.Kind.PROVIDER_LINKED).count() == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_of_two_persons_with_one_email_one_gets_the_account(round_: int) -> None:  # noqa: ARG001 (as above)
    results = admitted_at_once("s-1", "s-2")
    assert sorted(result if isinstance(result, Refusal) else "in" for result in results) == [
        Refusal.ANOTHER_IDENTITY,
        "in",
    ]
    assert User.objects.count() == SocialAccount.objects.count() == 1
