"""Fill a data folder for a real server, and use its console over the network."""

import http.client
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Self

import httpx

from tests.databases import SERVER
from tests.running import EMAIL, PASSWORD, RunningRenvoi

_FILL = """
from renvoi.cli.setup import configure, migrate_database
config = configure()
migrate_database()
from renvoi.cli.serving import demo
demo.fill(config)
demo._ensure_administrator(config)
"""
BRAZIL = "/?country=BR&lang=fr"
"""The URL whose page offers the two sample partners that serve Brazil, Aló Brasil and Jabuticaba Atende."""

_CSRF_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_CONNECTIONS_PER_POLL = 16
"""Connections to each server in a poll. All of them meet the same one of two workers once in 30,000 polls."""


def fill(folder: Path, **environment: str) -> Path:
    """Fill a folder with the sample partners and the demo account, as `renvoi demo` does. Returns the folder.

    On SQLite the folder is a copy of one that is filled once by each test process, and shares its secret key.
    """
    if SERVER or environment:
        return _fill(folder, environment)
    return Path(shutil.copytree(_filled_once(), folder, dirs_exist_ok=True))


@cache
def _filled_once() -> Path:
    from tests.settings import FOLDER  # reads Django's settings, which the tools that use this module do not need

    return _fill(FOLDER / "filled", {})


def _fill(folder: Path, environment: dict[str, str]) -> Path:
    environ = RunningRenvoi(folder, command=("demo",), **environment).environ
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-c", _FILL], env=environ, check=True, capture_output=True, timeout=120)
    return folder


class Staff:
    """A member of staff who uses the console over the network."""

    def __init__(self, server: RunningRenvoi, **headers: str) -> None:
        self.http = httpx.Client(base_url=server.address, headers=headers, follow_redirects=True, timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def sign_in(self, password: str = PASSWORD) -> httpx.Response:
        return self.send("/console/sign-in/", email=EMAIL, password=password)

    def send(self, path: str, *, page: str = "", **fields: str) -> httpx.Response:
        """Post the fields with the CSRF token of `page`, by default the page at `path`. Returns the response."""
        return self.http.post(path, data={"csrfmiddlewaretoken": self.token(page or path), **fields})

    def token(self, page: str) -> str:
        """The CSRF token of the forms of a page."""
        match = _CSRF_TOKEN.search(self.http.get(page).text)
        assert match is not None, page
        return match[1]


def seconds_until_live(
    staff: Staff, servers: Sequence[RunningRenvoi], *, page: str, action_path: str, is_stale: Callable[[str], bool]
) -> float:
    """Post to `action_path`, and return how many seconds later no worker responds to BRAZIL with old data.

    The time starts before the post, so it includes the transaction, and ends after the first poll without a stale
    response, so it is too long by half a poll on average.
    """
    form = {"csrfmiddlewaretoken": staff.token(page)}
    started_at = time.monotonic()
    assert staff.http.post(action_path, data=form, follow_redirects=False).status_code == 302
    while time.monotonic() - started_at < 20:
        if not any(is_stale(_fetch_page(server)) for server in servers for _ in range(_CONNECTIONS_PER_POLL)):
            return time.monotonic() - started_at
    raise AssertionError("a worker still responds with old data after 20 s")


def _fetch_page(server: RunningRenvoi) -> str:
    """The page that a visitor from Brazil gets on a new connection, from whichever worker accepts it."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("GET", BRAZIL)
        return connection.getresponse().read().decode()
