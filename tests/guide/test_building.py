"""The guide as it is built: its chapters are the manual's, its links lead somewhere, and a faulty one is refused."""

import json
import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.guide.cast import FRENCH, a_guide, twins
from tools.guide import BUILT, OUTLINE, GuideFault, build_guide

_MANUAL = ROOT.parent / "shared" / "seed" / "partenaires.fr.txt"
TITLES = [
    "Aperçu de l’interface",
    "Ajouter un partenaire",
    "Supprimer un partenaire",
    "Modifier les réglages d’un partenaire",
    "Réglages d’un partenaire",
    "Exporter les réglages d’un partenaire",
    "Rechercher des partenaires",
    "Trier les partenaires",
]
WITHIN = {
    "Réglages d’un partenaire": [
        "Nom",
        "URL (en anglais et en français)",
        "Description (en anglais et en français)",
        "Pays",
    ],
    "Exporter les réglages d’un partenaire": ["Exporter vers un fichier CSV", "Exporter vers un fichier PDF"],
}


def headings() -> dict[str, list[str]]:
    """The French chapter's headings, with what stands under each."""
    found: dict[str, list[str]] = {}
    for section in twins()[1][0].sections:
        if section.level == 2:
            found[section.title] = []
        elif section.level == 3:
            found[[*found][-1]].append(section.title)
    return found


def test_the_chapters_are_the_manual_s_in_its_order() -> None:
    chapter, _ = twins()[1]
    assert chapter.title == "Partenaires"
    assert [*headings()] == TITLES
    for title, parts in WITHIN.items():
        assert [part for part in headings()[title] if part in parts] == parts


@pytest.mark.skipif(not _MANUAL.exists(), reason="the manual lies beside the project, not in it")
def test_these_titles_are_the_manual_s() -> None:
    lines = [line.strip().replace("'", "’") for line in _MANUAL.read_text(encoding="utf-8").splitlines()]
    wanted = ["Partenaires", *TITLES]
    places = [lines.index(title) for title in wanted]
    assert places == sorted(places)
    assert {part for parts in WITHIN.values() for part in parts} <= {*lines}


def test_what_is_built_is_a_template_without_scripts_and_styles() -> None:
    for path in (ROOT / BUILT).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert not re.search(r"<(script|style|img|iframe)|\s(style|on\w+)=|javascript:", page), path
        assert {*re.findall(r"\{.", page)} <= {"{%"}, path


def test_what_is_built_is_what_is_written(tmp_path: Path) -> None:
    """It is never committed; this says that `make` has brought it up to date."""
    for language in ("fr", "en"):
        for path in (ROOT / "docs" / "guide" / language).glob("*.md"):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    build_guide(tmp_path)
    built = {path.relative_to(tmp_path): path.read_text() for path in (tmp_path / BUILT).rglob("*.*")}
    assert built == {path.relative_to(ROOT): path.read_text() for path in (ROOT / BUILT).rglob("*.*")}


def test_links_lead_to_pages_of_the_console(tmp_path: Path) -> None:
    build_guide(a_guide(tmp_path))
    page = (tmp_path / BUILT / "fr" / "partners.html").read_text(encoding="utf-8")
    assert "<a href=\"{% url 'console:help_chapter' 'trash' %}\">corbeille</a>" in page
    assert '<a href="#add">comment en ajouter</a>' in page
    assert '<h2 id="add"><a class="anchor" href="#add">Ajouter un partenaire</a></h2>' in page
    assert '<li id="add-1">Cliquez sur <strong>Nouveau</strong>.</li>' in page
    outline = json.loads((tmp_path / BUILT / OUTLINE).read_text(encoding="utf-8"))
    assert outline["fr"][1]["sections"][1][:3] == ["add", "Ajouter un partenaire", 2]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# Partenaires", "Partenaires", "the first line is the title"),
        ("   {#add-2}\n", "", "1 numbered steps have no id"),
        ("   {#add-2}", "   {#add-1}", r"\['add-1'\] stand twice"),
        ("corbeille.md", "poubelle.md", "there is no poubelle.md"),
        ("corbeille.md", "corbeille.md#gone", "there is no corbeille.md#gone"),
        ("(#add)", "(#adding)", "there is no #adding"),
        ("corbeille.md", "https://elsewhere.example/", "there is no https"),
        ("Voir la", "Voir {{ user.email }} la", "is no text"),
        ("Voir la", "Voir {% now %} la", "is no text"),
        ("Nouveau**.\n   {#add-1}", "Nouveau**. {#add-1}", "is no text"),
    ],
)
def test_a_faulty_chapter_is_refused_and_nothing_is_replaced(old: str, new: str, said: str, tmp_path: Path) -> None:
    build_guide(a_guide(tmp_path))
    before = (tmp_path / BUILT / OUTLINE).read_text(encoding="utf-8")
    assert old in FRENCH
    with pytest.raises(GuideFault, match=said):
        build_guide(a_guide(tmp_path, french=FRENCH.replace(old, new, 1)))
    assert (tmp_path / BUILT / OUTLINE).read_text(encoding="utf-8") == before
