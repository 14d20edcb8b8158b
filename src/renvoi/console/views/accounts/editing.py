"""Create an account, change it, switch it off and on, and make a link by which its password is set."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from renvoi.console.forms.typed_form import TypedForm, read_typed
from renvoi.console.http import StaffRequest, public_address
from renvoi.console.notices import Notice, add_notice
from renvoi.console.sentences import of
from renvoi.console.views.accounts.letters import Letter, send_link
from renvoi.console.views.accounts.security_log import newest_rows
from renvoi.console.views.accounts.seen_by_role import what_is_seen
from renvoi.console.wording.roles import ROLE_DESCRIPTIONS, ROLE_NAMES
from renvoi.people import actions
from renvoi.people.factors.listing import has_factor
from renvoi.people.mail.sending import NotSent, mail_server
from renvoi.people.models import User, display_name
from renvoi.people.passwords.links import VALID_DAYS
from renvoi.people.security.origins import origin_of

_LABELS = {
    "email": gettext_lazy("Email"),
    "name": gettext_lazy("Name"),
    "role": gettext_lazy("Role"),
    "language": gettext_lazy("Language"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: StaffRequest) -> HttpResponse:
    """Show an empty form. POST: create the account, and show the link by which its password is set."""
    form = TypedForm(_LABELS)
    typed = read_typed(request)
    form.fill({"role": User.Role.READER, "language": request.user.language} if typed is None else typed)
    if request.method != "POST":
        return _page(request, form)
    raw = form.raw()
    try:
        account = actions.invite(origin=origin_of(request), **{name: raw[name] for name in _LABELS})
    except ValidationError as error:
        form.refuse(error)
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sentence = _("Account %(of_name)s created.") % _params(account)
    return _send_link(request, account, sentence, letter="invitation")


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, account_id: int) -> HttpResponse:
    """Show an account. POST: save its email, unless it is one's own, its name, role and language."""
    account = get_object_or_404(User, id=account_id)
    form = TypedForm(_LABELS)
    typed = read_typed(request)
    form.fill({name: getattr(account, name) for name in _LABELS} if typed is None else typed)
    if request.method != "POST":
        return _page(request, form, account=account)
    raw = form.raw()
    try:
        # Their own, administrators change where the password is asked for.
        is_own = account.pk == request.user.pk
        values = raw | {"email": account.email if is_own else raw["email"]}
        actions.update_account(account=account, origin=origin_of(request), **values)
    except ValidationError as error:
        form.refuse(error)
        account.refresh_from_db()
        return _page(request, form, account=account, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _back(request, _("Account %(of_name)s saved.") % _params(account))


@require_POST
def switch(request: StaffRequest, account_id: int) -> HttpResponse:
    """Switch the account off or, if it is, on again."""
    account = get_object_or_404(User, id=account_id)
    if not account.is_active:
        actions.enable_account(account=account, origin=origin_of(request))
        return _back(request, _("The account %(of_name)s is switched on again.") % _params(account))
    try:
        actions.disable_account(account=account, origin=origin_of(request))
    except actions.LastAdministratorError:
        add_notice(request, Notice(str(actions.LAST_ADMINISTRATOR), kind="bad"))
        return HttpResponseRedirect(reverse("console:account_edit", args=[account.pk]))
    sentence = _("The account %(of_name)s is switched off, and its sessions have ended.") % _params(account)
    return _back(request, sentence)


@require_POST
def make_link(request: StaffRequest, account_id: int) -> HttpResponse:
    """Show a link by which the account's password is set. The password that it has stays until then."""
    account = get_object_or_404(User, id=account_id, is_active=True)
    title = _("Link for the account %(of_name)s") % _params(account)
    return _send_link(request, account, title, letter="password")


def _send_link(request: StaffRequest, account: User, title: str, *, letter: Letter) -> HttpResponse:
    """Send a link to the account. Without a mail server, or if it was not sent, show the link instead."""
    path = reverse("console:password_link", args=[actions.make_link(account=account, origin=origin_of(request))])
    link, problem = f"{public_address(request)}{path}", ""
    has_mail = mail_server() is not None
    if has_mail:
        try:
            send_link(letter, account=account, link=link)
        except NotSent as error:
            problem = str(error)
    context = {
        "title": title,
        "account": account,
        "is_sent": has_mail and not problem,
        "problem": problem,
        "link": link,
        "days": VALID_DAYS,
    }
    return render(request, "console/accounts/link.html", context)


def _params(account: User) -> dict[str, str]:
    return {"of_name": of(display_name(account))}


def _back(request: StaffRequest, sentence: str) -> HttpResponse:
    add_notice(request, Notice(sentence))
    return HttpResponseRedirect(reverse("console:accounts"))


def _page(
    request: StaffRequest, form: TypedForm, *, account: User | None = None, status: int = HTTPStatus.OK
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "account": account,
        "account_name": display_name(account) if account else "",
        "roles": [(role.value, ROLE_NAMES[role], ROLE_DESCRIPTIONS[role]) for role in User.Role],
        "events": newest_rows(account) if account else [],
        "has_factor": account is not None and has_factor(account),
        "seen": what_is_seen(account) if account else None,
    }
    return render(request, "console/accounts/edit.html", context, status=status)
