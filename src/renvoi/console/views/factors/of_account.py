"""Remove the second factors of an account whose owner has lost them."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from renvoi.console.http import StaffRequest
from renvoi.console.notices import Notice, add_notice
from renvoi.console.sentences import of
from renvoi.people.factors.actions import remove_factors
from renvoi.people.factors.listing import has_factor
from renvoi.people.models import User, display_name
from renvoi.people.security.origins import origin_of


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: StaffRequest, account_id: int) -> HttpResponse:
    """Ask whether to remove them. POST: do so."""
    account = get_object_or_404(User, id=account_id)
    name = of(display_name(account))
    if request.method != "POST" and has_factor(account):
        return render(request, "console/factors/of_account.html", {"account": account, "of_name": name})
    if request.method == "POST" and remove_factors(account=account, origin=origin_of(request)):
        sentence = _("The second factor of the account %(of_name)s is removed.") % {"of_name": name}
        add_notice(request, Notice(sentence))
    return HttpResponseRedirect(reverse("console:account_edit", args=[account.pk]))
