"""The threads of the ledger's writer end for whatever reason: they are started again, and no entry is lost."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from renvoi.domain.ledger_entry import Entry
from renvoi.ledger.wishes.wish import Wish
from renvoi.ledger.writer import COMMIT_TIMEOUT_S, Ledger
from tests.ledger.bench import Bench, FaultyStore, refs, running
from tests.ledger.cast import entries


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with running(tmp_path) as bench:
        yield bench


class TestDeath:
    """A thread that ends, whatever ended it, is started again; nobody waits for ever, and nothing is stored twice."""

    @pytest.mark.parametrize("when", ["before the commit", "after the commit"])
    def test_writer_that_ends_within_a_commit_loses_and_doubles_nothing(
        self, when: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        append, deaths = FaultyStore.append, list[str]()

        def dying(store: FaultyStore, appended: Sequence[Entry], wishes: Sequence[Wish]) -> None:
            if deaths:
                append(store, appended, wishes)
                return
            deaths.append(when)
            if when == "after the commit":
                append(store, appended, wishes)
            raise SystemExit

        monkeypatch.setattr(FaultyStore, "append", dying)
        groups = [entries(5) for _ in range(3)]
        for group in groups:
            results, seconds = bench.append(group)
            assert (results, seconds < 3) == ([True] * 5, True)
        bench.wait_until_healthy()
        assert sorted(bench.stored_refs()) == refs(*groups)
        writer = bench.ledger.threads[0]
        assert writer.restarts == 1
        assert "The thread ledger ended (SystemExit)" in writer.problem

    def test_batch_that_was_taken_over_is_no_blocked_commit(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        append, deaths = FaultyStore.append, list[str]()

        def dying(store: FaultyStore, appended: Sequence[Entry], wishes: Sequence[Wish]) -> None:
            if not deaths:
                deaths.append("once")
                raise SystemExit
            append(store, appended, wishes)

        monkeypatch.setattr(FaultyStore, "append", dying)
        appended = entries(5)
        assert bench.append(appended)[0] == [True] * 5
        # No entry follows that would end the batch. A commit would count as blocked by now.
        time.sleep(COMMIT_TIMEOUT_S + 0.5)
        bench.wait_until_healthy()
        assert sorted(bench.stored_refs()) == refs(appended)

    def test_writer_whose_preparation_fails_uses_the_spool(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_: FaultyStore) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patched:
            patched.setattr(FaultyStore, "prepare", fail)
            bench = Bench(tmp_path)
            appended = entries(3)
            assert bench.append(appended)[0] == [True] * 3
            assert bench.ledger.entries["spool"] == 3
        bench.wait_until_healthy()
        assert sorted(bench.stored_refs()) == refs(appended)
        bench.stop()
        bench.runner.close()

    @pytest.mark.parametrize(("index", "method"), [(1, "_spool_pending"), (2, "_replay")])
    def test_other_threads_go_on_after_their_end(
        self, index: int, method: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original, deaths = getattr(Ledger, method), list[str]()

        def dying(ledger: Ledger, *arguments: object) -> object:
            if not deaths:
                deaths.append(method)
                raise SystemExit
            return original(ledger, *arguments)

        monkeypatch.setattr(Ledger, method, dying)
        bench.set_fault(blocks=True)
        appended = entries(3)
        assert bench.append(appended)[0] == [True] * 3
        bench.set_fault()
        bench.wait_until_healthy()
        assert sorted(bench.stored_refs()) == refs(appended)
        assert bench.ledger.threads[index].restarts == len(deaths) == 1
