"""Check a code of a sign-in, within the allowances of password checks (renvoi.people.passwords.allowances).

Codes of the app and recovery codes of one account share one allowance, apart from that of its passwords: whoever
guesses passwords does not lock out the owner who has typed the right one.
"""

from typing import Literal

from django.http import HttpRequest

from renvoi.people.factors.actions import use_recovery_code
from renvoi.people.factors.totp import use_code
from renvoi.people.models import SecurityEvent, User
from renvoi.people.own_site import address_of
from renvoi.people.passwords.allowances import Attempt, TooManyAttempts, count_check
from renvoi.people.passwords.devices import recognized_device
from renvoi.people.security.origins import origin_of
from renvoi.people.security.recording import record_refused

CodeKind = Literal["app", "recovery"]
Kind = SecurityEvent.Kind


def check_code(request: HttpRequest, account: User, code: str, *, kind: CodeKind) -> bool:
    """Return whether the code is right. Then it is used up. Raises TooManyAttempts."""
    device = recognized_device(request, email=account.email)
    attempt = Attempt(
        account=f"code {account.email}",
        address=str(address_of(request) or "unknown"),
        device_id=device.id if device else None,
    )
    origin = origin_of(request, actor=account)
    try:
        check = count_check(attempt)
    except TooManyAttempts:
        record_refused(Kind.ATTEMPTS_REFUSED, email=account.email, origin=origin_of(request), counts=False)
        raise
    is_right = use_code(account, code) if kind == "app" else use_recovery_code(account, code, origin=origin)
    if is_right:
        check.delete()
    else:
        record_refused(Kind.CODE_REFUSED, email=account.email, origin=origin_of(request), counts=True)
    return is_right
