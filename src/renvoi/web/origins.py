"""Hides what counts as this site: the hosts that are answered, and the origin from which a choice may be sent."""

import re
from functools import lru_cache

from ada_url import URL

from renvoi.config import Config
from renvoi.web.headers import Headers, Scope

# A site has a few names; a stranger may send any, and long ones.
_OFTEN, _REMEMBERED = 100, 64
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:@/\\?#\[\]]+)(?::[0-9]{1,5})?")


class OwnSite:
    """This site, as the configuration knows it."""

    def __init__(self, config: Config) -> None:
        self._hosts = frozenset(host.lower() for host in config.hosts)
        self._verdict = lru_cache(maxsize=_REMEMBERED)(self._is_ours)
        self._origin = str(URL(config.public_url).origin) if config.public_url else ""

    def allows_host(self, scope: Scope) -> bool:
        """Whether the request is for a host of ours. Its port says nothing; two Host headers are one too many."""
        host = Headers(scope).only(b"host")
        return host is not None and self.is_own_host(host)

    def is_own_host(self, host: str) -> bool:
        """Whether that value of Host names this site."""
        return (self._verdict if len(host) <= _OFTEN else self._is_ours)(host)

    def _is_ours(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found[1].lower().removesuffix(".")
        return name in self._hosts or "*" in self._hosts or self._is_below_one(name)

    def is_same_origin(self, scope: Scope) -> bool:
        """Whether a form was sent from a page of ours: no other site may choose for a visitor."""
        headers = Headers(scope)
        if headers.only(b"sec-fetch-site") == "same-origin":
            return True
        own = self._origin or f"{scope.get('scheme', 'http')}://{headers.only(b'host') or ''}".lower()
        return headers.only(b"origin") == own

    def _is_below_one(self, name: str) -> bool:
        """As Django reads it, ".example.com" stands for that host and for all below it."""
        return any(host.startswith(".") and f".{name}".endswith(host) for host in self._hosts)
