"""Join the sources of the script into the one file that websites load, and prepare its compressed forms."""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import ascii_lowercase
from typing import NamedTuple, get_args

from renvoi.domain.places import COUNTRIES
from renvoi.visitor.coding import Coding, encode
from renvoi.visitor.html.texts import minify_css, minify_js

SCRIPT_PATH = "/embed.js"
MAX_BYTES = 10_000
"""How long the script may be, uncompressed."""
_HERE = Path(__file__).parent
_SOURCES = ("texts.js", "view.js", "element.js")
# Names that nothing outside of a source can refer to: custom properties of a shadow tree, and private fields.
_PROPERTY = re.compile(r"--[a-z][a-z-]*")
_FIELD = re.compile(r"#[A-Za-z]+")


class Script(NamedTuple):
    """The script, the same in each coding, and its entity tag (RFC 9110, section 8.8.3) without quotation marks."""

    content: bytes
    encoded: Mapping[Coding, bytes]
    etag: str


@cache
def script() -> Script:
    """Return the script. It is strict, and leaves no global variable in the host page."""
    style = _shorten(_PROPERTY, minify_css((_HERE / "embed.css").read_text(encoding="utf-8")), prefix="--")
    constants = {"STYLE": style, "COUNTRIES": "".join(sorted(COUNTRIES))}
    lines = [f"const {name} = {json.dumps(value)};\n" for name, value in constants.items()]
    sources = minify_js("".join((_HERE / name).read_text(encoding="utf-8") for name in _SOURCES))
    lines.append(_shorten(_FIELD, sources, prefix="#"))
    content = ('(() => {\n"use strict";\n' + "".join(lines) + "})();\n").encode()
    encoded = {coding: encode(content, coding) for coding in get_args(Coding)}
    return Script(content, encoded, hashlib.sha256(content).hexdigest()[:16])


def _shorten(names: re.Pattern[str], source: str, *, prefix: str) -> str:
    """Return the source with each name that the pattern matches replaced by the prefix and one letter."""
    short = dict(zip(dict.fromkeys(names.findall(source)), ascii_lowercase, strict=False))
    return names.sub(lambda match: prefix + short[match[0]], source)
