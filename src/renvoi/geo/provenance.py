"""Describe the origin of country data: source, required attribution and date."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# The attributions that the vendors of well-known databases require wherever they are used.
_ATTRIBUTIONS = {
    "GeoLite2": "This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com",
    "DBIP": "IP Geolocation by DB-IP, https://db-ip.com",
    "ipinfo": "IP address data powered by IPinfo, https://ipinfo.io",
    "IPFire": "IPFire Location database, IPFire Project, CC BY-SA 4.0, https://location.ipfire.org/",
}
# The year in which MaxMind introduced its format. A day of tolerance allows for a clock that is slow.
_EARLIEST = datetime(2012, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(days=1)

OLD_AFTER = timedelta(days=365)
"""Age from which data are old. Addresses move between countries: after a year, several per cent are wrong."""

AGING_AFTER = timedelta(days=60)
"""Age from which somebody should import newer data: their makers publish every week or month."""

ALTERED = "is damaged: it is truncated or altered"
"""The message of Damaged for a file whose content is inconsistent."""


class Damaged(Exception):
    """A file is damaged. The message is the predicate of a sentence whose subject is the file: "is damaged: ..."."""


class DatabaseRefused(Exception):
    """A file is not a usable country database. The message is one sentence that names the file."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of country data.

    `networks` is the number of networks that have a country, or None if counting them is slow: use `count_networks`.
    """

    source: str
    attribution: str
    built_at: datetime
    networks: int | None = None

    def is_old(self, at: datetime) -> bool:
        """Tell whether the data are more than a year old at an aware datetime."""
        return at - self.built_at > OLD_AFTER

    def is_aging(self, at: datetime) -> bool:
        """Tell whether newer data should be imported: the data are more than 60 days old at an aware datetime."""
        return at - self.built_at > AGING_AFTER


def attribution_of(source: str) -> str:
    """Return the attribution that the vendor of a source requires; empty if the source is unknown."""
    return next((text for vendor, text in _ATTRIBUTIONS.items() if vendor.lower() in source.lower()), "")


def is_plausible(built_at: datetime, *, now: datetime) -> bool:
    """Tell whether a file that exists now can have been built at that time."""
    return _EARLIEST <= built_at <= now + _TOLERANCE
