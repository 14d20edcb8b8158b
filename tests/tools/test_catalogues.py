"""The check of the catalogues reports each fault planted in a small project; an update never guesses a translation."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.messages.__main__ import check, compile_, update
from tools.messages.catalogues import DOMAINS, faults, read_catalogue

ROOT = Path(__file__).parents[2]
DJANGO, VISITOR = DOMAINS


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project: two templates and a module, each with a complete and correct catalogue."""
    source = tmp_path / "src" / "renvoi"
    _write(source / "console/templates/renvoi/list.html", "{% translate 'Save' %}")
    _write(
        source / "partners/lists/listing.py",
        'ngettext("%(n)d partner of %(all)d", "%(n)d partners of %(all)d", 2)\npgettext("column", "State")\n',
    )
    _write(source / "visitor/templates/page.html", "{{ _('Continue at %(name)s', name=name) }}")
    update(tmp_path)
    _replace(DJANGO.path(tmp_path), 'msgid "Save"\nmsgstr ""', 'msgid "Save"\nmsgstr "Enregistrer"')
    _replace(DJANGO.path(tmp_path), 'msgid "State"\nmsgstr ""', 'msgid "State"\nmsgstr "État"')
    _replace(DJANGO.path(tmp_path), 'msgstr[0] ""', 'msgstr[0] "%(n)d partenaire sur %(all)d"')
    _replace(DJANGO.path(tmp_path), 'msgstr[1] ""', 'msgstr[1] "%(n)d partenaires sur %(all)d"')
    _replace(VISITOR.path(tmp_path), 'msgstr ""\n', 'msgstr "Continuer chez %(name)s"\n', last=True)
    return tmp_path


def test_complete_catalogue_passes(project: Path) -> None:
    assert _faults(project) == []
    assert check(project) == 0


def test_update_of_current_catalogue_changes_nothing(project: Path) -> None:
    before = [domain.path(project).read_bytes() for domain in DOMAINS]
    update(project)
    assert [domain.path(project).read_bytes() for domain in DOMAINS] == before


def test_catalogue_has_neither_locations_nor_dates(project: Path) -> None:
    text = DJANGO.path(project).read_text(encoding="utf-8")
    assert "#:" not in text
    assert "Date" not in text


PLANTED = {
    "new message": ("src/renvoi/console/templates/renvoi/list.html", "'Save'", "'Save all'", "missing"),
    "removed message": (
        "src/renvoi/partners/lists/listing.py",
        'pgettext("column", "State")',
        "",
        "used nowhere",
    ),
    "changed context": ("src/renvoi/partners/lists/listing.py", '"column"', '"heading"', "missing"),
    "no translation": ("django", '"Enregistrer"', '""', "its French is missing"),
    "blank translation": ("django", '"Enregistrer"', '"  "', "its French is missing"),
    "incomplete plural": ("django", '"%(n)d partenaires sur %(all)d"', '""', "its French is missing"),
    "fuzzy": ("django", 'msgid "Save"', '#, fuzzy\nmsgid "Save"', "fuzzy"),
    "obsolete": ("django", 'msgid "Save"', '#~ msgid "Old"\n#~ msgstr "Vieux"\n\nmsgid "Save"', "used nowhere"),
    "lost placeholder": ("visitor", "chez %(name)s", "chez lui", "placeholders"),
    "typography": ("django", '"Enregistrer"', '"Enregistrer ?"', "no space before"),
    "wrong term": ("django", '"Enregistrer"', '"Uploader"', "téléverser"),
    "annuler": ("django", '"Enregistrer"', '"Annuler"', "Cancel"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_is_reported(name: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, old, new, message = PLANTED[name]
    domains = {domain.name: domain.path(project) for domain in DOMAINS}
    _replace(domains.get(place, project / place), old, new)
    assert any(message in fault for fault in _faults(project))
    assert check(project) == 1
    assert message in capsys.readouterr().out


def test_missing_catalogue_is_reported(project: Path) -> None:
    VISITOR.path(project).unlink()
    assert any("missing from visitor.po" in fault for fault in _faults(project))


def test_new_message_gets_no_guessed_translation(project: Path) -> None:
    _replace(project / "src/renvoi/console/templates/renvoi/list.html", "'Save'", "'Save all'")
    update(project)
    catalogue = read_catalogue(DJANGO.path(project))
    entry = catalogue.get("Save all")
    assert entry is not None
    assert (entry.string, entry.fuzzy) == ("", False)
    assert catalogue.get("Save") is None
    state = catalogue.get("State", context="column")
    assert state is not None
    assert state.string == "État"


def test_message_with_new_plural_needs_translation(project: Path) -> None:
    _replace(
        project / "src/renvoi/console/templates/renvoi/list.html",
        "{% translate 'Save' %}",
        "{% blocktranslate count n=2 %}Save{% plural %}Save all{% endblocktranslate %}",
    )
    update(project)
    assert [fault for fault in _faults(project) if "its French is missing" in fault]


def test_compile_writes_mo_files(project: Path) -> None:
    compile_(project)
    assert DJANGO.path(project).with_suffix(".mo").read_bytes()[:4] == b"\xde\x12\x04\x95"


def test_unknown_command_prints_usage() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tools.messages", "mend"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "update | check | compile" in ran.stderr


def _faults(project: Path) -> list[str]:
    return [fault for domain in DOMAINS for fault in faults(domain, root=project)]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _replace(path: Path, old: str, new: str, *, last: bool = False) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(new.join(text.rsplit(old, 1)) if last else text.replace(old, new, 1), encoding="utf-8")


def test_packages_with_sentences_are_read() -> None:
    """A sentence of a package that no catalogue reads would be shown in English."""
    source = ROOT / "src" / "renvoi"
    writing = {
        path.relative_to(source).parts[0]
        for path in source.rglob("*.py")
        if re.search("django.utils.translation import .*gettext", path.read_text(encoding="utf-8"))
    }
    assert writing - {"visitor"} <= set(DJANGO.packages)
