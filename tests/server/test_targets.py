"""Request targets in each form of RFC 9112, section 3.2: an authority in the target replaces the Host."""

import json
from typing import Any

import pytest

from renvoi.server.protocol.fast_path import FastPathProtocol
from renvoi.server.protocol.heads import split_target
from renvoi.server.protocol.limits import LimitedProtocol
from tests.server.connections import CACHED, Client, run

PROTOCOLS = [FastPathProtocol, LimitedProtocol]


class EchoScope:
    """An application that responds with the request's path, query and hosts."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body", False):
            pass
        hosts = [value.decode() for name, value in scope["headers"] if name == b"host"]
        content = json.dumps([scope["path"], scope["query_string"].decode(), *hosts]).encode()
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(content))]}
        )
        await send({"type": "http.response.body", "body": content})


def scope_of(request: bytes, protocol: type[LimitedProtocol]) -> list[str]:
    """Return the path, the query and the hosts of the scope; the status if the request is refused."""
    scopes: list[list[str]] = []

    async def steps(client: Client) -> None:
        client.app.__class__ = type("Echo", (type(client.app),), {"__call__": EchoScope.__call__})
        await client.send(request)
        status, _, content = (await client.read_response()).removesuffix(" close").partition(" ")
        scopes.append(json.loads(content) if status == "200" else [status])
        if status == "200" and b"HTTP/1.1" in request:
            await client.send(CACHED)
            assert (await client.read_response()).startswith(("200 ", "302 "))

    run(steps, protocol=protocol)
    assert scopes[0] == scopes[-1]
    return scopes[0]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("http://own.example/a?b=c", ["/a", "b=c", "own.example"]),
        ("HTTP://own.example:8443/", ["/", "", "own.example:8443"]),
        ("https://own.example", ["/", "", "own.example"]),
        ("http://own.example?b=/c", ["/", "b=/c", "own.example"]),
        ("http://[::1]:8000/%41", ["/A", "", "[::1]:8000"]),
        ("http://own.example//evil.example/", ["//evil.example/", "", "own.example"]),
        ("/a?b=c", ["/a", "b=c", "other.example"]),
        ("//own.example/a", ["//own.example/a", "", "other.example"]),
    ],
)
def test_authority_of_the_target_replaces_the_host(
    target: str, expected: list[str], protocol: type[LimitedProtocol]
) -> None:
    assert scope_of(f"GET {target} HTTP/1.1\r\nHost: other.example\r\n\r\n".encode(), protocol) == expected


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "target",
    ["http://ana:word@own.example/", "ftp://own.example/", "http:///a", "http:/own.example/", "own.example:80"],
)
def test_other_target_is_refused(target: str, protocol: type[LimitedProtocol]) -> None:
    assert scope_of(f"GET {target} HTTP/1.1\r\nHost: own.example\r\n\r\n".encode(), protocol) == ["400"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("head", "hosts"),
    [
        ("HTTP/1.1", []),
        ("HTTP/1.1\r\nHost: a.example\r\nHost: b.example", ["a.example", "b.example"]),
        ("HTTP/1.0", ["own.example"]),
        ("HTTP/1.0\r\nHost: a.example", ["own.example"]),
    ],
)
def test_request_that_needs_one_host_gets_none(head: str, hosts: list[str], protocol: type[LimitedProtocol]) -> None:
    """RFC 9112, section 3.2: HTTP/1.1 has exactly one Host, whatever the target. HTTP/1.0 needs none."""
    assert scope_of(f"GET http://own.example/ {head}\r\n\r\n".encode(), protocol) == ["/", "", *hosts]


def test_asterisk_has_no_authority() -> None:
    assert split_target(b"*") == (b"*", None)
