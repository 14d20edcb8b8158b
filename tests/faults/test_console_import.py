"""Tests of kill -9 while the console imports a file: all of it is stored, or nothing, and the page says which."""

import os
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.conftest import ROUNDS, Record
from tests.partners.importing.files import NUMBERED, csv_file, numbered
from tests.running import RunningRenvoi
from tests.server.serving import Staff

pytestmark = pytest.mark.faults

COUNT = 2000
PATIENCE_S = 120
IMPORT = "/console/import/"
DONE, NOTHING = "Importation terminée", "L’importation a été interrompue. Rien n’a été modifié"
_DIGEST = re.compile(r'name="digest" value="(\w+)"')


@dataclass(frozen=True)
class File:
    """A file of new partners that was uploaded and checked."""

    staff: Staff
    path: str
    first_name: str

    @classmethod
    def checked(cls, staff: Staff, *, batch: int) -> "File":
        rows = [*numbered(COUNT, start=1 + batch * COUNT)]
        response = staff.http.post(
            IMPORT,
            data={"csrfmiddlewaretoken": staff.token(IMPORT), "pasted": ""},
            files={"file": ("Partners.csv", csv_file(NUMBERED, *rows))},
        )
        assert response.status_code == 200
        file = cls(staff, urlsplit(str(response.url)).path, f"Partner {1 + batch * COUNT:05}")
        assert _DIGEST.search(file.settled())
        return file

    @property
    def page(self) -> str:
        return self.staff.http.get(self.path).text

    def settled(self) -> str:
        """Return the page once nothing is under way."""
        deadline = time.monotonic() + PATIENCE_S
        while 'id="progress"' in (page := self.page):
            assert time.monotonic() < deadline, page
            time.sleep(0.05)
        return page

    def confirm(self) -> None:
        match = _DIGEST.search(self.page)
        assert match is not None
        self.staff.send(self.path, digest=match[1], confirm_count=str(COUNT), act="import")

    def process(self) -> int:
        """Wait for the process that imports the file; 0 if it has ended already."""
        deadline = time.monotonic() + PATIENCE_S
        wanted = b"run-import\0" + self.path.removeprefix(IMPORT).strip("/").encode()
        while time.monotonic() < deadline and 'id="progress"' in self.page:
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    if wanted in path.read_bytes():
                        return int(path.parent.name)
                except OSError:
                    continue
        return 0


def seconds_of_an_import(staff: Staff) -> float:
    file = File.checked(staff, batch=0)
    file.confirm()
    started_at = time.monotonic()
    assert DONE in file.settled()
    return time.monotonic() - started_at


def test_killed_import_is_whole_or_nothing_and_the_page_says_which(tmp_path: Path, url: str, record: Record) -> None:
    outcomes = []
    with RunningRenvoi(tmp_path / "data", RENVOI_DATABASE_URL=url) as renvoi, Staff(renvoi) as staff:
        staff.sign_in()
        duration = seconds_of_an_import(staff)
        for number in range(1, ROUNDS + 1):
            file = File.checked(staff, batch=number)
            file.confirm()
            process = file.process()
            time.sleep(duration * (number - 1) / ROUNDS)
            if process:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    process = 0
            page = file.settled()
            is_done = DONE in page
            assert is_done or NOTHING in page
            response = staff.http.get(f"/console/partners/?name={file.first_name}")
            assert (f">{file.first_name}<" in response.text) == is_done
            outcomes.append("stored" if is_done else "nothing")
            if not is_done:
                # Started again, it is checked, and imported once.
                staff.send(file.path, act="check")
                assert 'name="digest"' in file.settled()
                file.confirm()
                assert DONE in file.settled()
        listed = staff.http.get("/console/partners/?name=Partner+&per_page=25").text
        total = f"{COUNT * (ROUNDS + 1):,}".replace(",", "\xa0")
        assert total in listed
    record(engine="postgresql" if url else "sqlite", outcomes=outcomes, seconds=round(duration, 1))
