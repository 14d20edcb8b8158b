"""Creating accounts and updating their preferences."""

from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.core.exceptions import ValidationError
from django.utils.translation import override
from pytest_django import Settings

from renvoi.people.actions import create_account, update_preferences
from renvoi.people.models import User, display_name
from renvoi.server import settings as product
from tests.cast import PASSWORD, colleague

pytestmark = pytest.mark.django_db


def test_new_account_is_active_with_lower_case_email() -> None:
    user = create_account(role=User.Role.READER, email="  Odile@Boreale.Example ", password=PASSWORD)
    assert (user.email, user.language, user.theme, user.is_active) == ("odile@boreale.example", "fr", "auto", True)
    assert User.objects.get_by_natural_key("ODILE@boreale.example") == user


def test_password_is_hashed_with_argon2(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS
    user = colleague()
    assert identify_hasher(user.password).algorithm == "argon2"
    assert user.check_password(PASSWORD)
    assert PASSWORD not in user.password


@pytest.mark.parametrize("email", ["", "odile", "odile@", "@boreale.example", "odile@boreale"])
def test_invalid_email_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        create_account(role=User.Role.READER, email=email, password=PASSWORD)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"name": "n" * 101}, {"email": f"{'e' * 60}@{'b' * 63}.{'c' * 63}.{'d' * 63}.example"}]
)
def test_too_long_text_is_refused_before_it_reaches_the_database(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        create_account(
            role=User.Role.READER,
            password=PASSWORD,
            email=wrong.get("email", "odile@boreale.example"),
            name=wrong.get("name", ""),
        )
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["", "short-1", "password123", "odile@boreale.example", "odile-boreale"])
def test_weak_password_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        create_account(role=User.Role.READER, email="odile@boreale.example", password=password)
    assert not User.objects.exists()


def test_email_is_unique_regardless_of_case() -> None:
    colleague("odile@boreale.example")
    with pytest.raises(ValidationError) as caught:
        create_account(role=User.Role.READER, email="ODILE@boreale.example", password=PASSWORD)
    with override("fr"):
        assert caught.value.messages == ["Il y a déjà un compte avec ce courriel."]
    assert User.objects.count() == 1


def test_display_name_is_name_or_local_part_of_email() -> None:
    assert display_name(colleague("odile@boreale.example", name="Odile Côté")) == "Odile Côté"
    assert str(colleague("wendy@boreale.example")) == "wendy"


def test_update_preferences_saves_only_given_preferences(odile: User) -> None:
    chosen: dict[str, Any] = {
        "language": "en",
        "theme": "dark",
        "csv_separator": ";",
        "saves_pdf_copy": False,
        "uses_keys": False,
    }
    for name, value in chosen.items():
        # Each call gets an account read before the other calls: what another window saves meanwhile must stay.
        update_preferences(user=User.objects.get(id=odile.id), **{name: value})
    assert User.objects.filter(id=odile.id).values(*chosen).get() == chosen
    update_preferences(user=odile, saves_pdf_copy=True)
    assert User.objects.filter(id=odile.id).values(*chosen).get() == chosen | {"saves_pdf_copy": True}


@pytest.mark.parametrize("wrong", [{"language": "pt"}, {"theme": "pink"}, {"language": "fr-CA"}, {"csv_separator": ""}])
def test_invalid_preference_is_refused_and_nothing_is_saved(wrong: dict[str, str], odile: User) -> None:
    with pytest.raises(ValidationError) as caught:
        update_preferences(user=odile, saves_pdf_copy=False, **wrong)  # type: ignore[arg-type]  # all values are strings
    assert [*caught.value.error_dict] == [*wrong]
    for user in (odile, User.objects.get(id=odile.id)):
        assert (user.language, user.theme, user.csv_separator, user.saves_pdf_copy) == ("fr", "auto", ",", True)
