"""The list of partners on one day as a value, the countries that its search matches, its description, its counts."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from babel.numbers import format_decimal
from django.db.models import Count, Q
from django.http import QueryDict
from django.utils.translation import ngettext, override

from renvoi.domain.places import CountryCode, Language, country_name, country_sort_key, find_countries
from renvoi.lists.description import describe_order, describe_search
from renvoi.lists.listing import Listing
from renvoi.partners.lists.columns import SOON, partner_source, with_state
from renvoi.partners.models import Partner, ServedCountry


@dataclass(frozen=True, kw_only=True)
class PartnerListing(Listing[Partner]):
    """Which partners are listed on a day of the operator, in which order, on which page."""

    today: date

    @classmethod
    def from_query(cls, query: QueryDict, *, language: Language, today: date) -> "PartnerListing":
        """Parse a query string. Never fails: a wrong or unknown parameter is ignored."""
        return cls.parse(query, source=partner_source(today=today), language=language, today=today)

    @cached_property
    def matched_countries(self) -> frozenset[CountryCode]:
        """The countries that the keyword in Countries matches."""
        return find_countries(self.keywords.get("countries", ""))

    def countries_of(self, partner: Partner) -> list[tuple[CountryCode, str, bool]]:
        """Return a partner's countries to display: (code, name, whether it matches), matches first, then by name."""
        countries = [(code, country_name(code, language=self.language)) for code in partner.countries]
        matched = self.matched_countries
        return sorted(
            ((code, name, code in matched) for code, name in countries),
            key=lambda country: (not country[2], country_sort_key(country[0], language=self.language)),
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """How many countries are served by partners outside the trash, and how many active agreements end within SOON."""

    countries: int
    ending: int


def count_all(*, today: date) -> Counts:
    """Return the counts. Two queries, which take several milliseconds if there are many partners."""
    # Few partners are in the trash. Excluding them reads one index; joining each row's partner would read every row.
    served = ServedCountry.objects.exclude(partner__in=Partner.objects.exclude(trashed_at=None))
    countries: int = served.aggregate(countries=Count("country", distinct=True))["countries"]
    present = Partner.objects.filter(trashed_at=None)
    ending = with_state(present.filter(agreement_ends_on__range=(today, today + SOON)), today=today)
    return Counts(countries=countries, ending=ending.filter(Q(is_ending=1)).count())


def count_present() -> int:
    """Return how many partners are outside the trash."""
    return Partner.objects.filter(trashed_at=None).count()


def describe_export(listing: PartnerListing, *, count: int, all_partners: int) -> str:
    """Describe an export in the listing's language: « 12 partenaires sur 312, triés par nom »."""
    with override(listing.language):
        numbers = {"found": count, "all": all_partners}
        figures = {name: format_decimal(number, locale=f"{listing.language}_CA") for name, number in numbers.items()}
        phrases = [ngettext("%(found)s partner of %(all)s", "%(found)s partners of %(all)s", count) % figures]
        phrases += describe_search(listing)
        return ", ".join(phrases if count == 1 else [*phrases, describe_order(listing)])
