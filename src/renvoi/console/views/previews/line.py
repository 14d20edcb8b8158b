"""The line above the list of partners: what a prospect of one country, who reads one language, gets now."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import override
from django.views.decorators.http import require_safe

from renvoi.console.forms.countries import country_choices
from renvoi.console.http import StaffRequest
from renvoi.console.views.simulation.answering import simulate
from renvoi.console.views.simulation.asking import Visit
from renvoi.domain.places import LANGUAGES, CountryCode, Language, parse_country
from renvoi.domain.routing import DecisionKind

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What is decided. `partners` has (name, path of the settings) of the first ones, `others` counts the rest."""

    kind: DecisionKind
    count: int
    partners: list[tuple[str, str]]
    others: int
    details_path: str


@require_safe
def answer(request: StaffRequest) -> HttpResponse:
    """Return the end of the line's sentence, for htmx; anybody else is led to the page of the simulation."""
    country = parse_country(request.GET.get("country", ""))
    language = next((one for one in LANGUAGES if one == request.GET.get("language")), LANGUAGES[0])
    if not request.htmx:
        return HttpResponseRedirect(_details_path(country, language))
    context = {"answer": _answer(country, language) if country else None}
    return render(request, "console/simulation/_line.html", context)


@lru_cache(maxsize=len(LANGUAGES))
def country_options(language: Language) -> SafeString:
    """Return the options of a select with all countries in a language: drawing them takes longer than a list's rows."""
    with override(language):
        return render_to_string("console/simulation/_country_options.html", {"countries": country_choices(without=())})


def _answer(country: CountryCode, language: Language) -> Answer:
    params = {"country": country, "lang": language}
    visit = Visit(params, headers=(), address="", at=timezone.now(), is_now=True)
    decision = simulate(visit, config=settings.CONFIG).explanation.decision
    shown = decision.partners[:_NAMED]
    return Answer(
        kind=decision.kind,
        count=len(decision.partners),
        partners=[(partner.name, reverse("console:partner", args=[partner.id])) for partner in shown],
        others=len(decision.partners) - len(shown),
        details_path=_details_path(country, language),
    )


def _details_path(country: CountryCode | None, language: Language) -> str:
    return f"{reverse('console:simulation')}?{urlencode({'country': country or '', 'language': language})}"
