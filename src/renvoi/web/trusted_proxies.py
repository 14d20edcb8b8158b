"""Hides whom to believe: which of the addresses and headers of a request come from a proxy that is ours.

Two notations say whom a proxy serves: X-Forwarded-For, which no standard describes, and Forwarded (RFC 7239).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from renvoi.web.headers import Headers

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Hop = Address | None
"""Whom one proxy says that it served; None where that is malformed, hidden ("_hidden") or not known ("unknown")."""

FORWARDED_BY = (b"x-forwarded-for", b"forwarded")
"""The headers in which a proxy of ours says whom it serves."""

_LISTED, _FORWARDED = FORWARDED_BY
_WITH_PORT = re.compile(r"\[(?P<bracketed>[^\]]*)\](?::[0-9]{1,5})?|(?P<plain>[^:]*):[0-9]{1,5}")

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (RFC 9110's word)
_PAIR = rf'(?:{_TOKEN}=(?:{_TOKEN}|"(?:[^"\\]|\\.)*+"))'
_BLANK = r"[ \t]*+"
# §4, which has no blanks around a semicolon; some proxies put one, and it can't be read as anything else.
_ELEMENT = re.compile(rf"{_BLANK}({_PAIR}?(?:{_BLANK};{_BLANK}{_PAIR}?)*+){_BLANK}(?:,|\Z)")
_PAIRS = re.compile(rf'({_TOKEN})=(?:({_TOKEN})|"((?:[^"\\]|\\.)*+)")')
_ESCAPED = re.compile(r"\\(.)")
# §6: an IPv6 address stands in brackets; a port is digits or, like a name, hidden behind "_".
_NODE = re.compile(r"(?:\[(?P<v6>(?=[^]]*:)[0-9A-Fa-f:.]+)\]|(?P<v4>[0-9.]+))(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?")


def is_trusted(address: Address | None, *, proxies: tuple[Network, ...]) -> bool:
    """Whether that address is one of our proxies'."""
    return address is not None and any(address in network for network in proxies)


def client_address(headers: Headers, *, peer: Address | None, proxies: tuple[Network, ...]) -> Address | None:
    """The visitor's address; None where it can't be known. From a stranger, the peer itself.

    From a proxy of ours, the right-most address that is not a proxy of ours: each proxy adds its peer on the right,
    and all to the left of a stranger is hearsay. Where that one is malformed or hidden, or there is none, the
    address is not known: the proxy's own says nothing of the visitor. Where both headers are there, one of them may
    be the visitor's own, passed on: they count only if both lead to the same address.
    """
    if not is_trusted(peer, proxies=proxies):
        return peer
    found = []
    if headers.all(_LISTED):
        found.append(_nearest_stranger(_hops_listed(headers.joined(_LISTED)), proxies=proxies))
    if headers.all(_FORWARDED):
        found.append(_nearest_stranger(_hops_forwarded(headers.joined(_FORWARDED)), proxies=proxies))
    return found[0] if found and found[0] == found[-1] else None


def parse_address(text: str) -> Address | None:
    """An address as proxies write it: alone, or with a port ("192.0.2.1:80", "[2001:db8::1]:80"); None: malformed.

    An IPv4 address mapped into IPv6 is that IPv4 address. A zone ("fe80::1%eth0") is free text: refused.
    """
    found = _WITH_PORT.fullmatch(text)
    return _address(found["bracketed"] or found["plain"] or "" if found else text)


def _nearest_stranger(hops: Iterable[Hop], *, proxies: tuple[Network, ...]) -> Hop:
    """The first that is none of ours, known or not; None where all are ours."""
    for hop in hops:
        if not is_trusted(hop, proxies=proxies):
            return hop
    return None


def _hops_listed(text: str) -> Iterator[Hop]:
    """The hops of X-Forwarded-For, the latest first. Read from the right: what is left of a hop can't change it."""
    return (parse_address(hop.strip(" \t")) for hop in reversed(text.split(",")))


def _hops_forwarded(text: str) -> Iterable[Hop]:
    """The hops of Forwarded, the latest first; of a header that breaks the grammar anywhere, one unknown hop.

    A quotation mark left open by a stranger would change the meaning of all to its right: nothing of it is read.
    """
    elements = _elements(text)
    return [None] if elements is None else [_served(element) for element in reversed(elements)]


def _elements(text: str) -> Sequence[str] | None:
    elements, at = [], 0
    while at <= len(text):
        found = _ELEMENT.match(text, at)
        if found is None:
            return None
        elements.append(found[1])
        # A comma at the very end begins an element: an empty one.
        at = found.end() if found[0].endswith(",") else len(text) + 1
    return elements


def _served(element: str) -> Hop:
    nodes = [
        token or _ESCAPED.sub(r"\1", quoted) for name, token, quoted in _PAIRS.findall(element) if name.lower() == "for"
    ]
    node = _NODE.fullmatch(nodes[0]) if len(nodes) == 1 else None
    return _address(node["v6"] or node["v4"]) if node else None


def _address(bare: str) -> Address | None:
    if "%" in bare:
        return None
    try:
        # Not ip_address, which tries IPv4 first, and takes as long again to see that it is not.
        address = IPv6Address(bare) if ":" in bare else IPv4Address(bare)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
