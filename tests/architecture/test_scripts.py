"""Each page of the console loads every script whose functions and variables its scripts use."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

_SCRIPTS = Path("src/renvoi/console/static/renvoi/js")
_TEMPLATES = Path("src/renvoi/console/templates")
_BASE = "console/root.html"
_TOP_LEVEL = re.compile(r"^(?:async )?(?:const|let|function) +(\w+)", re.MULTILINE)
_LOADED = re.compile(r"renvoi/js/([\w-]+)\.js")
# Comments, and strings without placeholders.
_NO_CODE = re.compile(r"//[^\n]*|\"[^\"\n]*\"")


def scripts(root: Path) -> dict[str, str]:
    """Return name → code of each script."""
    return {path.stem: _NO_CODE.sub("", path.read_text(encoding="utf-8")) for path in (root / _SCRIPTS).glob("*.js")}


def pages(root: Path) -> dict[str, set[str]]:
    """Return template → the scripts that its page loads, of each template that names scripts."""
    folder = root / _TEMPLATES
    loaded = {
        path.relative_to(folder).as_posix(): set(_LOADED.findall(path.read_text(encoding="utf-8")))
        for path in folder.rglob("*.html")
    }
    return {name: names | loaded[_BASE] for name, names in loaded.items() if names}


def uses(code: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return script → name → script that defines it, of each name that another script defines at its top level."""
    definitions = {name: script for script, text in code.items() for name in _TOP_LEVEL.findall(text)}
    return {
        script: {
            name: owner
            for name in set(re.findall(r"(?<![\w.$])[A-Za-z]\w*", text))
            if (owner := definitions.get(name, script)) != script and not re.search(rf"\b(?:const|let) {name}\b", text)
        }
        for script, text in code.items()
    }


def faults(root: Path) -> Iterator[str]:
    """Yield each name that a page's scripts use and none of them defines."""
    used = uses(scripts(root))
    for page, loaded in pages(root).items():
        for script in sorted(loaded):
            for name, owner in used[script].items():
                if owner not in loaded:
                    yield f"{page}: {script}.js uses {name} of {owner}.js, which the page does not load"


def test_each_page_loads_the_scripts_that_its_scripts_use() -> None:
    assert "\n".join(sorted(faults(ROOT))) == ""


def test_each_script_is_loaded_by_a_page() -> None:
    assert set().union(*pages(ROOT).values()) == set(scripts(ROOT))


@pytest.mark.parametrize(
    ("base", "page", "expected"),
    [
        ("failures", "list", "settings.html: list.js uses showFailure of windows.js"),
        ("failures windows", "list", ""),
        ("failures windows", "copy", "settings.html: copy.js uses fold of list.js"),
    ],
)
def test_planted_fault_is_reported(base: str, page: str, expected: str, tmp_path: Path) -> None:
    code = {
        "failures": 'let retry = null; // fold\nconst fault = "fold";\n',
        "windows": "function showFailure() { retry?.(); }\n",
        "list": "const fold = () => showFailure();\n",
        "copy": "document.addEventListener('click', () => { fold(); field.fold(); });\n",
    }
    for name, text in code.items():
        path = tmp_path / _SCRIPTS / f"{name}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for template, names in ((_BASE, base), ("console/settings.html", page)):
        path = tmp_path / _TEMPLATES / template
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{{% static 'renvoi/js/{name}.js' %}}" for name in names.split()), encoding="utf-8")
    reported = [fault for fault in faults(tmp_path) if fault.startswith("console/settings")]
    assert [expected in fault for fault in reported] == ([True] if expected else [])
