"""Second factors of tests: the codes that an authenticator app would show, computed as RFC 6238 says."""

import base64
import hashlib
import hmac
import struct
import time

from renvoi.people.factors.actions import set_up_app
from renvoi.people.models import User
from renvoi.people.security.origins import COMMAND

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The base32 form of 12345678901234567890, the secret of the examples in RFC 6238."""
CODE, RECOVERY, SETUP = (
    "/console/sign-in/code/",
    "/console/sign-in/recovery-code/",
    "/console/account/security/app/",
)


def code_at(moment: float, secret: str = SECRET) -> str:
    """Return the code that the app shows at that time."""
    counter = struct.pack(">Q", int(moment) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, hashlib.sha1)
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def code_now(secret: str = SECRET, *, steps: int = 0) -> str:
    """Return the code of now, or of some steps later."""
    return code_at(time.time() + 30 * steps, secret)


def with_app(account: User) -> list[str]:
    """Give the account an authenticator app with SECRET, and return its recovery codes."""
    codes = set_up_app(account=account, secret=SECRET, step=-1, origin=COMMAND)
    assert codes is not None
    return codes
