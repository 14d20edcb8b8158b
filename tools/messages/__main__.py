"""Update, check or compile the message catalogues: `python -m tools.messages update | check | compile`.

tests/tools/test_catalogues.py and tests/tools/test_french.py show that `check` reports each planted fault.
"""

import sys
from pathlib import Path

from tools.build_hook import compile_catalogues
from tools.messages.catalogues import (
    DOMAINS,
    entries,
    extract_catalogue,
    faults,
    merge_translations,
    read_catalogue,
    write_catalogue,
)

_ROOT = Path(__file__).parents[2]


def update(root: Path) -> int:
    """Update each .po file from its sources, and print the messages that lack a French translation."""
    for domain in DOMAINS:
        current = read_catalogue(domain.path(root))
        result = merge_translations(extract_catalogue(domain, root=root), current=current)
        write_catalogue(result, domain.path(root))
        untranslated = [entry.id for entry in entries(result) if not (entry.string and all(entry.string))]
        print(f"{domain.name}.po: {len(result)} messages, {len(untranslated)} without their French")
        for name in untranslated:
            print(f"  {name}")
    return 0


def check(root: Path) -> int:
    """Print every fault of the catalogues; return 1 if there is one, else 0."""
    problems = [fault for domain in DOMAINS for fault in faults(domain, root=root)]
    print("\n".join(problems) or "The catalogues are complete and their French is right.")
    return 1 if problems else 0


def compile_(root: Path) -> int:
    """Write the .mo files."""
    compile_catalogues(root)
    return 0


if __name__ == "__main__":
    commands = {"update": update, "check": check, "compile": compile_}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(f"usage: python -m tools.messages {' | '.join(commands)}")
    sys.exit(commands[sys.argv[1]](_ROOT))
