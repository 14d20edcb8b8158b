"""Strangers who post forms, and a disk that fills up: the database hardly grows, and visitors stay recorded.

Planted fault: with `SessionStore` rows of strangers, as before ADR 27, `GROWTH` is exceeded after a dozen posts.
"""

import http.client
import random
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from renvoi.disk_reserve import is_reserve_reached
from tests.faults.conftest import MANY, Record
from tests.faults.visitors import visiting
from tests.running import RunningRenvoi
from tests.server.serving import Staff, fill

pytestmark = pytest.mark.faults

POSTS = 10_000 if MANY else 200
GROWTH = 5_000_000 if MANY else 1_000_000
"""How much larger everything but the ledger may be afterwards, in bytes."""
LENGTHS = (10_000, 30_000, 1_000, 190_000, 60_000)
"""Lengths of the text in a form. The longest exceed the limits of most pages."""
PATHS = (
    "/console/partners/new/",
    "/console/coverage/",
    "/console/account/",
    "/console/partners/views/new/",
    "/console/sign-in/",
    "/console/preferences/",
    "/console/partners/export/csv/",
    "/console/nowhere/",
)
NEW, LIST = "/console/partners/new/", "/console/partners/"
DISK_MB = 160
CLICK = (b"GET /go/1?country=BR HTTP/1.1\r\nHost: localhost\r\n\r\n",)
"""A visitor from Brazil who chose the first sample partner: a redirect, which is counted."""
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def size_without_ledger(folder: Path) -> int:
    """The bytes of all files but those that grow with the number of visitors."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("ledger")]
    return sum(path.stat().st_size for path in files)


def post_as_strangers(server: RunningRenvoi, count: int) -> Counter[int]:
    """Post forms signed out, half of them with forged cookies. Return the number of responses by status."""
    page = httpx.get(f"{server.address}/console/sign-in/")
    token = _TOKEN.search(page.text)
    assert token is not None
    cookie = f"renvoi_csrf={page.cookies['renvoi_csrf']}"

    def post(number: int) -> int:
        forged = f"; renvoi_session={number:032}; renvoi_account=1:forged" if number % 2 else ""
        # Sessions are compressed: the text must not be.
        name = random.Random(number).randbytes(LENGTHS[number % len(LENGTHS)] // 2).hex()
        fields = {"csrfmiddlewaretoken": token[1], "name": name, "email": f"{number}@x.example", "password": "x"}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": cookie + forged,
            "X-Forwarded-For": f"10.0.{number // 250 % 250}.{number % 250}",
        }
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
            connection.request("POST", PATHS[number % len(PATHS)], urlencode(fields), headers)
            return connection.getresponse().status

    with ThreadPoolExecutor(4) as pool:
        return Counter(pool.map(post, range(count)))


def test_strangers_hardly_enlarge_the_data_folder(tmp_path: Path, record: Record) -> None:
    folder = fill(tmp_path / "renvoi")
    server = RunningRenvoi(folder, command=("serve",), RENVOI_TRUSTED_PROXIES="127.0.0.0/8")
    with server, visiting(server.port, how_many=2, requests=CLICK) as tally:
        post_as_strangers(server, 8)
        before = size_without_ledger(folder)
        statuses = post_as_strangers(server, POSTS)
        growth = size_without_ledger(folder) - before
    record(posts=POSTS, statuses=dict(statuses), growth=growth, visitors=len(tally.refs), unrecorded=tally.without_ref)
    assert growth <= GROWTH
    assert (tally.without_ref, tally.faults) == (0, 0)
    assert tally.refs


@contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    path.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(path)], check=False).returncode:
        pytest.skip("a small tmpfs can't be mounted here, so no disk can be filled")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=False)


def fill_up(disk: Path) -> Path:
    """Write a file until a little more than the reserve is free. Return its path."""
    path = disk / "filler"
    with path.open("wb") as file:
        while not is_reserve_reached(disk):
            file.write(bytes(1_000_000))
            file.flush()
        file.truncate(file.tell() - 2_000_000)
    return path


def test_console_stops_before_the_disk_is_full(tmp_path: Path, record: Record) -> None:
    with small_disk(tmp_path / "disk") as disk:
        server = RunningRenvoi(fill(disk / "renvoi"), command=("serve",))
        with server, Staff(server) as staff, visiting(server.port, how_many=2, requests=CLICK) as tally:
            staff.sign_in()
            filler = fill_up(disk)
            saved, refused = save_until_refused(staff)
            assert refused.status_code == 507
            assert "Le disque est presque plein" in refused.text
            assert "Aló saturé" in refused.text
            with filler.open("ab") as file:
                # SQLite may remove its write-ahead log, and free some space.
                file.write(bytes(6_000_000))
            assert staff.http.get(LIST).status_code == 200
            assert httpx.get(f"{server.address}/readyz").json()["status"] == "degraded"
            recorded = len(tally.refs)
            deadline = time.monotonic() + 30
            while len(tally.refs) < recorded + 1_000 and time.monotonic() < deadline:
                time.sleep(0.05)
            after = len(tally.refs) - recorded
            filler.unlink()
            assert staff.send(NEW, **partner(10_000)).url.path == LIST
        record(saved=saved, visitors=len(tally.refs), after_refusal=after, unrecorded=tally.without_ref)
        assert after >= 1_000
        assert (tally.without_ref, tally.faults) == (0, 0)
        assert "Traceback" not in server.log


def partner(number: int) -> dict[str, str]:
    text = f"{number} " + "x" * 200
    return {
        "name": f"Aló saturé {number}",
        "url_en": f"https://n{number}.example/",
        "countries": "UY",
        "description_en": text,
        "description_fr": text,
        "status": "active",
        "priority": "5",
    }


def save_until_refused(staff: Staff) -> tuple[int, httpx.Response]:
    """Create partners until one is refused. Return the number of those that were saved, and the refusal."""
    token = staff.token(NEW)
    for number in range(2_000):
        fields = {"csrfmiddlewaretoken": token, **partner(number)}
        response = staff.http.post(NEW, data=fields, follow_redirects=False)
        if response.status_code != 302:
            return number, response
    raise AssertionError("nothing was refused")
