"""The visitor's page of a partner while its form is filled, drawn by the gateway's own template."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import StaffRequest
from renvoi.console.views.simulation.framing import framed_page
from renvoi.domain.places import CountryCode, Language, parse_country
from renvoi.domain.routing import Decision
from renvoi.domain.table import Bilingual, Candidate, Period
from renvoi.partners.models import DESCRIPTION_LENGTH, NAME_LENGTH
from renvoi.partners.parsing import parse_url
from renvoi.partners.routing_table import newest_table
from renvoi.visitor.html.pages import Pages
from renvoi.visitor.params import QueryParams

PREVIEW = "preview"
"""The field with the language of the preview: two radio buttons for a script, two buttons of the form without one."""
PREVIEWED = "previewed"
"""The field with the query string of the preview that is shown."""
_LIMITS = {"name": NAME_LENGTH, "description_en": DESCRIPTION_LENGTH, "description_fr": DESCRIPTION_LENGTH}


@dataclass(frozen=True, slots=True)
class Preview:
    """The language of a preview, and the query string of its frame: empty while the form lacks what a page needs."""

    language: Language
    query: str


def preview_of(form: TypedForm, typed: Mapping[str, str]) -> Preview:
    """Return the preview of what a partner's form has, valid or not.

    A page needs a name, an address and a country. It shows the host of the address alone.
    """
    language: Language = "en" if typed.get(PREVIEW) == "en" else "fr"
    texts = {name: form[name].value.strip()[:limit] for name, limit in _LIMITS.items()}
    texts |= {name: _site(form[name].value) for name in ("url_en", "url_fr")}
    texts["country"] = next((code for code in map(parse_country, form.chosen) if code), "")
    if not (texts["name"] and texts["country"] and (texts["url_en"] or texts["url_fr"])):
        return Preview(language, "")
    return Preview(language, urlencode({"language": language} | {name: text for name, text in texts.items() if text}))


@require_safe
@xframe_options_sameorigin
def frame(request: StaffRequest) -> HttpResponse:
    """Show the page alone, for the frame beside the form. Nothing is stored, and nothing is counted."""
    country = parse_country(request.GET.get("country", ""))
    partner = _partner_in(request.GET)
    language: Language = "en" if request.GET.get("language") == "en" else "fr"
    if country is None or not partner.url.in_language(language)[0]:
        raise Http404
    body = _draw(partner, country=country, language=language)
    return framed_page(request, body, language=language)


def _partner_in(query: Mapping[str, str]) -> Candidate:
    texts = {name: query.get(name, "").replace("\0", "")[:limit] for name, limit in _LIMITS.items()}
    return Candidate(
        id=0,
        name=texts["name"],
        url=Bilingual(en=_site(query.get("url_en", "")), fr=_site(query.get("url_fr", ""))),
        description=Bilingual(en=texts["description_en"], fr=texts["description_fr"]),
        priority=1,
        active=True,
        agreements=(Period(),),
    )


def _draw(partner: Candidate, *, country: CountryCode, language: Language) -> bytes:
    table = newest_table()
    url, url_language = partner.url.address_in(language)
    decision = Decision(
        "partner", "only_candidate", country, None, language, table.generation, (partner,), url, url_language
    )
    return Pages(table.operator).page(decision, params=QueryParams())


def _site(text: str) -> str:
    """Return the address of the site that a typed address leads to; empty if it is none that can be stored."""
    try:
        parts = urlsplit(parse_url(text))
    except (ValidationError, ValueError):
        return ""
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""
