"""No file of the project names a package registry's host or a path of somebody's machine."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, plant, project_files, texts

# In pieces: this file is searched too.
_HOSTS = [
    "".join(pieces)
    for pieces in (
        ("py", "pi.org"),
        ("python", "hosted"),
        ("npm", "js."),
        ("yarn", "pkg."),
        ("crates", ".io"),
        ("ruby", "gems.org"),
        ("proxy.", "golang."),
        ("maven", ".org"),
    )
]
_FOLDERS = [f"/{name}/" for name in ("root", "work", "farm")]
_HOMES = ("home", "Users")


def named(root: Path, *, here: Path = ROOT) -> Iterator[str]:
    """Each line that names a host or a path, in files that are text; `here` is this checkout's own folder."""
    own = [str(folder) for folder in (here, Path.home()) if len(folder.parts) > 2]
    homes = [rf"(?<![\w.:/-])/{name}/\w" for name in _HOMES]
    pattern = re.compile("|".join([*map(re.escape, [*_HOSTS, *_FOLDERS, *own]), *homes]), re.IGNORECASE)
    for path, text in texts(project_files(root)):
        for number, line in enumerate(text.splitlines(), start=1):
            if found := pattern.search(line):
                yield f"{path.relative_to(root).as_posix()}:{number}: {found[0]}"


def test_no_file_names_a_host_or_a_path() -> None:
    assert "\n".join(named(ROOT)) == ""


@pytest.mark.parametrize(
    "text",
    [
        *(f"see https://{host}x" for host in _HOSTS),
        *(f"open('{folder}renvoi')" for folder in _FOLDERS),
        *(f"# in /{home}/ana/renvoi" for home in _HOMES),
        "cd /opt/checkouts/renvoi/src",
    ],
)
def test_a_planted_name_is_seen(text: str, tmp_path: Path) -> None:
    plant(tmp_path, {"docs/page.md": f"first\n{text}\n", "data.bin": f"\0{text}"})
    assert [fault.split(": ")[0] for fault in named(tmp_path, here=Path("/opt/checkouts/renvoi"))] == ["docs/page.md:2"]


def test_addresses_and_places_within_a_site_are_left_alone(tmp_path: Path) -> None:
    plant(tmp_path, {"a.txt": "https://alo.example/home/page /usr/bin/chromium ./renvoi-data/home.sqlite3 /console/"})
    assert list(named(tmp_path)) == []
