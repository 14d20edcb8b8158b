"""Each sentence of the French guide that promises something is performed by a test: tests/guide/promises/*.txt.

The tables are reviewed by people: a test is named only if it fails when the promise is broken.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, plant
from tests.guide.cast import FRENCH, PROMISES, PROMISES_FILE, a_guide
from tests.guide.sentences import KINDS, TABLES, Promise, count_tests, read_table, sentences_of
from tools.guide import read_guide


def faults(root: Path) -> Iterator[str]:
    """Yield each sentence that is not classified, each entry that is no sentence, and each answer that is wrong."""
    chapters = read_guide(root, "fr")
    tables = {path.name for path in (root / TABLES).glob("*")}
    yield from (f"{TABLES}/{name} belongs to no chapter" for name in tables - {table_of(one.file) for one in chapters})
    for chapter in chapters:
        table = read_table(root / TABLES / table_of(chapter.file))
        found, listed = (
            Counter((one.section, one.sentence) for one in each) for each in (sentences_of(chapter), table)
        )
        yield from (f"{chapter.file}#{section}: not classified: {text}" for section, text in found - listed)
        yield from (f"{chapter.file}#{section}: not in the guide: {text}" for section, text in listed - found)
        yield from (f"{chapter.file}#{one.section}: {fault}" for one in table for fault in _wrong_answers(root, one))


def table_of(chapter: str) -> str:
    """Return the file name of the table for that chapter."""
    return Path(chapter).with_suffix(".txt").name


def _wrong_answers(root: Path, promise: Promise) -> Iterator[str]:
    if not promise.answers:
        yield f"no test and no kind: {promise.sentence}"
    if len(promise.answers) > 1 and {*promise.answers} & {*KINDS}:
        yield f"a kind and a test: {promise.sentence}"
    for answer in promise.answers:
        path, _, test = answer.partition("::")
        if not test and answer not in KINDS:
            yield f"{answer} is neither a test nor a kind: {promise.sentence}"
        elif test and (count := count_tests(root / path)[test]) != 1:
            yield f"{answer} names {count} tests: {promise.sentence}"


def test_each_promise_of_the_guide_is_performed() -> None:
    assert "\n".join(faults(ROOT)) == ""


def test_guide_with_all_sentences_classified_passes(tmp_path: Path) -> None:
    assert list(faults(a_guide(tmp_path))) == []


def test_sentence_ends_neither_within_a_quotation_nor_in_a_file_name(tmp_path: Path) -> None:
    text = "# Partenaires\n\nLu\u00a0: «\u00a0Fait. Fermez.\u00a0» Le `Partners.pdf` reste. Et puis?\n\n- Un.\n"
    (chapter,) = (one for one in read_guide(a_guide(tmp_path, french=text), "fr") if one.file == "partenaires.md")
    assert [one.sentence for one in sentences_of(chapter)] == [
        "Lu\u00a0: «\u00a0Fait. Fermez.\u00a0»",
        "Le Partners.pdf reste.",
        "Et puis?",
        "Un.",
    ]


@pytest.mark.parametrize(
    ("french", "promises", "message"),
    [
        (FRENCH + "\nElle reste ouverte.\n", PROMISES, "#add: not classified: Elle reste ouverte."),
        (FRENCH.replace("s’affiche", "s’ouvre"), PROMISES, "#add: not classified: Une fenêtre s’ouvre"),
        (FRENCH.replace("s’affiche", "s’ouvre"), PROMISES, "#add: not in the guide: Une fenêtre s’affiche"),
        (FRENCH, PROMISES.replace("[add]\n", ""), "#: not in the guide: Cliquez sur Nouveau."),
        (FRENCH, PROMISES + "Tapez Canada, puis Entrée.\n    step\n", "#add: not in the guide: Tapez Canada"),
        (FRENCH, PROMISES.replace("    link\n", ""), "no test and no kind: Voir la corbeille"),
        (FRENCH, PROMISES.replace("    link", "    hope"), "hope is neither a test nor a kind: Voir la corbeille"),
        (FRENCH, PROMISES.replace("manual.py", "gone.py"), "gone.py::test_adding names 0 tests: Une fenêtre"),
        (FRENCH, PROMISES.replace("test_adding", "test_gone"), "::test_gone names 0 tests: Une fenêtre"),
        (FRENCH, PROMISES.replace("test_adding", "helper"), "::helper names 0 tests: Une fenêtre"),
        (FRENCH, PROMISES.replace("test_adding", "test_adding\n    step"), "a kind and a test: Une fenêtre"),
    ],
)
def test_planted_fault_is_reported(french: str, promises: str, message: str, tmp_path: Path) -> None:
    assert promises != PROMISES or french != FRENCH
    problems = list(faults(plant(a_guide(tmp_path, french=french), {PROMISES_FILE: promises})))
    assert [fault for fault in problems if message in fault], problems


def test_name_that_two_tests_share_is_reported_without_its_class(tmp_path: Path) -> None:
    twice = "class TestA:\n    def test_adding(self): ...\nclass TestB:\n    def test_adding(self): ...\n"
    root = a_guide(tmp_path, browser=twice)
    assert [fault for fault in faults(root) if "test_adding names 2 tests" in fault]
    assert list(faults(plant(root, {PROMISES_FILE: PROMISES.replace("test_adding", "TestB::test_adding")}))) == []


def test_table_without_chapter_is_reported(tmp_path: Path) -> None:
    root = plant(a_guide(tmp_path), {f"{TABLES}/poubelle.txt": ""})
    assert list(faults(root)) == [f"{TABLES}/poubelle.txt belongs to no chapter"]
