"""The plan of an import: a value that has all that it would change, and all that is wrong with the file."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from renvoi.partners.consequences import Foreseen, are_many
from renvoi.partners.fields import FIELDS, PartnerValues
from renvoi.partners.importing.reading.problems import Problem

_NOTHING = Foreseen()


@dataclass(frozen=True, slots=True)
class Creation:
    """A partner that an import would create, and the row that has it."""

    line: int
    values: PartnerValues

    @property
    def provisional_id(self) -> int:
        """The id of the partner in the consequences: negative, because it has none yet."""
        return -self.line


class FieldChange(NamedTuple):
    """A field that would change: its name, and its text before and after, as the export writes it."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Update:
    """A partner that an import would change, and the row that changes it. `version` is the stored partner's.

    `replaces`: neither its name nor an address stays. It must be confirmed, because the number may be a mistake.
    """

    line: int
    partner_id: int
    version: int
    before: PartnerValues
    after: PartnerValues
    replaces: bool

    @property
    def changes(self) -> list[FieldChange]:
        """The fields that differ, in their order."""
        before, after = self.before.to_text(), self.after.to_text()
        rows = (FieldChange(field.name, before[field.name], after[field.name]) for field in FIELDS)
        return [row for row in rows if row.before != row.after]


@dataclass(frozen=True)
class Plan:
    """What an import would do, in the order of its rows.

    `identical` is the number of rows that change nothing, `repeated` that of rows that stand in the file once more, all
    alike. A plan with errors can't be applied.
    """

    creations: tuple[Creation, ...] = ()
    updates: tuple[Update, ...] = ()
    identical: int = 0
    repeated: int = 0
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    foreseen: Foreseen = _NOTHING

    @property
    def count(self) -> int:
        """How many partners would be created or changed."""
        return len(self.creations) + len(self.updates)

    @property
    def is_large(self) -> bool:
        """Whether its number of partners must be typed to confirm it, whatever follows for prospects."""
        return are_many(self.count)

    @property
    def replacements(self) -> tuple[Update, ...]:
        """The updates that must be confirmed."""
        return tuple(update for update in self.updates if update.replaces)

    @cached_property
    def digest(self) -> str:
        """A SHA-256 of the whole plan, in hexadecimal. Two plans with the same digest do the same."""
        sha = hashlib.sha256()
        for part in self._parts():
            sha.update(json.dumps(part, ensure_ascii=True, sort_keys=True, default=str).encode() + b"\n")
        return sha.hexdigest()

    def _parts(self) -> Iterator[Sequence[object]]:
        """Yield everything that two plans may differ in, as JSON values. Sentences count by their code and cell."""
        yield "plan 1", self.identical, self.repeated
        for creation in self.creations:
            yield "create", creation.line, creation.values.to_json()
        for update in self.updates:
            yield "update", update.line, update.partner_id, update.version, update.after.to_json()
        for kind, problems in (("error", self.errors), ("warning", self.warnings)):
            for problem in problems:
                yield kind, problem.line, problem.column, problem.code
        for cell in self.foreseen.cells:
            yield "cell", cell
