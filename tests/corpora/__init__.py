"""Hostile input for the tests: the project's own tables, and outside data wherever they lie beside the checkout.

Nothing here needs the outside data. A test asks for a kind of text by its name and does not see where a text is from.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from tests.corpora.injections import FORMULAS, LINE_ENDS, OTHER_SITES, SQL
from tests.corpora.markup import MARKUP, TEMPLATES
from tests.corpora.naughty import NAUGHTY
from tests.corpora.outside import outside_cases

Kind = Literal["naughty_strings", "xss", "ssti", "sql", "csv_formulas", "crlf", "open_redirects"]

_OWN: Mapping[Kind, Sequence[str]] = {
    "naughty_strings": NAUGHTY,
    "xss": MARKUP,
    "ssti": TEMPLATES,
    "sql": SQL,
    "csv_formulas": FORMULAS,
    "crlf": LINE_ENDS,
    "open_redirects": OTHER_SITES,
}


def corpus(kind: Kind) -> list[str]:
    """The texts of that kind, each once. The outside ones come last."""
    outside = (text for text in outside_cases(f"{kind}.json") if isinstance(text, str))
    return [*dict.fromkeys([*_OWN[kind], *outside])]


def sendable(texts: Iterable[str]) -> list[str]:
    """Those that a form or an address can bring: a text from bytes has no half of a surrogate pair."""
    return [text for text in texts if not any("\ud800" <= character <= "\udfff" for character in text)]
