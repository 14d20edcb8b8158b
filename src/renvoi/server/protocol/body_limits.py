"""How large the body of a request may be, by the address of the page that receives it.

The protocol applies these limits to every body as it arrives: Django stores a whole body, on disk if it is large,
before any code of the console runs. `renvoi.server.strangers` applies STRANGER_BYTES.
"""

from renvoi.gateway.choice import MAX_FORM_BYTES

GATEWAY_BYTES = MAX_FORM_BYTES
"""The limit of visitors' addresses, and of any other that receives nothing large."""
SIGN_IN_BYTES = 16 * 1024
"""The limit of the sign-in page."""
FORM_BYTES = 1_000_000
"""The limit of the console's other forms."""
IMPORT_BYTES = 32 * 1024 * 1024
"""The limit of a form with a file to import, and of such a file sent to the API. Both refuse one that is a bit larger
than 20 MB themselves."""
LOGO_BYTES = 16 * 1024 * 1024
"""The limit of the form with a logo, so that the page itself can refuse a photo that is over 2 MB."""
STRANGER_BYTES = 64 * 1024
"""How much the console receives from somebody who is not signed in, such as a form sent after the session ended, and
the API from anybody, but for files to import from a valid token."""

# The first prefix that matches counts.
_LIMITS = (
    ("/console/sign-in/", SIGN_IN_BYTES),
    ("/console/import/", IMPORT_BYTES),
    ("/console/settings/logo/", LOGO_BYTES),
    ("/console/", FORM_BYTES),
    ("/api/v1/imports", IMPORT_BYTES),
    ("/api/", STRANGER_BYTES),
    ("", GATEWAY_BYTES),
)


def body_limit(path: str) -> int:
    """Return the limit in bytes of a body sent to this path. The path is decoded, as in an ASGI scope."""
    return next(limit for prefix, limit in _LIMITS if path.startswith(prefix))


def too_large_sentence(limit: int) -> str:
    """Return the sentence that refuses a body above the limit, in both languages: the sender's is not known."""
    english = f"{limit:,}"
    french = english.replace(",", "\u00a0")
    return (
        f"Une requête à cette adresse est limitée à {french} octets.\n"
        f"A request to this address is limited to {english} bytes.\n"
    )
