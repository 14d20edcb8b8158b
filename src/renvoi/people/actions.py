"""Hides how accounts and their preferences are written."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from renvoi.people.models import Accounts, User


def create_administrator(*, email: str, password: str, name: str = "", language: str = "fr") -> User:
    """A new account. Raises ValidationError where the address is wrong or taken, or the password is weak."""
    address = Accounts.normalize_email(email)
    validate_email(address)
    validate_password(password, User(email=address, name=name))
    try:
        with transaction.atomic():
            return User.objects.create_user(email=address, password=password, name=name, language=language)
    except IntegrityError as error:
        raise ValidationError(_("There is already an account with this email."), code="taken") from error


def update_preferences(
    *, user: User, language: str | None = None, theme: str | None = None, csv_separator: str | None = None
) -> None:
    """Keeps what was chosen on the account. Raises ValidationError for an unknown value."""
    user.language = language or user.language
    user.theme = theme or user.theme
    user.csv_separator = csv_separator or user.csv_separator
    user.clean_fields(exclude={"password", "email", "name", "created_at", "last_login"})
    user.save(update_fields=["language", "theme", "csv_separator"])
