"""Render a template once into bytes with named slots, and fill the slots for each request."""

import re
from collections.abc import Mapping

from jinja2 import Environment
from markupsafe import Markup

_SLOT = re.compile("\0([a-z_]+)\0")


class Slots:
    """The template variable `slot`: `{{ slot.cards }}` marks a place that `Fragment.fill` replaces."""

    def __getattr__(self, name: str) -> Markup:
        return Markup("\0{}\0").format(name)


class Fragment:
    """Rendered HTML with slots. The values for the slots must be escaped HTML."""

    __slots__ = ("_names", "_parts")

    def __init__(self, html: str) -> None:
        parts = _SLOT.split(html)
        self._parts: list[bytes] = [part.encode("utf-8", "replace") for part in parts]
        self._names = list(zip(range(1, len(parts), 2), parts[1::2], strict=True))

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """Return the HTML with each slot replaced by its value. Raises KeyError if a value is missing."""
        parts = self._parts.copy()
        for position, name in self._names:
            parts[position] = values[name]
        return b"".join(parts)


def render(environment: Environment, template: str, **values: object) -> Fragment:
    """Render a template as a fragment. Jinja2 escapes the values. U+0000, which HTML forbids, marks the slots."""
    clean = {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in values.items()}
    return Fragment(environment.get_template(template).render(clean, slot=Slots()))
