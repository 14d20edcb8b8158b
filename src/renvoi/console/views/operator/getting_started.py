"""The page Getting started, and the first page after signing in, which it is until Renvoi is in use."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from renvoi.console.access.rights import may_see
from renvoi.console.http import StaffRequest, public_address
from renvoi.console.sentences import current_language
from renvoi.console.views.operator.steps import find_steps, is_setting_up, partner_count
from renvoi.console.views.operator.website import check_source
from renvoi.console.views.past.asking import read_form
from renvoi.domain.places import CountryCode, country_name
from renvoi.partners.models import CoveredArea, ServedCountry

# Countries of which one is shown as having no partner. They are far from each other: hardly anybody serves all.
_PERHAPS_UNSERVED = ("MN", "FJ", "GY", "DJ", "LA", "SR")


@dataclass(frozen=True, slots=True)
class Trial:
    """A country to try, what its prospects get, and the path of their page."""

    country: str
    outcome: str
    path: str


def home(request: StaffRequest) -> HttpResponse:
    """Go on to the list or, for an administrator while Renvoi is not in use, to Getting started."""
    is_beginning = may_see(request, "console:settings") and is_setting_up()
    return HttpResponseRedirect(reverse("console:getting_started" if is_beginning else "console:partners"))


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the page. With `src`, the address for the operator's site has that source."""
    form = read_form({"src": gettext_lazy("Source")}, request.GET)
    source = check_source(form)
    link = f"{public_address(request)}/{f'?src={source}' if source else ''}"
    sentence = _("Somewhere else? See who offers the service where you are.")
    context = {
        "steps": find_steps(),
        "partner_count": partner_count(),
        "form": form,
        "link": link,
        "snippet": f'<a href="{link}">{sentence}</a>',
        "has_public_url": bool(settings.CONFIG.public_url),
        "trials": _trials(public_address(request)),
    }
    return render(request, "console/start/page.html", context)


def _trials(address: str) -> list[Trial]:
    """Return a country of the first partner, one of the coverage area, and one that nobody serves, as there are any."""
    own = list(CoveredArea.objects.order_by("country").values_list("country", flat=True))
    served = ServedCountry.objects.filter(partner__trashed_at=None)
    trials = []
    first = served.exclude(country__in=own).order_by("partner_id", "country").select_related("partner").first()
    if first is not None:
        trials.append(_trial(first.country, _("%(name)s offers it there") % {"name": first.partner.name}, address))
    if own:
        trials.append(_trial(own[0], _("Your coverage area"), address))
    everywhere = {*own, *served.filter(country__in=_PERHAPS_UNSERVED).values_list("country", flat=True)}
    unserved = next((code for code in _PERHAPS_UNSERVED if code not in everywhere), "")
    return [*trials, _trial(unserved, _("Nobody offers it there yet"), address)] if unserved else trials


def _trial(code: str, outcome: str, address: str) -> Trial:
    name = country_name(CountryCode(code), language=current_language())
    return Trial(name, outcome, f"{address}/?country={code}")
