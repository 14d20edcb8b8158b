"""Which countries, and languages within them, lose their last partner when some partners leave."""

from datetime import date, timedelta

import pytest

from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.lists.consequences import Loss, losses
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, AZULEJO, a_partner, country, stored, stored_many, with_changes

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 25)
DAY = timedelta(days=1)
BOTH = "https://fado.example/"
BRAZIL, PORTUGAL = Loss(country("BR")), Loss(country("PT"))


def lost(*partners: Partner) -> list[Loss]:
    return losses(Partner.objects.filter(id__in=[partner.id for partner in partners]), today=TODAY)


def test_country_without_another_partner_is_lost() -> None:
    partner = stored(ALO_BRASIL)
    assert lost(partner) == [BRAZIL, PORTUGAL]
    stored(AZULEJO)
    assert lost(partner) == [BRAZIL]


def test_language_without_another_address_is_lost() -> None:
    partner, english = stored_many(ALO_BRASIL, a_partner("Fado", "PT"))
    assert lost(partner) == [BRAZIL, Loss(country("PT"), "fr")]
    assert lost(english) == []
    stored(a_partner("Saudade", "BR", url_en="", url_fr=BOTH))
    assert lost(partner) == [Loss(country("BR"), "en"), Loss(country("PT"), "fr")]


def test_partners_leaving_together_lose_their_common_country() -> None:
    partner, other = stored_many(ALO_BRASIL, AZULEJO)
    assert PORTUGAL not in lost(partner) + lost(other)
    assert lost(partner, other) == [Loss(country("AO")), BRAZIL, PORTUGAL]


@pytest.mark.parametrize(
    "unable",
    [
        with_changes(AZULEJO, status="paused"),
        with_changes(AZULEJO, agreement_ends_on=TODAY - DAY),
        with_changes(AZULEJO, agreement_starts_on=TODAY + DAY),
    ],
)
def test_inactive_partner_neither_prevents_nor_causes_a_loss(unable: PartnerValues) -> None:
    partner, other = stored_many(ALO_BRASIL, unable)
    assert lost(partner) == [BRAZIL, PORTUGAL]
    assert lost(other) == []


def test_trashed_partner_neither_prevents_nor_causes_a_loss() -> None:
    partner, other = stored_many(ALO_BRASIL, AZULEJO)
    actions.trash_partner(partner_id=other.id, actor=None, channel="console")
    assert lost(partner) == [BRAZIL, PORTUGAL]
    assert lost(other) == []
