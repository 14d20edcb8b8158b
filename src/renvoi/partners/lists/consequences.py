"""Hides what would be left of the service if some partners received nobody."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from renvoi.domain.places import CountryCode, Language
from renvoi.partners.lists.columns import with_state
from renvoi.partners.models import Partner, ServedCountry

_COUNTED: tuple[Language, ...] = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Loss:
    """A country that would lose its last partner; or, where `language` is given, its last address in that language."""

    country: CountryCode
    language: Language | None = None


def losses(leaving: QuerySet[Partner], *, today: date) -> list[Loss]:
    """What would be lost today if those partners received nobody, by code. Two queries, however many they are.

    A partner that receives nobody today takes nothing away.
    """
    able = with_state(Partner.objects.filter(trashed_at=None), today=today).filter(Q(state="active"))
    present = _served(able)
    taken = _served(able.filter(id__in=leaving.order_by().values("id")))
    found: list[Loss] = []
    for country, (all_taken, *taken_in) in sorted(taken.items()):
        everyone, *present_in = present[country]
        if all_taken == everyone:
            found.append(Loss(country))
            continue
        for language, ours, theirs in zip(_COUNTED, taken_in, present_in, strict=True):
            if ours and ours == theirs:
                found.append(Loss(country, language))
    return found


def _served(partners: QuerySet[Partner]) -> dict[CountryCode, tuple[int, int, int]]:
    """Country → how many of the partners serve it, and how many of these have an address in French and in English."""
    served = ServedCountry.objects.filter(partner__in=partners.values("id")).values("country").order_by("country")
    counted = served.annotate(
        everyone=Count("id"),
        in_french=Count("id", filter=~Q(partner__url_fr="")),
        in_english=Count("id", filter=~Q(partner__url_en="")),
    )
    return {CountryCode(row["country"]): (row["everyone"], row["in_french"], row["in_english"]) for row in counted}
