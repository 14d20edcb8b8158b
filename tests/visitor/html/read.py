"""Render the visitor's pages in tests, and read them."""

import re
from html import unescape

from renvoi.domain.routing import Decision
from renvoi.visitor.html.pages import Pages
from renvoi.visitor.params import QueryParams
from tests.visitor.cast import operator

NO_PARAMS = QueryParams()


def page(outcome: Decision, *, params: QueryParams = NO_PARAMS, name: str = "Téléphonie Boréale") -> str:
    return Pages(operator(name=name)).page(outcome, params=params).decode()


def words(html: str) -> str:
    """Return the visible text on one line."""
    bare = re.sub(
        r"<(style|script|title|select)\b.*?</\1>|<output[^>]*>|<link rel=\"icon\"[^\n]*", "", html, flags=re.DOTALL
    )
    # Not split(), which would drop no-break spaces.
    return re.sub(r"[ \t\n]+", " ", unescape(re.sub(r"<[^>]+>", " ", bare)))


def links(html: str) -> list[str]:
    return [unescape(href) for href in re.findall(r'<a [^>]*href="([^"]*)"', html)]


def values(html: str, name: str) -> list[str]:
    matches = re.findall(rf'name="{name}" value="([^"]*)"', html)
    return [unescape(value) for value in matches]
