"""Create accounts and update their preferences."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from renvoi.people.models import User, UserManager

_CHOICES = {"language": User.Language.values, "theme": User.Theme.values, "csv_separator": User.Separator.values}


def create_administrator(*, email: str, password: str, name: str = "", language: str = "fr") -> User:
    """Create an account. Raises ValidationError if the email is invalid or taken, or if the password is weak."""
    email = UserManager.normalize_email(email)
    validate_email(email)
    user = User(email=email, name=name, language=language)
    # Check the lengths: SQLite would store a text that is too long, PostgreSQL would fail.
    user.clean_fields(exclude={"password"})
    validate_password(password, user)
    try:
        with transaction.atomic():
            return User.objects.create_user(email=email, password=password, name=name, language=language)
    except IntegrityError as error:
        raise ValidationError(_("There is already an account with this email."), code="taken") from error


def update_preferences(
    *,
    user: User,
    language: str | None = None,
    theme: str | None = None,
    csv_separator: str | None = None,
    saves_pdf_copy: bool | None = None,
    uses_keys: bool | None = None,
) -> None:
    """Save preferences on the account. None leaves a preference as it is.

    Raises ValidationError with all errors by field. Then nothing is saved, and `user` is not changed.
    """
    preferences = {
        "language": language,
        "theme": theme,
        "csv_separator": csv_separator,
        "saves_pdf_copy": saves_pdf_copy,
        "uses_keys": uses_keys,
    }
    chosen = {name: value for name, value in preferences.items() if value is not None}
    invalid = [name for name, choices in _CHOICES.items() if chosen.get(name, choices[0]) not in choices]
    if invalid:
        raise ValidationError({name: ValidationError(_("Select one of the choices."), "unknown") for name in invalid})
    for name, value in chosen.items():
        setattr(user, name, value)
    user.save(update_fields=[*chosen])
