"""File names that are safe on every system, and the Content-Disposition header for them (RFC 6266, RFC 8187)."""

import re
import unicodedata
from typing import Literal
from urllib.parse import quote

Extension = Literal["csv", "xlsx", "pdf"]

DEFAULT_STEM = "Partners"
MAX_STEM_BYTES = 180
"""The length of a name without its extension, in UTF-8. Systems allow 255 bytes with it, and browsers add " (1)"."""

_EXTENSION = re.compile(r"\.(?:csv|xlsx|pdf)$", re.IGNORECASE)
# Path separators and what Windows refuses.
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
# Categories of characters without width, which make one name look like another.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(?:COM|LPT)[0-9¹²³])\s*(?:\..*)?", re.IGNORECASE)
_QUOTABLE = re.compile(r"[A-Za-z0-9 !#$&+^_`{}~().,;=@\[\]-]+")
_UNENCODED = "!#$&+^`|~"  # attr-char of RFC 8187, section 3.2.1, besides letters, digits and "_.-"


def safe_file_name(text: str, *, extension: Extension) -> str:
    """Make a typed name safe, and add the extension if it is missing: "MesPartenaires" → "MesPartenaires.csv".

    Characters with a meaning in paths become "_", and reserved names get a "_" in front. If nothing else remains, the
    name is DEFAULT_STEM.
    """
    name = unicodedata.normalize("NFC", text)
    name = "".join(character for character in name if unicodedata.category(character) not in _INVISIBLE)
    stem = _EXTENSION.sub("", _FORBIDDEN.sub("_", name).strip()).strip(". \u00a0")
    stem = stem.encode()[:MAX_STEM_BYTES].decode(errors="ignore").strip(". \u00a0")
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem or DEFAULT_STEM}.{extension}"


def content_disposition(file_name: str, *, disposition: Literal["attachment", "inline"] = "attachment") -> str:
    """The value of Content-Disposition for a safe file name. A name outside ASCII gets an ASCII fallback beside it."""
    if _QUOTABLE.fullmatch(file_name):
        return f'{disposition}; filename="{file_name}"'
    ascii_name = unicodedata.normalize("NFKD", file_name).encode("ascii", "ignore").decode()
    fallback = "".join(character if _QUOTABLE.fullmatch(character) else "_" for character in ascii_name)
    if fallback.startswith("."):
        fallback = DEFAULT_STEM + fallback
    return f"{disposition}; filename=\"{fallback}\"; filename*=UTF-8''{quote(file_name, safe=_UNENCODED)}"
