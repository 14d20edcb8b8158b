"""Orders of PDFs queue in the database: a host has two processes at most, and an account five unfinished orders."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from renvoi.downloads import jobs
from renvoi.downloads.files import free_slot
from renvoi.downloads.jobs import (
    MAX_UNFINISHED,
    TooManyDownloads,
    cancel_download,
    count_ahead,
    order_download,
    start_queued,
)
from renvoi.downloads.models import Download
from renvoi.people.models import User
from tests.downloads.test_jobs import CANCELLED, FAILED, PDF, READY, Order, queue_locked, signed_in, wait_until
from tests.running import RunningRenvoi
from tests.server.serving import Staff

NEXT = "Votre PDF est le prochain"
REFUSED = "5 de vos PDF ne sont pas encore prêts"


def makers(folder: Path) -> list[int]:
    """The ids of the processes that make PDFs for the data folder."""
    processes = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"RENVOI_DATA_DIR={folder}".encode() in (process / "environ").read_bytes()
            if is_ours and b"\0make-pdf\0" in (process / "cmdline").read_bytes():
                processes.append(int(process.name))
        except OSError:
            continue
    return processes


@contextmanager
def counting(folder: Path) -> Iterator[list[int]]:
    """Count the processes again and again. The list has each number that was seen."""
    numbers: list[int] = []
    is_over = Event()

    def count() -> None:
        while not is_over.wait(0.02):
            numbers.append(len(makers(folder)))

    thread = Thread(target=count)
    thread.start()
    try:
        yield numbers
    finally:
        is_over.set()
        thread.join()


def place_at_once(staff: Staff, count: int) -> list[Order]:
    """Place orders concurrently. Return those that were accepted, the first to be made first."""
    token = staff.token("/console/partners/")

    def place(_: int) -> str:
        response = staff.http.post(PDF, data={"csrfmiddlewaretoken": token, "list": "countries=BR"})
        if response.status_code == 429:
            assert REFUSED in response.text
            return ""
        return response.url.path

    with ThreadPoolExecutor(count) as pool:
        orders = [Order(staff, path) for path in pool.map(place, range(count)) if path]
    return sorted(orders, key=ahead)


def ahead(order: Order) -> int:
    """How many PDFs its page says are before this one; -1 if it has a process."""
    page = order.page
    waiting = re.search(r"(\d+) PDF attend(?:ent)? avant le vôtre", page)
    return int(waiting[1]) if waiting else 0 if NEXT in page else -1


def test_orders_at_once_have_two_processes_and_wait_in_line(folder: Path) -> None:
    """Also when one of those that wait is cancelled, and when a process is killed."""
    server = RunningRenvoi(folder, command=("serve", "--workers", "2"))
    with server, signed_in(server) as staff, counting(folder) as numbers:
        with queue_locked(folder):
            orders = place_at_once(staff, 3 * MAX_UNFINISHED)
            assert [ahead(order) for order in orders] == [-1, -1, 0, 1, 2]
            wait_until(lambda: len(makers(folder)) == Download.max_makers)
            staff.send(f"{orders[2].path}cancel/", page=orders[2].path)
            assert CANCELLED in orders[2].page
            assert [ahead(order) for order in orders[3:]] == [0, 1]
            os.kill(orders[0].makers[0], signal.SIGKILL)
            wait_until(lambda: FAILED in orders[0].page)
            wait_until(lambda: orders[3].has_started(folder))
            assert ahead(orders[4]) == 0
            assert len(place_at_once(staff, 3)) == 2
        for order in (orders[1], *orders[3:]):
            wait_until(lambda order=order: READY in order.page)  # type: ignore[misc]  # mypy can't infer a default's type
        wait_until(lambda: not makers(folder))
        assert CANCELLED in orders[2].page
    assert max(numbers) == Download.max_makers


def test_queue_goes_on_after_the_server_was_killed(folder: Path) -> None:
    with queue_locked(folder):
        with RunningRenvoi(folder, command=("serve",)) as server, signed_in(server) as staff:
            orders = place_at_once(staff, 4)
            cookies = staff.http.cookies
            wait_until(lambda: len(makers(folder)) == Download.max_makers)
            os.killpg(server.pid, signal.SIGKILL)
            assert server._process is not None
            server._process.wait(timeout=20)
        for pid in makers(folder):
            os.kill(pid, signal.SIGKILL)
    with RunningRenvoi(folder, command=("serve",)) as server, Staff(server) as staff:
        staff.http.cookies = cookies
        for order in orders[2:]:
            order.staff = staff
            wait_until(lambda order=order: READY in order.page)  # type: ignore[misc]  # mypy can't infer a default's type


@pytest.mark.django_db
class TestQueue:
    """What is taken from the queue, and when."""

    @pytest.fixture(autouse=True)
    def started(self, monkeypatch: pytest.MonkeyPatch) -> list[Download]:
        """The downloads that got a process. None is started beside the test."""
        downloads: list[Download] = []
        monkeypatch.setattr(jobs, "start_maker", lambda download, _slot: downloads.append(download))
        return downloads

    def order(self, account: User) -> Download:
        return order_download(document="partners", query="", language="fr", total=1, account=account)

    def test_order_waits_while_all_slots_are_taken(self, odile: User, started: list[Download]) -> None:
        with free_slot(Download), free_slot(Download):
            one, other = self.order(odile), self.order(odile)
            assert ([count_ahead(one), count_ahead(other)], started) == ([0, 1], [])
        start_queued()
        assert [(download.id, download.attempt) for download in started] == [(one.id, 1), (other.id, 1)]
        start_queued()
        assert len(started) == 2

    def test_account_has_five_unfinished_orders_and_others_are_not_affected(self, odile: User, wendy: User) -> None:
        orders = [self.order(odile) for _ in range(MAX_UNFINISHED)]
        with pytest.raises(TooManyDownloads):
            self.order(odile)
        self.order(wendy)
        cancel_download(download_id=orders[1].id, account=odile)
        self.order(odile)

    def test_dead_orders_do_not_count(self, odile: User) -> None:
        for _ in range(MAX_UNFINISHED):
            self.order(odile)
        Download.objects.update(seen_at="2026-01-01T00:00:00Z")
        self.order(odile)
        assert Download.objects.filter(stage=Download.Stage.FAILED).count() == MAX_UNFINISHED

    def test_queued_order_is_never_taken_for_dead(self, odile: User) -> None:
        with free_slot(Download), free_slot(Download):
            order = self.order(odile)
        Download.objects.update(seen_at="2026-01-01T00:00:00Z")
        order.refresh_from_db()
        assert jobs.current_stage(order) == Download.Stage.WAITING

    def test_cancelled_order_gets_no_process(self, odile: User, started: list[Download]) -> None:
        with free_slot(Download), free_slot(Download):
            order = self.order(odile)
            cancel_download(download_id=order.id, account=odile)
        start_queued()
        assert started == []

    def test_order_from_before_the_queue_is_not_queued(self, odile: User, started: list[Download]) -> None:
        Download.objects.create(account=odile, language="fr", total=1)
        start_queued()
        assert started == []


@pytest.mark.django_db
def test_process_that_can_not_be_started_fails_its_order_only(odile: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    with free_slot(Download), free_slot(Download):
        one, other = (
            order_download(document="partners", query="", language="fr", total=1, account=odile) for _ in range(2)
        )
    monkeypatch.setattr("renvoi.downloads.jobs.subprocess.Popen", refuse)
    start_queued()
    stages = dict(Download.objects.values_list("id", "stage"))
    assert (stages[one.id], stages[other.id]) == (Download.Stage.FAILED, Download.Stage.WAITING)


@pytest.mark.usefixtures("committed")
def test_processes_that_look_at_once_start_each_order_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    from tests.cast import colleague

    account = colleague("odile@boreale.example")
    started: list[Download] = []
    monkeypatch.setattr(jobs, "start_maker", lambda download, _slot: started.append(download))
    with free_slot(Download), free_slot(Download):
        for _ in range(MAX_UNFINISHED):
            order_download(document="partners", query="", language="fr", total=1, account=account)

    def run(act: Callable[[], None]) -> None:
        try:
            act()
        finally:
            connection.close()

    threads = [Thread(target=run, args=(start_queued,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deadline = time.monotonic() + 5
    while len(started) < MAX_UNFINISHED and time.monotonic() < deadline:
        start_queued()
    assert len({download.id for download in started}) == len(started) == MAX_UNFINISHED
