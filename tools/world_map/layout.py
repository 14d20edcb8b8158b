"""Lay a world map out so that no mark of a place hides another, and each lies on the land of its place."""

from collections.abc import Mapping, Sequence
from math import hypot

from tools.world_map.rings import Point, Ring, pairs

SIZE = 26.5
"""Least distance between two centres: a circle of 24 units, and a square with round corners beside it."""
_MARGIN = SIZE / 2
# The marks grow in most of the steps and only make room in the rest.
_STEPS, _GROWING = 400, 0.8
_PULL = 0.02
# Shepard's interpolation: the power of the distance, and what keeps a point beside an anchor from division by zero.
_POWER, _NEAR = 1.6, 4.0
# Longest piece of a line that is moved as a whole.
_PIECE = 8.0


def spread(anchors: Mapping[str, Point], *, width: float, height: float) -> dict[str, Point]:
    """Return a centre for each anchor, none closer than SIZE to another or to the edges than half of it.

    The marks grow slowly from nothing and push each other away, so that neighbours stay neighbours. The result depends
    on nothing but the anchors.
    """
    codes = sorted(anchors)
    places = [list(anchors[code]) for code in codes]
    for step in range(_STEPS):
        grown = min(1.0, (step + 1) / (_STEPS * _GROWING))
        _pull_back(places, [anchors[code] for code in codes], _PULL * (1 - grown))
        for _ in range(6 if grown == 1 else 3):
            _push_apart(places, SIZE * grown)
            for place in places:
                place[0] = min(max(place[0], _MARGIN), width - _MARGIN)
                place[1] = min(max(place[1], _MARGIN), height - _MARGIN)
    return {code: (place[0], place[1]) for code, place in zip(codes, places, strict=True)}


def follow(ring: Ring, *, anchors: Mapping[str, Point], places: Mapping[str, Point]) -> Ring:
    """Return a line moved with the marks around it (Shepard's interpolation of where the anchors went)."""
    moves = [(x, y, places[code][0] - x, places[code][1] - y) for code, (x, y) in anchors.items()]
    return [_followed(point, moves) for point in _pieces(ring)]


def _pull_back(places: Sequence[list[float]], anchors: Sequence[Point], force: float) -> None:
    for place, anchor in zip(places, anchors, strict=True):
        place[0] += (anchor[0] - place[0]) * force
        place[1] += (anchor[1] - place[1]) * force


def _push_apart(places: Sequence[list[float]], size: float) -> None:
    for number, one in enumerate(places):
        for other_number in range(number + 1, len(places)):
            other = places[other_number]
            dx, dy = other[0] - one[0], other[1] - one[1]
            if -size < dx < size and -size < dy < size and (distance := hypot(dx, dy)) < size:
                if distance < 0.01:  # the same point: part them in a direction of their own
                    dx, dy, distance = 0.03 * (number * 7 % 5 - 2), 0.03 * (number * 3 % 5 - 2) + 0.01, 0.06
                push = (size - distance) / 2 / distance
                one[0] -= dx * push
                one[1] -= dy * push
                other[0] += dx * push
                other[1] += dy * push


def _pieces(ring: Ring) -> Ring:
    points = []
    for (x0, y0), (x1, y1) in pairs(ring):
        count = max(1, int(hypot(x1 - x0, y1 - y0) / _PIECE))
        points += [(x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count) for i in range(count)]
    return points


def _followed(point: Point, moves: Sequence[tuple[float, float, float, float]]) -> Point:
    x, y = point
    total = dx = dy = 0.0
    for anchor_x, anchor_y, move_x, move_y in moves:
        weight: float = ((x - anchor_x) ** 2 + (y - anchor_y) ** 2 + _NEAR) ** -_POWER
        total += weight
        dx += weight * move_x
        dy += weight * move_y
    return x + dx / total, y + dy / total
