"""Build the files that an installation needs: compiled catalogues, the pages of the guide, the world map."""

import sys
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogues(root: Path) -> None:
    """Write the .mo file of each catalogue beside its .po file."""
    for source in sorted((root / "src" / "renvoi" / "locale").glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file)
        with source.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)


class CatalogueHook(BuildHookInterface[Any]):
    """Build hook that runs before a wheel or an editable install is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's names)
        """Called by hatchling."""
        # hatchling loads this file on its own, without the project on sys.path; `make guide` runs the same code.
        sys.path.insert(0, self.root)
        from tools.guide import build_guide  # noqa: PLC0415
        from tools.world_map import build_map  # noqa: PLC0415

        compile_catalogues(Path(self.root))
        build_guide(Path(self.root))
        build_map(Path(self.root))
