"""How the world map is built: what is read from the drawing, and how marks and land are laid out."""

from math import hypot
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tools.world_map import BUILT, build_map
from tools.world_map.drawing import DrawingError, path_rings, read_shapes
from tools.world_map.layout import SIZE, follow, spread
from tools.world_map.rings import area, middle, simplified

SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]


@pytest.mark.parametrize(
    "path",
    [
        "m 0,0 10,0 0,10 -10,0 z",
        "M0 0L10 0 10 10 0 10Z",
        "m0 0h10v10h-10z",
        "M0 0H10V10H0Z",
        "m0 0c1 1 2 2 10 0 1 1 2 2 0 10l-1e1 0z",
    ],
)
def test_paths_are_read(path: str) -> None:
    assert path_rings(path) == [SQUARE]


def test_path_after_a_closed_one_starts_where_that_started() -> None:
    assert path_rings("m1 1 2 0 0 2z m4 0 1 0 0 1z")[1][0] == (5.0, 1.0)


@pytest.mark.parametrize(
    ("group", "fault"),
    [('<path d="M0 0a1 1 0 0 0 2 2z"/>', "path command a"), ('<path transform="rotate(9)" d="M0 0z"/>', "rotate")],
)
def test_drawing_that_cannot_be_read_is_refused(group: str, fault: str, tmp_path: Path) -> None:
    drawing = tmp_path / "world.svg"
    drawing.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><g class="br country">{group}</g></svg>')
    with pytest.raises(DrawingError, match=fault):
        read_shapes(drawing)


def test_groups_and_transformations_are_read(tmp_path: Path) -> None:
    drawing = tmp_path / "world.svg"
    drawing.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><g><g class="br country" transform="matrix(2,0,0,2,100,0)">'
        '<path transform="translate(5,5)" d="M0 0 1 0 1 1z"/></g><g class="sea"><path d="M0 0z"/></g></g></svg>'
    )
    assert read_shapes(drawing) == {"BR": [[(110.0, 10.0), (112.0, 10.0), (112.0, 12.0)]]}


def test_rings() -> None:
    assert area(SQUARE) == 100
    assert middle(SQUARE) == (5.0, 5.0)
    assert simplified([(0.0, 0.0), (5.0, 0.1), *SQUARE[1:]], 0.5) == SQUARE


def test_marks_that_share_a_point_are_parted_and_stay_in_the_map() -> None:
    anchors = dict.fromkeys(("AA", "BB", "CC", "DD"), (1.0, 1.0)) | {"EE": (90.0, 90.0)}
    places = spread(anchors, width=100, height=100)
    assert places == spread(anchors, width=100, height=100)
    assert places["EE"] == pytest.approx((100 - SIZE / 2, 100 - SIZE / 2))
    for one, (x, y) in places.items():
        assert min(x, y) >= SIZE / 2, one
        assert all(hypot(x - places[two][0], y - places[two][1]) > SIZE - 0.5 for two in places if two != one), one


def test_land_follows_its_mark() -> None:
    anchors = {"AA": (5.0, 5.0), "BB": (500.0, 5.0)}
    places = {"AA": (25.0, 5.0), "BB": (500.0, 5.0)}
    xs = [x for x, _y in follow(SQUARE, anchors=anchors, places=places)]
    assert (min(xs), max(xs)) == pytest.approx((20.0, 30.0), abs=0.1)


def test_built_map_is_up_to_date(tmp_path: Path) -> None:
    """The built map is never committed; this checks that `make` has updated it, and that each build gives the same."""
    (tmp_path / BUILT).parent.mkdir(parents=True)
    build_map(tmp_path)
    assert (tmp_path / BUILT).read_bytes() == (ROOT / BUILT).read_bytes()
