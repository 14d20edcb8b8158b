"""The security headers of each kind of answer, exactly: pages, files, answers for programs, redirects, refusals."""

import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest

from tests.console.test_frame import SECURITY_HEADERS
from tests.running import RunningRenvoi
from tests.server.serving import fill

HOST = "renvoi.example"
HTTPS = {"RENVOI_PUBLIC_URL": f"https://{HOST}", "RENVOI_TRUSTED_PROXIES": "127.0.0.1"}
HSTS = "Strict-Transport-Security"
CORP = "Cross-Origin-Resource-Policy"
NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
WATCHED = {*SECURITY_HEADERS, "Content-Security-Policy", HSTS, "Access-Control-Allow-Origin"}

CONSOLE = {**SECURITY_HEADERS, "Content-Security-Policy": "console", HSTS: "max-age=31536000"}
PAGE = {
    "Content-Security-Policy": "visitor",
    "Permissions-Policy": "geolocation=()",
    "Referrer-Policy": "origin",
    "X-Content-Type-Options": "nosniff",
    HSTS: "max-age=31536000",
}
REDIRECT = {"Referrer-Policy": "origin", "X-Content-Type-Options": "nosniff"}
FILE = {**REDIRECT, "Content-Security-Policy": NOTHING, CORP: "same-origin", HSTS: "max-age=31536000"}
ANY_SITE = {**FILE, CORP: "cross-origin", "Access-Control-Allow-Origin": "*"}
STATIC = {**FILE, "Referrer-Policy": "same-origin"}
# The protocol and the limit for strangers answer before Django and the gateway, which know the public address.
REFUSAL = {name: value for name, value in STATIC.items() if name != HSTS}

KINDS = [
    ("GET /?country=AQ", 200, PAGE),
    ("GET /privacy/", 200, PAGE),
    ("GET /nothing", 404, PAGE),
    ("DELETE /", 405, PAGE),
    ("GET /go/999999", 303, REDIRECT),
    ("GET /robots.txt", 200, FILE),
    ("GET /favicon.ico", 200, FILE),
    ("GET /healthz", 200, FILE),
    ("GET /readyz", 200, FILE),
    ("GET /metrics", 200, FILE),
    ("GET /embed.js", 200, ANY_SITE),
    ("GET /api/v1/decision", 200, ANY_SITE),
    ("PUT /api/v1/decision", 405, ANY_SITE),
    ("GET /console", 301, CONSOLE),
    ("GET /console/", 302, CONSOLE),
    ("GET /console/sign-in/", 200, CONSOLE),
    ("GET /console/nothing/", 404, CONSOLE),
    ("DELETE /console/sign-in/", 403, CONSOLE),
    ("TRACE /console/sign-in/", 405, CONSOLE),
    ("GET /api/docs", 200, CONSOLE),
    ("GET /api/openapi.json", 200, CONSOLE),
    ("GET /api/v1/partners", 401, CONSOLE),
    ("GET /api/nothing", 404, CONSOLE),
    ("GET /static/nothing.css", 404, CONSOLE),
    ("GET {static}", 200, STATIC),
    ("POST /console/partners/new/ 70000", 413, REFUSAL),
    ("POST / 900000", 413, REFUSAL),
    ("GET / HTTP/9.9", 400, REFUSAL),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("headers"))


@pytest.fixture(scope="module")
def over_https(folder: Path) -> Iterator[RunningRenvoi]:
    """A server behind a trusted proxy that terminates TLS."""
    with RunningRenvoi(folder, command=("serve",), **HTTPS) as server:
        yield server


def ask(server: RunningRenvoi, line: str, *, host: str = HOST) -> tuple[int, dict[str, str], str]:
    """Send a request line, which may end with the length of a body; return status, headers and text."""
    method, target, *rest = line.split()
    size = int(rest[0]) if rest and rest[0].isdigit() else 0
    version = rest[0] if rest and not size else "HTTP/1.1"
    head = f"{method} {target} {version}\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\nContent-Length: {size}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(head.encode() + bytes(min(size, 1)))
        response = HTTPResponse(connection, method=method)
        response.begin()
        return response.status, dict(response.getheaders()), response.read().decode("utf-8", "replace")


def security_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers that are watched. A policy of a page is named by the side whose tests know all of it."""
    titled = {name.title(): value for name, value in headers.items()}
    policies = {name: titled[name.title()] for name in WATCHED if name.title() in titled}
    policy = policies.get("Content-Security-Policy", "")
    if "trusted-types default" in policy:
        policies["Content-Security-Policy"] = "console"
    elif "script-src 'sha256-" in policy:
        policies["Content-Security-Policy"] = "visitor"
    return policies


@pytest.mark.parametrize(("line", "status", "expected"), KINDS, ids=[line for line, *_ in KINDS])
def test_each_kind_of_answer(line: str, status: int, expected: dict[str, str], over_https: RunningRenvoi) -> None:
    if "{static}" in line:
        page = ask(over_https, "GET /console/sign-in/")[2]
        line = line.format(static="/static/" + page.split('"/static/')[1].partition('"')[0])
    answered, headers, _ = ask(over_https, line)
    assert answered == status
    assert security_headers(headers) == expected


def test_content_type_names_the_charset_of_texts(over_https: RunningRenvoi) -> None:
    page = ask(over_https, "GET /console/sign-in/")[2]
    static = {part.partition('"')[0] for part in page.split('"/static/')[1:]}
    assert {name.rpartition(".")[2] for name in static} >= {"css", "js", "svg"}
    lines = [
        "/",
        "/robots.txt",
        "/embed.js",
        "/metrics",
        "/console/sign-in/",
        "/api/docs",
        *map("/static/".__add__, static),
    ]
    for path in lines:
        content_type = {name.lower(): value for name, value in ask(over_https, f"GET {path}")[1].items()}[
            "content-type"
        ]
        assert content_type.lower().endswith('charset="utf-8"') or content_type.lower().endswith("charset=utf-8"), path


@pytest.mark.parametrize("path", ["/console/sign-in/", "/api/v1/partners"])
def test_refused_host(path: str, over_https: RunningRenvoi) -> None:
    status, headers, _ = ask(over_https, f"GET {path}", host="evil.example")
    assert status == 400
    # Without an own host Django does not know that the request came over https.
    assert security_headers(headers) | {HSTS: CONSOLE[HSTS]} == CONSOLE
    assert "no-" in headers.get("cache-control", "")


def test_no_answer_over_http_asks_for_https(folder: Path) -> None:
    with RunningRenvoi(folder, command=("serve",)) as server:
        for line in ("GET /?country=AQ", "GET /robots.txt", "GET /console/sign-in/", "GET /embed.js"):
            assert HSTS not in security_headers(ask(server, line, host="localhost")[1]), line
