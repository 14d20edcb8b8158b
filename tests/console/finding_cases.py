"""What causes each kind of finding, what mends it and what changes its facts, and how the page is read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from renvoi.domain.findings.finding import Kind
from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Partner
from renvoi.reports.models import VisitsOnDay
from tests.cast import (
    a_partner,
    stored,
    stored_many,
    today,
    with_changes,
)
from tests.console.browsing import Browsing, Page

FINDINGS = "/console/coverage/findings/"
NBSP = "\u00a0"


def both(name: str, *codes: str, **more: Any) -> Any:
    """Return a partner that lacks no address in either language."""
    return a_partner(name, *codes, url_fr="https://fr.example/", **more)


def titles(page: Page) -> list[str]:
    """Return what the open findings say."""
    lists = [one for one in page.all("ul", class_="findings") if not _is_accepted(page, one)]
    return [heading.text for one in lists for heading in one.all("h3")]


def accepted(page: Page) -> list[str]:
    return [heading.text for box in page.all("details", class_="accepted") for heading in box.all("h3")]


def _is_accepted(page: Page, one: Any) -> bool:
    return any(one is other for box in page.all("details", class_="accepted") for other in box.all("ul"))


def row_of(page: Page, title: str) -> Any:
    (row,) = [row for one in page.all("ul", class_="findings") for row in one.all("li") if row.one("h3").text == title]
    return row


def soon() -> date:
    return today() + timedelta(days=30)


def prepare_no_partner() -> None:
    VisitsOnDay.objects.create(day=today(), country="PT", language="fr", decision="none", visits=3)


def mend_no_partner(page: Page, console: Browsing) -> None:
    console.send(page, name="Papaye", url_en="https://papaye.example/", url_fr="https://papaye.example/fr")


def prepare_choice() -> None:
    stored_many(both("Azur", "BR"), both("Brun", "BR"))


def mend_priority(page: Page, console: Browsing) -> None:
    console.send(page, priority="1")


def prepare_unreached() -> None:
    stored_many(both("Azur", "BR", priority=1), both("Éperlan", "BR", priority=2))


def prepare_one_language() -> None:
    stored(a_partner("Bell", "BR"))


def mend_address(page: Page, console: Browsing) -> None:
    console.send(page, url_fr="https://bell.example/fr")


def prepare_ending() -> None:
    stored(both("Azur", "BR", agreement_ends_on=soon()))


def mend_agreement(page: Page, console: Browsing) -> None:
    console.send(page, agreement_ends_on="")


def prepare_territories() -> None:
    stored(both("Azur", "FR"))


def mend_territories(page: Page, console: Browsing) -> None:
    console.send(console.send(page, press="add_territories=FR"))


@dataclass(frozen=True, slots=True)
class Case:
    """What causes a finding, what it says, how the page that its link leads to mends it, and what changes its facts."""

    prepare: Callable[[], None]
    title: str
    link: str
    mend: Callable[[Page, Browsing], None]
    change: Callable[[], object]


CASES: dict[Kind, Case] = {
    "no_partner": Case(
        prepare_no_partner,
        "Le Portugal n’a pas de partenaire.",
        "Nouveau partenaire",
        mend_no_partner,
        lambda: stored(both("Pourpre", "PT", status="paused")),
    ),
    "choice": Case(
        prepare_choice,
        "Au Brésil, les clients potentiels doivent choisir entre 2 partenaires.",
        "Réglages d’Azur",
        mend_priority,
        lambda: stored(both("Cyan", "BR")),
    ),
    "unreached": Case(
        prepare_unreached,
        "Éperlan ne reçoit aucun client potentiel.",
        "Réglages d’Éperlan",
        mend_priority,
        lambda: change("Éperlan", priority=3),
    ),
    "one_language": Case(
        prepare_one_language,
        "Bell n’a pas d’adresse en français.",
        "Réglages de Bell",
        mend_address,
        lambda: change("Bell", description_en="Every day."),
    ),
    "ending": Case(
        prepare_ending,
        "L’entente avec Azur arrive à échéance sans relève",
        "Réglages d’Azur",
        mend_agreement,
        lambda: change("Azur", agreement_ends_on=soon() + timedelta(days=1)),
    ),
    "territories": Case(
        prepare_territories,
        "Azur dessert la France sans tous ses territoires.",
        "Réglages d’Azur",
        mend_territories,
        lambda: stored(both("Cyan", "RE")),
    ),
}


def change(name: str, **fields: Any) -> Partner:
    partner = Partner.objects.prefetch_related("served").get(name=name)
    values = with_changes(PartnerValues.of(partner), **fields)
    saved = actions.update_partner(
        partner_id=partner.id, values=values, expected_version=partner.version, actor=None, channel="console"
    )
    return saved.partner


def is_open(page: Page, case: Case) -> bool:
    return any(title.startswith(case.title) for title in titles(page))


def accept_links(page: Page) -> set[str]:
    """Return the links that accept the open findings: each names the key of its finding."""
    links = [link["href"] for one in page.all("ul", class_="findings") for link in one.all("a")]
    return {link for link in links if link.startswith(f"{FINDINGS}accept/")}


def accept(console: Browsing, kind: Kind, case: Case, *, reason: str = "Voulu ainsi") -> Page:
    (title,) = [title for title in titles(console.open(f"{FINDINGS}?kind={kind}")) if title.startswith(case.title)]
    row = row_of(console.open(f"{FINDINGS}?kind={kind}"), title)
    (link,) = [link for link in row.all("a") if link["href"].startswith(f"{FINDINGS}accept/")]
    return console.send(console.open(link["href"]), reason=reason)
