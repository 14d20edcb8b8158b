"""Listen at the address that the command line names, and print it as a browser takes it."""

import os
import socket
from ipaddress import IPv6Address, ip_address

import click

_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises ClickException, with the reason, if that can't be.

    `host` is a name or an address, an IPv6 address with or without brackets. The unspecified IPv6 address ("::") stands
    for all addresses of the machine, so IPv4 is accepted there too, whatever the system's default.
    """
    name = _plain(host)
    try:
        family, address = _resolve(name, port)
        is_every_address = family == socket.AF_INET6 and not int(IPv6Address(address[0].partition("%")[0]))
        return socket.create_server(
            address, family=family, backlog=_BACKLOG, dualstack_ipv6=is_every_address and socket.has_dualstack_ipv6()
        )
    except OSError as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise click.ClickException(f"Renvoi can't listen at {name}, port {port}: {reason}.") from error


def format_address(host: str, port: int) -> str:
    """Return the URL of a server that listens there, without a path. An IPv6 address gets its brackets."""
    name = _plain(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _plain(host: str) -> str:
    """Return a host without brackets, an IPv4-mapped address as IPv4."""
    name = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        mapped = getattr(ip_address(name), "ipv4_mapped", None)
    except ValueError:
        return name
    return str(mapped) if mapped else name


def _resolve(name: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """Return the family and the address of a name, IPv4 if it has one. Raises OSError."""
    resolved = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = min(resolved, key=lambda each: each[0] != socket.AF_INET)
    return family, (str(address[0]), port)
