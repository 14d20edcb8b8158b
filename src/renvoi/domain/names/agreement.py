"""Gender and number of the French names of countries: « France ajoutée », « États-Unis ajoutés ».

Genders are those of the Bureau de la traduction of Canada (TERMIUM Plus, Clefs du français pratique); an island whose
gender varies has that of Canadian usage. Each was reviewed in `tests/domain/country_phrases.txt`.
"""

from collections.abc import Sequence
from typing import Literal

from renvoi.domain.names.countries import FRENCH_FORMS, FRENCH_PHRASES

Agreement = Literal["m", "f", "mp", "fp"]
"""Masculine or feminine, singular or plural (p)."""

# Feminine names whose article is not "la": it is elided or plural, or they have none.
_ELIDED = "AD AL AM AR AT AU BV CX DE DZ EE EG ER ES ET ID IE IM IN IS IT NF SA UA ZA"
_PLURAL = "AS AX BM BS CC CK FJ FK FO GS HM KM KY MH MP MV PH PN PW SB SC TC TF TO UM VG VI"
_WITHOUT_ARTICLE = "AG AI AW CU CY GG JE LC MS MT MU NU SG SH TT YT"
_FEMININE = frozenset(f"{_ELIDED} {_PLURAL} {_WITHOUT_ARTICLE}".split())


def is_plural_name(code: str) -> bool:
    """Return whether the French name is plural. A code that this version does not know is singular."""
    return FRENCH_FORMS.get(code, ("", ""))[0] == "les " or code in FRENCH_PHRASES


def agreement(codes: Sequence[str]) -> Agreement:
    """Return how a participle agrees with the French names of these countries: feminine only if all of them are.

    A text that is no code is masculine.
    """
    is_feminine = bool(codes) and all(_is_feminine(code) for code in codes)
    if len(codes) > 1 or any(map(is_plural_name, codes)):
        return "fp" if is_feminine else "mp"
    return "f" if is_feminine else "m"


def _is_feminine(code: str) -> bool:
    return code in _FEMININE or FRENCH_FORMS.get(code, ("", ""))[0] == "la "
