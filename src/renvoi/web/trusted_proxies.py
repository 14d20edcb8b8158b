"""Find the client's address behind trusted proxies.

Proxies name the client that they serve in X-Forwarded-For, which no standard describes, or in Forwarded (RFC 7239).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from renvoi.web.headers import Headers

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Hop = Address | None
"""Whom one proxy says that it served; None where that is malformed, hidden ("_hidden") or not known ("unknown")."""

FORWARDING_HEADERS = (b"x-forwarded-for", b"forwarded")
"""The headers in which a proxy of ours says whom it serves."""

_X_FORWARDED_FOR, _FORWARDED = FORWARDING_HEADERS
_WITH_PORT = re.compile(r"\[(?P<bracketed>[^\]]*)\](?::[0-9]{1,5})?|(?P<plain>[^:]*):[0-9]{1,5}")

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (RFC 9110's word)
_PAIR = rf'(?:{_TOKEN}=(?:{_TOKEN}|"(?:[^"\\]|\\.)*+"))'
_OWS = r"[ \t]*+"
# §4, which has no blanks around a semicolon; some proxies put one, and it can't be read as anything else.
_ELEMENT = re.compile(rf"{_OWS}({_PAIR}?(?:{_OWS};{_OWS}{_PAIR}?)*+){_OWS}(?:,|\Z)")
_PAIRS = re.compile(rf'({_TOKEN})=(?:({_TOKEN})|"((?:[^"\\]|\\.)*+)")')
_QUOTED_PAIR = re.compile(r"\\(.)")
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
    addresses = []
    if headers.getlist(_X_FORWARDED_FOR):
        addresses.append(_first_untrusted(_x_forwarded_for_hops(headers.joined(_X_FORWARDED_FOR)), proxies=proxies))
    if headers.getlist(_FORWARDED):
        addresses.append(_first_untrusted(_forwarded_hops(headers.joined(_FORWARDED)), proxies=proxies))
    return addresses[0] if addresses and addresses[0] == addresses[-1] else None


def parse_address(text: str) -> Address | None:
    """An address as proxies write it: alone, or with a port ("192.0.2.1:80", "[2001:db8::1]:80"); None: malformed.

    An IPv4 address mapped into IPv6 is that IPv4 address. A zone ("fe80::1%eth0") is free text: refused.
    """
    match = _WITH_PORT.fullmatch(text)
    return _parse_ip(match["bracketed"] or match["plain"] or "" if match else text)


def _first_untrusted(hops: Iterable[Hop], *, proxies: tuple[Network, ...]) -> Hop:
    """The first that is none of ours, known or not; None where all are ours."""
    for hop in hops:
        if not is_trusted(hop, proxies=proxies):
            return hop
    return None


def _x_forwarded_for_hops(text: str) -> Iterator[Hop]:
    """The hops of X-Forwarded-For, the latest first. Read from the right: what is left of a hop can't change it."""
    return (parse_address(hop.strip(" \t")) for hop in reversed(text.split(",")))


def _forwarded_hops(text: str) -> Iterable[Hop]:
    """The hops of Forwarded, the latest first; of a header that breaks the grammar anywhere, one unknown hop.

    A quotation mark left open by a stranger would change the meaning of all to its right: nothing of it is read.
    """
    elements = _split_elements(text)
    return [None] if elements is None else [_node_address(element) for element in reversed(elements)]


def _split_elements(text: str) -> Sequence[str] | None:
    elements, position = [], 0
    while position <= len(text):
        match = _ELEMENT.match(text, position)
        if match is None:
            return None
        elements.append(match[1])
        # A comma at the very end begins an element: an empty one.
        position = match.end() if match[0].endswith(",") else len(text) + 1
    return elements


def _node_address(element: str) -> Hop:
    nodes = [
        token or _QUOTED_PAIR.sub(r"\1", quoted)
        for name, token, quoted in _PAIRS.findall(element)
        if name.lower() == "for"
    ]
    node = _NODE.fullmatch(nodes[0]) if len(nodes) == 1 else None
    return _parse_ip(node["v6"] or node["v4"]) if node else None


def _parse_ip(text: str) -> Address | None:
    if "%" in text:
        return None
    try:
        # Not ip_address, which tries IPv4 first, and takes as long again to see that it is not.
        address = IPv6Address(text) if ":" in text else IPv4Address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
