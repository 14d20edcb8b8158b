"""Tests on a real server: a referral shows in the list within seconds, and after the figures are rebuilt."""

import time
from pathlib import Path

import httpx

from tests.running import RunningRenvoi
from tests.server.serving import Staff, fill


def shown(staff: Staff, *, name: str) -> int:
    """Return the figure that the list shows for that partner."""
    page = staff.http.get("/console/partners/", params={"name": name}).text
    return int(page.partition('<span class="figure">')[2].partition("<")[0])


def test_list_shows_referral_within_seconds_and_after_rebuild(tmp_path: Path) -> None:
    with RunningRenvoi(fill(tmp_path / "renvoi"), command=("serve",)) as renvoi, Staff(renvoi) as staff:
        staff.sign_in()
        for _ in range(3):
            sent = httpx.get(f"{renvoi.address}/go/1?country=BR", headers={"User-Agent": "Mozilla/5.0"})
            assert (sent.status_code, bool(sent.headers.get("Renvoi-Ref"))) == (302, True)
        until = time.monotonic() + 30
        while shown(staff, name="Aló Brasil") != 3 and time.monotonic() < until:
            time.sleep(0.2)
        assert shown(staff, name="Aló Brasil") == 3
        assert renvoi.run("ledger", "count", "--rebuild").stdout.strip() == "3 entries counted."
        assert shown(staff, name="Aló Brasil") == 3
        assert renvoi.run("ledger", "count").stdout.strip() == "0 entries counted."
