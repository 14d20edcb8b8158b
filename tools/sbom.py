"""Write what Renvoi is installed with as a CycloneDX SBOM, and check each licence: `make sbom`.

The list is that of an environment with requirements/base.txt alone, read by cyclonedx-bom. Prints each package with its
licence, and exits with 1 if one has none, or one that is not listed in ALLOWED.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OUTPUT = Path("dist/renvoi.cdx.json")

# SPDX identifiers, and what packages call them, that allow Renvoi to be used and passed on freely.
ALLOWED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "HPND",
        "ISC",
        "License :: OSI Approved :: Apache Software License",
        "License :: OSI Approved :: BSD License",
        "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)",
        "LGPL-2.1-only",
        "LGPL-2.1-or-later",
        "LGPL-3.0-only",
        "LGPL-3.0-or-later",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "OFL-1.1",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "ZPL-2.1",
        "Zlib",
    }
)
# Packages that name their licence in words or by a file alone. Each was read.
READ: dict[str, str] = {"crawler-user-agents": "MIT", "pysqlite3": "Zlib"}

_OPERATORS = re.compile(r"\s+(?:AND|OR|WITH)\s+|[()]")


def main(environment: str) -> int:
    """Write the SBOM of a virtual environment to OUTPUT. Returns 1 if a licence is not allowed."""
    OUTPUT.parent.mkdir(exist_ok=True)
    command = [str(Path(sys.executable).parent / "cyclonedx-py"), "environment", "--gather-license-texts"]
    options = ["--spec-version", "1.6", "--output-reproducible", "--output-file", str(OUTPUT), environment]
    subprocess.run([*command, *options], check=True)
    components = json.loads(OUTPUT.read_text(encoding="utf-8"))["components"]
    wrong = list(refused(components))
    for component in components:
        print(f"{component['name']} {component['version']}: {', '.join(licences_of(component)) or 'none'}")
    print(f"{len(components)} packages, written to {OUTPUT}")
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return int(bool(wrong))


def refused(components: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a sentence for each package whose licence is missing or not allowed."""
    for component in components:
        licences = licences_of(component)
        if not licences:
            yield f"{component['name']} names no licence: read it, and add it to READ."
        elif not any(is_allowed(licence) for licence in licences):
            yield f"{component['name']}: {', '.join(licences)} is not allowed."


def licences_of(component: dict[str, Any]) -> list[str]:
    """Return what a component says of its licence: SPDX identifiers, expressions, or names."""
    if component["name"] in READ:
        return [READ[component["name"]]]
    found = []
    for choice in component.get("licenses", []):
        licence = choice.get("license", {})
        found.append(choice.get("expression") or licence.get("id") or licence.get("name", ""))
    return sorted({text for text in found if text})


def is_allowed(licence: str) -> bool:
    """Return whether a licence is allowed, or each identifier of an SPDX expression."""
    return licence in ALLOWED or all(part in ALLOWED for part in _OPERATORS.split(licence) if part)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
