"""Fill in and read the form of a partner's settings."""

from typing import Any

from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, typed
from tests.console.browsing import Browsing, Page, contents

LIST, NEW = "/console/partners/", "/console/partners/new/"


def path_of(partner: Partner) -> str:
    return f"{LIST}{partner.id}/"


def chips(page: Page) -> list[str]:
    """Return the names of the chosen countries."""
    return [chip.all("span")[0].text for box in page.all("ul", class_="chips") for chip in box.all("li")]


def add(browsing: Browsing, page: Page, code: str, **fields: Any) -> Page:
    return browsing.send(page, press="add_country=1", country=code, **fields)


def filled(browsing: Browsing, values: PartnerValues = ALO_BRASIL) -> Page:
    """Return the form of a new partner with every value typed and every country added, not yet saved."""
    page = browsing.open(NEW)
    for code in values.countries:
        page = add(browsing, page, code, **typed(values))
    return page


def value(page: Page, name: str) -> str:
    """Return the value of the field as the form would submit it."""
    return contents(page.form())[name][0].replace("\r\n", "\n")
