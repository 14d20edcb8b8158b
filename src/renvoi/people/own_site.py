"""Ask `renvoi.web` where a request and its form come from, and where a redirect leads."""

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import REASON_BAD_REFERER, CsrfViewMiddleware, RejectRequest

from renvoi.hosts import canonical_origin
from renvoi.web.headers import Headers
from renvoi.web.origins import own_site
from renvoi.web.trusted_proxies import FORWARDING_HEADERS, Address, client_address, parse_peer

_CONSOLE = "/console/"


def is_from_own_page(request: HttpRequest) -> bool:
    """Return whether the form of this request, whose host is an own one, was sent from a page of this site."""
    return _is_own_origin(request, request.headers.get("Origin", ""))


def is_console_target(request: HttpRequest, target: str) -> bool:
    """Return whether a redirect to `target`, which the request names, leads to a page of the console."""
    return own_site(settings.CONFIG).is_own_target(
        target, host=request.get_host(), scheme=request.scheme or "http", prefix=_CONSOLE
    )


def address_of(request: HttpRequest) -> Address | None:
    """Return the address of the client, or else of its nearest proxy. Trusts only our own proxies' headers."""
    forwarded = {name: request.headers.get(name.decode()) for name in FORWARDING_HEADERS}
    pairs = [(name, text.encode("latin-1", "replace")) for name, text in forwarded.items() if text is not None]
    peer = parse_peer(request.META.get("REMOTE_ADDR") or "")
    return client_address(Headers({"headers": pairs}), peer=peer, proxies=settings.CONFIG.trusted_proxies) or peer


class OwnOriginCsrf(CsrfViewMiddleware):
    """Django's check of the CSRF token, with the function by which the gateway believes an Origin."""

    def _origin_verified(self, request: HttpRequest) -> bool:
        return is_from_own_page(request)

    def _check_referer(self, request: HttpRequest) -> None:
        """Check the Referer of a form that was sent over https without an Origin. Raises RejectRequest."""
        origin = "/".join(request.headers.get("Referer", "").split("/", 3)[:3])
        if canonical_origin(origin) is None or not _is_own_origin(request, origin):
            raise RejectRequest(REASON_BAD_REFERER % origin)


def _is_own_origin(request: HttpRequest, origin: str) -> bool:
    return own_site(settings.CONFIG).is_from_own_page(
        origin=origin,
        host=request.get_host(),
        scheme=request.scheme or "http",
        fetch_site=request.headers.get("Sec-Fetch-Site", ""),
    )
