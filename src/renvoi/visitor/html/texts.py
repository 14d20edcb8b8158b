"""Load what the pages are made of: message catalogues, templates, the style sheet and the script."""

import base64
import gettext
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from renvoi.domain.places import LANGUAGES, Language

_HERE = Path(__file__).parent
_LOCALE = _HERE.parent.parent / "locale"
_DOMAIN = "visitor"

# In each pattern a string matches first, so that nothing inside a string is changed.
_CSS_STRING = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_CSS_COMMENT = re.compile(rf"{_CSS_STRING}|/\*.*?\*/", re.DOTALL)
# The last semicolon of a block is needless too. White space before a colon is not: "a :hover" is not "a:hover".
_CSS_SPACE = re.compile(rf"{_CSS_STRING}|\s*(?:;\s*)?(\}})\s*|\s*([{{;,])\s*|(:)\s+|\s+")

# A script has a comment on lines of its own only, a regular expression only as an argument, and a semicolon after each
# statement: a line end ends none.
_JS_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)
_JS_SPACE = re.compile(
    r"""("(?:[^"\\\n]|\\.)*"|(?<=\()/(?:[^/\\\n]|\\.)+/)|\s*(?:;\s*)?(\})\s*|\s*([=+,;:{()\[\]<>?&|])\s*|\s+"""
)


class CatalogueMissing(Exception):
    """A compiled message catalogue is missing. The message is a sentence that says how to create it."""


@cache
def environments() -> Mapping[Language, Environment]:
    """Return the Jinja2 environment of each language. Raises CatalogueMissing."""
    return {language: _environment(_translations(language)) for language in LANGUAGES}


def minify_css(source: str) -> str:
    """Return the same style sheet without comments and needless white space. A comment counts as white space."""
    without_comments = _CSS_COMMENT.sub(lambda match: match[1] or " ", source)
    return _CSS_SPACE.sub(lambda match: match[match.lastindex] if match.lastindex else " ", without_comments).strip()


def minify_js(source: str) -> str:
    """Return the same script without comments and needless white space. It must be written as `find.js` is."""
    return _JS_SPACE.sub(
        lambda match: match[match.lastindex] if match.lastindex else " ", _JS_COMMENT.sub("", source)
    ).strip()


@cache
def style() -> str:
    """Return the style sheets that each page contains, minified."""
    return minify_css("".join((_HERE / name).read_text(encoding="utf-8") for name in ("page.css", "print.css")))


@cache
def style_source() -> str:
    """Return the source expression that allows the style sheet in a Content-Security-Policy: its hash."""
    return _source_expression(style())


@cache
def script() -> str:
    """Return the script of the pages that ask for a country, minified."""
    return minify_js((_HERE / "find.js").read_text(encoding="utf-8"))


@cache
def script_source() -> str:
    """Return the source expression that allows the script in a Content-Security-Policy: its hash."""
    return _source_expression(script())


def _source_expression(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _translations(language: Language) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    try:
        return gettext.translation(_DOMAIN, localedir=_LOCALE, languages=[language])
    except FileNotFoundError as error:
        path = _LOCALE / language / "LC_MESSAGES" / f"{_DOMAIN}.mo"
        raise CatalogueMissing(
            f"The catalogue {path} is not compiled; install Renvoi again (pip install -e .), which makes it."
        ) from error


def _environment(translations: gettext.NullTranslations) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    # The i18n extension adds this method at run time; Jinja2's type hints don't declare it.
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    return environment
