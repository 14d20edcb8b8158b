"""What is wrong with a file, by line and column, in sentences that are translated when they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise

_NO_PARAMS: Mapping[str, object] = MappingProxyType({})
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """An error or a warning.

    `line` is the row of the spreadsheet, where the first one is 1. `column` is the heading as it stands in the file,
    empty if the whole row or file is concerned. `code` is the same in both languages.
    """

    line: int
    column: str
    code: str
    sentence: Promise | str
    params: Mapping[str, object] = field(default_factory=lambda: _NO_PARAMS, hash=False)

    @classmethod
    def of(cls, error: ValidationError, *, line: int, column: str) -> "Problem":
        """Return a refused value as a problem of its cell."""
        return cls(line, column, error.code or "invalid", error.message, error.params or _NO_PARAMS)

    @property
    def reason(self) -> str:
        """The sentence in the active language."""
        sentence: Any = self.sentence
        return str(sentence % self.params if self.params else sentence)


class FileRefused(Exception):
    """The rest of the file can't be read. The rows before `problem.line` have been."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def shortened(text: str) -> str:
    """Return the text of a cell as a sentence quotes it: one short line of printable characters."""
    line = "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(text[: 4 * _SHOWN].split()))
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
