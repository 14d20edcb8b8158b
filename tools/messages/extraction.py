"""Extract messages from templates and modules, with the exact msgid that is looked up at run time."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.messages.extract import extract
from django.template.base import Lexer, TokenType
from django.utils.translation import TranslatorCommentWarning
from django.utils.translation.template import templatize
from jinja2 import TemplateSyntaxError

Kind = Literal["python", "django", "jinja2"]

_COMMENTS = ("Translators:",)
_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# The same options as in renvoi.visitor.html.texts: whitespace that is trimmed there is not part of the msgid.
_JINJA = {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
_INLINE = re.compile(r"""^trans(?:late)?\s+("[^"]*"|'[^']*')""")
_CONSTANT = re.compile(r"""_\(\s*("[^"]*"|'[^']*')\s*\)""")


class UnreadableMessage(ValueError):
    """A template has a message that Django would look up under another msgid than the one in the source."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `ids` is (singular,) or (singular, plural); `comments` are the notes for translators."""

    ids: tuple[str, ...]
    context: str | None = None
    comments: tuple[str, ...] = ()


def messages_in(path: Path, *, kind: Kind) -> list[Message]:
    """Return the messages of one file, in its order. Raises UnreadableMessage, which names the file."""
    try:
        return list(messages_of(path.read_text(encoding="utf-8"), kind=kind))
    except (UnreadableMessage, SyntaxError, TemplateSyntaxError) as error:
        raise UnreadableMessage(f"{path}: {error}") from error


def messages_of(source: str, *, kind: Kind) -> Iterator[Message]:
    """Yield the messages of a module (`python`), a Django template (`django`) or a Jinja2 template (`jinja2`)."""
    if kind == "jinja2":
        method, options = "jinja2.ext:babel_extract", _JINJA
    else:
        method, options = "python", {}
    code = _code_of(source) if kind == "django" else source
    entries = extract(method, BytesIO(code.encode()), _KEYWORDS, _COMMENTS, options, strip_comment_tags=True)
    for _line, ids, comments, context in entries:
        parts = (ids,) if isinstance(ids, str) else tuple(ids)
        yield Message(ids=parts, context=context, comments=tuple(comments))


def _code_of(template: str) -> str:
    """Convert the template to gettext calls, one statement a line, as Django's makemessages does."""
    _refuse_ambiguous_messages(template)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TranslatorCommentWarning)
        code = templatize(template)
    # The remaining indentation of the template would not be valid Python.
    return "\n".join(line.strip() for line in code.splitlines())


def _refuse_ambiguous_messages(template: str) -> None:
    """Raise UnreadableMessage in the three cases where Django extracts and renders different messages."""
    for token in Lexer(template).tokenize():
        if token.token_type not in {TokenType.BLOCK, TokenType.VAR}:
            continue
        constants = _CONSTANT.findall(token.contents)
        quoted = constants + _INLINE.findall(token.contents)
        if any("\\" in text for text in quoted):
            raise UnreadableMessage(f"line {token.lineno}: no backslash in a message; use the other quotes")
        if any("%" in text for text in constants):
            raise UnreadableMessage(f"line {token.lineno}: no % in _(…); use translate or blocktranslate")
        if token.contents.count("_(") != len(constants) or any("|" in text for text in constants):
            raise UnreadableMessage(f'line {token.lineno}: write _("…") with a plain text and without |')
