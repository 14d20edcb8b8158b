"""Hides what is known of country data beside the countries: whose they are, of which day, and under which terms."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# What the makers of well-known files ask to be said where they are used.
_ATTRIBUTIONS = {
    "GeoLite2": "This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com",
    "DBIP": "IP Geolocation by DB-IP, https://db-ip.com",
    "ipinfo": "IP address data powered by IPinfo, https://ipinfo.io",
    "IPFire": "IPFire Location database, IPFire Project, CC BY-SA 4.0, https://location.ipfire.org/",
}
# From MaxMind's first year with its format; a day ahead, for a clock that is behind.
_EARLIEST = datetime(2012, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)

OLD_AFTER = timedelta(days=365)
"""Addresses move from country to country: after a year, several in a hundred answers are wrong."""


ALTERED = "is damaged: it is cut or altered"


class Damaged(Exception):
    """What is wrong with a file: the rest of a sentence that begins with its name."""


class DatabaseRefused(Exception):
    """A file is not a usable country database. The message is one sentence that names the file."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where country data come from. `networks` is None where counting them takes long: `count_networks` does."""

    source: str
    attribution: str
    built_at: datetime
    networks: int | None = None

    def is_old(self, at: datetime) -> bool:
        """Whether they are of more than a year before that moment."""
        return at - self.built_at > OLD_AFTER


def attribution_of(source: str) -> str:
    """What the maker of a file of that kind asks to be said; empty where that is not known here."""
    return next((said for maker, said in _ATTRIBUTIONS.items() if maker.lower() in source.lower()), "")


def is_plausible(built_at: datetime, *, now: datetime) -> bool:
    """Whether a file of today can bear that date."""
    return _EARLIEST <= built_at <= now + _AHEAD
