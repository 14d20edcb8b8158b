"""How large the head of a request may be, and the forms of its target (RFC 9112, section 3.2)."""

import re

from renvoi.server.protocol.refusals import Refusal

MAX_HEAD_BYTES = 65_536
"""Bytes of a request line and its headers, or of a request's trailers."""
MAX_HEADERS = 200
MAX_PIPELINED = 64
"""How many requests of one connection may wait for the response to another; browsers and proxies send one."""


def _limited(status: int, french: str, english: str) -> Refusal:
    # In both languages: the sender's is not known.
    return Refusal(status, f"{french}\n{english}\n")


UNREADABLE = _limited(400, "La requête est illisible.", "The request can't be read.")
TARGET_TOO_LONG = _limited(
    414,
    "L’adresse demandée est trop longue\u00a0: l’entête d’une requête est limité à 65\u00a0536 octets.",
    f"The address is too long: the head of a request is limited to {MAX_HEAD_BYTES:,} bytes.",
)
HEAD_TOO_LARGE = _limited(
    431,
    "L’entête d’une requête (témoins compris) est limité à 65\u00a0536 octets.",
    f"The head of a request, with its cookies, is limited to {MAX_HEAD_BYTES:,} bytes.",
)
TRAILERS_TOO_LARGE = _limited(
    431,
    "Les champs qui suivent une requête sont limités à 65\u00a0536 octets.",
    f"The trailers of a request are limited to {MAX_HEAD_BYTES:,} bytes.",
)
TOO_MANY_HEADERS = _limited(
    431,
    f"Une requête est limitée à {MAX_HEADERS} champs d’entête.",
    f"A request is limited to {MAX_HEADERS} headers.",
)
TOO_MANY_PIPELINED = _limited(
    400,
    f"Une connexion est limitée à {MAX_PIPELINED} requêtes en attente.",
    f"A connection is limited to {MAX_PIPELINED} requests that wait.",
)

_ABSOLUTE = re.compile(rb"https?://([^/?#@\\]+)((?:[/?][^#]*)?)", re.IGNORECASE)
_ASTERISK = b"*"


def head_refusal(*, target_bytes: int) -> Refusal:
    """Return the refusal of a head that is too large: 414 if its target is most of it, else 431."""
    return TARGET_TOO_LONG if target_bytes > MAX_HEAD_BYTES // 2 else HEAD_TOO_LARGE


def split_target(target: bytes) -> tuple[bytes, bytes | None] | None:
    """Return the path and query of a request target, and the authority of one in absolute form ("http://host/path").

    The authority is None in origin form ("/path") and asterisk form. Returns None for any other target: there is no
    tunnel, no other scheme, and nobody's password in an address.
    """
    if target.startswith(b"/") or target == _ASTERISK:
        return target, None
    match = _ABSOLUTE.fullmatch(target)
    if match is None:
        return None
    return (match[2] if match[2].startswith(b"/") else b"/" + match[2]), match[1]


def replace_host(headers: list[tuple[bytes, bytes]], authority: bytes, *, http_version: str) -> None:
    """Replace the Host header by the authority of the target (RFC 9112, section 3.2.2), in place.

    HTTP/1.0 needs no Host. Otherwise a request without one, or with two, is none that may be answered: it stays as it
    is, and is refused like any other.
    """
    hosts = [index for index, (name, _) in enumerate(headers) if name == b"host"]
    if len(hosts) == 1:
        headers[hosts[0]] = (b"host", authority)
    elif not hosts and http_version == "1.0":
        headers.append((b"host", authority))
