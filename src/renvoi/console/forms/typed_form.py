"""The state of a form while it is filled: the typed text, its errors, and what someone else saved meanwhile."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renvoi.console.http import ConsoleRequest
from renvoi.console.unsent import take_unsent
from renvoi.domain.addresses import mixes_scripts


@dataclass(slots=True)
class Field:
    """A field as the page shows it. `theirs` is what someone else saved meanwhile, if it differs.

    `mine_shown` and `theirs_shown` are both values in the user's words: a place instead of a zone's name.
    `is_doubtful`: the error is a question; the value can be saved as it is.
    """

    name: str
    label: str | Promise
    value: str = ""
    error: str = ""
    suggestion: str = ""
    is_doubtful: bool = False
    warning: str = ""
    theirs: str | None = None
    mine_shown: str = ""
    theirs_shown: str = ""
    keeps_mine: bool = True


@dataclass(slots=True)
class TypedForm:
    """The text of every field by name, exactly as typed, valid or not.

    `country` is selected in the list of countries, and `country_name` is typed beside it, but neither is added; `added`
    are those that a button has just added. `confirmed_addresses` are doubtful ones that the user
    wants to save.
    """

    labels: Mapping[str, str | Promise]
    version: int = 0
    idempotency_key: str = field(default_factory=lambda: str(uuid.uuid4()))
    list_query: str = ""
    chosen: list[str] = field(default_factory=list)
    country: str = ""
    country_name: str = ""
    added: list[str] = field(default_factory=list)
    country_list: str = ""
    confirmed_addresses: str = ""
    fields: dict[str, Field] = field(default_factory=dict)
    is_restored: bool = False

    def __post_init__(self) -> None:
        """Create an empty field for each label."""
        self.fields = {name: Field(name, label) for name, label in self.labels.items()}

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    def fill(self, typed: Mapping[str, Any]) -> None:
        """Set the fields to these values, with line ends normalized to LF as browsers count them."""
        for name, field_ in self.fields.items():
            field_.value = str(typed.get(name) or "").replace("\r\n", "\n")

    def raw(self) -> dict[str, str]:
        """Return the typed text of each field by name."""
        return {name: field_.value for name, field_ in self.fields.items()}

    def refuse(self, error: ValidationError) -> None:
        """Set the first error of each field, with its suggestion."""
        for name, errors in error.error_dict.items():
            field_ = self.fields[name]
            field_.error = " ".join(errors[0].messages)
            field_.suggestion = (errors[0].params or {}).get("suggestion") or ""

    def warn_of_mixed_scripts(self, names: Iterable[str]) -> None:
        """Set a warning on each address whose host mixes scripts, since it may imitate another host."""
        for name in names:
            field_ = self.fields[name]
            # The text may not be an address yet: the page is also shown after a country is added.
            with suppress(ValueError):
                if field_.value and not field_.error and mixes_scripts(field_.value):
                    field_.warning = str(
                        _("This host mixes letters of several alphabets: make sure it is the right one.")
                    )

    def put_beside(
        self, theirs: Mapping[str, str], *, base: Mapping[str, str], words: Mapping[str, Callable[[str], str]]
    ) -> None:
        """Show what someone else saved beside what was typed, in each field that differs.

        `base` is the version that both started from: a field that only the other person changed proposes their value.
        `words` has a function for each field whose stored value is not what its control shows.
        """
        for name, field_ in self.fields.items():
            if name in theirs and theirs[name] != field_.value:
                field_.theirs = theirs[name]
                shown = words.get(name, str)
                field_.mine_shown, field_.theirs_shown = shown(field_.value), shown(field_.theirs)
                field_.keeps_mine = base.get(name) != field_.value

    def settle(self, choices: Mapping[str, str], theirs: Mapping[str, str]) -> None:
        """Set the other person's value in each field where it was chosen."""
        for name, field_ in self.fields.items():
            if choices.get(f"keep_{name}") == "theirs" and name in theirs:
                field_.value = theirs[name]

    @property
    def errors(self) -> list[Field]:
        """The fields with an error, in the order of the page."""
        return [field_ for field_ in self.fields.values() if field_.error]

    @property
    def conflicts(self) -> list[Field]:
        """The fields where someone else saved another value."""
        return [field_ for field_ in self.fields.values() if field_.theirs is not None]


def parse_idempotency_key(text: str) -> uuid.UUID | None:
    """Return the idempotency key that a form was sent with, or None if it is no UUID."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def parse_version(text: str) -> int:
    """Return the version that a form was filled from; 0, which is never current, if the text is no version."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def read_typed(request: ConsoleRequest) -> QueryDict | None:
    """Return the submitted fields: those of this request, or those that were sent after the session had ended.

    The latter are about another selection than that of a list's form, which asks anew.
    """
    if request.method == "POST":
        return request.POST
    return None if "for" in request.GET or "selected" in request.GET else take_unsent(request)
