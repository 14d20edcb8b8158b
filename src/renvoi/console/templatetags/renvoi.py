"""Template tags and filters for icons, keyboard shortcuts, days, moments and figures."""

from datetime import date, datetime
from functools import lru_cache
from typing import cast

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from lucide.templatetags.lucide import lucide

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


@register.filter
def day(value: date | None) -> str:
    """2026-11-22, in both languages."""
    return value.isoformat() if value else ""


@register.filter
def moment(value: datetime) -> str:
    """2026-11-22 à 14 h 05, or 2026-11-22 at 14:05, in the operator's time zone."""
    local = timezone.localtime(value)
    if get_language() == "fr":
        return f"{local:%Y-%m-%d} à {local.hour}\u00a0h\u00a0{local:%M}"
    return f"{local:%Y-%m-%d at %H:%M}"


@register.filter
def figure(value: int) -> str:
    """10 000 in French, 10,000 in English."""
    if get_language() == "fr":
        return f"{value:,}".replace(",", "\u00a0")
    return f"{value:,}"
