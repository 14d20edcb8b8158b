"""Closed lines: their area, their middle, and the same lines with fewer points."""

from collections.abc import Iterator
from itertools import product
from math import hypot

Point = tuple[float, float]
Ring = list[Point]

_RASTER = 24


def pairs(ring: Ring) -> Iterator[tuple[Point, Point]]:
    """Return the ends of each piece of a ring, from its first point round to it."""
    return zip(ring, ring[1:] + ring[:1], strict=True)


def simplified(ring: Ring, tolerance: float) -> Ring:
    """Return the ring with fewer points, none of those left out farther than the tolerance (Douglas–Peucker)."""
    if len(ring) < 4:
        return ring
    far = max(range(len(ring)), key=lambda i: hypot(ring[i][0] - ring[0][0], ring[i][1] - ring[0][1]))
    return _line(ring[: far + 1], tolerance)[:-1] + _line([*ring[far:], ring[0]], tolerance)[:-1]


def _line(points: Ring, tolerance: float) -> Ring:
    remaining, stack = {0, len(points) - 1}, [(0, len(points) - 1)]
    while stack:
        start, end = stack.pop()
        if end - start < 2:
            continue
        worst = max(range(start + 1, end), key=lambda i: _distance(points[i], points[start], points[end]))
        if _distance(points[worst], points[start], points[end]) > tolerance:
            remaining.add(worst)
            stack += [(start, worst), (worst, end)]
    return [points[i] for i in sorted(remaining)]


def _distance(point: Point, start: Point, end: Point) -> float:
    (x, y), (x0, y0), (x1, y1) = point, start, end
    dx, dy = x1 - x0, y1 - y0
    length = dx * dx + dy * dy
    t = max(0.0, min(1.0, ((x - x0) * dx + (y - y0) * dy) / length)) if length else 0.0
    return hypot(x - x0 - t * dx, y - y0 - t * dy)


def area(ring: Ring) -> float:
    """Return the area inside a ring."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs(ring))) / 2


def middle(ring: Ring) -> Point:
    """Return the point of a coarse raster that lies deepest inside a ring."""
    xs, ys = [x for x, _y in ring], [y for _x, y in ring]
    x0, y0, width, height = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
    best, depth = (x0 + width / 2, y0 + height / 2), 0.0
    for i, j in product(range(1, _RASTER), repeat=2):
        point = (x0 + width * i / _RASTER, y0 + height * j / _RASTER)
        if _inside(point, ring):
            here = min(_distance(point, a, b) for a, b in pairs(ring))
            if here > depth:
                best, depth = point, here
    return best


def _inside(point: Point, ring: Ring) -> bool:
    x, y = point
    inside = False
    for (x0, y0), (x1, y1) in pairs(ring):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside
