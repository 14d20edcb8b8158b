"""Finds test data that nobody of the project wrote. They lie beside the checkout, in ../shared; many have none.

They are added to the project's own wherever they are. No test needs them.
"""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[3] / "shared"
_CORPORA = _FOLDER / "corpora"

MANUAL = _FOLDER / "seed" / "partenaires.fr.txt"
"""The manual of the page of partners, in French. It may be absent."""


def outside_files(pattern: str) -> list[Path]:
    """The files whose place among the collected data matches the pattern, sorted."""
    return sorted(_CORPORA.glob(pattern))


def outside_cases(name: str) -> list[Any]:
    """The list in that JSON file; empty where the file is absent."""
    return [case for path in outside_files(name) for case in json.loads(path.read_text(encoding="utf-8"))]
