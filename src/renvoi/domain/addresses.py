"""Parse, validate and abbreviate the web addresses of partners (WHATWG URL Standard, with ada-url)."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ada_url import URL

from renvoi.domain.names.keys import INVISIBLE

RefusalReason = Literal[
    "empty", "no_scheme", "scheme", "unparsable", "no_host", "punycode", "credentials", "own_host", "too_long"
]

IsOwn = Callable[[str, int], bool]
"""Tells whether a host, as the parser serialises it, leads to this Renvoi at a port."""

MAX_LENGTH = 2000
"""Maximum number of code points, both of the input without surrounding whitespace and of its `href`."""

_MAX_SHORT_LENGTH = 40
_SHORT_TAIL_LENGTH = 12

# The WHATWG parser removes C0 controls and spaces at both ends, and tabs and line ends anywhere. People also paste
# other blanks and invisible characters, which it would encode.
_CONTROLS_AND_BLANKS = "".join(
    character for character in map(chr, range(0x3001)) if character <= " " or character.isspace()
)
_SURROUNDINGS = _CONTROLS_AND_BLANKS + INVISIBLE
_REMOVED_CHARACTERS = str.maketrans("", "", "\t\n\r")

_SENDABLE = re.compile(r"https?://[!-~]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# "www.x.com:8080/a" is a valid URL with the scheme "www.x.com", but its author means a host and a port.
_HOST_AND_PORT = re.compile(r"(?:[^:/?#\\]*\.[^:/?#\\]*|localhost):[0-9]{1,5}(?:[/?#\\]|$)", re.IGNORECASE)
_AUTHORITY = re.compile(r"https?:[/\\]*([^/\\?#]*)", re.IGNORECASE)
# What people type instead of a scheme, such as https// or http;// or ttps://.
_DAMAGED_SCHEME = re.compile(r"\Ah?t{1,2}ps?[:;.]?[/\\]{1,3}", re.IGNORECASE)
_PORT = re.compile(r":[0-9]*$")
_DEFAULT_PORTS = {"http:": 80, "https:": 443}

# Scripts that one language uses together, each set including Latin: the "Highly Restrictive" level of
# Unicode Technical Standard 39.
_COMPATIBLE_SCRIPTS = (
    frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "HANGUL"}),
)
# First words of the Unicode names of letters that belong to no script.
_NO_SCRIPT = frozenset({"", "MODIFIER"})


class AddressRefused(Exception):
    """An address is not accepted.

    `reason` is the cause. `suggestion` is a similar address that would be accepted, or None.
    """

    def __init__(self, reason: RefusalReason, *, suggestion: str | None = None) -> None:
        super().__init__(reason)
        self.reason: RefusalReason = reason
        self.suggestion: str | None = suggestion


@dataclass(frozen=True, slots=True)
class AddressView:
    """The parts of an accepted address that lists display.

    `host` is the serialised host with its port, in Punycode. `rest` is path, query and fragment, or "" if they are
    just "/". `short` is `host` followed by `rest`; above 40 characters, `host`, "…" and the last 12 characters.
    """

    host: str
    rest: str
    short: str


def parse_address(text: str, *, is_own: IsOwn = lambda _host, _port: False) -> str:
    """Parse an address as a browser does and return its `href`, which is stored, displayed and redirected to.

    Blanks and invisible characters around it are dropped. The address must be http or https, with a host of which each
    Punycode label can be decoded, without user name and password, and have at most `MAX_LENGTH` characters. `is_own`
    must not be true of its host and its (explicit or default) port.
    Lone surrogates become U+FFFD, as in a browser. Parsing an `href` returns it unchanged.
    Raises `AddressRefused`. Source: https://url.spec.whatwg.org
    """
    typed = trim_address(text)
    if len(typed) > MAX_LENGTH:
        raise AddressRefused("too_long")
    url = _parse(typed)
    if url is None or url.protocol not in {"http:", "https:"}:
        raise _refusal_of(typed.translate(_REMOVED_CHARACTERS), is_own=is_own)
    if url.username or url.password:
        raise AddressRefused("credentials")
    if any(decode_punycode(label).isascii() for label in url.hostname.split(".") if label.startswith("xn--")):
        raise AddressRefused("punycode")
    if is_own(url.hostname, int(url.port or _DEFAULT_PORTS[url.protocol])):
        raise AddressRefused("own_host")
    if len(url.href) > MAX_LENGTH:
        raise AddressRefused("too_long")
    return url.href


def trim_address(text: str) -> str:
    """Return an address as it was typed or pasted, without the blanks and invisible characters around it."""
    return _as_scalar_values(text).strip(_SURROUNDINGS)


@lru_cache(maxsize=16_384)
def is_sendable(href: str) -> bool:
    """Tell whether a stored address can be sent to a visitor: http or https, with a host, in ASCII without blanks.

    What `parse_address` returns is sendable; a stored text may have been written by other means.
    """
    url = _parse(href) if _SENDABLE.fullmatch(href) else None
    return url is not None and bool(url.hostname)


def view_address(href: str) -> AddressView:
    """Split an `href` returned by `parse_address` for display. Raises ValueError if it is not a URL."""
    url = URL(href)
    # pathname + search + hash would lose the "?" of an empty query.
    rest = url.href.removeprefix(f"{url.protocol}//{url.host}")
    if rest == "/":
        rest = ""
    short = url.host + rest
    if len(short) > _MAX_SHORT_LENGTH and len(rest) > _SHORT_TAIL_LENGTH + 1:
        short = f"{url.host}…{rest[-_SHORT_TAIL_LENGTH:]}"
    return AddressView(host=url.host, rest=rest, short=short)


def mixes_scripts(href: str) -> bool:
    """Tell whether a label of the host mixes scripts that no language mixes, and so may imitate another host.

    Only Punycode labels can mix scripts. The script of a letter is the first word of its Unicode name. Latin may
    be mixed with Han and kana, with Han and bopomofo, or with Han and hangul; any other mix (Latin with Cyrillic or
    Greek) is misleading. A label in a single script is never reported, whatever it resembles.
    Raises ValueError if `href` is not a URL.
    """
    labels = URL(href).hostname.split(".")
    return any(_is_misleading(_scripts(decode_punycode(label))) for label in labels if label.startswith("xn--"))


def _parse(text: str) -> URL | None:
    try:
        return URL(text)
    except ValueError:
        return None


def _as_scalar_values(text: str) -> str:
    """Join surrogate pairs and replace lone surrogates by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _refusal_of(typed: str, *, is_own: IsOwn) -> AddressRefused:
    """Explain why `typed`, without tabs and line ends, is not an http or https address."""
    if not typed:
        return AddressRefused("empty")
    scheme = _SCHEME.match(typed)
    if scheme is None or _HOST_AND_PORT.match(typed):
        return AddressRefused("no_scheme", suggestion=_with_scheme(typed, is_own=is_own))
    if scheme[1].lower() not in {"http", "https"}:
        return AddressRefused("scheme")
    authority = _AUTHORITY.match(typed)
    host = _PORT.sub("", authority[1].rpartition("@")[2]) if authority else ""
    return AddressRefused("unparsable" if host else "no_host")


def _with_scheme(typed: str, *, is_own: IsOwn) -> str | None:
    """Return `typed` with "https://" in front of it, in place of a damaged scheme, if that is accepted; else None."""
    bare = _DAMAGED_SCHEME.sub("", typed).removeprefix("//")
    # The parser would skip further slashes and read the first segment of "/fr/offres" as a host.
    if bare.startswith(("/", "\\")) or (_SCHEME.match(bare) and not _HOST_AND_PORT.match(bare)):
        return None
    suggestion = f"https://{bare}"
    try:
        parse_address(suggestion, is_own=is_own)
    except AddressRefused:
        return None
    return suggestion


def decode_punycode(label: str) -> str:
    """Return what a label that begins with "xn--" stands for (RFC 3492); "" if it stands for nothing."""
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return ""


def _scripts(label: str) -> frozenset[str]:
    letters = (character for character in label if unicodedata.category(character).startswith("L"))
    return frozenset(unicodedata.name(letter, "").partition(" ")[0] for letter in letters) - _NO_SCRIPT


def _is_misleading(scripts: frozenset[str]) -> bool:
    return len(scripts) > 1 and not any(scripts <= compatible for compatible in _COMPATIBLE_SCRIPTS)
