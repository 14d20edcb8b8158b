"""`python -m tools.messages update | check | compile`: made from sources, read, made into .mo.

`check` is proven to fail on each planted fault by tests/tools/test_catalogues.py and tests/tools/test_french.py.
"""

import sys
from pathlib import Path

from tools.build_hook import compile_catalogues
from tools.messages.catalogues import DOMAINS, entries, faults, merged, read, wanted, write

_ROOT = Path(__file__).parents[2]


def update(root: Path) -> int:
    """Brings each .po file in step with its sources, and says what waits for its French."""
    for domain in DOMAINS:
        known = read(domain.path(root))
        result = merged(wanted(domain, root=root), known=known)
        write(result, domain.path(root))
        waiting = [entry.id for entry in entries(result) if not (entry.string and all(entry.string))]
        print(f"{domain.name}.po: {len(result)} messages, {len(waiting)} without their French")
        for name in waiting:
            print(f"  {name}")
    return 0


def check(root: Path) -> int:
    """Prints every fault; 1 where there is one."""
    found = [fault for domain in DOMAINS for fault in faults(domain, root=root)]
    print("\n".join(found) or "The catalogues are complete and their French is right.")
    return 1 if found else 0


def compile_(root: Path) -> int:
    """Writes the .mo files."""
    compile_catalogues(root)
    return 0


if __name__ == "__main__":
    commands = {"update": update, "check": check, "compile": compile_}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(f"usage: python -m tools.messages {' | '.join(commands)}")
    sys.exit(commands[sys.argv[1]](_ROOT))
