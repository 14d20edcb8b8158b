"""Simultaneous sign-ins on a real server: little memory, a sentence for those who must wait, and no place is lost."""

import http.server
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from renvoi.server.passwords.sign_in_gate import MAX_WAITING, RESERVED
from tests.people.oidc.answering import DISCOVERY, answering
from tests.people.oidc.provider import START
from tests.running import EMAIL, PASSWORD, RunningRenvoi
from tools.measure_exports import peak_mb, reset_peaks

SIGN_IN = "/console/sign-in/"
AT_ONCE = 120
MAX_MORE_MB = 100
"""With Django's parameters and a thread for each of the 120 it was 2,086 MB."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRenvoi]:
    folder: Path = tmp_path_factory.mktemp("gate")
    server = RunningRenvoi(folder, command=("serve", "--workers", "1"), RENVOI_TRUSTED_PROXIES="127.0.0.1")
    server.run("migrate")
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    server.run("create-admin", "--email", EMAIL, "--password-file", str(folder / "password"))
    with server:
        yield server


class Form:
    """The sign-in form of a browser, ready to be sent many times."""

    def __init__(self, server: RunningRenvoi) -> None:
        self._port = server.port
        page = httpx.get(f"{server.address}{SIGN_IN}")
        self._token = re.findall('name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[0]
        self._cookies = [f"renvoi_csrf={page.cookies['renvoi_csrf']}"]

    def request(self, *, email: str, password: str, address: str, language: str = "fr") -> bytes:
        body = f"csrfmiddlewaretoken={self._token}&email={email}&password={password}".encode()
        cookie = "; ".join([*self._cookies, f"renvoi_console_lang={language}"])
        head = [
            f"POST {SIGN_IN} HTTP/1.1",
            "Host: localhost",
            f"Cookie: {cookie}",
            f"X-Forwarded-For: {address}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        return "\r\n".join([*head, "", ""]).encode() + body

    def remember(self, head: str) -> None:
        """Keep the cookie by which the browser is recognized."""
        self._cookies += re.findall("(?i)set-cookie: (renvoi_device=[^;]+)", head)

    def connect(self, request: bytes) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        connection.sendall(request)
        return connection


def read(connection: socket.socket) -> str:
    with connection:
        return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()


def status(response: str) -> int:
    return int(response.split(" ", 2)[1])


def stranger(number: int, language: str = "fr") -> dict[str, str]:
    return {
        "email": f"p{number}@boreale.example",
        "password": "wrong",
        "address": f"203.0.113.{number}",
        "language": language,
    }


def owner() -> dict[str, str]:
    return {"email": EMAIL, "password": PASSWORD.replace(" ", "+"), "address": "198.51.100.7"}


def test_120_simultaneous_sign_ins_take_little_memory_and_are_answered(server: RunningRenvoi) -> None:
    form = Form(server)
    known = Form(server)
    first = read(known.connect(known.request(**owner())))
    assert status(first) == 302
    known.remember(first)
    reset_peaks(server)
    before = peak_mb(server)
    requests = [form.request(**stranger(number, "fr" if number % 2 else "en")) for number in range(AT_ONCE)]
    connections = [form.connect(request) for request in requests]
    recognized = known.connect(known.request(**owner()))
    with ThreadPoolExecutor(AT_ONCE) as executor:
        responses = list(executor.map(read, connections))
    assert status(read(recognized)) == 302
    assert peak_mb(server) - before < MAX_MORE_MB
    statuses = Counter(map(status, responses))
    assert set(statuses) == {200, 503}
    assert statuses[200] >= MAX_WAITING - RESERVED
    refused = [response for response in responses if status(response) == 503]
    assert all("retry-after: 5" in response.lower() for response in refused)
    sentences = {
        "Beaucoup de personnes ouvrent une session en ce moment. Réessayez dans quelques secondes.",
        "Many people are signing in at this moment. Try again in a few seconds.",
    }
    assert {sentence for sentence in sentences for response in refused if sentence in response} == sentences


def test_clients_that_leave_lose_no_place(server: RunningRenvoi) -> None:
    form = Form(server)
    for number in range(MAX_WAITING + 20):
        connection = form.connect(form.request(**stranger(number)))
        if number % 2:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    # Those that are left make the server busy for some seconds.
    statuses = (status(read(form.connect(form.request(**owner())))) for _ in range(20))
    assert next(code for code in statuses if code != 503) == 302

    def take_all_places() -> set[int]:
        strangers = [stranger(200 + number) for number in range(MAX_WAITING - RESERVED)]
        connections = [form.connect(form.request(**fields)) for fields in strangers]
        return {status(read(connection)) for connection in connections}

    # Some who have left may hold a place for another moment. A place that is lost would never be free again.
    assert any(take_all_places() == {200} for _ in range(5))


def test_client_that_sends_its_form_slowly_holds_no_place(server: RunningRenvoi) -> None:
    form = Form(server)
    halves = [form.connect(form.request(**stranger(number))[:-5]) for number in range(MAX_WAITING)]
    try:
        assert status(read(form.connect(form.request(**owner())))) == 302
    finally:
        for connection in halves:
            connection.close()


BUSY, SILENT = "Beaucoup de personnes ouvrent une session", "ne répond pas"


@pytest.fixture
def silent_provider(server: RunningRenvoi) -> Iterator[RunningRenvoi]:
    """Another server on the same folder, whose provider does not answer while sign-ins wait for it."""
    left = threading.Event()

    def wait(_handler: http.server.BaseHTTPRequestHandler) -> None:
        left.wait(60)

    with answering({DISCOVERY: wait}) as issuer:
        environ = {name: value for name, value in server.environ.items() if name.startswith("RENVOI_")}
        environ |= {"RENVOI_OIDC_ISSUER": issuer, "RENVOI_OIDC_CLIENT_ID": "renvoi", "RENVOI_OIDC_CLIENT_SECRET": "x"}
        environ |= {"RENVOI_PUBLIC_URL": "http://localhost"}
        running = RunningRenvoi(server.folder, command=("serve", "--workers", "1"), **environ)
        with running:
            yield running
        left.set()


def test_sign_ins_that_wait_for_the_provider_hold_up_no_password(silent_provider: RunningRenvoi) -> None:
    form = Form(silent_provider)
    head = [f"GET {START} HTTP/1.1", "Host: localhost", "Cookie: renvoi_console_lang=fr", "Connection: close", "", ""]
    request = "\r\n".join(head).encode()
    connections = [form.connect(request) for _ in range(AT_ONCE)]
    # It came when all places for the provider were taken.
    last = read(connections.pop())
    assert status(read(form.connect(form.request(**owner())))) == 302
    responses = [last, *map(read, connections)]
    assert {status(response) for response in responses} == {503}
    sentences = Counter(sentence for response in responses for sentence in (BUSY, SILENT) if sentence in response)
    assert sentences.total() == AT_ONCE
    assert sentences[SILENT] >= MAX_WAITING - RESERVED
    assert sentences[BUSY] > 0
    assert SILENT in read(form.connect(request))
