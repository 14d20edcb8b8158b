"""Run the checks and the unit tests on each version of Python that pyproject.toml names: `make pythons`.

It looks for each interpreter on PATH, then among pyenv's versions, and takes the first that runs. A pyenv shim runs
only where its version is activated. Each interpreter has its own virtual environment, such as `.venv-3.12`.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")
_COUNTS = re.compile(r"(?:\d+ \w+, )*\d+ passed(?:, \d+ \w+)*|(?:\d+ \w+, )*\d+ (?:failed|errors?)\b")
_SHOW_VERSION = "import sys; print('.'.join(map(str, sys.version_info[:3])))"


def supported_versions() -> list[str]:
    """Return the versions in the classifiers of pyproject.toml, in order, such as 3.11."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    matches = map(_CLASSIFIER.fullmatch, project["classifiers"])
    return [match[1] for match in matches if match]


def find_interpreter(version: str) -> tuple[str, str] | None:
    """Return the path and the full version of an interpreter that runs; None if there is none."""
    for path in _candidates(version):
        full = _output(path, "-c", _SHOW_VERSION)
        if full.startswith(f"{version}."):
            return path, full
    return None


def run_tests(version: str, path: str) -> tuple[int, list[str]]:
    """Run `make check unit` and show its output; return the exit code and the counts that pytest printed."""
    command = ["make", "--no-print-directory", "--keep-going", f"VENV=.venv-{version}", f"PYTHON={path}"]
    counts: list[str] = []
    with subprocess.Popen([*command, "check", "unit"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as make:
        for line in make.stdout or ():
            print(line, end="", flush=True)
            if " in " in line and (match := _COUNTS.match(line)):
                counts.append(match[0])
    return make.returncode, counts


def main() -> int:
    """Print a line for each version at the end. Returns 1 if one fails, or if no interpreter exists."""
    results: list[tuple[str, bool]] = []
    left_out: list[str] = []
    for version in supported_versions():
        interpreter = find_interpreter(version)
        if interpreter is None:
            left_out.append(f"Python {version}: left out, no interpreter found on PATH or in pyenv")
            continue
        path, full = interpreter
        print(f"Python {full}", flush=True)
        code, counts = run_tests(version, path)
        results.append((f"Python {full}: {'failed' if code else 'passed'} ({'; '.join(counts)})", code == 0))
    print("\n".join([*left_out, *(line for line, _ in results)]))
    return int(not results or not all(has_passed for _, has_passed in results))


def _candidates(version: str) -> Iterator[str]:
    if path := shutil.which(f"python{version}"):
        yield path
    if shutil.which("pyenv"):
        names = [name for name in _output("pyenv", "versions", "--bare").split() if _is_release(name, version)]
        for name in sorted(names, key=lambda name: int(name.rpartition(".")[2]), reverse=True):
            yield str(Path(_output("pyenv", "prefix", name), "bin", "python"))


def _is_release(name: str, version: str) -> bool:
    return re.fullmatch(rf"{re.escape(version)}\.\d+", name) is not None


def _output(*command: str) -> str:
    """Return what a command prints; an empty string if it fails or can't be started."""
    try:
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    except OSError:
        return ""
    return "" if ended.returncode else ended.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
