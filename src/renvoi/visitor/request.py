"""Read a visitor's country, region and language from an HTTP request; each has several sources, in a fixed order."""

import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from renvoi.config import Config
from renvoi.domain.places import CountryCode, Language, RegionCode, country_of_region, parse_country, parse_region
from renvoi.domain.routing import CountrySource, Draw, Visitor
from renvoi.visitor.crawlers import CrawlerDetector
from renvoi.web.headers import Headers, Scope, parse_cookies, parse_urlencoded
from renvoi.web.negotiation import choose_language, parse_language
from renvoi.web.trusted_proxies import FORWARDING_HEADERS, Address, client_address, is_trusted, parse_peer

CountryOf = Callable[[Address], CountryCode | None]
"""Looks an address up in the country database; returns None if it is not there."""

MAX_CACHED_HEADER_BYTES = 100
"""Headers up to this length have their meaning cached."""

CACHE_SIZE = 4096
"""How many parsed client addresses are cached, in memory only: a visitor who clicks on a card comes back at once."""

_X_FORWARDED_FOR, _FORWARDED = FORWARDING_HEADERS
_PREFETCH_HEADERS = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
_PREFETCH = re.compile(r"prefetch|prerender|preview|instant", re.IGNORECASE)
_SOURCE = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class QueryParams:
    """The validated parameters of a URL, or fields of a form. Values that are not understood are dropped.

    `country_ignored`: a country was given, but not understood.
    """

    country: CountryCode | None = None
    region: RegionCode | None = None
    language: Language | None = None
    source: str = ""
    show_all: bool = False
    country_ignored: bool = False


@dataclass(frozen=True, slots=True)
class CookieNames:
    """The names of the three cookies that remember a visitor's choices."""

    country: str
    region: str
    language: str

    @classmethod
    def from_config(cls, config: Config) -> "CookieNames":
        """Return the names, with the prefix `__Host-` if the public URL is https: browsers refuse it over http."""
        prefix = "__Host-" if config.is_https else ""
        return cls(country=prefix + "renvoi_country", region=prefix + "renvoi_region", language=prefix + "renvoi_lang")


class Request(NamedTuple):
    """The parts of an HTTP request on which its response depends. Never stored.

    `address` is the client's address, None if not known. `remembered_region` comes from the region cookie.
    `is_crawler`: the user agent declares a crawler. `is_prefetch`: the browser loads the page in advance. Neither is
    counted.
    """

    method: str
    path: str
    params: QueryParams
    visitor: Visitor
    address: Address | None
    remembered_region: RegionCode | None
    is_prefetch: bool
    is_crawler: bool

    @property
    def is_head(self) -> bool:
        """Whether the method is HEAD."""
        return self.method == "HEAD"


class RequestReader:
    """Reads requests for one configuration."""

    def __init__(self, config: Config, *, country_of: CountryOf) -> None:
        self._proxies = config.trusted_proxies
        self._country_header = config.country_header.encode()
        self._region_header = config.region_header.encode()
        self._country_of = country_of
        self._cookie_names = CookieNames.from_config(config)
        self._crawlers = CrawlerDetector()
        self._cached_address = lru_cache(maxsize=CACHE_SIZE)(self._client_address)
        full_read = (self._country_header, self._region_header, _FORWARDED, b"cookie", *_PREFETCH_HEADERS)
        self.full_read_headers = frozenset(header for header in full_read if header)
        """The headers that `visitor_of` ignores but that can change the visitor: they need a full read."""
        consulted = [b"accept-language", b"cookie", b"user-agent", *_PREFETCH_HEADERS]
        if self._proxies:
            from_proxies = (self._country_header, self._region_header, *FORWARDING_HEADERS)
            consulted += [header for header in from_proxies if header]
        self.consulted = tuple(consulted)
        """The headers on which responses depend, for Vary."""

    def read(self, scope: Scope, *, default_language: Language) -> Request:
        """Return the request of an http scope. Accepts any bytes."""
        return self._read_simple(scope, default_language) or self._read_full(
            scope, default_language=default_language, skip_parameter_source=False
        )

    def read_click(self, scope: Scope, *, default_language: Language) -> Request:
        """Return the request of a click on a card, whose link has the country as a parameter.

        Renvoi itself put that parameter there. The country's source is therefore the first other source that yields the
        same country, and the parameter only if there is none.
        """
        return self._read_full(scope, default_language=default_language, skip_parameter_source=True)

    def _read_simple(self, scope: Scope, default_language: Language) -> Request | None:
        """Return the request if it has no query string, no cookie and no repeated header, as nearly all; else None.

        The result equals that of `_read_full`, in a third of the time.
        """
        pairs = scope.get("headers", ())
        headers: dict[bytes, bytes] = dict(pairs)
        if scope.get("query_string") or len(headers) < len(pairs) or not self.full_read_headers.isdisjoint(headers):
            return None
        forwarded_for, accept_language = headers.get(_X_FORWARDED_FOR), headers.get(b"accept-language", b"")
        if len(forwarded_for or b"") > MAX_CACHED_HEADER_BYTES or len(accept_language) > MAX_CACHED_HEADER_BYTES:
            return None
        address = self._cached_address(_peer_of(scope), forwarded_for)
        return Request(
            str(scope.get("method", "")),
            str(scope.get("path", "")),
            _NO_PARAMS,
            self._visitor(address, accept_language, default_language),
            address,
            None,
            is_prefetch=False,
            is_crawler=self.is_crawler(headers.get(b"user-agent", b"")),
        )

    def visitor_of(
        self, peer: str, forwarded_for: bytes | None, accept_language: bytes, *, default_language: Language
    ) -> Visitor:
        """Return the visitor of a request that has no query string and none of `full_read_headers`."""
        return self._visitor(self._cached_address(peer, forwarded_for), accept_language, default_language)

    def _visitor(self, address: Address | None, accept_language: bytes, default_language: Language) -> Visitor:
        country = self._country_of(address) if address is not None else None
        return Visitor(
            country, "address" if country else "unknown", None, _negotiate_cached(accept_language, default_language)
        )

    def is_crawler(self, agent: bytes) -> bool:
        """Return whether a value of User-Agent declares a crawler."""
        return self._crawlers.is_crawler(agent.decode("latin-1"))

    def _read_full(self, scope: Scope, *, default_language: Language, skip_parameter_source: bool) -> Request:
        headers = Headers(scope)
        peer = _parse_peer_cached(_peer_of(scope))
        proxy_headers = headers if is_trusted(peer, proxies=self._proxies) else None
        address = client_address(headers, peer=peer, proxies=self._proxies)
        params = parse_params(parse_urlencoded(scope.get("query_string", b"")))
        cookies = parse_cookies(headers)
        candidates = self._country_candidates(params, cookies, proxy_headers, address)
        country, source = _first_country(candidates, skip_parameter_source=skip_parameter_source)
        remembered = _parse_region(cookies.get(self._cookie_names.region))
        region_candidates = (params.region, remembered, self._header_region(proxy_headers))
        return Request(
            method=str(scope.get("method", "")),
            path=str(scope.get("path", "")),
            params=params,
            visitor=Visitor(
                country=country,
                country_source=source,
                region=_first_region(region_candidates, country=country),
                language=params.language or self._negotiate_language(cookies, headers, default=default_language),
            ),
            address=address,
            remembered_region=remembered,
            is_prefetch=any(_PREFETCH.search(value) for name in _PREFETCH_HEADERS for value in headers.getlist(name)),
            is_crawler=self._crawlers.is_crawler(headers.joined(b"user-agent")),
        )

    def _client_address(self, peer: str, forwarded_for: bytes | None) -> Address | None:
        """Return the client's address from the peer's and X-Forwarded-For; None if it can't be known."""
        headers = Headers({"headers": [] if forwarded_for is None else [(_X_FORWARDED_FOR, forwarded_for)]})
        return client_address(headers, peer=_parse_peer_cached(peer), proxies=self._proxies)

    def _country_candidates(
        self, params: QueryParams, cookies: Mapping[str, str], proxy_headers: Headers | None, address: Address | None
    ) -> Iterator[tuple[CountrySource, CountryCode | None]]:
        yield "parameter", params.country
        yield "cookie", parse_country(cookies.get(self._cookie_names.country, ""))
        if proxy_headers is not None:
            yield "header", parse_country(proxy_headers.single(self._country_header) or "")
        if address is not None:
            yield "address", self._country_of(address)

    def _header_region(self, proxy_headers: Headers | None) -> RegionCode | None:
        return _parse_region(proxy_headers.single(self._region_header)) if proxy_headers is not None else None

    def _negotiate_language(self, cookies: Mapping[str, str], headers: Headers, *, default: Language) -> Language:
        cookie = cookies.get(self._cookie_names.language, "")
        accept_language = headers.joined(b"accept-language")
        # Browsers send a few hundred different values, all of them short.
        choose = _choose_cached if len(accept_language) + len(cookie) <= MAX_CACHED_HEADER_BYTES else _choose
        return choose(cookie, accept_language, default)


_NO_PARAMS = QueryParams()


def parse_params(fields: Mapping[str, str]) -> QueryParams:
    """Validate the fields of a query string or a form. Never raises."""
    if not fields:
        return QueryParams()
    country_text = fields.get("country", "").strip()
    country = parse_country(country_text)
    source = fields.get("src", "")
    return QueryParams(
        country=country,
        region=_parse_region(fields.get("region")),
        language=parse_language(fields.get("lang", "")),
        source=source if _SOURCE.fullmatch(source) else "",
        show_all=fields.get("all") == "1",
        country_ignored=country is None and bool(country_text),
    )


def draw_for(address: Address | str | None, *, secret: bytes, at: datetime) -> Draw:
    """Return the function that orders partners of equal priority for one visitor, by the bytes that it returns.

    It is HMAC-SHA256(secret, address ‖ UTC day ‖ partner id): stable for a visitor during a day, the same on every host
    with that secret, and fair over many visitors.
    """

    def draw(partner_id: int) -> bytes:
        # Computed here, not above: most visitors have one partner, and nothing is drawn.
        day = at.astimezone(UTC).date().isoformat()
        return hmac.digest(secret, f"{address or ''}|{day}|{partner_id}".encode(), "sha256")

    return draw


def _peer_of(scope: Scope) -> str:
    """Return the address of the TCP peer; empty if the server knows none (a Unix socket)."""
    client = scope.get("client")
    return str(client[0]) if client else ""


# The peers are a few proxies; without a proxy they are visitors, of whom only the latest stay in the cache.
_parse_peer_cached = lru_cache(maxsize=256)(parse_peer)


def _choose(cookie: str, accept_language: str, default: Language) -> Language:
    return choose_language(parameter=None, cookie=cookie, accept_language=accept_language, default=default)


_choose_cached = lru_cache(maxsize=512)(_choose)


@lru_cache(maxsize=512)
def _negotiate_cached(accept_language: bytes, default: Language) -> Language:
    return _choose("", accept_language.decode("latin-1"), default)


def _first_country(
    candidates: Iterator[tuple[CountrySource, CountryCode | None]], *, skip_parameter_source: bool
) -> tuple[CountryCode | None, CountrySource]:
    """Return the first country that is not None, with its source.

    With `skip_parameter_source`, a country from the parameter gets the next source that yields the same country, if
    there is one.
    """
    for source, country in candidates:
        if country is not None:
            if skip_parameter_source and source == "parameter":
                return country, next((other for other, same in candidates if same == country), source)
            return country, source
    return None, "unknown"


def _parse_region(text: str | None) -> RegionCode | None:
    return parse_region(text) if text else None


def _first_region(candidates: Iterable[RegionCode | None], *, country: CountryCode | None) -> RegionCode | None:
    """Return the first region that is in the country; the others say nothing about this visitor."""
    return next((region for region in candidates if region and country_of_region(region) == country), None)
