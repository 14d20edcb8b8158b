"""Check that a request is for one of this site's hosts, and that a form comes from this site's origin."""

import re
from functools import lru_cache

from ada_url import URL

from renvoi.config import Config
from renvoi.web.headers import Headers, Scope

# A site has a few host names, but a client may send any number of others, of any length.
_MAX_CACHED_LENGTH, _CACHE_SIZE = 100, 64
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:@/\\?#\[\]]+)(?::[0-9]{1,5})?")


class OwnSite:
    """The hosts and the origin of this site, as configured."""

    def __init__(self, config: Config) -> None:
        self._hosts = frozenset(host.lower() for host in config.hosts)
        self._is_own_host_cached = lru_cache(maxsize=_CACHE_SIZE)(self._matches_allowed_host)
        self._origin = str(URL(config.public_url).origin) if config.public_url else ""

    def allows_host(self, scope: Scope) -> bool:
        """Return whether the request is for an allowed host. The port is ignored; a repeated Host header is refused."""
        host = Headers(scope).single(b"host")
        return host is not None and self.is_own_host(host)

    def is_own_host(self, host: str) -> bool:
        """Return whether a value of the Host header names this site."""
        return (self._is_own_host_cached if len(host) <= _MAX_CACHED_LENGTH else self._matches_allowed_host)(host)

    def _matches_allowed_host(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match[1].lower().removesuffix(".")
        return name in self._hosts or "*" in self._hosts or self._is_subdomain(name)

    def is_same_origin(self, scope: Scope) -> bool:
        """Return whether a form was sent from a page of this site: no other site may choose for a visitor."""
        headers = Headers(scope)
        if headers.single(b"sec-fetch-site") == "same-origin":
            return True
        own = self._origin or f"{scope.get('scheme', 'http')}://{headers.single(b'host') or ''}".lower()
        return headers.single(b"origin") == own

    def _is_subdomain(self, name: str) -> bool:
        """As in Django's ALLOWED_HOSTS, ".example.com" matches that host and all its subdomains."""
        return any(host.startswith(".") and f".{name}".endswith(host) for host in self._hosts)
