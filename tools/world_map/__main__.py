"""Build the world map of the console."""

from pathlib import Path

from tools.world_map import build_map

build_map(Path(__file__).parents[2])
