"""The guide names labels (in bold) and messages (in « ») as the console shows them, and alike in both languages."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring, tostring

import pytest

from tests.architecture.tree import ROOT
from tests.guide.cast import ENGLISH, FRENCH, a_guide, twins
from tools.guide import Chapter, Section
from tools.messages.catalogues import DOMAINS, entries, read_catalogue
from tools.messages.french import faults_of

# Written into the templates without translation.
_UNTRANSLATED = ("OK", "CSV", "PDF")
_TEMPLATES = "src/renvoi/console/templates/console"
_QUOTED = {"fr": re.compile("«\u00a0(.+?)\u00a0»"), "en": re.compile("“(.+?)”")}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")

# Labels of pages that do not exist yet, with their French. A test fails if the console shows one of them.
AWAITED: dict[str, str] = {}


def faults(root: Path, *, awaited: Mapping[str, str]) -> Iterator[str]:
    """Yield each label or message that the console does not show, and each difference between the languages."""
    console_texts = _console_texts(root)
    yield from (f"{label} is on a page now: remove it from AWAITED" for label in awaited if label in console_texts)
    known = console_texts | {label: {french} for label, french in awaited.items()}
    labels = {"en": [*known], "fr": [text for texts in known.values() for text in texts]}
    for french, english in twins(root):
        yield from _absent_labels(french, language="fr", labels=labels["fr"])
        yield from _absent_labels(english, language="en", labels=labels["en"])
        yield from _differences(french, english, known=known)


def _console_texts(root: Path) -> dict[str, set[str]]:
    """Return English → French for all texts of the console."""
    french_by_english: dict[str, set[str]] = {}
    for entry in entries(read_catalogue(DOMAINS[0].path(root))):
        ids = (entry.id,) if isinstance(entry.id, str) else entry.id
        strings = (entry.string,) if isinstance(entry.string, str) else entry.string or ()
        for english, french in zip(ids, strings, strict=False):
            french_by_english.setdefault(english, set()).add(french)
    pages = "".join(path.read_text(encoding="utf-8") for path in sorted((root / _TEMPLATES).rglob("*.html")))
    return french_by_english | {word: {word} for word in _UNTRANSLATED if re.search(rf"[>}}]\s*{word}\s*<", pages)}


def _absent_labels(chapter: Chapter, *, language: str, labels: list[str]) -> Iterator[str]:
    patterns = [re.compile(".+".join(map(re.escape, _PLACEHOLDER.split(text)))) for text in labels]
    for section in chapter.sections:
        for text in [*section.labels, *_QUOTED[language].findall(section.text)]:
            if not any(pattern.fullmatch(text) for pattern in patterns):
                yield f"{chapter.file}, {section.title}: no page shows {text!r}"


def _differences(french: Chapter, english: Chapter, *, known: Mapping[str, set[str]]) -> Iterator[str]:
    where = f"{french.file} and {english.file}"
    if french.ids != english.ids or french.steps != english.steps:
        yield f"{where} have other ids: {sorted(set(french.ids) ^ set(english.ids)) or 'in another order'}"
        return
    for french_section, english_section in zip(french.sections, english.sections, strict=True):
        if french_section.level != english_section.level:
            yield f"{where}: {french_section.title} and {english_section.title} are not on one level"
        yield from (
            f"{where}, {french_section.title}: {fault}"
            for fault in _label_differences(french_section, english_section, known=known)
        )


def _label_differences(
    french_section: Section, english_section: Section, *, known: Mapping[str, set[str]]
) -> Iterator[str]:
    remaining = Counter(french_section.labels)
    for label in english_section.labels:
        match = next((french for french in known.get(label, ()) if remaining[french]), None)
        if match is None:
            yield f"the French does not name {label!r}"
        else:
            remaining[match] -= 1
    yield from (f"the English does not name {french!r}" for french in remaining.elements())


def test_guide_quotes_console_in_both_languages() -> None:
    assert "\n".join(faults(ROOT, awaited=AWAITED)) == ""


def test_french_follows_the_rules() -> None:
    problems = [
        f"{chapter.file}, {section.title}: {fault}"
        for chapter, _ in twins()
        for section in chapter.sections
        for text in (chapter.title, section.title, _without_keys(section).text)
        for fault in faults_of(text)
    ]
    assert "\n".join(problems) == ""


def _without_keys(section: Section) -> Section:
    """Replace the content of <kbd>, which is not punctuation: <kbd>?</kbd>."""
    parts = tuple(fromstring(tostring(part)) for part in section.parts)  # noqa: S314 (our own; copies)
    for part in parts:
        for kbd in part.iter("kbd"):
            kbd.text = "K"
    return replace(section, parts=parts)


def test_english_has_typographic_quotes() -> None:
    problems = [
        f"{chapter.file}: {text}" for _, chapter in twins() for text in chapter.body.itertext() if {*text} & {*"\"'"}
    ]
    assert "\n".join(problems) == ""


def test_small_guide_passes(tmp_path: Path) -> None:
    assert list(faults(a_guide(tmp_path), awaited={})) == []


@pytest.mark.parametrize(
    ("changed", "awaited", "message"),
    [
        ({"french": FRENCH.replace("Nouveau", "Créer")}, {}, "no page shows 'Créer'"),
        ({"english": ENGLISH.replace("New", "Create")}, {}, "no page shows 'Create'"),
        ({"french": FRENCH.replace("Supprimer", "Effacer")}, {}, "no page shows 'Effacer Aló?'"),
        ({"english": ENGLISH.replace("Delete Aló", "Remove Aló")}, {}, "no page shows 'Remove Aló?'"),
        ({"english": ENGLISH.replace("add-2", "add-3")}, {}, "other ids: ['add-2', 'add-3']"),
        ({"english": ENGLISH.replace("{#add}", "{#adding}").replace("(#add)", "(#adding)")}, {}, "other ids"),
        ({"english": ENGLISH.replace("## Add", "### Add")}, {}, "not on one level"),
        ({"english": ENGLISH.replace("**New**", "it")}, {}, "the English does not name 'Nouveau'"),
        ({"french": FRENCH.replace("**Nouveau**", "**OK**")}, {}, "the French does not name 'New'"),
        ({"french": FRENCH.replace("**Nouveau**", "**CSV**")}, {}, "no page shows 'CSV'"),
        ({}, {"OK": "OK"}, "remove it from AWAITED"),
    ],
)
def test_planted_fault_is_reported(
    changed: dict[str, str], awaited: dict[str, str], message: str, tmp_path: Path
) -> None:
    problems = list(faults(a_guide(tmp_path, **changed), awaited=awaited))
    assert [fault for fault in problems if message in fault], problems
