"""Watched threads: each end but the intended one is followed by another start, and reported."""

import time
from collections.abc import Callable
from threading import Event

import pytest

from renvoi import threads
from renvoi.threads import WatchedThread


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


class Worker:
    """Work that counts its rounds, and raises what it is given, once."""

    def __init__(self) -> None:
        self.stopping, self.rounds = Event(), 0
        self.fault: BaseException | None = None
        self.thread = WatchedThread("worker", self.work)

    def work(self) -> None:
        while not self.stopping.wait(0.005):
            self.rounds += 1
            if self.fault is not None:
                fault, self.fault = self.fault, None
                raise fault

    def is_working(self) -> bool:
        rounds = self.rounds
        return eventually(lambda: self.rounds > rounds)

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(10)
        assert not self.thread.is_running


@pytest.mark.parametrize("fault", [ValueError("secret"), SystemExit(1), KeyboardInterrupt(), MemoryError()])
def test_thread_that_raises_is_started_again_and_reported(fault: BaseException) -> None:
    worker = Worker()
    worker.thread.start()
    assert worker.thread.problem == ""
    worker.fault = fault
    assert eventually(lambda: worker.thread.restarts == 1)
    assert worker.is_working()
    assert f"worker ended ({type(fault).__name__})" in worker.thread.problem
    assert "secret" not in worker.thread.problem
    worker.stop()


class DyingLogger:
    """A logger without memory."""

    def error(self, *_: object) -> None:
        raise SystemExit


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_thread_that_dies_before_it_can_go_on_is_revived(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    worker.thread.start()
    thread = worker.thread._thread
    assert thread is not None
    with monkeypatch.context() as patched:
        patched.setattr(threads, "_logger", DyingLogger())
        worker.fault = ValueError()
        assert eventually(lambda: not thread.is_alive())
    assert worker.thread.is_running
    worker.thread.revive()
    worker.thread.revive()
    assert worker.is_working()
    assert (worker.thread.restarts, "ended (killed)" in worker.thread.problem) == (2, True)
    worker.stop()
    worker.thread.revive()
    assert not worker.thread.is_running


def test_report_ends_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    worker.thread.start()
    worker.fault = OSError()
    assert eventually(lambda: bool(worker.thread.problem))
    monkeypatch.setattr(threads, "REPORT_S", 0.0)
    assert worker.thread.problem == ""
    worker.stop()


def test_thread_that_was_never_started_is_quiet() -> None:
    worker = Worker()
    worker.thread.join()
    worker.thread.revive()
    assert (worker.thread.is_running, worker.thread.problem) == (False, "")
