"""Which second factors an account has."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from renvoi.people.models import User

Type = Authenticator.Type


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of an account. `app` is its authenticator app; `codes_left` counts its recovery codes."""

    app_added_at: datetime | None
    app_used_at: datetime | None
    codes_left: int

    def __bool__(self) -> bool:
        return self.app_added_at is not None


def has_factor(account: User) -> bool:
    """Return whether a sign-in of the account needs a second factor."""
    return bool(Authenticator.objects.filter(user_id=account.pk).exclude(type=Type.RECOVERY_CODES).exists())


def accounts_without_factor() -> list[User]:
    """Return the active accounts that need a second factor to be protected by one, and have none, by email.

    Those that sign in only by a provider need none here: the provider asks for theirs.
    """
    protected = Authenticator.objects.exclude(type=Type.RECOVERY_CODES).values("user_id")
    joined = SocialAccount.objects.values("user_id")
    accounts = User.objects.filter(is_active=True).exclude(id__in=protected)
    return list(accounts.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX, id__in=joined).order_by("email"))


def factors_of(account: User) -> Factors:
    """Return the second factors of the account."""
    rows = {row.type: row for row in Authenticator.objects.filter(user_id=account.pk)}
    app, codes = rows.get(Type.TOTP), rows.get(Type.RECOVERY_CODES)
    return Factors(
        app_added_at=app.created_at if app else None,
        app_used_at=app.last_used_at if app else None,
        codes_left=_CODES - int(codes.data["used_mask"]).bit_count() if codes else 0,
    )


_CODES = 10
"""How many recovery codes an account gets: MFA_RECOVERY_CODE_COUNT."""
