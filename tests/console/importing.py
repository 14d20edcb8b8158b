"""Upload files in the console, and do in this process what their own process would do."""

import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from renvoi.partners.imports.running import run_import
from renvoi.partners.models import PartnerImport
from tests.console.browsing import Browsing, Page
from tests.partners.importing.files import csv_file

IMPORT = "/console/import/"
HEADINGS = ["name", "url_en", "countries"]


def upload(browsing: Browsing, content: bytes | str, *, name: str = "partners.csv") -> Page:
    """Send a file, or a block to paste, and return the response."""
    page = browsing.open(IMPORT)
    if isinstance(content, str):
        return browsing.send(page, action=IMPORT, follow=False, file=None, pasted=content)
    return browsing.send(page, action=IMPORT, follow=False, file=SimpleUploadedFile(name, content))


def job_of(page: Page) -> PartnerImport:
    """Return the job to whose address the response leads, or whose page it is."""
    address = page.location or page.path
    return PartnerImport.objects.get(id=uuid.UUID(address.removeprefix(IMPORT).strip("/")))


def run(job: PartnerImport) -> None:
    """Do what the job waits for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("renvoi.partners.imports.running.os.nice", lambda _: 0)
        run_import(job.id)


def checked(
    browsing: Browsing, content: bytes | str | Sequence[Sequence[object]], *, name: str = "partners.csv"
) -> Page:
    """Upload a file, have it checked, and return the page of its plan."""
    response = upload(browsing, content if isinstance(content, bytes | str) else csv_file(*content), name=name)
    assert response.status == 303, response.html
    run(job_of(response))
    return browsing.open(response.location)


def confirm(browsing: Browsing, page: Page, **typed: Any) -> Page:
    """Press Import, and return the response."""
    return browsing.send(page, press="act=import", follow=False, **typed)


def imported(browsing: Browsing, page: Page, **typed: Any) -> Page:
    """Press Import, have it done, and return the page that says so."""
    response = confirm(browsing, page, **typed)
    assert response.status == 303, response.html
    run(job_of(page))
    return browsing.open(page.path)


def counts(page: Page) -> dict[str, str]:
    return {term.text: value.text for term, value in zip(page.all("dt"), page.all("dd"), strict=True)}


def alerts(page: Page) -> list[str]:
    return [box.one("div").text for box in page.all("div", class_="message")]


def tokens(page: Page) -> dict[str, Any]:
    return {field["name"]: field["value"] for field in page.all("input", type="hidden") if "token" in field["name"]}
