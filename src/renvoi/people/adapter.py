"""Adapt django-allauth: no sign-up, our own error messages and limits, and recognized browsers."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from renvoi.people.models import SecurityEvent, User
from renvoi.people.own_site import address_of, is_console_target
from renvoi.people.passwords.allowances import TooManyAttempts
from renvoi.people.passwords.checking import check_sign_in
from renvoi.people.passwords.devices import recognized_device, remember_device
from renvoi.people.security.origins import origin_of
from renvoi.people.security.recording import record, record_refused
from renvoi.people.sessions import describe_session

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

    def get_login_stages(self) -> list[str]:
        """Return the stages between a right password and being signed in: the second factor."""
        return ["renvoi.people.factors.adapter.SecondFactorStage"]

    def is_safe_url(self, url: str) -> bool:
        """Return whether signing in may lead to this address: only to a page of the console."""
        return is_console_target(context.request, url)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the account, active or not, or None. Raises ValidationError with the code TOO_MANY."""
        email, password = credentials["email"], credentials["password"]
        device = recognized_device(request, email=email)
        try:
            account = check_sign_in(
                email=email,
                password=password,
                address=self.get_client_ip(request),
                device_id=device.id if device else None,
            )
        except TooManyAttempts as error:
            self._refused(SecurityEvent.Kind.ATTEMPTS_REFUSED, request, email)
            params = {"retry_after_s": error.retry_after_s}
            raise ValidationError(self.error_messages[TOO_MANY], code=TOO_MANY, params=params) from error
        if account is None or not account.is_active:
            self._refused(SecurityEvent.Kind.SIGN_IN_FAILED, request, email)
        return account

    def _refused(self, kind: SecurityEvent.Kind, request: HttpRequest, email: str) -> None:
        # Those that are not checked are without number: a write for each would hold up those who work.
        record_refused(kind, email=email, origin=origin_of(request), counts=kind == SecurityEvent.Kind.SIGN_IN_FAILED)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Return the response to a sign-in that has succeeded. Sets the cookie by which the browser is recognized."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        with transaction.atomic():
            device = remember_device(request, response, user)
            describe_session(request, user, device_id=str(device.id))
            record(SecurityEvent.Kind.SIGNED_IN, account=user, origin=origin_of(request, actor=user))
        return response

    def logout(self, request: HttpRequest) -> None:
        """End the session of the request."""
        with transaction.atomic():
            if isinstance(request.user, User):
                record(SecurityEvent.Kind.SIGNED_OUT, account=request.user, origin=origin_of(request))
            super().logout(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client address, by which failed sign-ins are limited. Trusts only our own proxies' headers."""
        return str(address_of(request) or "unknown")
