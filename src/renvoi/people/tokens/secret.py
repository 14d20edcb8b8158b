"""The text of a token: `renvoi_`, 16 digits that lists show, `_`, and 64 digits that are secret (256 random bits).

All digits are hexadecimal. The prefix lets scanners of published sources find a token that has leaked. The secret is
random, so one round of SHA-256 is enough: there is no dictionary to try.
"""

import hashlib
import re

_TOKEN = re.compile(r"renvoi_([0-9a-f]{16})_([0-9a-f]{64})")


def text_of(public_id: str, secret: str) -> str:
    """Return the token."""
    return f"renvoi_{public_id}_{secret}"


def parts_of(text: str) -> tuple[str, str] | None:
    """Return the public id and the secret of a token; None if the text is none."""
    match = _TOKEN.fullmatch(text)
    return (match[1], match[2]) if match else None


def digest_of(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
