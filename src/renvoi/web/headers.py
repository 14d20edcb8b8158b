"""Decode the headers, cookies and urlencoded fields of an ASGI scope. Any bytes are accepted."""

from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

Scope = MutableMapping[str, Any]
"""An ASGI connection scope, of type "http". The one named border where `Any` stands."""

_MAX_FIELDS = 100


class Headers:
    """The headers of one request; names in lower case. Nearly always each is there once: that is the fast way."""

    __slots__ = ("_pairs", "_values")

    def __init__(self, scope: Scope) -> None:
        pairs = list(scope.get("headers", ()))
        self._values: dict[bytes, bytes] = dict(pairs)
        self._pairs = pairs if len(pairs) > len(self._values) else None

    def getlist(self, name: bytes) -> list[str]:
        """Each value of that header, in order."""
        value = self._values.get(name)
        if value is None:
            return []
        if self._pairs is None:
            return [value.decode("latin-1")]
        return [value.decode("latin-1") for other, value in self._pairs if other == name]

    def single(self, name: bytes) -> str | None:
        """The value of a header that must come once; None where it is absent, or there twice."""
        value = self._values.get(name)
        if value is None:
            return None
        if self._pairs is None or len(self.getlist(name)) == 1:
            return value.decode("latin-1")
        return None

    def joined(self, name: bytes) -> str:
        """The values of a header that is a list, as one; empty where there is none."""
        value = self._values.get(name)
        if value is None:
            return ""
        return value.decode("latin-1") if self._pairs is None else ", ".join(self.getlist(name))


def parse_urlencoded(encoded: bytes) -> Mapping[str, str]:
    """The fields of a query string or of an urlencoded form; of a name that comes twice, the first value.

    What is no UTF-8 becomes U+FFFD. More than 100 fields are nobody's form: none is read.
    """
    if not encoded:
        return {}
    try:
        pairs = parse_qsl(
            encoded.decode("latin-1"), keep_blank_values=True, errors="replace", max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        return {}
    return dict(reversed(pairs))


def parse_cookies(headers: Headers) -> Mapping[str, str]:
    """The cookies of a request; of a name that comes twice, the first value (it has the longest path)."""
    cookies: dict[str, str] = {}
    for header in headers.getlist(b"cookie"):
        for pair in header.split(";"):
            name, equals, value = pair.partition("=")
            if equals:
                cookies.setdefault(name.strip(), value.strip().strip('"'))
    return cookies
