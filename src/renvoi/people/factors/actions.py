"""Set up second factors, use recovery codes, and remove them. Each action is in the security log."""

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import transaction

from renvoi.people.factors.adapter import SecretUnreadable, encrypt
from renvoi.people.models import SecurityEvent, User
from renvoi.people.security.origins import COMMAND, Origin
from renvoi.people.security.recording import record

Kind, Type = SecurityEvent.Kind, Authenticator.Type


def set_up_app(*, account: User, secret: str, step: int, origin: Origin) -> list[str] | None:
    """Make this the secret of the account's authenticator app, and return its recovery codes, which are new.

    `step` is that of the code which confirmed it: the code can't be used again. None if the account has an app already.
    """
    with transaction.atomic():
        _await_turn(account)
        if Authenticator.objects.filter(user_id=account.pk, type=Type.TOTP).exists():
            return None
        data = {"secret": encrypt(secret), "last_step": step}
        Authenticator.objects.create(user_id=account.pk, type=Type.TOTP, data=data)
        record(Kind.FACTOR_SET_UP, account=account, origin=origin)
        return _new_codes(account, origin)


def make_recovery_codes(*, account: User, origin: Origin) -> list[str]:
    """Return new recovery codes. Those that the account had are no longer valid."""
    with transaction.atomic():
        _await_turn(account)
        return _new_codes(account, origin)


def use_recovery_code(account: User, code: str, *, origin: Origin) -> bool:
    """Return whether this is a recovery code of the account that was not used yet. If it is, it is used now."""
    with transaction.atomic():
        codes = Authenticator.objects.filter(user_id=account.pk, type=Type.RECOVERY_CODES).first()
        try:
            if codes is None or not RecoveryCodes(codes).validate_code(code):
                return False
        except SecretUnreadable:
            return False
        codes.record_usage()
        record(Kind.RECOVERY_CODE_USED, account=account, origin=origin)
        return True


def remove_app(*, account: User, origin: Origin) -> None:
    """Remove the account's authenticator app, and its recovery codes if it has no other factor. Safe to repeat."""
    with transaction.atomic():
        _await_turn(account)
        apps = Authenticator.objects.filter(user_id=account.pk, type=Type.TOTP)
        _remove(account, apps, origin)


def remove_factors(*, account: User, origin: Origin = COMMAND) -> bool:
    """Remove every second factor of the account. Return whether it had one."""
    with transaction.atomic():
        _await_turn(account)
        factors = Authenticator.objects.filter(user_id=account.pk).exclude(type=Type.RECOVERY_CODES)
        return _remove(account, factors, origin)


def _remove(account: User, factors: Iterable[Authenticator], origin: Origin) -> bool:
    """Delete the factors, one by one, and record it. Then recovery codes, if no factor is left."""
    is_any = False
    for factor in factors:
        factor.delete()
        is_any = True
    if is_any:
        record(Kind.FACTOR_REMOVED, account=account, origin=origin)
    rest = Authenticator.objects.filter(user_id=account.pk)
    if not rest.exclude(type=Type.RECOVERY_CODES).exists():
        rest.delete()
    return is_any


def _new_codes(account: User, origin: Origin) -> list[str]:
    Authenticator.objects.filter(user_id=account.pk, type=Type.RECOVERY_CODES).delete()
    codes: list[str] = RecoveryCodes.activate(account).generate_codes()
    record(Kind.RECOVERY_CODES_MADE, account=account, origin=origin)
    return codes


def _await_turn(account: User) -> None:
    """Make changes of the factors of one account take turns. Only in a transaction."""
    User.objects.select_for_update().get(id=account.pk)
