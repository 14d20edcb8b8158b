"""Find the countries and languages that would lose their last partner if some partners stopped receiving prospects."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from renvoi.domain.places import CountryCode, Language
from renvoi.partners.lists.columns import with_state
from renvoi.partners.models import Partner, ServedCountry

_LANGUAGES: tuple[Language, ...] = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Loss:
    """A country that would lose its last partner or, if `language` is set, its last address in that language."""

    country: CountryCode
    language: Language | None = None


def losses(leaving: QuerySet[Partner], *, today: date) -> list[Loss]:
    """Return what would be lost today if the partners `leaving` received no prospects, sorted by country code.

    A partner that is not active today causes no loss. Two queries, for any number of partners.
    """
    active = with_state(Partner.objects.filter(trashed_at=None), today=today).filter(Q(state="active"))
    counts_now = _count_by_country(active)
    counts_leaving = _count_by_country(active.filter(id__in=leaving.order_by().values("id")))
    result: list[Loss] = []
    for country, (total_leaving, *leaving_by_language) in sorted(counts_leaving.items()):
        total_now, *now_by_language = counts_now[country]
        if total_leaving == total_now:
            result.append(Loss(country))
            continue
        for language, leaving_count, count in zip(_LANGUAGES, leaving_by_language, now_by_language, strict=True):
            if leaving_count and leaving_count == count:
                result.append(Loss(country, language))
    return result


def _count_by_country(partners: QuerySet[Partner]) -> dict[CountryCode, tuple[int, int, int]]:
    """Map each country to (partners that serve it, those with a French address, those with an English address)."""
    served = ServedCountry.objects.filter(partner__in=partners.values("id")).values("country").order_by("country")
    rows = served.annotate(
        total=Count("id"),
        in_french=Count("id", filter=~Q(partner__url_fr="")),
        in_english=Count("id", filter=~Q(partner__url_en="")),
    )
    return {CountryCode(row["country"]): (row["total"], row["in_french"], row["in_english"]) for row in rows}
