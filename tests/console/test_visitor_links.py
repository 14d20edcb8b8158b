"""Links from a partner to what prospects of its countries see."""

import pytest
from django.template import engines
from django.test import RequestFactory, override_settings

from renvoi.config import Config
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, stored

INCLUDE = "console/partners/_what_visitors_see.html"
pytestmark = pytest.mark.django_db


def shown(partner: Partner | None) -> str:
    request = RequestFactory().get("/console/partners/1/")
    return engines["django"].get_template(INCLUDE).render({"partner": partner}, request)


def test_each_country_of_the_partner_leads_to_its_page() -> None:
    html = shown(stored(ALO_BRASIL))
    assert html.count("<li>") == 2
    assert html.index('href="http://testserver/?country=BR"') < html.index('href="http://testserver/?country=PT"')


def test_public_address_is_used() -> None:
    with override_settings(CONFIG=Config.model_validate({"public_url": "https://renvoi.example"})):
        assert 'href="https://renvoi.example/?country=BR"' in shown(stored(ALO_BRASIL))


def test_partner_that_is_not_stored_has_no_links() -> None:
    assert shown(None).strip() == ""
    assert shown(Partner(name="x")).strip() == ""
