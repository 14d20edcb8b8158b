"""Answer confirmations, and read what they say has changed."""

from renvoi.partners.models import Partner
from tests.cast import a_partner
from tests.console.browsing import Browsing, Page

LIST, TRASH = "/console/partners/", "/console/trash/"
PAUSE, RESUME, DELETE = f"{LIST}pause/", f"{LIST}resume/", f"{LIST}delete/"
NBSP = "\u00a0"
FADO = a_partner("Fado", "PT")


def change_on(page: Page) -> str:
    """Return what the page says has changed."""
    (message,) = [box for box in page.all("div", class_="message") if box.get("role") == "alert"]
    return message.text


def press_ok(browsing: Browsing, page: Page, **typed: str) -> Page:
    """Submit the question on that page."""
    return browsing.send(page, action=page.path.partition("?")[0], press="", follow=True, **typed)


def states() -> dict[str, str]:
    """Return the status of each partner by name, or `trash`."""
    return {one.name: "trash" if one.trashed_at else one.status for one in Partner.objects.all()}
