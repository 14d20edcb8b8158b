"""Adapt django-allauth's second factors: secrets are encrypted, and sign-in has one stage of its own.

Whoever reads the database, or a copy of it without the secret key, can't compute codes.
"""

import base64
import hmac
from typing import Any
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import resume_login
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY, clear_login
from allauth.account.stages import LoginStageController
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.stages import AuthenticateStage
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from renvoi.people.drafts import has_draft
from renvoi.people.factors.listing import has_factor
from renvoi.people.models import User

_PURPOSE = b"renvoi.people.factors"
_STAMP = "stamp"


class SecretUnreadable(Exception):
    """A secret was not encrypted with the present secret key."""


class StaffFactors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Encrypt what django-allauth stores."""

    def encrypt(self, text: str) -> str:
        """Return the text encrypted."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the text that was encrypted. Raises SecretUnreadable."""
        return decrypt(encrypted_text)


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]  # as above
    """Ask for the second factor of an account that has one. Until then, nobody is signed in."""

    def __init__(self, controller: Any, request: HttpRequest, login: Any) -> None:
        super().__init__(controller, request, login)
        if login.user is not None:
            # It is stored with the sign-in while this waits for the code.
            self.state.setdefault(_STAMP, login.user.session_stamp)

    def _should_handle(self, request: HttpRequest) -> bool:  # noqa: ARG002 (allauth's signature)
        """Return whether the account has a second factor."""
        return self.login.user is not None and has_factor(self.login.user)

    @property
    def account(self) -> User | None:
        """The account that gave its password; None if it was switched off or got another password since."""
        account: User | None = self.login.user
        if account is None or not account.is_active:
            return None
        is_same = hmac.compare_digest(str(self.state.get(_STAMP, "")), account.session_stamp)
        return account if is_same else None

    @property
    def leads_to_draft(self) -> bool:
        """Whether the sign-in leads back to a form that is kept for the account."""
        target = urlsplit(self.login.redirect_url or "").path
        return bool(target) and has_draft(account=self.login.user, path=target)

    def finish(self) -> HttpResponse:
        """Sign the account in, and return the response."""
        self.controller.set_handled(self.key)
        response: HttpResponse = resume_login(self.request, self.login)
        return response


def pending_stage(request: HttpRequest) -> SecondFactorStage | None:
    """Return the stage of the sign-in of this browser that waits for its second factor; None if none does."""
    stage: SecondFactorStage | None = LoginStageController.enter(request, AuthenticateStage.key)
    return stage


def cancel_sign_in(request: HttpRequest) -> None:
    """Forget the sign-in that waits, if there is one."""
    if LOGIN_SESSION_KEY in request.session:
        clear_login(request)


def encrypt(text: str) -> str:
    """Return the text encrypted with a key that is derived from the secret key."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(encrypted: str, *, max_age_s: int | None = None) -> str:
    """Return what `encrypt` encrypted, at most so long ago. Raises SecretUnreadable."""
    try:
        return _fernet().decrypt(encrypted.encode(), ttl=max_age_s).decode()
    except InvalidToken as error:
        raise SecretUnreadable from error


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hmac.digest(settings.SECRET_KEY.encode(), _PURPOSE, "sha256")))
