"""The page « Simulation de visite » in tests: a configuration behind a proxy, a gateway beside it, and the page."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from renvoi.config import Config
from renvoi.gateway.app import create_app
from renvoi.publication.models import PublishedTable
from tests.console.browsing import Browsing, Page
from tests.gateway.client import Client, Reply, configured, publish, running
from tests.geo.networks import sample_database
from tests.visitor.cast import PROXY

ADDRESS = "/console/simulation/"
BRAZILIAN = "200.160.0.1"
"""An address that the country data of these tests have in Brazil."""


def behind_proxy(folder: Path) -> Config:
    """Return a configuration with country data, behind a trusted proxy that names the country and the region."""
    folder.mkdir()
    database = folder / "countries.mmdb"
    database.write_bytes(sample_database().encoded())
    return configured(
        folder,
        geoip_db=database,
        trusted_proxies="10.0.0.0/8",
        country_header="X-Country",
        region_header="X-Region",
        public_url="https://renvoi.example",
    )


@contextmanager
def gateway_beside(config: Config) -> Iterator[Client]:
    """Run a gateway of that configuration with the newest table of the console."""
    newest = PublishedTable.objects.order_by("-generation")[0]
    publish(config, generation=newest.generation, content=bytes(newest.content))
    with running(create_app(config)) as client:
        yield client


def simulate(console: Browsing, **question: str) -> Page:
    return console.open(f"{ADDRESS}?{urlencode(question)}")


def head_on(page: Page) -> str:
    """Return the status line and the headers that the page shows."""
    return page.one("pre", class_="http").raw_text.strip()


def ask_as_curl(page: Page, client: Client, *, peer: str = PROXY, more: Mapping[str, str] | None = None) -> Reply:
    """Send the gateway what the command of the page asks for, through the proxy."""
    name, *words = shlex.split(page.one("textarea", id="curl").text)
    headers: dict[str, str] = dict(more or {})
    target = ""
    assert name == "curl"
    while words:
        match words.pop(0):
            case "--include":
                continue
            case "--user-agent":
                assert words.pop(0) == ""
            case "--header":
                header, _, value = words.pop(0).partition(": ")
                headers[header] = value
            case address:
                target = address.removeprefix("https://renvoi.example")
    path, _, query = target.partition("?")
    return client.get(path, query=query, peer=peer, host="renvoi.example", **headers)


def head_of(reply: Reply) -> str:
    """Return the headers of a gateway's answer as the page shows them, without the reference of the ledger."""
    return "\n".join(f"{name}: {value}" for name, value in reply.headers if name != "renvoi-ref")
