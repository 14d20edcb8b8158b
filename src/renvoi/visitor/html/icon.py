"""The icon of the visitor's pages: an address that contains it, for a page's head, and a file for /favicon.ico.

Both are drawn from the same squares. Browsers that show no SVG icon, and programs that show a page without loading it,
ask for the file.
"""

import struct
import zlib

from markupsafe import Markup

_SIZE = 16
"""Pixels of the file, and units of the drawing."""
_SQUARES = ((1, 1), (8, 8))
_SIDE = 7
_TEAL = bytes((0, 128, 128, 255))
_PATH = "".join(f"M{x} {y}h{_SIDE}v{_SIDE}H{x}z" for x, y in _SQUARES)

ICON_URL = Markup(
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {0}'><path fill='teal' d='{1}'/></svg>"
).format(_SIZE, _PATH)
"""The drawing itself, which saves a page a request. It has neither "&" nor a double quotation mark."""


def icon_file() -> bytes:
    """Return the icon as an ICO file with one PNG."""
    png = _png()
    # One image; its size, no palette of its own, one plane of 32 bits, its length, and where it begins.
    return struct.pack("<3H4B2H2I", 0, 1, 1, _SIZE, _SIZE, 0, 0, 1, 32, len(png), 22) + png


def _png() -> bytes:
    """Return a PNG (RFC 2083) in RGBA, the only kind that an ICO file may have."""
    rows = [bytearray(_SIZE * len(_TEAL)) for _ in range(_SIZE)]
    for x, y in _SQUARES:
        for row in rows[y : y + _SIDE]:
            row[x * len(_TEAL) : (x + _SIDE) * len(_TEAL)] = _TEAL * _SIDE
    chunks = (
        (b"IHDR", struct.pack(">2I5B", _SIZE, _SIZE, 8, 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
