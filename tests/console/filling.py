"""Hides how the page Réglages du partenaire is filled and read."""

from typing import Any

from renvoi.partners.models import Partner
from renvoi.partners.values import PartnerValues
from tests.cast import ALO_BRASIL, typed
from tests.console.browsing import Browsing, Page, contents

LIST, NEW = "/console/partners/", "/console/partners/new/"


def path_of(partner: Partner) -> str:
    return f"{LIST}{partner.id}/"


def chips(page: Page) -> list[str]:
    """The countries that are chosen, as the page shows them."""
    return [chip.all("span")[0].text for box in page.all("ul", class_="chips") for chip in box.all("li")]


def add(who: Browsing, page: Page, code: str, **fields: Any) -> Page:
    return who.send(page, press="add_country=1", country=code, **fields)


def filled(who: Browsing, values: PartnerValues = ALO_BRASIL) -> Page:
    """The page of a new partner with everything typed and every country added, not yet saved."""
    page = who.open(NEW)
    for code in values.countries:
        page = add(who, page, code, **typed(values))
    return page


def value(page: Page, name: str) -> str:
    """What the field holds, as the page would send it."""
    return contents(page.form())[name][0].replace("\r\n", "\n")
