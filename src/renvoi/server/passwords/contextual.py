"""Refuse passwords that are made of what every stranger knows of this installation."""

import re
import unicodedata
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from renvoi.partners.models import Operator
from renvoi.people.models import User

LEAST_REST = 8
"""Characters that a password must have besides such words."""

_SHORTEST_WORD = 4
_ALWAYS = ("renvoi", "console", "telephone", "motdepasse", "password")


class ContextualPasswordValidator:
    """Refuse a password that is too short without the operator's name, the product's, and the account's own words."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError, with the code `password_contextual`, for such a password."""
        rest = _folded(password)
        for word in sorted(_words(user), key=len, reverse=True):
            rest = rest.replace(word, "")
        if len(rest) < LEAST_REST and len(rest) < len(_folded(password)):
            sentence = _("This password is little more than a word that strangers would try first. Choose another one.")
            raise ValidationError(sentence, code="password_contextual")

    def get_help_text(self) -> str:
        """Return what is asked of a password."""
        return _("Not the name of your company, of the product or of yourself.")


def _words(user: User | None) -> Iterator[str]:
    texts = [*_ALWAYS, *Operator.objects.values_list("name", flat=True)]
    if user is not None:
        texts += [user.name, user.email]
    for text in texts:
        yield from (word for word in re.findall(r"\w+", _folded(text)) if len(word) >= _SHORTEST_WORD)


def _folded(text: str) -> str:
    """Return the text in lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
