"""The way to the OpenID Connect provider and back. Every problem is said on the sign-in page, with its password form.

The way there is a link, not a form: browsers apply form-action to redirects, and the policy need not name the provider.
It writes nothing but a cookie.
"""

import logging
from urllib.parse import urlencode

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from renvoi.console.views.oidc.problems import CANCELLED, OVER, REFUSALS, REFUSED, UNAVAILABLE, UNUSABLE, Problem
from renvoi.console.views.signing_in import SignIn
from renvoi.people.models import SecurityEvent
from renvoi.people.oidc import journey as journeys
from renvoi.people.oidc.admission import NotAdmitted, admit
from renvoi.people.oidc.exchange import authorization_url, redeem
from renvoi.people.oidc.fetching import ProviderError, ProviderRefusal, ProviderUnavailable
from renvoi.people.oidc.journey import MAX_TARGET, Journey
from renvoi.people.own_site import is_console_target
from renvoi.people.security.origins import provider_origin
from renvoi.people.security.recording import record_refused

_logger = logging.getLogger(__name__)


@login_not_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Lead to the provider."""
    _require_provider()
    target = _own_target(request, request.GET.get(REDIRECT_FIELD_NAME, ""))
    if request.user.is_authenticated:
        return redirect(target or settings.LOGIN_REDIRECT_URL)
    journey = Journey(target=target)
    try:
        url = authorization_url(settings.CONFIG, journey, redirect_uri=redirect_uri())
    except ProviderError as error:
        return _failed(request, error, target=target)
    response = HttpResponseRedirect(url)
    journeys.begin(response, journey)
    return response


@login_not_required
@require_safe
def finish(request: HttpRequest) -> HttpResponse:
    """Sign the person in whom the provider sends back, and lead to the page that was asked for."""
    _require_provider()
    journey = journeys.current(request)
    if journey is None or not journey.is_for(request.GET.get("state", "")):
        return _problem(request, OVER, target=journey.target if journey else "")
    response = _finish(request, journey)
    journeys.end(response)
    return response


def redirect_uri() -> str:
    """Return the address that the provider sends people back to. It is registered there."""
    return f"{settings.CONFIG.public_url}{reverse('provider_callback')}"


def _finish(request: HttpRequest, journey: Journey) -> HttpResponse:
    config, code = settings.CONFIG, request.GET.get("code", "")
    if "error" in request.GET or not code:
        is_denied = request.GET.get("error") == "access_denied"
        return _problem(request, CANCELLED if is_denied else REFUSED, target=journey.target)
    try:
        identity = redeem(config, journey, code=code, redirect_uri=redirect_uri())
    except ProviderError as error:
        return _failed(request, error, target=journey.target)
    origin = provider_origin(request)
    try:
        account = admit(identity, roles=config.oidc_roles, origin=origin)
    except NotAdmitted as refusal:
        record_refused(SecurityEvent.Kind.SIGN_IN_FAILED, email=refusal.email, origin=origin, counts=True)
        return _problem(request, REFUSALS[refusal.reason], target=journey.target)
    record_authentication(request, account, "socialaccount", provider=identity.issuer, uid=identity.subject)
    target = _own_target(request, journey.target)
    response: HttpResponse = perform_login(request, account, email_verification="none", redirect_url=target or None)
    return response


def _require_provider() -> None:
    if not settings.CONFIG.oidc_issuer:
        raise Http404


def _own_target(request: HttpRequest, target: str) -> str:
    return target if target and len(target) <= MAX_TARGET and is_console_target(request, target) else ""


def _failed(request: HttpRequest, error: ProviderError, *, target: str) -> HttpResponse:
    _logger.warning("Sign-in by the provider failed: %s", error)
    if isinstance(error, ProviderUnavailable):
        return _problem(request, UNAVAILABLE, target=target)
    return _problem(request, REFUSED if isinstance(error, ProviderRefusal) else UNUSABLE, target=target)


def _problem(request: HttpRequest, problem: Problem, *, target: str) -> HttpResponse:
    """Return the sign-in page with the problem."""
    page = SignIn()
    page.setup(request)
    sentence = str(problem.sentence) % {"name": settings.CONFIG.provider_name}
    context = page.get_context_data(problem=sentence)
    # The address of this page has the code of a sign-in: the switch of language leads to another one.
    sign_in = reverse("account_login")
    here = f"{sign_in}?{urlencode({REDIRECT_FIELD_NAME: target})}" if target else sign_in
    context |= {"redirect_field_value": target, "redirect_field_name": REDIRECT_FIELD_NAME, "here": here}
    return render(request, "account/login.html", context, status=problem.status)
