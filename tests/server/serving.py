"""Hides how a data folder is made ready for a server, and how staff use a server over the network."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Self

import httpx

from tests.running import EMAIL, PASSWORD, RunningRenvoi

_FILL = """
from renvoi.cli.setup import configure, migrate_database
config = configure()
migrate_database()
from renvoi.cli import demo
demo.fill(config)
demo._administrator(config)
"""
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def fill(folder: Path) -> Path:
    """A folder with the sample partners and the demo's account, as `renvoi demo` makes them."""
    environ = RunningRenvoi(folder).environ
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-c", _FILL], env=environ, check=True, capture_output=True, timeout=120)
    return folder


class Staff:
    """Somebody who uses the console over the network."""

    def __init__(self, server: RunningRenvoi, **headers: str) -> None:
        self.http = httpx.Client(base_url=server.address, headers=headers, follow_redirects=True, timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def sign_in(self, password: str = PASSWORD) -> httpx.Response:
        return self.send("/console/sign-in/", email=EMAIL, password=password)

    def send(self, path: str, *, page: str = "", **fields: str) -> httpx.Response:
        """The answer to these fields, sent with the token of a page: by default the one at that address."""
        found = _TOKEN.search(self.http.get(page or path).text)
        assert found is not None, path
        return self.http.post(path, data={"csrfmiddlewaretoken": found[1], **fields})
