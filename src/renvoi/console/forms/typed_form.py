"""Hides what a form remembers while it is filled: what was typed, what is wrong with it, what someone else saved."""

import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renvoi.console.middleware import take_typed
from renvoi.domain.addresses import mixes_scripts


@dataclass(slots=True)
class Field:
    """One field as the page shows it. `theirs` is what someone else saved meanwhile, where it differs."""

    name: str
    label: str | Promise
    value: str = ""
    error: str = ""
    suggestion: str = ""
    warning: str = ""
    theirs: str | None = None
    keeps_mine: bool = True


@dataclass(slots=True)
class TypedForm:
    """The text of every field, by name: exactly what was typed, whatever is wrong with it."""

    labels: Mapping[str, str | Promise]
    version: int = 0
    idempotency_key: str = field(default_factory=lambda: str(uuid.uuid4()))
    list_query: str = ""
    chosen: list[str] = field(default_factory=list)
    country_list: str = ""
    fields: dict[str, Field] = field(default_factory=dict)
    is_restored: bool = False

    def __post_init__(self) -> None:
        """One empty field a label."""
        self.fields = {name: Field(name, label) for name, label in self.labels.items()}

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    def fill(self, typed: Mapping[str, Any]) -> None:
        """Takes the values of these fields; line ends as browsers count them."""
        for name, one in self.fields.items():
            one.value = str(typed.get(name) or "").replace("\r\n", "\n")

    def raw(self) -> dict[str, str]:
        """What was typed, for the rules to read."""
        return {name: one.value for name, one in self.fields.items()}

    def refuse(self, error: ValidationError) -> None:
        """Puts each refusal beside its field."""
        for name, refusals in error.error_dict.items():
            one = self.fields[name]
            one.error = " ".join(refusals[0].messages)
            one.suggestion = (refusals[0].params or {}).get("suggestion") or ""

    def warn_of_mixed_scripts(self, names: Iterable[str]) -> None:
        """Says where a host mixes scripts: it may imitate another."""
        for name in names:
            one = self.fields[name]
            # What is typed may not be an address yet: the page is also shown after Ajouter.
            with suppress(ValueError):
                if one.value and not one.error and mixes_scripts(one.value):
                    one.warning = str(_("This host mixes letters of several alphabets: make sure it is the right one."))

    def put_beside(self, theirs: Mapping[str, str], *, base: Mapping[str, str]) -> None:
        """Shows what someone else saved beside what was typed, in each field that differs.

        `base` is what both began from: a field that only the other person changed proposes their value.
        """
        for name, one in self.fields.items():
            if name in theirs and theirs[name] != one.value:
                one.theirs = theirs[name]
                one.keeps_mine = base.get(name) != one.value

    def settle(self, choices: Mapping[str, str], theirs: Mapping[str, str]) -> None:
        """Takes the other person's value in each field where that was chosen."""
        for name, one in self.fields.items():
            if choices.get(f"keep_{name}") == "theirs" and name in theirs:
                one.value = theirs[name]

    @property
    def errors(self) -> list[Field]:
        """The fields that are refused, in the page's order."""
        return [one for one in self.fields.values() if one.error]

    @property
    def conflicts(self) -> list[Field]:
        """The fields in which someone else saved another value."""
        return [one for one in self.fields.values() if one.theirs is not None]


def parse_idempotency_key(text: str) -> uuid.UUID | None:
    """The id that a form gave to what it sends, if it is one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def version_of(text: str) -> int:
    """The version that a form was filled from; 0, which is never current, where it makes no sense."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def typed_in(request: HttpRequest) -> QueryDict | None:
    """What this request brings for the form: what was sent, or what was sent before the session ended."""
    if request.method == "POST":
        return request.POST
    kept = take_typed(request)
    if kept is None:
        return None
    typed = QueryDict(mutable=True)
    for name, values in kept.items():
        typed.setlist(name, values)
    return typed
