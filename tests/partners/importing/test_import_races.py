"""Several people at once: a check holds nobody up, and two imports never write over each other."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection

from renvoi.history.models import ChangeSet
from renvoi.partners.actions import PlanChanged
from renvoi.partners.importing import planning
from renvoi.partners.importing.matching import match_rows
from renvoi.partners.importing.plan import Plan
from renvoi.partners.importing.planning import make_plan
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, stored, with_changes
from tests.partners.acting import update
from tests.partners.importing.files import NUMBERED, TODAY, apply, csv_file, numbered

pytestmark = pytest.mark.usefixtures("committed")
PATIENCE_S = 60


def in_thread(work: Callable[[], Any]) -> Callable[[], Any]:
    """The same, closing the thread's connection afterwards."""

    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    return run


def test_writer_does_not_wait_for_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    alo = stored(ALO_BRASIL)
    content = csv_file(["name", "priority"], [ALO_BRASIL.name, 2])
    reading, written = Event(), Event()

    def match_and_wait(*arguments: Any) -> Iterator[Any]:
        outcomes = [*match_rows(*arguments)]
        reading.set()
        assert written.wait(PATIENCE_S)
        return iter(outcomes)

    monkeypatch.setattr(planning, "match_rows", match_and_wait)
    with ThreadPoolExecutor(max_workers=1) as pool:
        checking = pool.submit(in_thread(lambda: make_plan(content, today=TODAY)))
        assert reading.wait(PATIENCE_S)
        update(alo, with_changes(ALO_BRASIL, priority=1))
        written.set()
        plan: Plan = checking.result(PATIENCE_S)
    assert plan.updates[0].before == ALO_BRASIL
    monkeypatch.undo()
    with pytest.raises(PlanChanged):
        apply(content, plan=plan)
    assert Partner.objects.get().priority == 1


@pytest.mark.parametrize("same", [True, False])
def test_one_of_two_imports_at_once_is_refused(same: bool) -> None:  # noqa: FBT001 (a parameter of a test)
    files = [csv_file(NUMBERED, *numbered(50)), csv_file(NUMBERED, *numbered(50, start=1 if same else 26))]
    plans = [make_plan(content, today=TODAY) for content in files]
    barrier = Barrier(2)

    def run(number: int) -> str:
        barrier.wait(PATIENCE_S)
        try:
            return f"wrote {apply(files[number], plan=plans[number]).count}"
        except PlanChanged as refused:
            return f"refused {refused.plan.count}"

    with ThreadPoolExecutor(max_workers=2) as pool:
        running = [pool.submit(in_thread(lambda number=number: run(number))) for number in range(2)]  # type: ignore[misc]
        results = sorted(future.result(PATIENCE_S) for future in running)
    assert results == ["refused 0" if same else "refused 25", "wrote 50"]
    assert (Partner.objects.count(), ChangeSet.objects.count()) == (50, 1)
