"""Adapt django-allauth: no sign-up, our own error messages, and the client address behind trusted proxies."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from renvoi.web.headers import Headers
from renvoi.web.trusted_proxies import FORWARDING_HEADERS, client_address, parse_address


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Allow no sign-up: accounts are created with `renvoi create-admin`."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The email or the password is not right."),
        "invalid_login": _("The email or the password is not right."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then try again."),
        "account_inactive": _("This account is switched off."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 (allauth's signature)
        """Return False."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client address, by which sign-in attempts are limited. Trusts only our own proxies' headers."""
        forwarded = {name: request.headers.get(name.decode()) for name in FORWARDING_HEADERS}
        pairs = [(name, text.encode("latin-1", "replace")) for name, text in forwarded.items() if text is not None]
        headers = Headers({"headers": pairs})
        peer = parse_address(request.META.get("REMOTE_ADDR") or "")
        return str(client_address(headers, peer=peer, proxies=settings.CONFIG.trusted_proxies) or peer or "unknown")
