"""Two real hosts behind a real nginx that alternates between them, one of which dies in the middle of a journey."""

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import BrowserContext, Request

from tests.proxies import nginx_of_hosts
from tests.running import RunningRenvoi, free_port

SECRET_KEY = "the one secret of all hosts of these tests"


@dataclass
class TwoHosts:
    """The hosts, each with a data folder of its own, and the proxy's log. They share a database and a secret."""

    hosts: tuple[RunningRenvoi, RunningRenvoi]
    port: int
    log: Path
    requests: int = 0
    kill_at: int = 0
    killed: list[RunningRenvoi] = field(default_factory=list)
    deaths: int = 0

    @property
    def address(self) -> str:
        """The proxy's origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """The environment for a command that works on the shared database."""
        return self.hosts[0].environ

    def follow(self, context: BrowserContext) -> None:
        """Count the requests for pages of a browser context, in order to kill a host at one of them."""
        context.on("request", self._on_request)

    def kill_one_at(self, request_number: int) -> None:
        """Kill a host, each time the other one, once that many requests were sent from now on. 0: kill none."""
        self.requests, self.kill_at = 0, request_number

    def revive(self) -> None:
        """Start the host again that was killed, if any, and wait until nginx sends it requests again."""
        while self.killed:
            host = self.killed.pop()
            host.__enter__()
            for path in ("/healthz", "/console/sign-in/"):
                self._wait_until_used(host, path)

    def _wait_until_used(self, host: RunningRenvoi, path: str) -> None:
        deadline = time.monotonic() + 30
        while f"127.0.0.1:{host.port} {path}" not in self._last_lines():
            assert time.monotonic() < deadline, "nginx does not use the host again"
            httpx.get(f"{self.address}{path}")
            time.sleep(0.1)

    def _last_lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()[-1:]

    def requests_by_host(self) -> Counter[int]:
        """Return host → how many requests it was sent, the proxy's repetitions included."""
        addresses = {f"127.0.0.1:{host.port}": index for index, host in enumerate(self.hosts)}
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return Counter(addresses[one] for line in lines for one in line.rpartition(" ")[0].split(", ") if one != "-")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(self.address) or "/static/" in request.url:
            return
        self.requests += 1
        if self.requests == self.kill_at:
            host = self.hosts[self.deaths % 2]
            self.deaths += 1
            host.kill()
            self.killed.append(host)


@contextmanager
def two_hosts(folder: Path, *, database_url: str, ready: Path) -> Iterator[TwoHosts]:
    """Run two hosts on that database behind the documented nginx. `ready` has the static files that both collect."""
    port = free_port()
    shared = {
        "RENVOI_SECRET_KEY": SECRET_KEY,
        "RENVOI_DATABASE_URL": database_url,
        "RENVOI_TRUSTED_PROXIES": "127.0.0.1",
        "RENVOI_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    with ExitStack() as stack:
        folders = [Path(shutil.copytree(ready, folder / name)) for name in ("one", "other")]
        hosts = [RunningRenvoi(one, command=("serve",), **shared) for one in folders]
        with ThreadPoolExecutor(len(hosts)) as pool:
            for host in pool.map(RunningRenvoi.__enter__, hosts):
                stack.push(host)
        ports = [host.port for host in hosts]
        stack.enter_context(nginx_of_hosts(folder, gateways=ports, consoles=ports, port=port))
        pair = TwoHosts((hosts[0], hosts[1]), port, folder / "upstreams")
        yield pair
