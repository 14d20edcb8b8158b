"""A field is added as docs/architecture.md says, in a copy of the source: it is in the form, the exports, the history.

The edits are those of the table "Where to add …": a declaration, a column with its migration, a cell of the template.
"""

import csv
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.architecture.tree import ROOT
from tests.databases import on_sqlite
from tests.exports.reading import text_pages
from tests.running import RunningRenvoi
from tests.server.serving import Staff

_EDITS = {
    "partners/fields.py": (
        "    agreement_ends_on: date | None",
        '    contact: str = _declare(_("Liaison"), partial(parse_text, limit=60))\n',
    ),
    "partners/models.py": (
        "    agreement_ends_on = ",
        '    contact = models.CharField(max_length=60, blank=True, default="")\n',
    ),
    "console/templates/console/partners/_rules.html": (
        '  {% include "console/_text.html" with field=form.agreement_reference',
        '  {% include "console/_text.html" with field=form.contact size="medium" %}\n',
    ),
}
_MAKE_MIGRATION = """
from renvoi.cli.setup import configure
configure()
from django.core.management import call_command
call_command("makemigrations", "partners", name="contact")
"""
CONTACT = "Zoé Lafleur"


@pytest.fixture
def server(tmp_path: Path) -> RunningRenvoi:
    """A Renvoi of the edited copy, without partners."""
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    for name, (before, line) in _EDITS.items():
        path = source / "renvoi" / name
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, name
        path.write_text(text.replace(before, line + before), encoding="utf-8")
    server = RunningRenvoi(tmp_path / "data", command=("serve",), PYTHONPATH=str(source))
    server.folder.mkdir()
    subprocess.run([sys.executable, "-c", _MAKE_MIGRATION], env=server.environ, check=True, capture_output=True)
    server.run("migrate")
    password = tmp_path / "password"
    password.write_text("a password of the tests", encoding="utf-8")
    server.run("create-admin", "--email", "demo@renvoi.example", "--password-file", str(password))
    return server


def exported(server: RunningRenvoi, name: str) -> Path:
    """Return the file of all partners. The ending of its name is its format."""
    path = server.folder / name
    server.run("partners", "export", "--format", path.suffix.removeprefix("."), "-o", str(path))
    return path


@on_sqlite
@pytest.mark.needs("pdftotext")
def test_field_that_is_declared_once_is_in_form_exports_and_history(server: RunningRenvoi) -> None:
    page = "/console/partners/new/"
    fields = {"name": "Aló Brasil", "url_fr": "https://alo.example/", "countries": "BR", "contact": f" {CONTACT} "}
    with server, Staff(server) as staff:
        staff.sign_in()
        assert '<label for="contact">Liaison' in staff.http.get(page).text
        too_long = staff.send(page, **fields | {"contact": "x" * 61})
        assert (too_long.status_code, "x" * 61 in too_long.text) == (422, True)
        saved = staff.send(page, **fields)
        assert saved.url.path == "/console/partners/"
        assert f'value="{CONTACT}"' in staff.http.get("/console/partners/1/").text

    with exported(server, "all.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["contact"] == CONTACT
    headings, values = CalamineWorkbook.from_path(str(exported(server, "all.xlsx"))).get_sheet_by_index(0).to_python()
    assert values[headings.index("contact")] == CONTACT
    assert CONTACT in "".join(text_pages(exported(server, "all.pdf").read_bytes()))

    with closing(sqlite3.connect(server.folder / "renvoi.sqlite3")) as database:
        (after,) = database.execute("SELECT after ->> '$.contact' FROM partners_change").fetchone()
    assert after == CONTACT
