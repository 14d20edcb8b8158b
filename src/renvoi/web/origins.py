"""Decide what leads to this site: hosts of requests, origins of forms, targets of redirects, addresses of partners."""

import logging
import time
from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from ada_url import URL

from renvoi.config import Config
from renvoi.hosts import ANY_HOST, canonical_host, canonical_origin, split_host
from renvoi.web.headers import Headers, Scope

# A site has a few host names, but a client may send any number of others, of any length.
_MAX_CACHED_LENGTH, _CACHE_SIZE = 100, 64
# The machine itself. Browsers resolve all names under "localhost" to it, and Linux the unspecified addresses too.
_THIS_MACHINE = (".localhost", "0.0.0.0", "[::]")  # noqa: S104 (compared, not listened at)
_ENCODED_SLASHES = ("%2f", "%5c")
_DEFAULT_PORTS = {"http": 80, "https": 443}

_MAX_LINES, _LINES_WITHIN_S = 10, 60.0
_logger = logging.getLogger(__name__)
_logged_at: deque[float] = deque(maxlen=_MAX_LINES)


class OwnSite:
    """The names under which this Renvoi is reached. Every comparison is made here, in canonical form (`renvoi.hosts`).

    `patterns` are the hosts, as in Django's ALLOWED_HOSTS: ".example.com" is that host and its subdomains, "*" any.
    `public_url` is the configured public URL; empty if there is none.
    """

    def __init__(self, config: Config) -> None:
        self.patterns = (*config.hosts, *_THIS_MACHINE)
        self._names = frozenset(self.patterns) - {ANY_HOST}
        self._suffixes = tuple(name for name in self._names if name.startswith("."))
        self._accepts_any = ANY_HOST in self.patterns
        self._is_own_host_cached = lru_cache(maxsize=_CACHE_SIZE)(self._matches_own_host)
        self.public_url = config.public_url
        self._public_port = _port_of(config.public_url)

    def allows_host(self, scope: Scope) -> bool:
        """Return whether the request is for an own host. The port is ignored; a repeated Host header is refused."""
        host = Headers(scope).single(b"host")
        return host is not None and self.is_own_host(host)

    def is_own_host(self, header: str) -> bool:
        """Return whether a value of the Host header names this site."""
        cached = len(header) <= _MAX_CACHED_LENGTH
        return (self._is_own_host_cached if cached else self._matches_own_host)(header)

    def is_own_address(self, hostname: str, *, port: int, own_ports: Iterable[int] = ()) -> bool:
        """Return whether an address with this host leads here, whatever its port.

        A loopback address leads here only at the port of the public URL or one of `own_ports`, where this Renvoi
        listens: other programs have the others.
        """
        host = canonical_host(hostname)
        if host is None:
            return False
        if _is_this_machine(host):
            return port in {self._public_port, *own_ports}
        return self._is_named(host)

    def is_same_origin(self, scope: Scope) -> bool:
        """Return whether a form was sent from a page of this site: no other site may choose for a visitor."""
        headers = Headers(scope)
        return self.is_from_own_page(
            origin=headers.single(b"origin") or "",
            host=headers.single(b"host") or "",
            scheme=str(scope.get("scheme", "http")),
            fetch_site=headers.single(b"sec-fetch-site") or "",
        )

    def is_from_own_page(self, *, origin: str, host: str, scheme: str, fetch_site: str = "") -> bool:
        """Return whether these values of Origin, Host and Sec-Fetch-Site come with a form of a page of this site.

        The page has the public origin, or else that of the request: the host, which has been checked, and the port of
        its Host header, and the scheme of the public URL, which a proxy in front may speak, or without one `scheme`.
        """
        if fetch_site == "same-origin":
            return True
        own = canonical_origin(origin)
        if own is None:
            return False
        return own == self.public_url or self._is_origin_of_request(own, host=host, scheme=scheme)

    def is_own_target(self, target: str, *, host: str, scheme: str, prefix: str) -> bool:
        """Return whether a browser that is redirected to `target` stays on this site, under the path `prefix`.

        `host` and `scheme` are those of the request. The target is parsed as a browser does, with its backslashes, dot
        segments and control characters. A relative path is none, because "http:x/" is one on a page that is http only.
        """
        base = f"{scheme}://{host}"
        if not target.startswith(("/", "http://", "https://")):
            return False
        try:
            url = URL(target, base=base)
        except ValueError:
            return False
        # A proxy may decode an encoded slash, and then resolve the dot segments around it.
        is_ambiguous = any(escape in url.pathname.lower() for escape in _ENCODED_SLASHES)
        if is_ambiguous or url.username or url.password or not url.pathname.startswith(prefix):
            return False
        return url.origin == URL(base).origin or self.is_from_own_page(origin=url.origin, host=host, scheme=scheme)

    def _matches_own_host(self, header: str) -> bool:
        split = split_host(header)
        return split is not None and (self._accepts_any or self._is_named(split[0]))

    def _is_named(self, host: str) -> bool:
        return host in self._names or f".{host}".endswith(self._suffixes)

    def _is_origin_of_request(self, origin: str, *, host: str, scheme: str) -> bool:
        expected_scheme = urlsplit(self.public_url).scheme or scheme
        split = split_host(host)
        if split is None or urlsplit(origin).scheme != expected_scheme:
            return False
        port = split[1] or _DEFAULT_PORTS[expected_scheme]
        return canonical_origin(f"{expected_scheme}://{split[0]}:{port}") == origin


own_site = lru_cache(maxsize=4)(OwnSite)
"""Return the OwnSite of a configuration: the same one each time."""


def log_foreign_host() -> None:
    """Log that a request for another site was refused: one line without the host, at most ten times a minute."""
    now = time.monotonic()
    if len(_logged_at) < _MAX_LINES or now - _logged_at[0] > _LINES_WITHIN_S:
        _logged_at.append(now)
        _logger.warning("A request for a host that is none of this site's was refused.")


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _port_of(origin: str) -> int | None:
    if not origin:
        return None
    parts = urlsplit(origin)
    return parts.port or _DEFAULT_PORTS[parts.scheme]
