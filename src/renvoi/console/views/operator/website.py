"""The page Website: the HTML with which the operator's site shows who serves its visitor, and a preview of it."""

from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from renvoi.console.forms.countries import country_choices
from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.http import StaffRequest, frame_source, public_address
from renvoi.console.views.past.asking import read_form
from renvoi.domain.places import LANGUAGES, parse_country
from renvoi.visitor.embed.script import SCRIPT_PATH
from renvoi.visitor.params import parse_params

_LABELS = {
    "country": gettext_lazy("Country"),
    "language": gettext_lazy("Language"),
    "src": gettext_lazy("Source"),
}
_COLOR_SCHEMES = {"light": "light", "dark": "dark"}


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show the page. `country`, `language` and `src` are the options of the element."""
    # The frame may show the preview and nothing else: a click in it would be counted.
    source = frame_source(request, "console:website_preview")
    return csp_update(source)(_page)(request)  # type: ignore[arg-type,return-value]


def _page(request: StaffRequest) -> HttpResponse:
    form = _read_options(request.GET)
    address, params = public_address(request), _params(form)
    link = f"{address}/?{urlencode(params)}" if params else f"{address}/"
    context: dict[str, Any] = {
        "form": form,
        "countries": country_choices(without=()),
        "link": link,
        "snippet": _snippet(address, params, link=link),
        "policy": f"script-src {address}; connect-src {address}",
        "options": urlencode({name: field.value for name, field in form.fields.items() if field.value}),
        "has_public_url": bool(settings.CONFIG.public_url),
    }
    return render(request, "console/website/page.html", context, status=422 if form.errors else 200)


@require_safe
@xframe_options_sameorigin
def preview(request: StaffRequest) -> HttpResponse:
    """Show the element alone, for the frame of the page, under the strictest policy that it works with."""
    address = public_address(request)
    policy = {"script-src": [address], "connect-src": [address], "frame-ancestors": ["'self'"], "style-src": None}
    return csp_replace(policy)(_preview)(request)  # type: ignore[arg-type,return-value]


def _preview(request: StaffRequest) -> HttpResponse:
    address = public_address(request)
    context = {
        "attributes": _attributes(_params(_read_options(request.GET))),
        "script": address + SCRIPT_PATH,
        "address": address,
        "color_scheme": _COLOR_SCHEMES.get(request.user.theme, "light dark"),
    }
    return render(request, "console/website/preview.html", context)


def _read_options(typed: QueryDict) -> TypedForm:
    """Return the options, with an error beside each that can't be used."""
    form = read_form(_LABELS, typed)
    country = form["country"].value
    if country and parse_country(country) is None:
        form["country"].error = _("This is not a country. Select one in the list.")
    check_source(form)
    if form["language"].value not in LANGUAGES:
        form["language"].value = ""
    return form


def check_source(form: TypedForm) -> str:
    """Return the source in the field `src`, empty if it can't be used; then the field has an error."""
    typed = form["src"].value.strip()
    source = parse_params({"src": typed}).source
    if typed != source:
        form["src"].error = _("Only letters without accents, digits, dots, hyphens and underscores, without spaces.")
    return source


def _params(form: TypedForm) -> dict[str, str]:
    """Return the parameters of the link, which are also the element's attributes. What can't be used is left out."""
    names = {"country": "country", "lang": "language", "src": "src"}
    values = {name: form[field].value.strip() for name, field in names.items() if not form[field].error}
    return {name: value for name, value in values.items() if value}


def _attributes(params: dict[str, str]) -> SafeString:
    return format_html_join("", ' {}="{}"', params.items())


def _snippet(address: str, params: dict[str, str], *, link: str) -> SafeString:
    """Return the HTML for the operator's site, which the page shows as text. Without scripts it is the link."""
    return format_html(
        '<script src="{}" async></script>\n<renvoi-partners{}><a href="{}">{}</a></renvoi-partners>',
        address + SCRIPT_PATH,
        _attributes(params),
        link,
        _("See who offers the service"),
    )
