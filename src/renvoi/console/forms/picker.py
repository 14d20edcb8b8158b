"""The country field of a form: the choices with the names that find them, the chosen ones, and their territories.

The page has all that a script needs to add and remove countries by itself: `js/countries.js`, `js/combobox.js`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from renvoi.console.forms.countries import added_sentences, named_countries, removed_sentences
from renvoi.console.sentences import current_language
from renvoi.domain.country_search import STATES_WITH_TERRITORIES, ambiguous_names, other_names
from renvoi.domain.names.agreement import Agreement, agreement
from renvoi.domain.places import COUNTRIES, CountryCode, Language, country_name, country_sort_key, territories_of

_LABELS: dict[str, str | Promise] = {
    "DK": gettext_lazy("Also add territories of Denmark"),
    "FR": gettext_lazy("Also add territories of France"),
    "GB": gettext_lazy("Also add territories of the United Kingdom"),
    "NL": gettext_lazy("Also add territories of the Netherlands"),
    "US": gettext_lazy("Also add territories of the United States"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A country as the page shows it. `names` are its other names, folded.

    `order` is its place in the alphabet; a text that is no country has none. `agrees` is how French agrees with it.
    """

    code: str
    name: str
    order: int | None
    names: str
    agrees: Agreement = "m"


@dataclass(frozen=True, slots=True)
class Offer:
    """The territories of a state: those that can be added, and those that are chosen already."""

    state: str
    label: str | Promise
    territories: list[tuple[Choice, bool]]
    is_shown: bool
    is_open: bool

    @property
    def count(self) -> int:
        """How many can be added."""
        return sum(not is_chosen for _territory, is_chosen in self.territories)


def picker(*, chosen: Iterable[str], added: Iterable[str]) -> dict[str, Any]:
    """Return the context of the country field. The territories of the states just `added` are open."""
    codes, language, just_added = set(chosen), current_language(), set(added)
    choices = _all_choices(language)
    return {
        "chosen": [choices.get(code) or Choice(code, name, None, "") for code, name in named_countries(codes)],
        "choices": [choice for choice in choices.values() if choice.code not in codes],
        "offers": [
            Offer(
                state=state,
                label=_LABELS[state],
                territories=[(choice, choice.code in codes) for choice in _territories(state, language)],
                is_shown=state in codes and not codes.issuperset(territories_of(state)),
                is_open=state in just_added,
            )
            for state in STATES_WITH_TERRITORIES
        ],
        "ambiguous": "|".join(ambiguous_names()),
        "spoken": _spoken(),
    }


def _territories(state: CountryCode, language: Language) -> list[Choice]:
    territories = set(territories_of(state))
    return [choice for choice in _all_choices(language).values() if choice.code in territories]


@cache
def _all_choices(language: Language) -> dict[str, Choice]:
    codes = sorted(COUNTRIES, key=lambda code: country_sort_key(code, language=language))
    names = {code: country_name(code, language=language) for code in codes}
    return {
        code: Choice(code, names[code], order, "|".join(other_names(code, shown=names[code])), agreement([code]))
        for order, code in enumerate(codes)
    }


def _spoken() -> dict[str, str]:
    """Return what the script announces; it fills in {country}, {count}, {number} and {name}."""
    blanks = {"country": "{country}", "count": "{count}"}
    return {
        **{f"added_{agrees}": sentence % blanks for agrees, sentence in added_sentences().items()},
        **{f"removed_{agrees}": sentence % blanks for agrees, sentence in removed_sentences().items()},
        "one": ngettext("%(count)d country", "%(count)d countries", 1).replace("%(count)d", "{number}"),
        "many": ngettext("%(count)d country", "%(count)d countries", 2).replace("%(count)d", "{number}"),
        "others": ngettext("%(count)d other", "%(count)d others", 2).replace("%(count)d", "{number}"),
        "unknown": _("No country is named %(names)s.") % {"names": _("“%(name)s”") % {"name": "{name}"}},
        "ambiguous_name": _("“%(name)s” can be %(countries)s. Type the one you mean.")
        % {"name": "{name}", "countries": "{country}"},
        "already": _("%(country)s is in the list already.") % {"country": "{country}"},
    }
