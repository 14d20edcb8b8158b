"""Bring hosts, host patterns, origins and networks into the one form in which they are compared."""

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network

from ada_url import URL

ANY_HOST = "*"
"""The pattern that every host matches."""

_HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[^\s:@/\\?#%\[\]]+")
_HOST_AND_PORT = re.compile(rf"({_HOST.pattern})(?::([0-9]{{0,5}}))?")
_ORIGIN = re.compile(rf"https?://{_HOST_AND_PORT.pattern}", re.IGNORECASE)
# In front of an IPv4 address (RFC 4291, section 2.5.5.2). Sockets report such peers; `web` reads them as IPv4.
_MAPPED_BITS = 96
_MAPPED = IPv6Network(f"::ffff:0:0/{_MAPPED_BITS}")
_COMPATIBLE = IPv6Network("::/96")


def canonical_host(text: str) -> str | None:
    """Return a host as the WHATWG parser serialises it; None if it is none.

    Two spellings of one host have the same form: in lower case, in Punycode, an IPv4 address in four decimal numbers,
    an IPv6 address in brackets and compressed, an IPv4-mapped one as IPv4, and without the dot at the end of a name.
    """
    if _HOST.fullmatch(text) is None:
        return None
    try:
        host: str = URL(f"http://{text}/").hostname.removesuffix(".")
    except ValueError:
        return None
    if not host.startswith("["):
        return host if host and not host.startswith(".") else None
    mapped = IPv6Address(host[1:-1]).ipv4_mapped
    return str(mapped) if mapped else host


def split_host(header: str) -> tuple[str, int | None] | None:
    """Return the canonical host and the port of a value of the Host header; None if it is malformed.

    The port is None if there is none. The value is decoded from Latin-1, as ASGI servers do; a few clients send UTF-8.
    """
    if not header.isascii():
        try:
            header = header.encode("latin-1").decode()
        except UnicodeError:
            return None
    return _split(header)


def canonical_origin(text: str) -> str | None:
    """Return the origin of a URL without user, path, query and fragment; None if it is no such http or https URL.

    The host is canonical, and a default port is left out.
    """
    match = _ORIGIN.fullmatch(text)
    host = canonical_host(match[1]) if match else None
    if match is None or host is None:
        return None
    try:
        url = URL(text)
    except ValueError:
        return None
    return f"{url.protocol}//{host}" + (f":{url.port}" if url.port else "")


def canonical_pattern(text: str) -> str:
    """Return an item of a list of allowed hosts in canonical form: a host, ".host" for its subdomains too, or "*".

    A port is dropped, because hosts are compared without one. Raises ValueError for what no host could ever match.
    """
    if text == ANY_HOST:
        return text
    # An IPv6 address is also accepted without brackets.
    is_bare_ipv6 = text.count(":") > 1 and not text.startswith("[")
    split = _split(f"[{text}]" if is_bare_ipv6 else text.removeprefix("."))
    if split is None or "*" in text:
        raise ValueError(f"{text} is none")
    return f".{split[0]}" if text.startswith(".") else split[0]


def canonical_network(text: str) -> IPv4Network | IPv6Network:
    """Return a network, or a single address, as the addresses of peers are read: an IPv4-mapped one as IPv4.

    Raises ValueError, with the reason, for what no peer could ever be in.
    """
    if "%" in text:
        raise ValueError(f"{text} has a zone: leave it out")
    try:
        network = ip_network(text)
    except ValueError as error:
        raise ValueError(_explain(text, error)) from error
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        address = network.network_address.ipv4_mapped
        network = IPv4Network((int(address or 0), network.prefixlen - _MAPPED_BITS))
    if network.num_addresses == 1 and network.network_address.is_unspecified:
        raise ValueError(f"{text} is no address of a proxy; all addresses are {network.network_address}/0")
    is_compatible = isinstance(network, IPv6Network) and network.subnet_of(_COMPATIBLE)
    if network.is_multicast or (is_compatible and not network.is_loopback) or str(network) == "255.255.255.255/32":
        raise ValueError(f"{text} can't be the address of a proxy")
    return network


def _split(text: str) -> tuple[str, int | None] | None:
    match = _HOST_AND_PORT.fullmatch(text)
    host = canonical_host(match[1]) if match else None
    return (host, int(match[2]) if match[2] else None) if match and host else None


def _explain(text: str, error: ValueError) -> str:
    try:
        return f"{text} has host bits set; the network is {ip_network(text, strict=False)}"
    except ValueError:
        return str(error)
