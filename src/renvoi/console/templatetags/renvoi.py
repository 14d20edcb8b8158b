"""Template tags and filters for icons, keyboard shortcuts, days, moments and figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import cast
from urllib.parse import urlsplit

from django import template
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from lucide.templatetags.lucide import lucide

from renvoi.console import sentences
from renvoi.console.access.rights import may_see
from renvoi.console.http import public_address
from renvoi.console.unsent import FIELD, sign_account
from renvoi.domain.places import CountryCode, country_name, country_sort_key
from renvoi.partners.figures import figure
from renvoi.people.models import User

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, size: int = 16) -> SafeString:
    """An inline SVG of a Lucide icon, hidden from screen readers: an icon always accompanies a text."""
    return cast("SafeString", lucide(name, size=size, **{"class": "icon", "aria-hidden": "true"}))


@register.simple_tag(takes_context=True)
def shortcut(context: template.Context, key: str) -> SafeString:
    """The attributes of the element that shortcuts.js activates when `key` is pressed.

    Empty if the account has switched the keyboard shortcuts off.
    """
    if not getattr(context.get("user"), "uses_keys", False):
        return SafeString("")
    return format_html(' data-shortcut="{}" aria-keyshortcuts="{}"', key, key)


@register.simple_tag(takes_context=True)
def csrf_token(context: template.Context) -> SafeString:
    """The hidden fields of each form that is posted: Django's CSRF token, and the account that the form is shown to.

    It takes the place of Django's tag of this name, so that no form lacks the second.
    """
    token = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', context.get("csrf_token", ""))
    request = context.get("request")
    if isinstance(request, HttpRequest) and isinstance(user := getattr(request, "user", None), User):
        token += format_html('<input type="hidden" name="{}" value="{}">', FIELD, sign_account(user))
    return token


@register.simple_tag(takes_context=True)
def may_open(context: template.Context, path: str) -> bool:
    """Whether the account of the request may open this address of the console. False for an empty one."""
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return False
    return may_see(context["request"], match.view_name, document=match.kwargs.get("document"))


@dataclass(frozen=True, slots=True)
class VisitorLink:
    """A country by its name, and the address at which its prospects are answered."""

    name: str
    address: str


@register.simple_tag(takes_context=True)
def visitor_address(context: template.Context) -> str:
    """The address of the gateway, without a final slash: the public one, or that of this request."""
    return public_address(context["request"])


@register.simple_tag(takes_context=True)
def visitor_links(context: template.Context, countries: Iterable[CountryCode]) -> list[VisitorLink]:
    """What prospects in these countries see, in the order of the countries' names."""
    address, language = public_address(context["request"]), sentences.current_language()
    ordered = sorted(countries, key=lambda code: country_sort_key(code, language=language))
    return [VisitorLink(country_name(code, language=language), f"{address}/?country={code}") for code in ordered]


@register.filter
def of(name: str) -> str:
    """Of Bell, de Bell or d’Éperlan."""
    return sentences.of(name)


@register.filter
def day(value: date | None) -> str:
    """2026-11-22, in both languages."""
    return value.isoformat() if value else ""


@register.filter
def moment(value: datetime) -> str:
    """2026-11-22 à 14 h 05, or 2026-11-22 at 14:05, in the operator's time zone."""
    local = timezone.localtime(value)
    preposition = "à" if get_language() == "fr" else "at"
    return f"{local:%Y-%m-%d} {preposition} {hour(local)}"


def hour(local: datetime) -> str:
    """14 h 05, or 14:05."""
    return f"{local.hour}\u00a0h\u00a0{local:%M}" if get_language() == "fr" else f"{local:%H:%M}"


@register.simple_tag
def version_name(generation: int, at: datetime) -> str:
    """Version 41, du 3 décembre 2026 à 14 h 05, or Version 41, of December 3, 2026 at 14:05."""
    return sentences.version_name(generation, at=timezone.localtime(at))


register.filter(figure)
