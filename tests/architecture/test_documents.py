"""The documents agree with the code: settings, glossary, accessibility criteria, and a section for the next change."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from renvoi.config import PREFIX, Config
from tests.architecture.tree import ROOT, plant, project_files
from tools.messages.catalogues import DOMAINS, entries, read_catalogue

SETTINGS = "docs/configuration.md"
WORDS = "docs/glossary.md"
HISTORY = "CHANGELOG.md"
CRITERIA = "docs/accessibility.md"
# axe, and the criteria of WCAG 2.2 AA that axe can't check on pages like these.
_CRITERIA = [
    "axe",
    "1.4.10",
    "1.4.12",
    "2.1.4",
    "2.2.1",
    "2.4.3",
    "2.4.11",
    "2.5.8",
    "3.3.1",
    "3.3.4",
    "3.3.7",
    "4.1.3",
]
_TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
_BY_HAND = re.compile(r"by hand, \d{4}-\d\d-\d\d: \w")
_VARIABLE = re.compile(rf"\b{PREFIX}[A-Z_]+\b")
_TERM = re.compile(r"`([^`]+)`")

Row = tuple[str, ...]


def undocumented(root: Path) -> Iterator[str]:
    """Yield each setting that docs/configuration.md lacks or gets wrong, and each unknown variable in a document."""
    fields = {PREFIX + name.upper(): field.default for name, field in Config.model_fields.items()}
    rows = {_TERM.findall(row[0])[0]: row for row in _table(root / SETTINGS) if _TERM.search(row[0])}
    for name in sorted(fields.keys() - rows.keys()):
        yield f"{name} is not in {SETTINGS}"
    for name, row in rows.items():
        default = fields.get(name)
        if name in fields and default and f"`{default}`" not in row[1]:
            yield f"{SETTINGS} does not give the default of {name}, `{default}`"
        if not all(row):
            yield f"{SETTINGS}: the row of {name} is not complete"
    for path in _documents(root):
        for name in sorted(set(_VARIABLE.findall(path.read_text(encoding="utf-8")))):
            if name.removesuffix("_FILE") not in fields:
                yield f"{path.relative_to(root).as_posix()}: there is no {name}"


def glossary_faults(root: Path) -> Iterator[str]:
    """Yield each row of the glossary that is incomplete, not used in the code, or unlike the French of the pages."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in project_files(root, ".py", under="src"))
    seen: set[str] = set()
    translations = _french(root)
    for row in _table(root / WORDS):
        code, english, french_term, *_ = row
        if len(row) != 4 or not all(row):
            yield f"{WORDS}: the row of {code or english} is not complete"
        for term in _TERM.findall(code):
            if not re.search(rf"\b{re.escape(term)}\b", source):
                yield f"{WORDS}: `{term}` is not used in the code"
            if term in seen:
                yield f"{WORDS}: `{term}` occurs twice"
            seen.add(term)
        for used in translations.get(_folded(english), ()):
            if _folded(used) != _folded(french_term):
                yield f"{WORDS}: {english} is {french_term}, but a page shows {used}"


def unchecked_criteria(root: Path) -> Iterator[str]:
    """Yield each criterion that docs/accessibility.md lacks, or for which it names no existing test."""
    rows = {row[0]: row for row in _table(root / CRITERIA)} if (root / CRITERIA).exists() else {}
    yield from (f"{CRITERIA}: {name} has no row" for name in _CRITERIA if name not in rows)
    for name, row in rows.items():
        _, asked, checked, seen = row if len(row) == 4 else ("",) * 4
        if not asked or not _TEST.search(checked) or not (_TEST.search(seen) or _BY_HAND.search(seen)):
            yield f"{CRITERIA}: the row of {name} is not complete"
        for file, test in _TEST.findall(checked + seen):
            path = root / "tests" / "browser" / file
            if not path.exists() or not re.search(rf"\bdef {test}\(", path.read_text(encoding="utf-8")):
                yield f"{CRITERIA}: there is no {file}::{test}"


def missing_unreleased_section(root: Path) -> Iterator[str]:
    """Yield a fault if the changelog has no section for the next change."""
    path = root / HISTORY
    if not path.exists() or not re.search(r"^## \[?Unreleased\b", path.read_text(encoding="utf-8"), re.MULTILINE):
        yield f"{HISTORY} has no section Unreleased"


def faults(root: Path) -> list[str]:
    """Return the faults of all documents."""
    return [*undocumented(root), *glossary_faults(root), *unchecked_criteria(root), *missing_unreleased_section(root)]


def test_every_setting_is_documented() -> None:
    assert "\n".join(undocumented(ROOT)) == ""


def test_glossary_agrees_with_code() -> None:
    assert "\n".join(glossary_faults(ROOT)) == ""


def test_every_criterion_has_a_test() -> None:
    assert "\n".join(unchecked_criteria(ROOT)) == ""


def test_changelog_has_unreleased_section() -> None:
    assert "\n".join(missing_unreleased_section(ROOT)) == ""


_ROWS = "".join(
    f"| `{PREFIX}{name.upper()}` | `{field.default or '-'}` | what it is |\n"
    for name, field in Config.model_fields.items()
)
_PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Partner"\nmsgstr "Partenaire"\n'
RIGHT = {
    SETTINGS: f"# Settings\n\n| variable | default | meaning |\n|---|---|---|\n{_ROWS}\nAlso {PREFIX}TIME_ZONE_FILE.\n",
    WORDS: "| code | English | Français | is |\n|---|---|---|---|\n| `Partner` | Partner | partenaire | company |\n",
    HISTORY: "# Changes\n\n## Unreleased\n",
    CRITERIA: "| Criterion | asks | by | seen |\n|---|---|---|---|\n"
    + "".join(f"| {name} | a | `test_a.py::test_it` | by hand, 2026-11-25: a |\n" for name in _CRITERIA),
    "tests/browser/test_a.py": "def test_it(): ...\n",
    "src/renvoi/models.py": "class Partner: ...\n",
    DOMAINS[0].path(Path()).as_posix(): _PO,
}
PLANTED = {
    "setting without a row": (SETTINGS, f"`{PREFIX}EMAIL_URL`", "`else`", "EMAIL_URL is not in"),
    "incomplete row": (SETTINGS, "| what it is |", "|  |", "not complete"),
    "wrong default": (SETTINGS, "America/Toronto", "Europe/Paris", "TIME_ZONE"),
    "unknown setting": (SETTINGS, "Also", f"Also {PREFIX}SPEED and", "there is no"),
    "term not in the code": (WORDS, "`Partner`", "`Companion`", "not used"),
    "duplicate term": (WORDS, "`Partner`", "`Partner`, `Partner`", "twice"),
    "incomplete term": (WORDS, "company", "", "not complete"),
    "other French on a page": (WORDS, "partenaire", "associé", "a page shows Partenaire"),
    "criterion without a row": (CRITERIA, "| 3.3.7 |", "| 3.3.8 |", "3.3.7 has no row"),
    "criterion without a test": (CRITERIA, "`test_a.py::test_it`", "somebody", "the row of axe is not complete"),
    "unknown test": (CRITERIA, "test_a.py::test_it", "test_a.py::test_that", "there is no test_a.py::test_that"),
    "criterion without a planted fault": (CRITERIA, "by hand, 2026-11-25: a", "", "the row of axe is not complete"),
    "no unreleased section": (HISTORY, "## Unreleased", "## 1.0", "no section"),
}


def test_correct_documents_pass(tmp_path: Path) -> None:
    plant(tmp_path, RIGHT)
    assert faults(tmp_path) == []


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_is_reported(name: str, tmp_path: Path) -> None:
    path, old, new, message = PLANTED[name]
    assert old in RIGHT[path]
    plant(tmp_path, RIGHT | {path: RIGHT[path].replace(old, new, 1)})
    problems = faults(tmp_path)
    assert [fault for fault in problems if message in fault], problems


def _documents(root: Path) -> list[Path]:
    return [path for path in project_files(root, ".md") if path.name != HISTORY]


def _table(path: Path) -> Iterator[Row]:
    """Yield the rows of a document's tables, without the heading rows."""
    rows = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    for number, row in enumerate(rows):
        is_rule = set(row) <= set("|-: ")
        is_heading = number + 1 < len(rows) and set(rows[number + 1]) <= set("|-: ")
        if not is_rule and not is_heading:
            yield tuple(cell.strip() for cell in row.strip("|").split("|"))


def _french(root: Path) -> dict[str, set[str]]:
    """Return folded English text → its translations in the catalogues."""
    translations: dict[str, set[str]] = {}
    for domain in DOMAINS:
        for entry in entries(read_catalogue(domain.path(root))):
            ids = entry.id if isinstance(entry.id, str) else entry.id[0]
            strings = entry.string if isinstance(entry.string, str) else (entry.string or ("",))[0]
            if strings:
                translations.setdefault(_folded(ids), set()).add(strings)
    return translations


def _folded(text: str) -> str:
    return text.strip().casefold()
