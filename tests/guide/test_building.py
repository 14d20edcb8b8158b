"""The built guide has the manual's chapters and working links, and a faulty chapter is rejected."""

import json
import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.guide.cast import FRENCH, a_guide, twins
from tests.guide.manual import SECTIONS, TITLE, missing_from, outside_lines
from tools.guide import BUILT, OUTLINE, Chapter, GuideError, build_guide


def partners_chapter() -> Chapter:
    """Return the French chapter on partners."""
    (chapter,) = (french for french, _ in twins() if french.file == "partenaires.md")
    return chapter


def guide_lines() -> list[str]:
    """Return the French chapter on partners: each heading, followed by the text under it."""
    return [line for section in partners_chapter().sections for line in (section.title, section.text)]


def test_chapter_has_the_sections_of_the_manual_in_its_order() -> None:
    chapter = partners_chapter()
    assert chapter.title == TITLE
    assert [section.title for section in chapter.sections if section.level == 2] == [one.heading for one in SECTIONS]


def test_chapter_names_everything_in_the_manual() -> None:
    assert missing_from(guide_lines()) == []


def test_outside_manual_agrees_with_the_table() -> None:
    lines = outside_lines()
    assert not lines or (TITLE in lines and missing_from(lines) == [])


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Trier les partenaires", "Ordonner", "Trier les partenaires"),
        ("Nom", "Titre", "Nom"),
        ("255 caractères", "25 caractères", "Description (en anglais et en français): 255 caractères"),
        ("OK", "Oui", "Supprimer un partenaire: OK"),
        ("MesPartenaires.csv", "x.csv", "Exporter vers un fichier CSV: MesPartenaires.csv"),
    ],
)
def test_text_without_heading_or_label_is_reported(old: str, new: str, fault: str) -> None:
    assert fault in missing_from([line.replace(old, new) for line in guide_lines()])


def test_text_out_of_order_is_reported() -> None:
    assert "Ajouter un partenaire" in missing_from([*guide_lines()[-8:], *guide_lines()[:-8:-1]])


def test_built_guide_has_no_scripts_or_styles() -> None:
    for path in (ROOT / BUILT).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert not re.search(r"<(script|style|img|iframe)|\s(style|on\w+)=|javascript:", page), path
        assert {*re.findall(r"\{.", page)} <= {"{%"}, path


def test_built_guide_is_up_to_date(tmp_path: Path) -> None:
    """The built guide is never committed; this checks that `make` has updated it."""
    for language in ("fr", "en"):
        for path in (ROOT / "docs" / "guide" / language).glob("*.md"):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    build_guide(tmp_path)
    built = {path.relative_to(tmp_path): path.read_text() for path in (tmp_path / BUILT).rglob("*.*")}
    assert built == {path.relative_to(ROOT): path.read_text() for path in (ROOT / BUILT).rglob("*.*")}


def test_links_are_urls_of_the_console(tmp_path: Path) -> None:
    build_guide(a_guide(tmp_path))
    page = (tmp_path / BUILT / "fr" / "partners.html").read_text(encoding="utf-8")
    assert "<a href=\"{% url 'console:help_chapter' 'trash' %}\">corbeille</a>" in page
    assert '<a href="#add">comment en ajouter</a>' in page
    assert '<h2 id="add"><a class="anchor" href="#add">Ajouter un partenaire</a></h2>' in page
    assert '<li id="add-1">Cliquez sur <strong>Nouveau</strong>.</li>' in page
    outline = json.loads((tmp_path / BUILT / OUTLINE).read_text(encoding="utf-8"))
    (partners,) = (chapter for chapter in outline["fr"] if chapter["address"] == "partners")
    assert partners["sections"][1][:3] == ["add", "Ajouter un partenaire", 2]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# Partenaires", "Partenaires", "the first line is the title"),
        ("   {#add-2}\n", "", "1 numbered steps have no id"),
        ("   {#add-2}", "   {#add-1}", r"\['add-1'\] occur twice"),
        ("corbeille.md", "poubelle.md", "there is no poubelle.md"),
        ("corbeille.md", "corbeille.md#gone", "there is no corbeille.md#gone"),
        ("(#add)", "(#adding)", "there is no #adding"),
        ("corbeille.md", "https://elsewhere.example/", "there is no https"),
        ("Voir la", "Voir {{ user.email }} la", "is not text"),
        ("Voir la", "Voir {% now %} la", "is not text"),
        ("Nouveau**.\n   {#add-1}", "Nouveau**. {#add-1}", "is not text"),
    ],
)
def test_faulty_chapter_is_refused_and_replaces_nothing(old: str, new: str, message: str, tmp_path: Path) -> None:
    build_guide(a_guide(tmp_path))
    before = (tmp_path / BUILT / OUTLINE).read_text(encoding="utf-8")
    assert old in FRENCH
    with pytest.raises(GuideError, match=message):
        build_guide(a_guide(tmp_path, french=FRENCH.replace(old, new, 1)))
    assert (tmp_path / BUILT / OUTLINE).read_text(encoding="utf-8") == before
