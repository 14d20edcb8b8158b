"""Hides how an address is parsed (WHATWG, by ada-url), why one is refused, and how one is shown shortly."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ada_url import URL

RefusalReason = Literal["empty", "no_scheme", "scheme", "unparsable", "no_host", "credentials", "own_host", "too_long"]

MAX_LENGTH = 2000
"""Code points, of what is typed (less the blanks at its ends) and of its `href`."""

_SHORT_LENGTH = 40
_SHORT_TAIL = 12

# What the WHATWG parser drops: C0 controls and blanks at both ends, tabs and line ends anywhere.
_DROPPED_AT_ENDS = "".join(map(chr, range(0x21)))
_DROPPED_WITHIN = str.maketrans("", "", "\t\n\r")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# "www.x.com:8080/a" parses, with the scheme "www.x.com"; nobody who types it means that.
_HOST_AND_PORT = re.compile(r"(?:[^:/?#\\]*\.[^:/?#\\]*|localhost):[0-9]{1,5}(?:[/?#\\]|$)", re.IGNORECASE)
_AUTHORITY = re.compile(r"https?:[/\\]*([^/\\?#]*)", re.IGNORECASE)
_PORT = re.compile(r":[0-9]*$")

# "Highly restrictive" of Unicode Technical Standard 39: what one language writes together, each with Latin.
_WRITTEN_TOGETHER = (
    frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "HANGUL"}),
)
# First words of the names of letters that belong to no script.
_NO_SCRIPT = frozenset({"", "MODIFIER"})


class AddressRefused(Exception):
    """An address is not accepted: `reason` says why; `suggestion`, if any, is an address that would be."""

    def __init__(self, reason: RefusalReason, *, suggestion: str | None = None) -> None:
        super().__init__(reason)
        self.reason: RefusalReason = reason
        self.suggestion: str | None = suggestion


@dataclass(frozen=True, slots=True)
class AddressView:
    """An accepted address as a list shows it.

    `host`: as serialised, with its port, punycode kept. `rest`: path, query and fragment, "" for a bare "/".
    `short`: host and rest; where they exceed 40 characters, host, "…" and the last 12 characters.
    """

    host: str
    rest: str
    short: str


def parse_address(text: str, *, own_hosts: frozenset[str] = frozenset()) -> str:
    """Parse an address as a browser does and return its `href`: what is stored, shown and sent.

    Accepted: http or https, with a host, without user name and password, of at most `MAX_LENGTH`
    characters, and not leading to one of `own_hosts`, each "host" (then with any port) or "host:port".
    Lone surrogates become U+FFFD, as in a browser. An `href` is its own `href`. Raises `AddressRefused`.
    Source: https://url.spec.whatwg.org
    """
    typed = _as_scalar_values(text).strip(_DROPPED_AT_ENDS)
    if len(typed) > MAX_LENGTH:
        raise AddressRefused("too_long")
    url = _parse(typed)
    if url is None or url.protocol not in {"http:", "https:"}:
        raise _refusal_of(typed.translate(_DROPPED_WITHIN), own_hosts=own_hosts)
    if url.username or url.password:
        raise AddressRefused("credentials")
    if own_hosts and not _spellings(url).isdisjoint(_canonical_hosts(own_hosts)):
        raise AddressRefused("own_host")
    if len(url.href) > MAX_LENGTH:
        raise AddressRefused("too_long")
    return url.href


def view_address(href: str) -> AddressView:
    """Return what a list shows of an `href` that `parse_address` returned; ValueError if it can't be one."""
    url = URL(href)
    # Not pathname + search + hash: those lose the "?" of an empty query.
    rest = url.href.removeprefix(f"{url.protocol}//{url.host}")
    if rest == "/":
        rest = ""
    short = url.host + rest
    if len(short) > _SHORT_LENGTH and len(rest) > _SHORT_TAIL + 1:
        short = f"{url.host}…{rest[-_SHORT_TAIL:]}"
    return AddressView(host=url.host, rest=rest, short=short)


def mixes_scripts(href: str) -> bool:
    """Say whether a label of the host mixes scripts as no language does, so that it may pass for another.

    Only punycode labels can. A letter's script is the first word of its Unicode name. Latin may stand with
    Han and kana, with Han and bopomofo, with Han and hangul; any other two scripts mislead (Latin with
    Cyrillic or Greek). A label wholly in one script never counts, whatever it resembles.
    ValueError if `href` can't be parsed.
    """
    labels = URL(href).hostname.split(".")
    return any(_misleads(_scripts(_decoded(label))) for label in labels if label.startswith("xn--"))


def _parse(text: str) -> URL | None:
    try:
        return URL(text)
    except ValueError:
        return None


def _as_scalar_values(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _refusal_of(typed: str, *, own_hosts: frozenset[str]) -> AddressRefused:
    """Say why a text without tabs and line ends, that is no http or https address, is none."""
    if not typed:
        return AddressRefused("empty")
    scheme = _SCHEME.match(typed)
    if scheme is None or _HOST_AND_PORT.match(typed):
        return AddressRefused("no_scheme", suggestion=_with_scheme(typed, own_hosts=own_hosts))
    if scheme[1].lower() not in {"http", "https"}:
        return AddressRefused("scheme")
    authority = _AUTHORITY.match(typed)
    host = _PORT.sub("", authority[1].rpartition("@")[2]) if authority else ""
    return AddressRefused("unparsable" if host else "no_host")


def _with_scheme(typed: str, *, own_hosts: frozenset[str]) -> str | None:
    """Return the text behind "https://", blanks of any kind trimmed, if that is accepted; else None."""
    bare = typed.strip().strip("\ufeff").removeprefix("//")
    # The parser would skip more slashes, and take the first folder of "/fr/offres" for a host.
    if bare.startswith(("/", "\\")):
        return None
    suggestion = bare if _SCHEME.match(bare) and not _HOST_AND_PORT.match(bare) else f"https://{bare}"
    try:
        parse_address(suggestion, own_hosts=own_hosts)
    except AddressRefused:
        return None
    return suggestion


@lru_cache(maxsize=8)
def _canonical_hosts(hosts: frozenset[str]) -> frozenset[str]:
    """Return hosts as the parser serialises them, each with its port if it has one."""
    return frozenset(spelling for host in hosts for spelling in _canonical(host))


def _canonical(host: str) -> Iterable[str]:
    bare = _PORT.sub("", host)
    url = _parse(f"http://{bare}/")
    if url is not None:
        yield url.hostname.rstrip(".") + host[len(bare) :]


def _spellings(url: URL) -> frozenset[str]:
    """Return the host alone, and with its port, stated or implied; the root's dot (x.com.) is nothing."""
    host = url.hostname.rstrip(".")
    port = url.port or {"http:": "80", "https:": "443"}[url.protocol]
    return frozenset({host, f"{host}:{port}"})


def _decoded(label: str) -> str:
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return ""


def _scripts(label: str) -> frozenset[str]:
    letters = (character for character in label if unicodedata.category(character).startswith("L"))
    return frozenset(unicodedata.name(letter, "").partition(" ")[0] for letter in letters) - _NO_SCRIPT


def _misleads(scripts: frozenset[str]) -> bool:
    return len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER)
