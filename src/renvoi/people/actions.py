"""Create accounts, switch them off, set their passwords and update their preferences."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from renvoi.people.models import User, UserManager
from renvoi.people.sessions import end_all_sessions, end_other_sessions

MAX_PASSWORD_LENGTH = 1_000
_CHOICES = {"language": User.Language.values, "theme": User.Theme.values, "csv_separator": User.Separator.values}


def create_administrator(*, email: str, password: str, name: str = "", language: str = "fr") -> User:
    """Create an account. Raises ValidationError if the email is invalid or taken, or if the password is weak."""
    email = UserManager.normalize_email(email)
    validate_email(email)
    user = User(email=email, name=name, language=language)
    # Check the lengths: SQLite would store a text that is too long, PostgreSQL would fail.
    user.clean_fields(exclude={"password"})
    check_new_password(user, password)
    try:
        with transaction.atomic():
            return User.objects.create_user(email=email, password=password, name=name, language=language)
    except IntegrityError as error:
        raise ValidationError(_("There is already an account with this email."), code="taken") from error


def set_password(*, account: User, password: str) -> None:
    """Set the password. All sessions of the account end, and its browsers are no longer recognized.

    Raises ValidationError if the password is weak; then nothing changes.
    """
    _prepare_password(account, password)
    with transaction.atomic():
        end_all_sessions(account)
        account.save(update_fields=["password", "session_stamp"])


def change_own_password(*, request: HttpRequest, account: User, password: str) -> None:
    """Set the password of the account that sends the request: as `set_password`, but its own session goes on."""
    _prepare_password(account, password)
    with transaction.atomic():
        end_other_sessions(request, account)
        account.save(update_fields=["password", "session_stamp"])


def end_own_other_sessions(*, request: HttpRequest, account: User) -> None:
    """End all sessions of the account but the one that sends the request, and forget their browsers."""
    with transaction.atomic():
        end_other_sessions(request, account)
        account.save(update_fields=["session_stamp"])


def check_new_password(account: User, password: str) -> None:
    """Raise ValidationError, with a code for each weakness, if the password is too weak for the account."""
    if len(password) > MAX_PASSWORD_LENGTH:
        raise ValidationError(
            _("This password is too long. Type at most %(max_length)d characters."),
            code="password_too_long",
            params={"max_length": MAX_PASSWORD_LENGTH},
        )
    validate_password(password, account)


def _prepare_password(account: User, password: str) -> None:
    check_new_password(account, password)
    # Before the transaction: a hash takes long, and others may write meanwhile.
    account.set_password(password)


class LastAccountError(Exception):
    """Nobody could sign in any more."""


def disable_account(*, account: User, even_last: bool) -> None:
    """Switch an account off. Its sessions end, and its browsers are no longer recognized. Safe to repeat.

    Raises LastAccountError if no other account is active, unless `even_last`.
    """
    with transaction.atomic():
        # The locks make two of these take turns: neither may count on the account that the other one disables.
        active = User.objects.select_for_update().filter(is_active=True).order_by("id").values_list("id", flat=True)
        if not even_last and [*active] == [account.id]:
            raise LastAccountError
        account.is_active = False
        end_all_sessions(account)
        account.save(update_fields=["is_active", "session_stamp"])


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
