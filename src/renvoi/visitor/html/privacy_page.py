"""Render /privacy/: what Renvoi records of a visit, for operators that have no privacy policy of their own.

The page names each field of a ledger entry and each cookie. The template has a row for each, and raises if one is
missing: a field or a cookie that is added without its row fails in the tests.
"""

from dataclasses import asdict

from renvoi.domain.ledger_entry import FIELDS
from renvoi.domain.places import Language
from renvoi.visitor.cookies import CookieNames
from renvoi.visitor.html.pages import Pages


def render_page(pages: Pages, *, language: Language, cookies: CookieNames) -> bytes:
    """Return the HTML page in a language, in the frame of the other pages."""
    return pages.undecided(
        "privacy.html", language=language, entry_fields=FIELDS, cookies=asdict(cookies), cookie_days=cookies.days
    )
