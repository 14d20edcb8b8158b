"""Define a finding: what it is about, whom it concerns, and the facts that it rests on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from renvoi.domain.places import LANGUAGES, CountryCode, Language
from renvoi.domain.table import Candidate

Kind = Literal[
    "no_partner",
    "choice",
    "unreached",
    "one_language",
    "ending",
    "territories",
    "no_source",
]
"""What is the matter.

`no_partner`: nobody receives the prospects of a country. `choice`: they must choose, because several partners have the
best priority. `unreached`: a partner receives nobody in any of its countries. `one_language`: a partner has no address,
or no description, in a language that it has in the other. `ending`: an agreement ends soon, and nobody else serves
these countries after that. `territories`: a state is served or covered, and nobody serves its territories.
`no_source`: nothing tells the country of a prospect."""

KINDS: tuple[Kind, ...] = ("no_partner", "choice", "unreached", "one_language", "ending", "territories", "no_source")
"""All kinds, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `subject` names what it is about within its kind: a code, the id of a partner, or both.

    `countries` and `languages` are those of the prospects whom it concerns; of `territories`, the countries are the
    missing territories. `partners` are the partners concerned: of `no_partner`, those that serve the country without
    receiving anybody; of `choice`, those that prospects choose from; otherwise the one that the finding is about.
    `facts` are what it rests on, as JSON values: the finding is another one once they change.
    """

    kind: Kind
    subject: str
    countries: tuple[CountryCode, ...] = ()
    languages: tuple[Language, ...] = LANGUAGES
    partners: tuple[Candidate, ...] = ()
    state: CountryCode | None = None
    ends_on: date | None = None
    lacking: tuple[str, ...] = ()
    facts: tuple[object, ...] = ()

    @property
    def key(self) -> str:
        """A text by which the finding is recognized from one day to the next, such as "ending:12"."""
        return f"{self.kind}:{self.subject}"

    @property
    def digest(self) -> str:
        """The SHA-256 of the facts, in hexadecimal."""
        return hashlib.sha256(json.dumps([self.key, *self.facts]).encode()).hexdigest()

    def prospects(self, demand: Mapping[tuple[CountryCode, Language], int]) -> int:
        """Return how many of these prospects, counted by country and language, the finding concerns."""
        return sum(demand.get((country, language), 0) for country in self.countries for language in self.languages)
