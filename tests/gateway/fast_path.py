"""A harness that calls the fast path and the normal path of one gateway, and the request heads for both."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from renvoi.domain.ledger_entry import Entry
from renvoi.domain.table import Candidate, Mode
from renvoi.gateway.app import Gateway, create_app
from renvoi.geo.importing import import_files
from renvoi.ledger.engines import open_store
from tests.gateway.client import Client, Reply, configured, publish, running
from tests.geo.cast import IPV4, IPV6, range_file
from tests.ledger.cast import all_of
from tests.visitor.cast import NOON, PARTNERS, PROXY, operator, table_bytes

BROWSERS = ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Mozilla/5.0 (iPhone)", "")
# Brazil has one partner of the best priority; the operator itself covers Saint-Pierre-et-Miquelon.
BRAZIL, MIQUELON, NOWHERE = "203.0.0.1", "5.6.7.8", "8.8.8.8"
RANGES = ("84279296,84344831,PM", *IPV4, "3405774848,3405840383,BR")
PLAIN = {"Host": "localhost", "User-Agent": BROWSERS[0], "X-Forwarded-For": BRAZIL}


Partners = Sequence[tuple[Candidate, Sequence[str]]]


class Harness:
    """A gateway whose fast path and normal path can be called directly."""

    def __init__(self, gateway: Gateway, client: Client, runner: asyncio.Runner, folder: Path) -> None:
        self.gateway, self.client, self._runner, self._folder = gateway, client, runner, folder

    def fast(self, head: bytes, *, peer: str = PROXY) -> bytes | None:
        """Return the bytes of the fast path's response; None if it declines the request."""

        async def respond() -> bytes | None:
            fast_path = self.gateway.fast_path
            pending = fast_path.match(head, peer)
            if pending is None:
                return None
            recorded: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            fast_path.record(pending, recorded.set_result)
            return fast_path.response(pending, is_recorded=await recorded, headers=b"date: now\r\n")

        return self._runner.run(respond())

    def normal(self, headers: dict[str, str], *, target: str = "/", peer: str = PROXY) -> Reply:
        path, _, query = target.partition("?")
        named = {name.lower().replace("-", "_"): value for name, value in headers.items()}
        return self.client.get(path, query=query, peer=peer, **named)

    def learn(self, head: bytes) -> None:
        self.gateway.fast_path.learn(head)

    def entries(self) -> list[Entry]:
        with closing(open_store(configured(self._folder))) as store:
            return all_of(store)


@contextmanager
def open_harness(
    folder: Path,
    *,
    clock: Callable[[], datetime] = lambda: NOON,
    mode: Mode = "direct",
    partners: Partners = PARTNERS,
    **values: Any,
) -> Iterator[Harness]:
    gateway_config = configured(folder, trusted_proxies=(PROXY,), **values)
    publish(gateway_config, content=table_bytes(operator_=operator(mode=mode), partners=partners))
    ranges = folder.with_name(f"{folder.name}-ranges")
    ranges.mkdir()
    import_files([range_file(ranges / "geoip", RANGES), range_file(ranges / "geoip6", IPV6)], config=gateway_config)
    gateway = create_app(gateway_config, clock=clock)
    with running(gateway) as client:
        yield Harness(gateway, client, client._runner, folder)


def head_of(headers: dict[str, str], *, line: str = "GET / HTTP/1.1") -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
