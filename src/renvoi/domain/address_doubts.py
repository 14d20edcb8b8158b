"""Find probable mistakes in addresses that a browser accepts: hosts that hardly any visitor could reach."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal, NamedTuple

from ada_url import URL, idna_to_ascii

from renvoi.domain.addresses import decode_punycode
from renvoi.domain.names.keys import INVISIBLE

DoubtReason = Literal[
    "scheme_twice", "empty_label", "characters", "punycode", "no_dot", "not_public", "rewritten", "invisible"
]

# RFC 2606, RFC 6761, RFC 6762 and RFC 9476, without .example: names that public DNS never has.
_NOT_PUBLIC_SUFFIXES = (
    ".localhost",
    ".local",
    ".internal",
    ".intranet",
    ".private",
    ".corp",
    ".home",
    ".lan",
    ".home.arpa",
    ".invalid",
    ".test",
)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9._-]")
_AUTHORITY = re.compile(r"https?:[/\\]*([^/\\?#]*)", re.IGNORECASE)
_SCHEMES = re.compile(r"\A(?:https?:?/+)+", re.IGNORECASE)
_SCHEME_IN_HOST = re.compile(r"https?", re.IGNORECASE)
# A space is seen, and kept as %20.
_INSIDE = re.compile(rf"[^\S ]|[{INVISIBLE}]")
_NAT64 = int(IPv6Address("64:ff9b::"))


class Doubt(NamedTuple):
    """Why an address is doubtful. `suggestion` is what was probably meant, as text to parse; None if not obvious."""

    reason: DoubtReason
    suggestion: str | None = None


def doubt_of(typed: str, *, href: str) -> Doubt | None:
    """Return the first doubt about an address, or None.

    `typed` is the text without what surrounds it, and `href` what `parse_address` returned for it. Raises ValueError if
    `href` is not a URL.
    """
    url = URL(href)
    host = url.hostname
    if _INSIDE.search(typed):
        return Doubt("invisible", _INSIDE.sub("", typed))
    if _SCHEME_IN_HOST.fullmatch(host) and url.pathname.startswith("//"):
        rest = _SCHEMES.sub("", href)
        return Doubt("scheme_twice", f"https://{rest}" if rest else None)
    address = _ip_address(host)
    if address is not None:
        return _doubt_of_ip_address(address, typed)
    return _doubt_of_name(host, href)


def _doubt_of_name(host: str, href: str) -> Doubt | None:
    name = host.removesuffix(".")
    labels = name.split(".")
    if "" in labels or max(map(len, labels)) > 63:
        return Doubt("empty_label", _with_host(href, host, ".".join(filter(None, labels))))
    if _NOT_IN_NAMES.search(name):
        # A comma at the end ended a phrase; between labels it was meant to be a dot.
        repaired = _NOT_IN_NAMES.sub("", name.strip(",;!'()").replace(",", "."))
        return Doubt("characters", _with_host(href, host, repaired))
    # Browsers look up a label that encodes no name of theirs, and registries sell none (UTS 46, RFC 5891 section 5.4).
    if any(idna_to_ascii(decode_punycode(label)) != label.encode() for label in labels if label.startswith("xn--")):
        return Doubt("punycode")
    if "." not in name:
        return Doubt("not_public" if name == "localhost" else "no_dot")
    return Doubt("not_public") if f".{name}".endswith(_NOT_PUBLIC_SUFFIXES) else None


def _doubt_of_ip_address(address: IPv4Address | IPv6Address, typed: str) -> Doubt | None:
    if not _is_public(address):
        return Doubt("not_public")
    match = _AUTHORITY.match(typed)
    is_as_typed = match is not None and match[1].partition(":")[0] == str(address)
    return None if is_as_typed or isinstance(address, IPv6Address) else Doubt("rewritten")


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address is reachable over the internet, also if it is an IPv4 address written as IPv6."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if int(address) >> 32 == _NAT64 >> 32:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast


def _ip_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _with_host(href: str, host: str, repaired: str) -> str | None:
    return href.replace(host, repaired, 1) if "." in repaired and repaired != host else None
