"""What a field that finds countries while one types needs to know of their names.

A browser finds a country much as `places.find_countries` does: the typed words are folded (`names.keys`), without an
article before them, and compared with the beginning of each word of each name.
"""

from functools import cache

from renvoi.domain.names.countries import AMBIGUOUS_NAMES, TERRITORIES
from renvoi.domain.names.keys import fold, words
from renvoi.domain.places import ARTICLES, CountryCode, names_of_countries

STATES_WITH_TERRITORIES: tuple[CountryCode, ...] = tuple(CountryCode(code) for code in sorted(TERRITORIES))
"""The states to which other country codes belong (`places.territories_of`)."""


@cache
def search_names(country: CountryCode) -> tuple[str, ...]:
    """Return the folded words of the names of a country: French, English, common and former, without articles.

    Left out is a name whose words another one contains: whatever is found by it is found by the other.
    """
    names = frozenset(map(_without_article, names_of_countries()[country]))
    return tuple(sorted(name for name in names if not any(_contains(other, name) for other in names - {name})))


@cache
def ambiguous_names() -> tuple[str, ...]:
    """Return the folded words of each name that several countries may have, such as "congo"."""
    return tuple(sorted({words(fold(name)) for ambiguous in AMBIGUOUS_NAMES for name in ambiguous.names.split(", ")}))


def other_names(country: CountryCode, *, shown: str) -> tuple[str, ...]:
    """Return the search names of a country that the name which the page shows does not contain."""
    folded = words(fold(shown))
    return tuple(name for name in search_names(country) if not _contains(folded, name))


def _contains(name: str, other: str) -> bool:
    return f" {other}" in f" {name}"


def _without_article(name: str) -> str:
    article, _, rest = name.partition(" ")
    return rest if rest and article in ARTICLES else name
