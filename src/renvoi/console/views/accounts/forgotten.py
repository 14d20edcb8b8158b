"""The page on which a person who has forgotten the password asks for a link by e-mail.

Its answer is the same with and without an account, and so is what the request does: who gets a message is found out
afterwards, in another thread.
"""

from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import ConsoleRequest
from renvoi.console.views.accounts.letters import send_link
from renvoi.people.actions import make_link
from renvoi.people.mail.sending import later, mail_server
from renvoi.people.models import SecurityEvent, User, UserManager
from renvoi.people.oidc.admission import signs_in_only_by_provider
from renvoi.people.passwords.allowances import Attempt, TooManyAttempts, count_check
from renvoi.people.security.origins import Origin, origin_of

MAX_LINKS = 3
"""How many links an account gets in this way within an hour."""


def can_ask() -> bool:
    """Return whether the page exists: there is a mail server, and an address that no request can forge for links."""
    return mail_server() is not None and bool(settings.CONFIG.public_url)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: ConsoleRequest) -> HttpResponse:
    """Ask for the email. POST: send a link to its account, if there is one; 429 with too many requests."""
    if not can_ask():
        raise Http404
    form = TypedForm({"email": gettext_lazy("Email")})
    form.fill({"email": request.POST.get("email", "")})
    if request.method != "POST":
        return _page(request, form)
    email = UserManager.normalize_email(form.raw()["email"])
    origin = origin_of(request)
    try:
        validate_email(email)
        # Counted for every email alike; apart from the sign-ins, so that nobody is locked out by it.
        count_check(Attempt(account=f"forgotten {email}", address=origin.address, device_id=None))
    except ValidationError as error:
        form.refuse(ValidationError({"email": error}))
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except TooManyAttempts as limit:
        sentence = _("Too many attempts. Wait a few minutes, then try again.")
        form.refuse(ValidationError({"email": ValidationError(sentence)}))
        response = _page(request, form, status=HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(limit.retry_after_s)
        return response
    later.call(lambda: send_to_account(email, origin=origin))
    return render(request, "console/accounts/forgotten_sent.html", {"email": email})


def send_to_account(email: str, *, origin: Origin) -> None:
    """Send a link to the active account with that email, if there is one that has not got MAX_LINKS. Raises NotSent."""
    account = User.objects.filter(email=email, is_active=True).first()
    if account is None or signs_in_only_by_provider(account):
        return
    since = timezone.now() - timedelta(hours=1)
    made = SecurityEvent.objects.filter(account=account, kind=SecurityEvent.Kind.LINK_MADE, actor=None, at__gte=since)
    if made.count() >= MAX_LINKS:
        return
    path = reverse("console:password_link", args=[make_link(account=account, origin=origin)])
    send_link("password", account=account, link=f"{settings.CONFIG.public_url}{path}")


def _page(request: ConsoleRequest, form: TypedForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    return render(request, "console/accounts/forgotten.html", {"form": form}, status=status)
