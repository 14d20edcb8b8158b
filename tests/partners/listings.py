"""Partners to list, with one of every state, and listings of them."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.http import QueryDict

from renvoi.domain.places import Language
from renvoi.partners.fields import PartnerValues
from renvoi.partners.lists.columns import COLUMNS
from renvoi.partners.lists.listing import PartnerListing
from tests.cast import ALO_BRASIL, a_partner

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
COLUMN_NAMES = [column.name for column in COLUMNS]

PRAIRIE = a_partner("Prairie Answers", "US", "CA", url_en="https://prairie.example/start")
BAMAKO = a_partner("Bamako Accueil", "ML", url_en="", url_fr="https://bamako.example/fr")
MOGADISHU = a_partner("Mogadishu Voice", "SO", status="paused")
OEUVRE = a_partner("Œuvre vocale", "FR", agreement_starts_on=TODAY + DAY)
NIL = a_partner("Standard du Nil", "EG", agreement_ends_on=TODAY - DAY)
ELYSEE = a_partner("L’Élysée répond", "DK", agreement_ends_on=TODAY)
MADRID = a_partner("madrid contesta", "ES")
ALL_PARTNERS = (ALO_BRASIL, PRAIRIE, BAMAKO, MOGADISHU, OEUVRE, NIL, ELYSEE, MADRID)


def query_dict(query: Mapping[str, str]) -> QueryDict:
    """Return the query as `request.GET` would hold it."""
    params = QueryDict(mutable=True)
    params.update(query)
    return params


def listing(language: Language = "fr", **query: str) -> PartnerListing:
    return PartnerListing.from_query(query_dict(query), language=language, today=TODAY)


def listed_names(language: Language = "fr", **query: str) -> list[str]:
    return [partner.name for partner in listing(language, **query).rows()]


def names(*partners: PartnerValues) -> list[str]:
    return [partner.name for partner in partners]
