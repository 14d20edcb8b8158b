"""Create accounts, change their roles, switch them off, set their passwords and update their preferences.

What concerns access is written in the security log, with `origin`: who acts and from where, by default a command.
"""

from unicodedata import category

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renvoi.people.models import SecurityEvent, User, UserManager
from renvoi.people.passwords.allowances import TooManyAttempts
from renvoi.people.passwords.checking import check_own_password
from renvoi.people.passwords.links import link_token
from renvoi.people.security.origins import COMMAND, Origin, origin_of
from renvoi.people.security.recording import record, record_refused
from renvoi.people.sessions import end_all_sessions, end_other_sessions, end_session

MAX_PASSWORD_LENGTH = 1_000
Kind = SecurityEvent.Kind
TAKEN = gettext_lazy("There is already an account with this email.")
_CHOICES = {"language": User.Language.values, "theme": User.Theme.values, "csv_separator": User.Separator.values}


def create_account(
    *, email: str, password: str, role: User.Role, name: str = "", language: str = "fr", origin: Origin = COMMAND
) -> User:
    """Create an account. Raises ValidationError if the email is invalid or taken, or if the password is weak."""
    email = UserManager.normalize_email(email)
    validate_email(email)
    user = User(email=email, name=name, language=language, role=role)
    # Check the lengths: SQLite would store a text that is too long, PostgreSQL would fail.
    user.clean_fields(exclude={"password"})
    check_new_password(user, password)
    try:
        with transaction.atomic():
            user = User.objects.create_user(email=email, password=password, role=role, name=name, language=language)
            record(Kind.ACCOUNT_CREATED, account=user, origin=origin, details={"after": role})
    except IntegrityError as error:
        raise ValidationError(TAKEN, code="taken") from error
    return user


def invite(*, email: str, role: str, name: str, language: str, origin: Origin) -> User:
    """Create an account without a password: a link sets it (`renvoi.people.passwords.links`).

    Raises ValidationError with all errors by field. Then nothing is stored.
    """
    account = User(email=UserManager.normalize_email(email), name=name.strip(), language=language, role=role)
    account.password = make_password(None)
    _require_valid(account)
    try:
        with transaction.atomic():
            account.save()
            record(Kind.ACCOUNT_CREATED, account=account, origin=origin, details={"after": role})
    except IntegrityError as error:
        raise ValidationError({"email": ValidationError(TAKEN, code="taken")}) from error
    return account


def make_link(*, account: User, origin: Origin) -> str:
    """Return what a link ends with by which the account's password is set (`renvoi.people.passwords.links`)."""
    record(Kind.LINK_MADE, account=account, origin=origin)
    return link_token(account)


def update_account(
    *, account: User, role: str, name: str, language: str, origin: Origin, email: str | None = None
) -> None:
    """Save the name, the role and the language of an account, and another email, with which its sessions end.

    The role applies from its next request on. Raises ValidationError with all errors by field, also if nobody else is
    an active administrator. Then nothing is saved.
    """
    before = account.email
    account.email = before if email is None else UserManager.normalize_email(email)
    account.name, account.language, account.role = name.strip(), language, role
    _require_valid(account)
    try:
        with transaction.atomic():
            if role != User.Role.ADMINISTRATOR:
                _require_another_administrator(account)
            _record_role(account, origin)
            if account.email != before:
                end_all_sessions(account)
                details = {"before": before, "after": account.email}
                record(Kind.EMAIL_CHANGED, account=account, origin=origin, details=details)
            account.save(update_fields=["email", "name", "language", "role", "session_stamp"])
    except LastAdministratorError as error:
        raise ValidationError({"role": ValidationError(LAST_ADMINISTRATOR, code="last")}) from error
    except IntegrityError as error:
        raise ValidationError({"email": ValidationError(TAKEN, code="taken")}) from error


def _record_role(account: User, origin: Origin) -> None:
    """Record the role that the account is about to get, unless it is stored already. Only in a transaction."""
    before = User.objects.select_for_update().values_list("role", flat=True).get(id=account.pk)
    if before != account.role:
        record(Kind.ROLE_CHANGED, account=account, origin=origin, details={"before": before, "after": account.role})


def _require_valid(account: User) -> None:
    """Raise ValidationError with the errors of an account by field, in the console's own words."""
    errors = {}
    try:
        account.clean_fields(exclude={"password"})
    except ValidationError as error:
        for name, wrong in error.error_dict.items():
            is_missing = wrong[0].code in {"blank", "null"}
            errors[name] = ValidationError(_("This field is required.") if is_missing else wrong[0].messages[0])
    if any(category(character) == "Cc" for character in account.name):
        errors["name"] = ValidationError(_("A control character can’t be stored."), code="null_characters")
    if errors:
        raise ValidationError(errors)


def set_password(*, account: User, password: str, origin: Origin = COMMAND) -> None:
    """Set the password. All sessions of the account end, and its browsers are no longer recognized.

    Raises ValidationError if the password is weak; then nothing changes.
    """
    _set_password(account, password, kind=Kind.PASSWORD_CHANGED, origin=origin)


def set_password_by_link(*, account: User, password: str, origin: Origin) -> None:
    """Set the password of the account whose link was opened: as `set_password`."""
    _set_password(account, password, kind=Kind.LINK_USED, origin=origin)


def _set_password(account: User, password: str, *, kind: SecurityEvent.Kind, origin: Origin) -> None:
    _prepare_password(account, password)
    with transaction.atomic():
        end_all_sessions(account)
        account.save(update_fields=["password", "session_stamp"])
        record(kind, account=account, origin=origin)


def change_own_password(*, request: HttpRequest, account: User, password: str) -> None:
    """Set the password of the account that sends the request: as `set_password`, but its own session goes on."""
    _prepare_password(account, password)
    with transaction.atomic():
        end_other_sessions(request, account)
        account.save(update_fields=["password", "session_stamp"])
        record(Kind.PASSWORD_CHANGED, account=account, origin=origin_of(request))


def end_own_session(*, request: HttpRequest, account: User, session_id: str) -> bool:
    """End one session of the account, and forget its browser. Returns False if there is none with that id."""
    with transaction.atomic():
        if not end_session(request, account, session_id=session_id):
            return False
        record(Kind.SESSION_ENDED, account=account, origin=origin_of(request))
    return True


def end_own_other_sessions(*, request: HttpRequest, account: User) -> None:
    """End all sessions of the account but the one that sends the request, and forget their browsers."""
    with transaction.atomic():
        end_other_sessions(request, account)
        account.save(update_fields=["session_stamp"])
        record(Kind.OTHER_SESSIONS_ENDED, account=account, origin=origin_of(request))


def is_current_password(*, request: HttpRequest, account: User, password: str) -> bool:
    """Return whether this is the password of the account that sends the request. Raises TooManyAttempts.

    Wrong ones are counted in the security log, as refused sign-ins are.
    """
    try:
        is_right = check_own_password(account, password)
    except TooManyAttempts:
        record_refused(Kind.ATTEMPTS_REFUSED, email=account.email, origin=origin_of(request), counts=False)
        raise
    if not is_right:
        record_refused(Kind.CURRENT_PASSWORD_WRONG, email=account.email, origin=origin_of(request), counts=True)
    return is_right


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


LAST_ADMINISTRATOR = gettext_lazy("This is the last active administrator. Make somebody else an administrator first.")


class LastAdministratorError(Exception):
    """Nobody could manage the accounts any more."""


def change_role(*, account: User, role: User.Role, origin: Origin = COMMAND) -> None:
    """Give an account another role. It applies from its next request on. Safe to repeat.

    Raises LastAdministratorError if no other active account is an administrator.
    """
    with transaction.atomic():
        if role != User.Role.ADMINISTRATOR:
            _require_another_administrator(account)
        account.role = role
        _record_role(account, origin)
        account.save(update_fields=["role"])


def disable_account(*, account: User, origin: Origin = COMMAND) -> None:
    """Switch an account off. Its sessions end, and its browsers are no longer recognized. Safe to repeat.

    Raises LastAdministratorError if no other active account is an administrator.
    """
    with transaction.atomic():
        _require_another_administrator(account)
        _record_switch(account, Kind.SWITCHED_OFF, origin)
        account.is_active = False
        end_all_sessions(account)
        account.save(update_fields=["is_active", "session_stamp"])


def enable_account(*, account: User, origin: Origin = COMMAND) -> None:
    """Switch an account on again. It signs in with the password that it had. Safe to repeat."""
    with transaction.atomic():
        _record_switch(account, Kind.SWITCHED_ON, origin)
        account.is_active = True
        account.save(update_fields=["is_active"])


def _record_switch(account: User, kind: SecurityEvent.Kind, origin: Origin) -> None:
    was_active = User.objects.select_for_update().values_list("is_active", flat=True).get(id=account.pk)
    if was_active == (kind == Kind.SWITCHED_OFF):
        record(kind, account=account, origin=origin)


def _require_another_administrator(account: User) -> None:
    """Raise LastAdministratorError if this account is the only active administrator. Only in a transaction."""
    # The locks make two of these take turns: neither may count on the administrator that the other one takes away.
    administrators = User.objects.select_for_update().filter(is_active=True, role=User.Role.ADMINISTRATOR)
    if [*administrators.order_by("id").values_list("id", flat=True)] == [account.id]:
        raise LastAdministratorError


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
