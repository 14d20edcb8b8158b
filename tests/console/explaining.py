"""The page « Pourquoi? » in tests: what the ledger records, and what the page shows."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urljoin

from renvoi.domain.ledger_entry import Entry
from renvoi.history.models import ChangeSet
from renvoi.publication.models import ArchivedTable
from tests.cast import (
    generation,
)
from tests.console.browsing import Browsing, Element, Page

ADDRESS = "/console/history/why/"
FIRST_AT = datetime(2026, 3, 3, 19, 5, tzinfo=UTC)
"""When the first table of these tests was published: 14:05 in Toronto."""
UNRECORDED = "0199c2f0-5c3e-7a41-9b1d-3f6a2c8e4d10"
SENT_TO_SIGN_UP = "Le client potentiel a été envoyé à votre adresse d’inscription"
Record = Callable[..., Entry]


def published(at: datetime = FIRST_AT) -> int:
    """Let the newest version be published at a moment, and return its number."""
    ArchivedTable.objects.filter(generation=generation()).update(published_at=at)
    ChangeSet.objects.filter(generation=generation()).update(at=at)
    return generation()


def plain(element: Element) -> str:
    """Return the text of an element with plain spaces in place of no-break ones."""
    return element.text.replace("\u00a0", " ")


def click(console: Browsing, page: Page, link: Element) -> Page:
    return console.open(urljoin(page.path, link["href"]))


def facts(page: Page) -> dict[str, str]:
    """Return the facts of the answer by their terms."""
    rows = page.one("dl", class_="facts").all("div")
    return {plain(row.one("dt")): plain(row.one("dd")) for row in rows}


def standings(page: Page) -> dict[str, str]:
    """Return what became of each partner, by name."""
    rows = page.one("ul", class_="standings").all("li")
    partners = [row for row in rows if row.all("p", class_="standing-head")]
    return {plain(row.one("p", class_="standing-head")): plain(row.one("p", class_="fate")) for row in partners}


def answer(page: Page) -> str:
    return plain(page.one("h2", id="answer"))
