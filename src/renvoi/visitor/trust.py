"""Hides whom to believe: which of the addresses and headers of a request come from a proxy that is ours."""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from renvoi.visitor.wire import Headers, Scope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_FORWARDED_FOR = b"x-forwarded-for"
_WITH_PORT = re.compile(r"\[(?P<bracketed>[^\]]*)\](?::[0-9]{1,5})?|(?P<plain>[^:]*):[0-9]{1,5}")


def peer_of(scope: Scope) -> Address | None:
    """The other end of the TCP connection; None where the server names none (a Unix socket)."""
    client = scope.get("client")
    return parse_address(str(client[0])) if client else None


def is_trusted(address: Address | None, *, proxies: tuple[Network, ...]) -> bool:
    """Whether that address is one of our proxies'."""
    return address is not None and any(address in network for network in proxies)


def client_address(headers: Headers, *, peer: Address | None, proxies: tuple[Network, ...]) -> Address | None:
    """The visitor's address; None where it can't be known.

    From a proxy of ours, the right-most address of X-Forwarded-For that is not a proxy of ours: each proxy adds
    its peer on the right, and all to the left of a stranger is hearsay. Where that one is malformed, or there is
    none, the address is not known: the proxy's own says nothing of the visitor. From a stranger, the peer itself.
    """
    if not is_trusted(peer, proxies=proxies):
        return peer
    for hop in reversed(headers.joined(_FORWARDED_FOR).split(",")):
        address = parse_address(hop.strip(" \t"))
        if address is None or not is_trusted(address, proxies=proxies):
            return address
    return None


def parse_address(text: str) -> Address | None:
    """An address as proxies write it: alone, or with a port ("192.0.2.1:80", "[2001:db8::1]:80"); None: malformed.

    An IPv4 address mapped into IPv6 is that IPv4 address. A zone ("fe80::1%eth0") is free text: refused.
    """
    found = _WITH_PORT.fullmatch(text)
    bare = (found["bracketed"] or found["plain"] or "") if found else text
    if "%" in bare:
        return None
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
