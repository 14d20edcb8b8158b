"""Turn an uploaded image into the operator's logo: a small PNG that has only pixels.

What was uploaded is never stored or sent: every pixel is decoded and encoded again. The size is read from the first
bytes before anything is decoded, because a file of a hundred bytes can claim to have a billion pixels.
"""

import hashlib
import io
import struct
from typing import Final, Literal

from PIL import Image, ImageOps

from renvoi.domain.table import Logo

MAX_UPLOAD_BYTES: Final = 2 * 1024 * 1024
MAX_UPLOAD_PIXELS: Final = 16_000_000
MAX_BYTES: Final = 64 * 1024
MAX_SIZE: Final = (640, 160)
MIN_SIDE: Final = 16
"""The limits of what is uploaded, and of what becomes of it: bytes, and pixels (width and height; either side)."""

# Of noise in 256 colours, the second size still has under 64 KB.
_SMALLER: Final = (480, 120)
_COLOURS: Final = 256

Format = Literal["PNG", "JPEG", "WEBP", "GIF"]
LogoRefusal = Literal["too_large", "not_an_image", "too_many_pixels", "damaged", "too_small", "empty"]


class LogoRefused(ValueError):
    """The file can't become a logo. `reason` is one of `LogoRefusal`."""

    def __init__(self, reason: LogoRefusal) -> None:
        super().__init__(reason)
        self.reason: LogoRefusal = reason


def make_logo(content: bytes) -> tuple[Logo, bytes]:
    """Return the logo of an uploaded file, and its PNG. Of an animation, it is the first frame. Raises LogoRefused."""
    if len(content) > MAX_UPLOAD_BYTES:
        raise LogoRefused("too_large")
    format_ = _format_of(content)
    if format_ is None:
        raise LogoRefused("not_an_image")
    _require_few_pixels(_claimed_size(content, format_))
    image = _decode(content, format_)
    if image.getchannel("A").getbbox() is None:
        raise LogoRefused("empty")
    image.thumbnail(MAX_SIZE, Image.Resampling.LANCZOS)
    if min(image.size) < MIN_SIDE:
        raise LogoRefused("too_small")
    image, png = _encode(image)
    return Logo(digest=hashlib.sha256(png).hexdigest(), width=image.width, height=image.height), png


def _format_of(content: bytes) -> Format | None:
    """Return the format that the first bytes declare; the name of the file and its type do not matter."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    return "WEBP" if content.startswith(b"RIFF") and content[8:12] == b"WEBP" else None


def _claimed_size(content: bytes, format_: Format) -> tuple[int, int]:
    """Return the width and height that the header claims. Raises LogoRefused if it has none."""
    try:
        if format_ == "PNG":
            return struct.unpack_from(">II", content, 16)
        if format_ == "GIF":
            return struct.unpack_from("<HH", content, 6)
        return _jpeg_size(content) if format_ == "JPEG" else _webp_size(content)
    except struct.error as error:
        raise LogoRefused("damaged") from error


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Return the size in the first start of a frame. Raises struct.error if there is none."""
    at = 2
    while True:
        marker, length = struct.unpack_from(">HH", content, at)
        if 0xFFC0 <= marker <= 0xFFCF and marker not in {0xFFC4, 0xFFC8, 0xFFCC}:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        # A byte more of padding may stand before a marker.
        at += 1 if marker == 0xFFFF else 2 + length


def _webp_size(content: bytes) -> tuple[int, int]:
    """Return the size of the canvas, or of the only frame. Raises struct.error if there is none."""
    kind = content[12:16]
    if kind == b"VP8X":
        low_width, high_width, low_height, high_height = struct.unpack_from("<HBHB", content, 24)
        return (high_width << 16 | low_width) + 1, (high_height << 16 | low_height) + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", content, 26)
    return width & 0x3FFF, height & 0x3FFF


def _require_few_pixels(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_UPLOAD_PIXELS:
        raise LogoRefused("too_many_pixels")


def _decode(content: bytes, format_: Format) -> Image.Image:
    """Return the first frame, upright, in RGBA. Raises LogoRefused."""
    try:
        with Image.open(io.BytesIO(content), formats=(format_,)) as image:
            # A frame of a GIF may be larger than its header claims.
            _require_few_pixels(image.size)
            image.load()
            upright = ImageOps.exif_transpose(image)
            # Pillow cuts 16 bits of grey off at 255 instead of dividing them.
            grey = upright.point(lambda value: value / 256).convert("L") if upright.mode[0] == "I" else upright
            return grey.convert("RGBA")
    except LogoRefused:
        raise
    except Exception as error:  # (decoders raise whatever comes of damaged bytes)
        raise LogoRefused("damaged") from error


def _encode(image: Image.Image) -> tuple[Image.Image, bytes]:
    """Return the image as it is in the PNG, and the PNG: in all colours, in 256, or smaller."""
    is_opaque = image.getchannel("A").getextrema() == (255, 255)
    png = _png(image.convert("RGB") if is_opaque else image)
    if len(png) <= MAX_BYTES:
        return image, png
    png = _png(image.quantize(_COLOURS))
    if len(png) <= MAX_BYTES:
        return image, png
    image.thumbnail(_SMALLER, Image.Resampling.LANCZOS)
    return image, _png(image.quantize(_COLOURS))


def _png(image: Image.Image) -> bytes:
    """Return the PNG of the pixels alone: the comments, profiles and positions of the original stay behind."""
    image.info.clear()
    file = io.BytesIO()
    image.save(file, format="PNG", optimize=True)
    return file.getvalue()
