"""Time what a page shows of a change's consequences, at 10,000 partners: `python -m tools.measure_consequences`.

One partner is saved with another priority, or would serve every country; without and with as many golden visitors as a
list may have, one for each country and language, or 250 days of one country. The reference, in the same run, decides
every cell before and after the change. Prints the medians of the CPU time, and exits with 1 if one is longer than the
reference or than 300 ms. It catches this planted fault: explain each golden visitor (`golden/checking.py`).
"""

import dataclasses
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.running import RunningRenvoi

if TYPE_CHECKING:
    from renvoi.domain.golden.visitors import Case

PARTNERS, TURNS, LIMIT_S = 10_000, 15, 0.3


def main() -> int:
    """Print a row for each measurement, then all as JSON. Returns 1 if one is over its limit."""
    with tempfile.TemporaryDirectory() as folder:
        server = RunningRenvoi(Path(folder) / "data")
        server.run("migrate")
        server.run_module("tools.fill", str(PARTNERS))
        os.environ.update(server.environ)
        figures = measure()
    reference = figures["reference"]
    for name, seconds in figures.items():
        print(f"{name:28} {seconds * 1000:8.1f} ms   {seconds / reference:6.2f} × the reference")
    about = {"partners": PARTNERS, "turns": TURNS, "python": platform.python_version(), "load": os.getloadavg()}
    print(json.dumps(about | {"figures_s": {name: round(value, 4) for name, value in figures.items()}}))
    return int(any(seconds > min(LIMIT_S, reference) for name, seconds in figures.items() if name != "reference"))


def measure() -> dict[str, float]:
    """Return the median seconds of CPU time of each measurement, by its name."""
    from renvoi.cli.setup import configure  # noqa: PLC0415 (it reads the environment)

    configure()
    from renvoi.console.views.foreseeing.consequences import of_saving  # noqa: PLC0415 (needs Django)
    from renvoi.domain.golden.visitors import Case  # noqa: PLC0415 (as above)
    from renvoi.domain.places import COUNTRIES, LANGUAGES  # noqa: PLC0415 (as above)
    from renvoi.partners.fields import PartnerValues  # noqa: PLC0415 (as above)
    from renvoi.partners.models import Partner  # noqa: PLC0415 (as above)
    from renvoi.partners.routing_table import newest_table  # noqa: PLC0415 (as above)

    partner = Partner.objects.filter(status="active", priority__gt=1).prefetch_related("served").order_by("id")[0]
    values = PartnerValues.of(partner)
    first = dataclasses.replace(values, priority=1)
    everywhere = dataclasses.replace(first, countries=tuple(sorted(COUNTRIES)))
    today = datetime.fromisoformat("2026-12-01").date()
    cells = [Case(country, None, language, None) for country in sorted(COUNTRIES) for language in LANGUAGES]
    days = [today + timedelta(days=number) for number in range(250)]
    one_country = [Case(values.countries[0], None, language, day) for day in days for language in LANGUAGES]
    newest_table()
    figures = {"reference": median(decide_all_twice)}
    for name, cases in (("no golden visitors", []), ("500 of all cells", cells), ("500 of one country", one_country)):
        expect_what_they_get(cases)
        figures[f"priority, {name}"] = median(lambda: of_saving(partner, first))
        figures[f"everywhere, {name}"] = median(lambda: of_saving(partner, everywhere))
    return figures


def median(call: Callable[[], object]) -> float:
    """Return the median CPU time of a call, after one that warms it up."""
    call()
    times = []
    for _ in range(TURNS):
        started_at = time.process_time()
        call()
        times.append(time.process_time() - started_at)
    return statistics.median(times)


def decide_all_twice() -> None:
    """Decide each cell with `explain`, as two simulations of every cell would: before a change and after it."""
    from django.utils import timezone  # noqa: PLC0415 (needs Django's settings)

    from renvoi.domain.explanation import explain  # noqa: PLC0415 (as above)
    from renvoi.domain.routing import cells  # noqa: PLC0415 (as above)
    from renvoi.partners.routing_table import newest_table  # noqa: PLC0415 (as above)

    table = newest_table()
    for _ in ("before", "after"):
        for visitor in cells(table.operator, with_regions=True):
            explain(table, visitor, at=timezone.now(), draw=lambda _: b"")


def expect_what_they_get(cases: "list[Case]") -> None:
    """Store golden visitors of these cases, each with the decision that it gets: a change can break any of them."""
    from django.utils import timezone  # noqa: PLC0415 (needs Django's settings)

    from renvoi.domain.golden.checking import check  # noqa: PLC0415 (as above)
    from renvoi.domain.golden.visitors import GoldenVisitor  # noqa: PLC0415 (as above)
    from renvoi.partners.models import Operator  # noqa: PLC0415 (as above)
    from renvoi.partners.routing_table import newest_table  # noqa: PLC0415 (as above)

    checked = check([GoldenVisitor(case) for case in cases], newest_table(), today=timezone.localdate())
    golden = [[*one.golden.to_json()[:4], one.outcome.kind, one.outcome.partners[0]] for one in checked]
    Operator.objects.filter(id=1).update(golden_visitors=golden)


if __name__ == "__main__":
    raise SystemExit(main())
