"""Check a password, within the allowances.

An email without an account takes the same steps as one with an account: counted, the same queries, one hash.
"""

import hmac
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password, verify_password

from renvoi.people.hashing import hashing_thread
from renvoi.people.models import User, UserManager
from renvoi.people.passwords.allowances import Attempt, count_check


def check_sign_in(*, email: str, password: str, address: str, device_id: UUID | None) -> User | None:
    """Return the account with this email and password, active or not, or None.

    `device_id` is a browser that the account has signed in with, or None. Raises TooManyAttempts.
    """
    email = UserManager.normalize_email(email)
    attempt = Attempt(account=email, address=address, device_id=device_id)
    return _checked(attempt, email=email, password=password)


def check_own_password(user: User, password: str) -> bool:
    """Return whether this is the password of an account that is signed in. Raises TooManyAttempts.

    All sessions of the account share one allowance, as if they were one browser. Strangers can't use it up.
    """
    attempt = Attempt(account=user.email, address="", device_id=UUID(int=user.id))
    return _checked(attempt, email=user.email, password=password) is not None


def _checked(attempt: Attempt, *, email: str, password: str) -> User | None:
    check = count_check(attempt)
    is_failure = False
    try:
        account = _verify(email, password)
        is_failure = account is None
        return account
    finally:
        if not is_failure:
            check.delete()


def _verify(email: str, password: str) -> User | None:
    account = User.objects.filter(email=email).first()
    stand_in = _stand_in(email)
    if account is not None:
        return account if account.check_password(password) else None
    if stand_in is None:
        hashing_thread.run(make_password, password)
    else:
        hashing_thread.run(verify_password, password, stand_in)
    return None


def _stand_in(email: str) -> str | None:
    """Return the hash of some account, always the same for one email; None without accounts.

    A hash with old parameters takes longer to check. If emails without an account were checked against new ones only,
    that would show which accounts exist.
    """
    hashes = User.objects.order_by("id").values_list("password", flat=True)
    count = len(hashes)
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"stand-in {email}".encode(), "sha256")
    return hashes[int.from_bytes(digest) % count] if count else None
