"""Adapt django-allauth: no sign-up, our own error messages and limits, and recognized browsers."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from renvoi.people.models import User
from renvoi.people.own_site import is_console_target
from renvoi.people.passwords.allowances import TooManyAttempts
from renvoi.people.passwords.checking import check_sign_in
from renvoi.people.passwords.devices import recognized_device, remember_device
from renvoi.people.sessions import describe_session
from renvoi.web.headers import Headers
from renvoi.web.trusted_proxies import FORWARDING_HEADERS, client_address, parse_peer

TOO_MANY = "too_many_login_attempts"
"""Code of the refusal of a sign-in whose password was not checked. Its parameter `retry_after_s` is in seconds."""


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Allow no sign-up: accounts are created with `renvoi create-admin`."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The email or password is incorrect. Check both, then try again."),
        "invalid_login": _("The email or password is incorrect. Check both, then try again."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then try again."),
        "account_inactive": _("This account is switched off."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 (allauth's signature)
        """Return False."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Return whether signing in may lead to this address: only to a page of the console."""
        return is_console_target(context.request, url)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the account, active or not, or None. Raises ValidationError with the code TOO_MANY."""
        email, password = credentials["email"], credentials["password"]
        device = recognized_device(request, email=email)
        try:
            return check_sign_in(
                email=email,
                password=password,
                address=self.get_client_ip(request),
                device_id=device.id if device else None,
            )
        except TooManyAttempts as error:
            params = {"retry_after_s": error.retry_after_s}
            raise ValidationError(self.error_messages[TOO_MANY], code=TOO_MANY, params=params) from error

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Return the response to a sign-in that has succeeded. Sets the cookie by which the browser is recognized."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        device = remember_device(request, response, user)
        describe_session(request, user, device_id=str(device.id))
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client address, by which failed sign-ins are limited. Trusts only our own proxies' headers."""
        forwarded = {name: request.headers.get(name.decode()) for name in FORWARDING_HEADERS}
        pairs = [(name, text.encode("latin-1", "replace")) for name, text in forwarded.items() if text is not None]
        headers = Headers({"headers": pairs})
        peer = parse_peer(request.META.get("REMOTE_ADDR") or "")
        return str(client_address(headers, peer=peer, proxies=settings.CONFIG.trusted_proxies) or peer or "unknown")
