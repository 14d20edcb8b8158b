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
"""The client of one proxy; None if it is malformed, obfuscated ("_hidden") or not known ("unknown")."""

FORWARDING_HEADERS = (b"x-forwarded-for", b"forwarded")
"""The headers in which a proxy names its client."""

# RFC 1918, 6598, 1122 and 3927; RFC 4291 and 4193.
_PRIVATE_NETWORKS: tuple[Network, ...] = (
    *(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")),
    *(IPv4Network(text) for text in ("127.0.0.0/8", "169.254.0.0/16")),
    *(IPv6Network(text) for text in ("::1/128", "fc00::/7", "fe80::/10")),
)

_X_FORWARDED_FOR, _FORWARDED = FORWARDING_HEADERS
_WITH_PORT = re.compile(r"\[(?P<bracketed>[^\]]*)\](?::[0-9]{1,5})?|(?P<plain>[^:]*):[0-9]{1,5}")

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (a token in the sense of RFC 9110)
_PAIR = rf'(?:{_TOKEN}=(?:{_TOKEN}|"(?:[^"\\]|\\.)*+"))'
_OWS = r"[ \t]*+"
# RFC 7239, section 4, plus blanks around a semicolon: some proxies add them, and they are not ambiguous.
_ELEMENT = re.compile(rf"{_OWS}({_PAIR}?(?:{_OWS};{_OWS}{_PAIR}?)*+){_OWS}(?:,|\Z)")
_PAIRS = re.compile(rf'({_TOKEN})=(?:({_TOKEN})|"((?:[^"\\]|\\.)*+)")')
_QUOTED_PAIR = re.compile(r"\\(.)")
# RFC 7239, section 6: an IPv6 address is in brackets; a port is digits, or obfuscated and begins with "_".
_NODE = re.compile(r"(?:\[(?P<v6>(?=[^]]*:)[0-9A-Fa-f:.]+)\]|(?P<v4>[0-9.]+))(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?")


def are_private(networks: Iterable[Network]) -> bool:
    """Return whether no address in these networks can be that of a visitor: private, shared, loopback or link-local."""
    return all(any(_contains(private, network) for private in _PRIVATE_NETWORKS) for network in networks)


def is_trusted(address: Address | None, *, proxies: tuple[Network, ...]) -> bool:
    """Return whether the address belongs to a trusted proxy."""
    return address is not None and any(address in network for network in proxies)


def client_address(headers: Headers, *, peer: Address | None, proxies: tuple[Network, ...]) -> Address | None:
    """Return the client's address; None if it can't be known. An untrusted peer is itself the client.

    Behind a trusted proxy, the client is the right-most address that is not a trusted proxy: each proxy appends its
    peer on the right, and everything to the left of an untrusted address may be forged. If that address is malformed,
    obfuscated or missing, the client is not known: the proxy's own address says nothing about it. If a request has both
    headers, a proxy may have passed on one that the client sent: they count only if both yield the same address.
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
    """Parse an address with or without a port ("192.0.2.1:80", "[2001:db8::1]:80"); return None if it is malformed.

    An IPv4-mapped IPv6 address becomes the IPv4 address. An address with a zone ("fe80::1%eth0"), which is free text,
    is malformed.
    """
    match = _WITH_PORT.fullmatch(text)
    return _parse_ip(match["bracketed"] or match["plain"] or "" if match else text)


def parse_peer(text: str) -> Address | None:
    """Parse the address of a TCP peer; None if the server knows none, as on a Unix socket.

    A link-local address comes with the zone of this machine's own interface ("fe80::1%eth0"), which is dropped.
    """
    return parse_address(text.partition("%")[0])


def _contains(outer: Network, inner: Network) -> bool:
    if isinstance(outer, IPv4Network):
        return isinstance(inner, IPv4Network) and inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and inner.subnet_of(outer)


def _first_untrusted(hops: Iterable[Hop], *, proxies: tuple[Network, ...]) -> Hop:
    """Return the first hop that is not a trusted proxy, known or not; None if all are trusted proxies."""
    for hop in hops:
        if not is_trusted(hop, proxies=proxies):
            return hop
    return None


def _x_forwarded_for_hops(text: str) -> Iterator[Hop]:
    """Yield the hops of X-Forwarded-For, the latest first. Nothing to the left of a hop can change its meaning.

    Empty members of a list are ignored (RFC 9110, section 5.6.1.2).
    """
    return (parse_address(hop) for member in reversed(text.split(",")) if (hop := member.strip(" \t")))


def _forwarded_hops(text: str) -> Iterable[Hop]:
    """Return the hops of Forwarded, the latest first; one unknown hop if the header breaks the grammar anywhere.

    A quotation mark that a client left open would change the meaning of everything to its right, so no part of a
    malformed header is used. Empty elements are ignored.
    """
    elements = _split_elements(text)
    return [None] if elements is None else [_node_address(element) for element in reversed(elements) if element]


def _split_elements(text: str) -> Sequence[str] | None:
    elements, position = [], 0
    while position <= len(text):
        match = _ELEMENT.match(text, position)
        if match is None:
            return None
        elements.append(match[1])
        # A comma at the very end begins one more, empty element.
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
        # Not ip_address(): it tries IPv4 first, which doubles the time for an IPv6 address.
        address = IPv6Address(text) if ":" in text else IPv4Address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
