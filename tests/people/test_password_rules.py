"""What a password may be, and that it is compared exactly as it was typed."""

import pytest
from django.core.exceptions import ValidationError

from renvoi.people.actions import check_new_password, create_account
from renvoi.people.models import User
from tests.console.browsing import Browsing

pytestmark = pytest.mark.django_db

EMAIL = "odile@boreale.example"
ANY_COMPOSITION = [
    "vagabondages",
    "739158204617",
    "VAGABONDAGES",
    " deux espaces au bout ",
    "пароль-из-слов",
    "🦊🐢🦉🐝🦔🐙🦞🐳🦜🐞🦋🐌",
    "v" + "agabondages" * 11,
]


def account(password: str) -> User:
    return create_account(role=User.Role.READER, email=EMAIL, password=password)


def test_new_installation_has_no_account() -> None:
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["vagabondage", "v" * 8, ""])
def test_short_password_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        check_new_password(User(email=EMAIL), password)


@pytest.mark.parametrize("password", ANY_COMPOSITION)
def test_password_of_any_composition_is_accepted_and_opens_a_session(password: str, stranger: Browsing) -> None:
    account(password)
    page = stranger.send(stranger.open("/console/sign-in/"), follow=False, email=EMAIL, password=password)
    assert page.status == 302


@pytest.mark.parametrize(
    "typed", ["Vagabondages du soir ", " Vagabondages du soir", "vagabondages du soir", "Vagabondages du so"]
)
def test_what_differs_in_any_character_is_another_password(typed: str) -> None:
    assert not account("Vagabondages du soir").check_password(typed)


def test_fields_mask_and_let_password_managers_fill(stranger: Browsing) -> None:
    field = stranger.open("/console/sign-in/").one("input", id="password")
    assert (field["type"], field["autocomplete"]) == ("password", "current-password")
    assert not {"onpaste", "maxlength", "readonly"} & set(field.attributes)
