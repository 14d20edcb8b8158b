"""Whose token a request has. Only the Authorization header counts: addresses end up in logs and histories."""

import logging
from datetime import UTC, date, datetime
from http import HTTPStatus

from django.http import HttpRequest
from django.utils.translation import gettext as _

from renvoi.api.problems import Problem
from renvoi.people.models import ApiToken
from renvoi.people.own_site import address_of
from renvoi.people.tokens.checking import find_valid, may, note_use
from renvoi.people.tokens.secret import parts_of
from renvoi.web.rate_limit import TOKEN_BURST, TOKEN_PER_SECOND, guess_buckets, refusal_buckets, token_buckets

_CHALLENGE = 'Bearer realm="Renvoi"'
_logger = logging.getLogger(__name__)


def authenticate(request: HttpRequest, *, today: date) -> ApiToken:
    """Return the valid token of a request. Raises Problem: 401, or 429 if too many wrong ones were sent.

    They are counted by address and, whatever the addresses, by the token that they guess at. A valid token always
    works: its secret is 256 random bits, which no number of guesses finds, and nobody can lock its owner out.
    """
    scheme, _space, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            _("Send a token in the header Authorization, after the word Bearer."),
            headers={"WWW-Authenticate": _CHALLENGE},
        )
    token = find_valid(credentials.strip(), today=today)
    if token is None:
        raise _wrong(request, credentials.strip())
    note_use(token, at=datetime.now(UTC))
    return token


def take_permit(token: ApiToken) -> dict[str, str]:
    """Return the headers that say how many requests the token may still send. Raises Problem (429) if it is none."""
    taken = token_buckets().ask(token.public_id.encode())
    headers = {
        "RateLimit-Policy": f'"token";q={TOKEN_BURST};w={TOKEN_BURST // TOKEN_PER_SECOND}',
        "RateLimit": f'"token";r={taken.remaining};t={taken.full_in_s}',
        # What programs read that were written before these were drafted.
        "RateLimit-Limit": str(TOKEN_BURST),
        "RateLimit-Remaining": str(taken.remaining),
        "RateLimit-Reset": str(taken.full_in_s),
    }
    if taken.wait_s:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            _("This token has sent too many requests. Wait, then try again."),
            headers={**headers, "Retry-After": str(taken.wait_s)},
        )
    return headers


def require_scope(token: ApiToken, scope: ApiToken.Scope) -> None:
    """Raise Problem (403) if the token, or the present role of its account, does not allow this."""
    if may(token, scope):
        return
    sentence = (
        _("This token can only read.")
        if token.scope != ApiToken.Scope.WRITE
        else _("The role of the token’s account does not allow changes.")
    )
    _logger.warning("A token may not do what it was sent for: token %s, scope %s", token.public_id, scope)
    challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{scope}"'
    raise Problem(HTTPStatus.FORBIDDEN, sentence, headers={"WWW-Authenticate": challenge})


def _wrong(request: HttpRequest, text: str) -> Problem:
    wait_s = refusal_buckets().take(address_of(request))
    sentence = _("Too many wrong tokens came from this address. Wait, then try again.")
    if not wait_s and (parts := parts_of(text)):
        # Also of a token that does not exist: the answer tells nobody which ones do.
        wait_s = guess_buckets().ask(parts[0].encode()).wait_s
        sentence = _("Too many wrong secrets of this token were sent. Wait, then try again.")
    if wait_s:
        return Problem(HTTPStatus.TOO_MANY_REQUESTS, sentence, headers={"Retry-After": str(wait_s)})
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        _("This token is unknown, expired or revoked, or its account is switched off."),
        headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'},
    )
