"""Read a visitor's country, region and language from an HTTP request; each has several sources, in a fixed order."""

import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from renvoi.config import Config
from renvoi.domain.places import CountryCode, Language, parse_country, parse_region
from renvoi.domain.routing import Draw, Visitor
from renvoi.visitor.coding import Codings, choose_codings
from renvoi.visitor.cookies import NOTHING_REMEMBERED, CookieNames, Remembered, remembered_in
from renvoi.visitor.crawlers import CrawlerDetector
from renvoi.visitor.params import QueryParams, parse_params
from renvoi.visitor.sources import NO_PLACE, Place, find_visitor, negotiate_language, negotiate_language_cached
from renvoi.web.headers import Headers, Scope, parse_cookies, parse_urlencoded
from renvoi.web.trusted_proxies import FORWARDING_HEADERS, Address, are_private, client_address, is_trusted, parse_peer

CountryOf = Callable[[Address], CountryCode | None]
"""Looks an address up in the country database; returns None if it is not there."""
CountryOfText = Callable[[bytes], CountryCode | None]
"""Looks up what `parse_address` makes of a text, in less time. None may also mean that it takes no such text."""

_MAX_CACHED_COOKIE_BYTES, _MAX_CACHED_PEERS = 500, 256

CACHE_SIZE = 4096
"""How many parsed cookies, places and targets are cached, in memory only."""

_X_FORWARDED_FOR, _FORWARDED = FORWARDING_HEADERS
_PREFETCH_HEADERS = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
_PREFETCH = re.compile(r"prefetch|prerender|preview|instant", re.IGNORECASE)


class Evidence(NamedTuple):
    """What a request says about its sender, beside the URL's parameters. Nothing of it is believed yet.

    `peer` is the address at the other end of the connection, empty for a Unix socket. The others are values of headers,
    None for one that is absent; `country` and `region` are those of the configured headers.
    """

    peer: str
    forwarded_for: bytes | None = None
    cookie: bytes | None = None
    country: bytes | None = None
    region: bytes | None = None


class Request(NamedTuple):
    """The parts of an HTTP request on which its response depends. Never stored.

    `address` is the client's address, None if not known. `remembered` comes from its cookies.
    `is_crawler`: the user agent declares a crawler. `is_prefetch`: the browser loads the page in advance. Neither is
    counted.
    """

    method: str
    path: str
    params: QueryParams
    visitor: Visitor
    codings: Codings
    address: Address | None
    remembered: Remembered
    is_prefetch: bool
    is_crawler: bool


class RequestReader:
    """Reads requests for one configuration: from the scope of an ASGI server, or from the `Evidence` in a known head.

    Both ways end in the same order of sources.
    """

    def __init__(
        self, config: Config, *, country_of: CountryOf, country_of_text: CountryOfText = lambda _: None
    ) -> None:
        """If `country_of_text` finds a country for a text, `country_of` must find the same for the address in it."""
        self._proxies = config.trusted_proxies
        self._country_header = config.country_header.encode()
        self._region_header = config.region_header.encode()
        self._country_of = country_of
        self._country_of_text = country_of_text
        # No address that has a country is then one of a proxy.
        self._has_private_proxies_only = are_private(config.trusted_proxies)
        self._is_peer_trusted = lru_cache(maxsize=_MAX_CACHED_PEERS)(self._trusts)
        self._cookie_names = CookieNames.from_config(config)
        self._crawlers = CrawlerDetector()
        self._remembered = lru_cache(maxsize=CACHE_SIZE)(self._parse_cookie)
        self._place_from_proxy = lru_cache(maxsize=CACHE_SIZE)(self._parse_place)
        self.variable_headers = (_X_FORWARDED_FOR, b"cookie", self._country_header, self._region_header)
        """The headers whose values are the fields of `Evidence` behind the first, in this order; empty for none."""
        self.declined_headers = frozenset((_FORWARDED, *_PREFETCH_HEADERS))
        """The headers that can change a response, and of which `Evidence` knows nothing."""
        consulted = [b"accept-language", b"cookie", b"user-agent", *_PREFETCH_HEADERS]
        if self._proxies:
            from_proxies = (self._country_header, self._region_header, *FORWARDING_HEADERS)
            consulted += [header for header in from_proxies if header]
        self.consulted = tuple(consulted)
        """The headers on which responses depend, for Vary."""

    def read(self, scope: Scope, *, default_language: Language, is_click: bool = False) -> Request:
        """Return the request of an http scope. Accepts any bytes. For `is_click` see `visitor_of`."""
        headers = Headers(scope)
        peer = _parse_peer_cached(_peer_of(scope))
        address = client_address(headers, peer=peer, proxies=self._proxies)
        params = parse_params(parse_urlencoded(scope.get("query_string", b"")))
        remembered = remembered_in(parse_cookies(headers), names=self._cookie_names)
        preferred = negotiate_language(headers.joined(b"accept-language"), default_language)
        return Request(
            method=str(scope.get("method", "")),
            path=str(scope.get("path", "")),
            params=params,
            visitor=find_visitor(
                params,
                remembered,
                self._place_in(headers) if is_trusted(peer, proxies=self._proxies) else NO_PLACE,
                self._country_of_address,
                address,
                params.language or remembered.language or preferred,
                is_click,
            ),
            codings=choose_codings(headers.joined(b"accept-encoding")),
            address=address,
            remembered=remembered,
            is_prefetch=any(_PREFETCH.search(value) for name in _PREFETCH_HEADERS for value in headers.getlist(name)),
            is_crawler=self._crawlers.is_crawler(headers.joined(b"user-agent")),
        )

    def visitor_of(
        self,
        evidence: Evidence,
        params: QueryParams,
        accept_language: str,
        *,
        default_language: Language,
        is_click: bool,
    ) -> Visitor:
        """Return the visitor of a request that has none of `declined_headers`, and no header of `Evidence` twice.

        `accept_language` is at most MAX_CACHED_HEADER_BYTES long. `is_click`: the visitor clicked on a card, whose link
        has the country as a parameter. Renvoi itself put that parameter there. The country's source is therefore the
        first other source that yields the same country, and the parameter only if there is none.
        """
        peer, _, cookie, country, region = evidence
        remembered = self._remembered_by(cookie)
        from_proxy = NO_PLACE
        if country is not None or region is not None:
            from_proxy = self._place_from_proxy(peer, country, region)
        return find_visitor(
            params,
            remembered,
            from_proxy,
            self._country_of_evidence,
            evidence,
            params.language or remembered.language or negotiate_language_cached(accept_language, default_language),
            is_click,
        )

    def has_wished(self, evidence: Evidence, country: CountryCode | None) -> bool:
        """Return whether a cookie of such a request remembers a wish for a country."""
        return country in self._remembered_by(evidence.cookie).wishes

    def address_of(self, evidence: Evidence) -> Address | None:
        """Return the client's address of such a request; None if it can't be known."""
        forwarded_for = evidence.forwarded_for
        headers = Headers({"headers": [] if forwarded_for is None else [(_X_FORWARDED_FOR, forwarded_for)]})
        return client_address(headers, peer=_parse_peer_cached(evidence.peer), proxies=self._proxies)

    def is_crawler(self, agent: bytes) -> bool:
        """Return whether a value of User-Agent declares a crawler."""
        return self._crawlers.is_crawler(agent.decode("latin-1"))

    def _country_of_address(self, address: Address | None) -> CountryCode | None:
        return None if address is None else self._country_of(address)

    def _country_of_evidence(self, evidence: Evidence) -> CountryCode | None:
        peer, forwarded_for, _, _, _ = evidence
        if not self._is_peer_trusted(peer):
            country = self._country_of_text(peer.encode())
        elif forwarded_for is not None and self._has_private_proxies_only:
            # If the last hop has a country, then it is no proxy, and nothing to its left can change that.
            country = self._country_of_text(forwarded_for.rpartition(b",")[2].strip(b" \t"))
        else:
            country = None
        return country or self._country_of_address(self.address_of(evidence))

    def _trusts(self, peer: str) -> bool:
        return is_trusted(_parse_peer_cached(peer), proxies=self._proxies)

    def _remembered_by(self, cookie: bytes | None) -> Remembered:
        common_part = self._cookie_names.common_part
        if cookie is None or common_part not in cookie:
            return NOTHING_REMEMBERED
        # Most cookies are those of other programs, whose values differ from visitor to visitor.
        own = b";".join([pair for pair in cookie.split(b";") if common_part in pair])
        return (self._remembered if len(own) <= _MAX_CACHED_COOKIE_BYTES else self._parse_cookie)(own)

    def _parse_cookie(self, cookie: bytes) -> Remembered:
        return remembered_in(parse_cookies(Headers({"headers": [(b"cookie", cookie)]})), names=self._cookie_names)

    def _parse_place(self, peer: str, country: bytes | None, region: bytes | None) -> Place:
        pairs = ((self._country_header, country), (self._region_header, region))
        headers = Headers({"headers": [(name, value) for name, value in pairs if value is not None]})
        return self._place_in(headers) if self._is_peer_trusted(peer) else NO_PLACE

    def _place_in(self, headers: Headers) -> Place:
        """Return the place that the headers of a trusted proxy name."""
        country, region = headers.single(self._country_header), headers.single(self._region_header)
        return Place(parse_country(country or ""), parse_region(region or ""))


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
_parse_peer_cached = lru_cache(maxsize=_MAX_CACHED_PEERS)(parse_peer)
