"""Parse, validate and abbreviate the web addresses of partners (WHATWG URL Standard, with ada-url)."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ada_url import URL

RefusalReason = Literal["empty", "no_scheme", "scheme", "unparsable", "no_host", "credentials", "own_host", "too_long"]

MAX_LENGTH = 2000
"""Maximum number of code points, both of the input without surrounding whitespace and of its `href`."""

_MAX_SHORT_LENGTH = 40
_SHORT_TAIL_LENGTH = 12

# The WHATWG parser removes C0 controls and spaces at both ends, and tabs and line ends anywhere.
_STRIPPED_AT_ENDS = "".join(map(chr, range(0x21)))
_REMOVED_CHARACTERS = str.maketrans("", "", "\t\n\r")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# "www.x.com:8080/a" is a valid URL with the scheme "www.x.com", but its author means a host and a port.
_HOST_AND_PORT = re.compile(r"(?:[^:/?#\\]*\.[^:/?#\\]*|localhost):[0-9]{1,5}(?:[/?#\\]|$)", re.IGNORECASE)
_AUTHORITY = re.compile(r"https?:[/\\]*([^/\\?#]*)", re.IGNORECASE)
_PORT = re.compile(r":[0-9]*$")

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


def parse_address(text: str, *, own_hosts: frozenset[str] = frozenset()) -> str:
    """Parse an address as a browser does and return its `href`, which is stored, displayed and redirected to.

    The address must be http or https, with a host, without user name and password, and have at most `MAX_LENGTH`
    characters. Its host must not be in `own_hosts`, whose items are "host" (with any port) or "host:port".
    Lone surrogates become U+FFFD, as in a browser. Parsing an `href` returns it unchanged.
    Raises `AddressRefused`. Source: https://url.spec.whatwg.org
    """
    typed = _as_scalar_values(text).strip(_STRIPPED_AT_ENDS)
    if len(typed) > MAX_LENGTH:
        raise AddressRefused("too_long")
    url = _parse(typed)
    if url is None or url.protocol not in {"http:", "https:"}:
        raise _refusal_of(typed.translate(_REMOVED_CHARACTERS), own_hosts=own_hosts)
    if url.username or url.password:
        raise AddressRefused("credentials")
    if own_hosts and not _host_forms(url).isdisjoint(_canonical_hosts(own_hosts)):
        raise AddressRefused("own_host")
    if len(url.href) > MAX_LENGTH:
        raise AddressRefused("too_long")
    return url.href


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
    return any(_is_misleading(_scripts(_decode_punycode(label))) for label in labels if label.startswith("xn--"))


def _parse(text: str) -> URL | None:
    try:
        return URL(text)
    except ValueError:
        return None


def _as_scalar_values(text: str) -> str:
    """Join surrogate pairs and replace lone surrogates by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _refusal_of(typed: str, *, own_hosts: frozenset[str]) -> AddressRefused:
    """Explain why `typed`, without tabs and line ends, is not an http or https address."""
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
    """Return `typed`, stripped of Unicode whitespace and prefixed with "https://", if that is accepted; else None."""
    bare = typed.strip().strip("\ufeff").removeprefix("//")
    # The parser would skip further slashes and read the first segment of "/fr/offres" as a host.
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
    """Return the hosts as the parser serialises them, each with its port if it has one."""
    return frozenset(canonical for host in hosts for canonical in _canonical(host))


def _canonical(host: str) -> Iterable[str]:
    bare = _PORT.sub("", host)
    url = _parse(f"http://{bare}/")
    if url is not None:
        yield url.hostname.rstrip(".") + host[len(bare) :]


def _host_forms(url: URL) -> frozenset[str]:
    """Return the host with and without its (explicit or default) port, and without the trailing dot of "x.com."."""
    host = url.hostname.rstrip(".")
    port = url.port or {"http:": "80", "https:": "443"}[url.protocol]
    return frozenset({host, f"{host}:{port}"})


def _decode_punycode(label: str) -> str:
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return ""


def _scripts(label: str) -> frozenset[str]:
    letters = (character for character in label if unicodedata.category(character).startswith("L"))
    return frozenset(unicodedata.name(letter, "").partition(" ")[0] for letter in letters) - _NO_SCRIPT


def _is_misleading(scripts: frozenset[str]) -> bool:
    return len(scripts) > 1 and not any(scripts <= compatible for compatible in _COMPATIBLE_SCRIPTS)
