"""Read the shapes of countries from an SVG drawing that has a group for each of them."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, parse

from tools.world_map.rings import Point, Ring

Matrix = tuple[float, float, float, float, float, float]

_SVG = "{http://www.w3.org/2000/svg}"
_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_TOKEN = re.compile(r"[a-zA-Z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_TRANSFORM = re.compile(r"(translate|matrix)\(([^)]*)\)")
# Commands of a path by the number of their coordinates.
_ARITY = {"m": 2, "l": 2, "c": 6, "h": 1, "v": 1, "z": 0}
_CORNERS = ((1, 0), (0, 1), (-1, 0), (0, -1))


class DrawingError(ValueError):
    """The drawing has what this module can't read. The message names it."""


def read_shapes(path: Path) -> dict[str, list[Ring]]:
    """Return the closed lines of each country, by its code in capitals. Raises DrawingError."""
    shapes: dict[str, list[Ring]] = {}
    for group in parse(path).getroot().iter(f"{_SVG}g"):  # noqa: S314 (a pinned package)
        code, *classes = (group.get("class") or "").split() or [""]
        if "country" in classes:
            shapes[code.upper()] = list(_rings(group, _IDENTITY))
    return shapes


def path_rings(text: str) -> list[Ring]:
    """Return the closed lines of a path. A curve counts as the line to its end. Raises DrawingError."""
    rings: list[Ring] = []
    x = y = 0.0
    for command, numbers in _commands(text):
        if command in "zZ":
            x, y = rings[-1][0]
            continue
        x, y = _end(command, numbers, (x, y))
        if command in "mM":
            rings.append([])
        rings[-1].append((x, y))
    return rings


def _rings(element: Element, outer: Matrix) -> Iterator[Ring]:
    matrix = _times(outer, _matrix(element.get("transform")))
    rings = path_rings(element.get("d") or "")
    if element.tag == f"{_SVG}circle":
        x, y, radius = (float(element.get(name) or 0) for name in ("cx", "cy", "r"))
        rings.append([(x + dx * radius, y + dy * radius) for dx, dy in _CORNERS])
    for ring in rings:
        yield [_moved(point, matrix) for point in ring]
    for child in element:
        yield from _rings(child, matrix)


def _commands(text: str) -> Iterator[tuple[str, Sequence[float]]]:
    """Yield each command with its coordinates: a command that is followed by several sets of them comes as often."""
    tokens, place, command = _TOKEN.findall(text), 0, ""
    while place < len(tokens):
        if tokens[place].isalpha():
            command, place = tokens[place], place + 1
        arity = _ARITY.get(command.lower())
        if arity is None:
            raise DrawingError(f"path command {command}")
        yield command, [float(token) for token in tokens[place : place + arity]]
        place += arity
        command = {"m": "l", "M": "L"}.get(command, command)


def _end(command: str, numbers: Sequence[float], start: Point) -> Point:
    x, y = start if command.islower() else (0.0, 0.0)
    if command in "hH":
        return x + numbers[0], start[1]
    if command in "vV":
        return start[0], y + numbers[0]
    return x + numbers[-2], y + numbers[-1]


def _matrix(text: str | None) -> Matrix:
    if not text:
        return _IDENTITY
    match = _TRANSFORM.fullmatch(text.strip())
    if not match:
        raise DrawingError(f"transform {text}")
    numbers = [float(number) for number in match[2].replace(",", " ").split()]
    if match[1] == "translate":
        return (1, 0, 0, 1, numbers[0], numbers[1])
    a, b, c, d, e, f = numbers
    return a, b, c, d, e, f


def _times(outer: Matrix, inner: Matrix) -> Matrix:
    a, b, c, d = inner[:4]
    x, y = _moved((inner[4], inner[5]), outer)
    return (
        outer[0] * a + outer[2] * b,
        outer[1] * a + outer[3] * b,
        outer[0] * c + outer[2] * d,
        outer[1] * c + outer[3] * d,
        x,
        y,
    )


def _moved(point: Point, matrix: Matrix) -> Point:
    (x, y), (a, b, c, d, e, f) = point, matrix
    return a * x + c * y + e, b * x + d * y + f
