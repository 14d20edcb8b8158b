"""The icon in the pages and the file at /favicon.ico show the same drawing."""

import re
from io import BytesIO

from PIL import Image

from renvoi.visitor.html.icon import ICON_URL, icon_file

_SQUARE = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)H(\d+)z")
_TEAL = (0, 128, 128, 255)


def drawn_by_the_page() -> set[tuple[int, int]]:
    """Return the pixels that the squares of the page's icon cover."""
    squares = [tuple(map(int, match)) for match in _SQUARE.findall(ICON_URL)]
    assert squares
    assert all(left == back for left, *_, back in squares)
    return {
        (x, y)
        for left, top, width, height, _ in squares
        for x in range(left, left + width)
        for y in range(top, top + height)
    }


def test_file_shows_what_the_page_declares() -> None:
    with Image.open(BytesIO(icon_file())) as icon:
        assert (icon.format, icon.size) == ("ICO", (16, 16))
        image = icon.convert("RGBA")
    pixels = {(x, y): image.getpixel((x, y)) for x in range(16) for y in range(16)}
    assert {place for place, colour in pixels.items() if colour == _TEAL} == drawn_by_the_page()
    assert {colour[3] for colour in pixels.values() if isinstance(colour, tuple) and colour != _TEAL} == {0}
    assert "fill='teal'" in ICON_URL


def test_address_fits_into_an_attribute() -> None:
    assert not set('"&\n') & set(ICON_URL)
