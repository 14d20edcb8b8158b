"""The guide as the tests read it, and a small guide in which faults are planted."""

from pathlib import Path

from tests.architecture.tree import ROOT, plant
from tools.guide import CHAPTERS, LANGUAGES, SOURCES, Chapter, read_guide
from tools.messages.catalogues import DOMAINS

FRENCH = """\
# Partenaires

Voir la [corbeille](corbeille.md) et [comment en ajouter](#add).

## Ajouter un partenaire {#add}

1. Cliquez sur **Nouveau**.
   {#add-1}
2. Une fenêtre s’affiche, «\u00a0Supprimer Aló?\u00a0». Tapez `Canada`, puis <kbd>Entrée</kbd>.
   {#add-2}
"""
ENGLISH = """\
# Partners

See the [trash](trash.md) and [how to add one](#add).

## Add a partner {#add}

1. Click **New**.
   {#add-1}
2. A window opens, “Delete Aló?”. Type `Canada`, then <kbd>Enter</kbd>.
   {#add-2}
"""
CATALOGUE = """\
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "New"
msgstr "Nouveau"

msgid "Delete %(name)s?"
msgstr "Supprimer %(name)s?"
"""
BROWSER = '''\
@pytest.mark.performs("add-1", "add-2")
def test_adding(staff):
    """Follows the guide."""
'''
PROMISES = """\
[]
Voir la corbeille et comment en ajouter.
    link

[add]
Cliquez sur Nouveau.
    step
Une fenêtre s’affiche, «\u00a0Supprimer Aló?\u00a0».
    tests/browser/manual.py::test_adding
Tapez Canada, puis Entrée.
    step
"""
FRENCH_FILE, ENGLISH_FILE = "docs/guide/fr/partenaires.md", "docs/guide/en/partners.md"
BROWSER_FILE = "tests/browser/manual.py"
PROMISES_FILE = "tests/guide/promises/partenaires.txt"


def a_guide(root: Path, **changes: str) -> Path:
    """Write a small project at `root`, with these files (french=, english=, browser=) instead of the correct ones."""
    titles = {name: f"# {name}\n" for names in CHAPTERS.values() for name in names.values()}
    files = {f"{SOURCES}/{language}/{names[language]}.md": "" for names in CHAPTERS.values() for language in LANGUAGES}
    files = {path: titles[Path(path).stem] for path in files}
    return plant(
        root,
        files
        | {
            FRENCH_FILE: changes.get("french", FRENCH),
            ENGLISH_FILE: changes.get("english", ENGLISH),
            BROWSER_FILE: changes.get("browser", BROWSER),
            PROMISES_FILE: PROMISES,
            DOMAINS[0].path(Path()).as_posix(): CATALOGUE,
            "src/renvoi/console/templates/console/page.html": '<button type="submit">OK</button>',
        },
    )


def twins(root: Path = ROOT) -> list[tuple[Chapter, Chapter]]:
    """Return (French, English) of each chapter."""
    return list(zip(read_guide(root, "fr"), read_guide(root, "en"), strict=True))
