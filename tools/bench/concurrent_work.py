"""Measure visitors at rest and during other work, in alternating rounds.

The other work is a new routing table five times in each round, or members of staff who export all partners, import
10,000 and page through long lists without a pause. There are few connections: many would saturate the core and wait
for each other, which would hide the effect of the work.
"""

import os
import re
import statistics
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, fields

import httpx

from tests.gateway.client import publish
from tests.running import EMAIL, PASSWORD
from tools.bench.cast import table
from tools.bench.importing import files, import_file
from tools.bench.machine import CpuTimes, Running
from tools.bench.own_server import BenchRenvoi
from tools.bench.visitors import Load, Rounds

CONNECTIONS = 4
LISTS = ("?sort=-countries", "?name=a&sort=url_fr", "?countries=a&per_page=100", "?sort=state&page=7")

_SWAPS_A_ROUND = 5


@dataclass(frozen=True, slots=True)
class LoadComparison:
    """Medians over the rounds, at rest and beside the work. `done` counts the completed tasks of all rounds."""

    what: str
    rest: Load
    beside: Load
    done: int
    stolen: float
    load: float

    @property
    def p99_ratio(self) -> float:
        """The 99th percentile during the work, divided by the one at rest."""
        return round(self.beside.p99_ms / self.rest.p99_ms, 2)

    @property
    def p999_more_ms(self) -> float:
        """The increase of the 99.9th percentile during the work."""
        return round(self.beside.p999_ms - self.rest.p999_ms, 2)

    def as_dict(self) -> dict[str, object]:
        """Return the fields and the derived figures, for JSON."""
        return {**asdict(self), "p99_ratio": self.p99_ratio, "p999_more_ms": self.p999_more_ms}


class WorkCount:
    """Counts completed tasks."""

    def __init__(self) -> None:
        self.times = 0


Work = Callable[[WorkCount], AbstractContextManager[None]]


def measure_during(what: str, gateway: Running, work: Work, *, rounds: Rounds) -> LoadComparison:
    """Measure a gateway's visitors, at rest and while the context of `work` is open. Raises RuntimeError."""
    started, done = CpuTimes.read(), WorkCount()
    rest: list[Load] = []
    beside: list[Load] = []
    for _ in range(rounds.how_many):
        rest.append(rounds.visit(gateway.port, connections=CONNECTIONS))
        with work(done):
            beside.append(rounds.visit(gateway.port, connections=CONNECTIONS))
    if not done.times or any(load.refused or load.failed for load in rest + beside):
        raise RuntimeError(f"no task was completed during the rounds, or some requests failed: {done.times}, {beside}")
    stolen = round(CpuTimes.read().stolen_since(started), 4)
    return LoadComparison(what, _median(rest), _median(beside), done.times, stolen, round(os.getloadavg()[0], 1))


def _median(loads: list[Load]) -> Load:
    """Return the median of each field."""
    return Load(*(statistics.median(getattr(load, field.name) for load in loads) for field in fields(Load)))


def swap_tables(renvoi: BenchRenvoi, *, partners: int, seconds: int) -> Work:
    """Publish new tables of that many partners, several times in each round of `seconds`."""
    tables = [table(partners=partners, generation=generation) for generation in range(10, 110)]
    generations = iter(range(10, 110))

    @contextmanager
    def work(done: WorkCount) -> Iterator[None]:
        def swap() -> None:
            generation = next(generations)
            publish(renvoi.config, generation=generation, content=tables[generation - 10])

        with _repeat_in_threads([swap], done, pause_s=seconds / (_SWAPS_A_ROUND + 1)):
            yield

    return work


@contextmanager
def staff_work(console: Running, *, partners: int) -> Iterator[Work]:
    """Sign four members of staff in: one exports all partners, one imports 10,000, two page through lists."""
    accounts = (_signed_in(console) for _ in range(4))
    with ExitStack() as stack:
        first, second, third, fourth = (stack.enter_context(account) for account in accounts)
        contents = files(partners)

        @contextmanager
        def work(done: WorkCount) -> Iterator[None]:
            addresses = iter(LISTS * 1000)
            tasks = [
                lambda: _export(first),
                lambda: _read(second, next(addresses)),
                lambda: _read(third, next(addresses)),
                lambda: import_file(fourth, next(contents), token=_token(fourth, "/console/import/")),
            ]
            with _repeat_in_threads(tasks, done, pause_s=0):
                yield

        yield work


@contextmanager
def _repeat_in_threads(tasks: Sequence[Callable[[], None]], done: WorkCount, *, pause_s: float) -> Iterator[None]:
    stopping, errors = threading.Event(), []

    def repeat(task: Callable[[], None]) -> None:
        try:
            while not stopping.wait(pause_s):
                task()
                done.times += 1
        except Exception as error:  # noqa: BLE001  raised again in the thread that waits
            errors.append(error)

    threads = [threading.Thread(target=repeat, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


@contextmanager
def _signed_in(console: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{console.port}", timeout=120) as client:
        fields = {"email": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": _token(client, "/console/sign-in/")}
        client.post("/console/sign-in/", data=fields, headers={"Referer": f"{client.base_url}/console/sign-in/"})
        yield client


def _token(client: httpx.Client, path: str) -> str:
    match = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(path).raise_for_status().text)
    return match[1] if match else ""


def _export(client: httpx.Client) -> None:
    path = "/console/partners/export/csv/"
    fields = {"format": "csv", "separator": ",", "csrfmiddlewaretoken": _token(client, path)}
    lines = 0
    with client.stream("POST", path, data=fields, headers={"Referer": f"{client.base_url}{path}"}) as response:
        response.raise_for_status()
        for piece in response.iter_bytes():
            lines += piece.count(b"\r\n")
    if lines < 2:
        raise RuntimeError("the export has no rows")


def _read(client: httpx.Client, address: str) -> None:
    client.get(f"/console/partners/{address}").raise_for_status()
