"""The cookies that remember a visitor's choices and wishes: their names, and what they say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from renvoi.config import Config
from renvoi.domain.places import CountryCode, Language, RegionCode, parse_country, parse_region
from renvoi.web.negotiation import parse_language

COOKIE_DAYS = 30
"""For how long a browser keeps those that remember choices."""
WISH_DAYS = 7
"""For how long a browser keeps the one that remembers wishes, after the last of them."""
MAX_WISHES = 12
"""How many countries the cookie of wishes names at most. The oldest ones make room."""

_COMMON_PART = b"renvoi_"
_SEPARATOR = "."


@dataclass(frozen=True, slots=True)
class CookieNames:
    """The names of the cookies that remember a visitor's choices and wishes."""

    country: str
    region: str
    language: str
    wish: str

    @property
    def common_part(self) -> bytes:
        """What each of the names contains: a Cookie header without it has none of them."""
        return _COMMON_PART

    @classmethod
    def from_config(cls, config: Config) -> "CookieNames":
        """Return the names, with the prefix `__Host-` if the public URL is https: browsers refuse it over http."""
        prefix = ("__Host-" if config.is_https else "") + _COMMON_PART.decode()
        return cls(
            country=prefix + "country",
            region=prefix + "region",
            language=prefix + "lang",
            wish=prefix + "wish",
        )

    @property
    def days(self) -> Mapping[str, int]:
        """For how many days a browser keeps each cookie, by the name of its field."""
        return {"country": COOKIE_DAYS, "region": COOKIE_DAYS, "language": COOKIE_DAYS, "wish": WISH_DAYS}


class Remembered(NamedTuple):
    """The choices that cookies remember, None for each one that they don't, and the countries of wishes."""

    country: CountryCode | None = None
    region: RegionCode | None = None
    language: Language | None = None
    wishes: tuple[CountryCode, ...] = ()


NOTHING_REMEMBERED = Remembered()


def remembered_in(cookies: Mapping[str, str], *, names: CookieNames) -> Remembered:
    """Return the choices in a request's cookies. Values that are not understood are dropped."""
    return Remembered(
        country=parse_country(cookies.get(names.country, "")),
        region=parse_region(cookies.get(names.region, "")),
        language=parse_language(cookies.get(names.language, "")),
        wishes=_parse_wishes(cookies.get(names.wish, "")),
    )


def wish_value(country: CountryCode, others: Iterable[CountryCode]) -> str:
    """Return the value of the cookie that remembers a new wish beside others, the latest first."""
    return _SEPARATOR.join(list(dict.fromkeys((country, *others)))[:MAX_WISHES])


def set_cookie(name: str, value: str, *, days: int) -> tuple[bytes, bytes]:
    """Return the header that sets a cookie, or deletes it if `days` is 0."""
    secure = "; Secure" if name.startswith("__Host-") else ""
    max_age_s = days * 24 * 60 * 60
    return b"set-cookie", f"{name}={value}; Max-Age={max_age_s}; Path=/; HttpOnly; SameSite=Lax{secure}".encode()


def _parse_wishes(value: str) -> tuple[CountryCode, ...]:
    codes = map(parse_country, value.split(_SEPARATOR, MAX_WISHES)[:MAX_WISHES]) if value else ()
    return tuple(dict.fromkeys(code for code in codes if code is not None))
