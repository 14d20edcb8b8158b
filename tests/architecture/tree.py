"""List the project's own files: those that git tracks or would track."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BINARY = b"\x00"


def project_files(root: Path, *suffixes: str, under: str = "") -> list[Path]:
    """Return the files of the project at `root`, sorted; only those with one of the suffixes, if any are passed."""
    if (root / ".git").exists():
        command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
        paths = [root / name for name in listed if name]
    else:
        paths = list((root / under).rglob("*"))
    return sorted(
        path
        for path in paths
        if path.is_file() and path.is_relative_to(root / under) and (not suffixes or path.suffix in suffixes)
    )


def texts(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each text file with its content."""
    for path in paths:
        content = path.read_bytes()
        if _BINARY not in content:
            yield path, content.decode("utf-8", "replace")


def plant(root: Path, files: dict[str, str]) -> Path:
    """Write the files under `root`; return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root
