"""Add N generated partners to the Renvoi of RENVOI_DATA_DIR: `python -m tools.fill N`.

The same N gives the same partners. It serves measurements and the inspection of a long list. Run `renvoi migrate`
first.
"""

import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta

from renvoi.cli.setup import configure
from renvoi.domain.places import COUNTRIES

_SYLLABLES = (
    "al",
    "ba",
    "ce",
    "dou",
    "é",
    "fan",
    "gri",
    "ho",
    "in",
    "jo",
    "ka",
    "lé",
    "mo",
    "nou",
    "or",
    "pa",
    "qui",
    "ro",
)


def generate_partners(count: int, *, seed: int = 2026) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Yield (form fields, country codes) of each partner. About `count` / 50 partners serve each country."""
    rng = random.Random(seed)  # noqa: S311 (not a secret)
    countries = sorted(COUNTRIES)
    for number in range(count):
        word = "".join(rng.choices(_SYLLABLES, k=4))
        host = f"{number}.{''.join(rng.choices('abcdefghijklmnop', k=8))}.example"
        ends_on = date(2026, 1, 1) + timedelta(days=rng.randrange(1500)) if rng.random() < 0.5 else None
        fields = {
            "name": f"{word.capitalize()} {number}",
            "url_en": f"https://{host}/en/welcome",
            "url_fr": f"https://{host}/fr/bienvenue",
            "description_en": " ".join(rng.choices(_SYLLABLES, k=60))[:255],
            "description_fr": " ".join(rng.choices(_SYLLABLES, k=60))[:255],
            "status": "paused" if rng.random() < 0.05 else "active",
            "priority": str(rng.randint(1, 9)),
            "agreement_ends_on": ends_on.isoformat() if ends_on else "",
        }
        yield fields, rng.sample(countries, k=rng.choice([1, 1, 2, 3, 5, 18]))


def main(count: int) -> None:
    """Create `count` partners and print how many were added."""
    configure()
    from django.db import connection  # noqa: PLC0415 (Django must be ready first)

    from renvoi.partners.actions import create_partners  # noqa: PLC0415 (as above)
    from renvoi.partners.values import parse_partner  # noqa: PLC0415 (as above)

    values = (parse_partner(fields, countries=countries) for fields, countries in generate_partners(count))
    print(f"{create_partners(many=values, actor=None, channel='cli')} partners added.")
    if connection.vendor == "postgresql":
        # Autovacuum does this within a minute; until then the planner assumes an empty table.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].isdecimal():
        sys.exit("usage: python -m tools.fill NUMBER")
    main(int(sys.argv[1]))
