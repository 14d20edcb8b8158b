"""Find the time zone of a stored name, also where this machine does not know that name.

Names are retired: Debian installs the old ones in a package of their own, and some are gone from every machine. CLDR
lists the names that a zone has or had. For a name that no list has, it is UTC: no stored name may prevent an answer.
"""

from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

FALLBACK = "UTC"


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of a name, or of another name of the same zone, or else UTC. Never raises."""
    return ZoneInfo(known_name(name) or FALLBACK)


def known_name(name: str) -> str | None:
    """Return the name itself if this machine knows it, another name of the same zone that it knows, or None."""
    if is_known_zone(name):
        return name
    return next(filter(is_known_zone, _other_names(name)), None)


def is_known_zone(name: str) -> bool:
    """Tell whether this machine knows a time zone by that name."""
    try:
        ZoneInfo(name)
    # A name may be absent, malformed, or that of a folder of the database ("America").
    except (KeyError, ValueError, OSError):
        return False
    return True


def _other_names(name: str) -> Iterator[str]:
    from babel.core import get_global  # noqa: PLC0415 (only a name that is not known needs it)

    aliases = get_global("zone_aliases")
    current = aliases.get(name, name)
    yield current
    yield from (alias for alias, of in aliases.items() if of == current)
