"""What becomes of an uploaded image: a small PNG of its pixels, or a refusal before anything is decoded."""

import hashlib
import io
import random
import struct
import tracemalloc
import zlib

import pytest
from PIL import Image

from renvoi.publication import logo_images
from renvoi.publication.logo_images import MAX_BYTES, MAX_SIZE, LogoRefused, make_logo
from tests.corpora.images import GOOD, HOSTILE, drawn, encoded, turned_jpeg

_PIXELS_ONLY = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png), formats=("PNG",))


def chunks(png: bytes) -> list[bytes]:
    """Return the kinds of the chunks of a PNG up to its last byte, with valid checksums."""
    kinds, at = [], 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length) == (zlib.crc32(kind + content),)
        kinds.append(kind)
        at += 12 + length
    return kinds


@pytest.mark.parametrize("name", GOOD)
def test_logo_is_a_small_png_of_pixels_only(name: str) -> None:
    logo, png = make_logo(GOOD[name])
    image = opened(png)
    assert (image.format, image.size) == ("PNG", (logo.width, logo.height))
    assert logo.width <= MAX_SIZE[0]
    assert logo.height <= MAX_SIZE[1]
    assert len(png) <= MAX_BYTES
    assert logo.digest == hashlib.sha256(png).hexdigest()
    assert {*chunks(png)} <= _PIXELS_ONLY
    assert b"SECRET" not in png


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_with_its_reason(name: str) -> None:
    reason, content = HOSTILE[name]
    with pytest.raises(LogoRefused) as caught:
        make_logo(content)
    assert caught.value.reason == reason


@pytest.mark.parametrize("name", [name for name in HOSTILE if "bomb" in name])
def test_bomb_is_refused_before_its_pixels_need_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_arguments: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(logo_images, "_decode", decode)
    tracemalloc.start()
    try:
        with pytest.raises(LogoRefused):
            make_logo(HOSTILE[name][1])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_frame_larger_than_the_header_of_a_gif_is_refused() -> None:
    """The header claims 16 × 16 pixels; the frame's own header says 65,535 × 65,535."""
    gif = bytearray(encoded(drawn(16, 16, mode="RGB"), "GIF"))
    frame = gif.index(b",", 13)
    gif[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(LogoRefused):
        make_logo(bytes(gif))


def test_logo_is_scaled_down_in_proportion_and_never_up() -> None:
    sizes = {(1280, 320): (640, 160), (1000, 1000): (160, 160), (2000, 100): (640, 32), (200, 50): (200, 50)}
    for uploaded, made in sizes.items():
        logo, _ = make_logo(encoded(drawn(*uploaded), "PNG"))
        assert (logo.width, logo.height) == made


def test_logo_is_upright() -> None:
    logo, _ = make_logo(turned_jpeg())
    assert (logo.width, logo.height) == (300, 100)


def test_transparency_and_colours_survive() -> None:
    _, png = make_logo(encoded(drawn(), "WEBP", lossless=True))
    image = opened(png).convert("RGBA")
    assert (image.getpixel((1, 1)), image.getpixel((300, 75))) == ((0, 0, 0, 0), (0, 110, 115, 255))
    _, grey = make_logo(GOOD["png in 16 bits of grey"])
    assert opened(grey).convert("RGB").getpixel((5, 5)) == (128, 128, 128)


def test_animation_becomes_its_first_frame() -> None:
    for name in ("animated gif", "animated png", "animated webp"):
        _, png = make_logo(GOOD[name])
        image = opened(png)
        red, green, blue = image.convert("RGB").getpixel((100, 30))  # type: ignore[misc]
        assert (getattr(image, "n_frames", 1), red > 200, green < 50, blue < 50) == (1, True, True, True)


def test_equal_images_have_one_digest() -> None:
    assert make_logo(GOOD["png"]) == make_logo(GOOD["png"])
    assert make_logo(GOOD["png"])[0].digest == make_logo(GOOD["polyglot"])[0].digest


def test_damaged_bytes_raise_nothing_else() -> None:
    """Each image with random bytes of it changed, or cut off: a logo or a refusal."""
    for content in GOOD.values():
        for _ in range(8):
            damaged = bytearray(content[:200_000])
            for _ in range(random.randint(1, 20)):
                damaged[random.randrange(min(len(damaged), 2000))] = random.randrange(256)
            try:
                logo, png = make_logo(bytes(damaged[: random.randint(1, len(damaged))]))
            except LogoRefused:
                continue
            assert len(png) <= MAX_BYTES
            assert logo.width <= MAX_SIZE[0]
