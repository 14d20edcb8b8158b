"""Name a finding of the history: “Agreement without a successor (Aló Brasil)”.

The history records the key of a finding, with the name of its partner behind it: what the page says of an open finding
needs the table, which has changed since.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from renvoi.console.sentences import current_language
from renvoi.domain.findings.finding import Kind
from renvoi.domain.places import country_name, parse_country

KIND_LABELS: Mapping[Kind, Promise] = {
    "no_partner": gettext_lazy("Country without a partner"),
    "choice": gettext_lazy("Partners of equal priority"),
    "unreached": gettext_lazy("Partner never reached"),
    "one_language": gettext_lazy("One language only"),
    "ending": gettext_lazy("Agreement without a successor"),
    "territories": gettext_lazy("State without its territories"),
    "no_source": gettext_lazy("Nothing tells the country"),
}
"""The name of each kind, in the order in which they are shown."""
_WITH_COUNTRY = frozenset({"no_partner", "choice", "territories"})


def finding_name(recorded: str) -> str:
    """Return the kind and the subject of a finding whose `name` the history recorded, in the active language.

    Another version may have recorded another text: it is its own name.
    """
    key, _, partner = recorded.partition(" ")
    kind, _, subject = key.partition(":")
    label = next((label for name, label in KIND_LABELS.items() if name == kind), None)
    if label is None:
        return recorded
    country = parse_country(subject.rpartition(":")[2]) if kind in _WITH_COUNTRY else None
    names = [
        *([partner] if partner else ()),
        *([country_name(country, language=current_language())] if country else ()),
    ]
    return f"{label} ({', '.join(names)})" if names else str(label)
