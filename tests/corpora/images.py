"""Images, whole and hostile: made here, so that no binary is in the repository."""

import io
import os
import struct
import zlib
from collections.abc import Mapping

from PIL import Image, ImageDraw, PngImagePlugin

TEAL = (0, 110, 115, 255)


def drawn(width: int = 600, height: int = 150, *, mode: str = "RGBA") -> Image.Image:
    """Return a picture with a few colours and, in RGBA, a transparent background."""
    image = Image.new(mode, (width, height))
    ImageDraw.Draw(image).ellipse((width // 8, height // 8, width * 7 // 8, height * 7 // 8), fill=TEAL[: len(mode)])
    return image


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format=format_, **options)
    return file.getvalue()


def noise(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGBA", (width, height), os.urandom(width * height * 4))


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def claiming_png(width: int, height: int) -> bytes:
    """Return a PNG of 70 bytes that claims this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 64))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def animation(format_: str = "GIF") -> bytes:
    frames = [Image.new("RGB", (200, 60), colour) for colour in ("red", "blue", "white")]
    return encoded(frames[0], format_, save_all=True, append_images=frames[1:], duration=100)


def described_png() -> bytes:
    """Return a PNG with a comment, a resolution and a place."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "SECRET-COMMENT")
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    return encoded(drawn(), "PNG", pnginfo=text, exif=exif.tobytes(), dpi=(72, 72))


def turned_jpeg() -> bytes:
    """Return a JPEG of 100 × 300 pixels whose EXIF says that it lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(drawn(100, 300, mode="RGB"), "JPEG", exif=exif.tobytes())


GOOD: Mapping[str, bytes] = {
    "png": encoded(drawn(), "PNG"),
    "png with a palette": encoded(drawn(mode="RGB").quantize(16), "PNG"),
    "png in black and white": encoded(drawn(mode="RGB").convert("1"), "PNG"),
    "png in 16 bits of grey": encoded(Image.new("I;16", (100, 40), 32768), "PNG"),
    "jpeg": encoded(drawn(mode="RGB"), "JPEG"),
    "jpeg for print": encoded(drawn(mode="RGB").convert("CMYK"), "JPEG"),
    "progressive jpeg": encoded(drawn(mode="RGB"), "JPEG", progressive=True),
    "webp": encoded(drawn(), "WEBP"),
    "lossless webp": encoded(drawn(), "WEBP", lossless=True),
    "opaque webp": encoded(drawn(mode="RGB"), "WEBP"),
    "gif": encoded(drawn(mode="RGB"), "GIF"),
    "animated gif": animation(),
    "animated png": animation("PNG"),
    "animated webp": animation("WEBP"),
    "noise": encoded(noise(640, 160), "PNG"),
    "largest": encoded(Image.new("L", (4000, 4000), 90), "PNG"),
    "with a comment": described_png(),
    "polyglot": encoded(drawn(), "PNG") + b"<script>alert(1)</script>PK\x03\x04SECRET-TAIL",
}
"""Images that become a logo."""

_WEBP = encoded(drawn(), "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")
_JPEG = encoded(drawn(mode="RGB"), "JPEG")
_FRAME = _JPEG.index(b"\xff\xc0")

HOSTILE: Mapping[str, tuple[str, bytes]] = {
    "empty file": ("not_an_image", b""),
    "text": ("not_an_image", b"logo"),
    "svg": ("not_an_image", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "html": ("not_an_image", b"<!doctype html><script>alert(1)</script>"),
    "tiff": ("not_an_image", encoded(drawn(), "TIFF")),
    "bmp": ("not_an_image", encoded(drawn(mode="RGB"), "BMP")),
    "icon": ("not_an_image", encoded(drawn(64, 64), "ICO")),
    "postscript": ("not_an_image", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
    "1 x 1": ("too_small", encoded(Image.new("RGB", (1, 1)), "PNG")),
    "a line": ("too_small", encoded(Image.new("RGB", (4000, 20)), "PNG")),
    "transparent": ("empty", encoded(Image.new("RGBA", (200, 50)), "PNG")),
    "over 2 MB": ("too_large", encoded(noise(900, 900), "PNG")),
    "bomb of 50,000 x 50,000": ("too_many_pixels", claiming_png(50_000, 50_000)),
    "bomb of 2 billion": ("too_many_pixels", claiming_png(2**31 - 1, 2**31 - 1)),
    "bomb in a gif": ("too_many_pixels", b"GIF89a\xff\xff\xff\xff" + animation()[10:]),
    "bomb in a webp": ("too_many_pixels", _WEBP[:24] + b"\xff\x3f\x00\xff\x3f\x00" + _WEBP[30:]),
    "bomb in a jpeg": ("too_many_pixels", _JPEG[: _FRAME + 5] + b"\xff\xff\xff\xff" + _JPEG[_FRAME + 9 :]),
    "png claiming more than it has": ("damaged", claiming_png(300, 100)),
    "png of no size": ("damaged", claiming_png(0, 0)),
    "truncated png": ("damaged", encoded(noise(200, 60), "PNG")[:5000]),
    "truncated jpeg": ("damaged", _JPEG[: len(_JPEG) // 2]),
    "truncated webp": ("damaged", _WEBP[: len(_WEBP) // 2]),
    "truncated gif": ("damaged", animation()[:40]),
    "signature of a png": ("damaged", b"\x89PNG\r\n\x1a\n"),
    "signature of a jpeg": ("damaged", b"\xff\xd8\xff"),
    "signature of a gif": ("damaged", b"GIF89a"),
    "signature of a webp": ("damaged", b"RIFF\x04\0\0\0WEBP"),
    "jpeg of padding": ("damaged", b"\xff\xd8" + b"\xff" * 5000),
    "jpeg of empty segments": ("damaged", b"\xff\xd8" + b"\xff\xe0\0\0" * 5000),
    "text that inflates": (
        "damaged",
        claiming_png(300, 100)[:33] + chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(8_000_000))) + chunk(b"IEND", b""),
    ),
}
"""Files that are no logo, and the reason."""
