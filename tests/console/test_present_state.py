"""Beside a partner's settings: what the partner is doing now."""

from datetime import timedelta

import pytest
from django.utils import timezone

from renvoi.partners import actions
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, AZULEJO, stored, with_changes
from tests.console.browsing import Browsing, Element, Page
from tests.console.filling import NEW, path_of

pytestmark = pytest.mark.django_db


def facts(page: Page) -> dict[str, str]:
    """Return what the page says of the present, by label."""
    beside: Element = page.one("aside", class_="now")
    (rows,) = beside.all("dl")
    return dict(zip((term.text for term in rows.all("dt")), (detail.text for detail in rows.all("dd")), strict=True))


def test_it_says_state_redirects_and_where_the_partner_is_alone(alo_brasil: Partner, console: Browsing) -> None:
    Partner.objects.filter(id=alo_brasil.id).update(sent_30_days=1234)
    stored(with_changes(AZULEJO, countries=("PT",), url_en="https://azulejo.example/en"))
    assert facts(console.open(path_of(alo_brasil))) == {
        "État": "Actif",
        "Redirections": "1\u00a0234 en 30 jours",
        "Pays sans autre partenaire": "Brésil",
    }


@pytest.mark.parametrize(
    ("field", "days", "text"),
    [
        ("agreement_starts_on", 9, "Entente à venir à partir du {}"),
        ("agreement_ends_on", 9, "Actif jusqu’au {}"),
        ("agreement_ends_on", -9, "Entente échue le {}"),
    ],
)
def test_it_says_the_day_on_which_the_state_changes(field: str, days: int, text: str, console: Browsing) -> None:
    day = timezone.localdate() + timedelta(days=days)
    partner = stored(
        with_changes(ALO_BRASIL, agreement_starts_on=None, agreement_ends_on=None) if field else ALO_BRASIL
    )
    Partner.objects.filter(id=partner.id).update(**{field: day})
    assert facts(console.open(path_of(partner)))["État"] == text.format(day)


def test_a_paused_partner_is_alone_nowhere(console: Browsing) -> None:
    partner = stored(with_changes(ALO_BRASIL, status="paused"))
    present = facts(console.open(path_of(partner)))
    assert (present["État"], present["Pays sans autre partenaire"]) == ("En pause", "Aucun")


def test_each_country_leads_to_what_its_prospects_get(alo_brasil: Partner, console: Browsing) -> None:
    links = [
        link
        for link in console.open(path_of(alo_brasil)).one("aside", class_="now").all("a")
        if "?country=" in link["href"]
    ]
    assert [link["href"].split("/")[-1] for link in links] == ["?country=BR", "?country=PT"]
    assert [(link.text, link["target"]) for link in links] == [
        ("Brésil (nouvel onglet)", "_blank"),
        ("Portugal (nouvel onglet)", "_blank"),
    ]


def test_neither_a_new_partner_nor_one_in_the_trash_has_a_present_state(alo_brasil: Partner, console: Browsing) -> None:
    actions.trash_partner(partner_id=alo_brasil.id, actor=None, channel="console")
    for path in (NEW, path_of(alo_brasil)):
        headings = [heading.text for heading in console.open(path).one("aside").all("h2")]
        assert headings == ["Une fois enregistré", "Aperçu pour les visiteurs"]
