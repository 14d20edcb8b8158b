"""Decode the headers, cookies and urlencoded fields of an ASGI scope. Any bytes are accepted."""

from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

Scope = MutableMapping[str, Any]
"""An ASGI connection scope of type "http". ASGI does not type its values: this is the one place where `Any` stands."""

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer"),
        *("microphone", "midi", "payment", "usb"),
    )
)
"""The value of Permissions-Policy on every page: none of this site's pages uses a sensor, a device or a payment."""

STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
"""Of each answer of the gateway but its redirects, if the public address is https. Django's middleware has the same."""

NO_CONTENT = (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
"""The policy of what is no page: a file, an answer for programs, a refusal."""

OWN_SITE_ONLY = (b"cross-origin-resource-policy", b"same-origin")
ANY_SITE = (b"cross-origin-resource-policy", b"cross-origin")

PLAIN_REFUSAL = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    NO_CONTENT,
    OWN_SITE_ONLY,
    (b"connection", b"close"),
)
"""The headers, but for the length, of a refusal that neither the gateway nor Django makes."""

MAX_FIELDS = 100
"""The most fields that a query string or a form may have."""


class Headers:
    """The headers of one request, by lower-case name. Optimized for requests in which no header is repeated."""

    __slots__ = ("_pairs", "_values")

    def __init__(self, scope: Scope) -> None:
        pairs = list(scope.get("headers", ()))
        self._values: dict[bytes, bytes] = dict(pairs)
        self._pairs = pairs if len(pairs) > len(self._values) else None

    def getlist(self, name: bytes) -> list[str]:
        """Return all values of a header, in order; an empty list if it is absent."""
        value = self._values.get(name)
        if value is None:
            return []
        if self._pairs is None:
            return [value.decode("latin-1")]
        return [value.decode("latin-1") for other, value in self._pairs if other == name]

    def single(self, name: bytes) -> str | None:
        """Return the value of a header that may occur only once; None if it is absent or repeated."""
        value = self._values.get(name)
        if value is None:
            return None
        if self._pairs is None or len(self.getlist(name)) == 1:
            return value.decode("latin-1")
        return None

    def joined(self, name: bytes) -> str:
        """Return the values of a list header joined by commas (RFC 9110, section 5.3); empty if it is absent."""
        value = self._values.get(name)
        if value is None:
            return ""
        return value.decode("latin-1") if self._pairs is None else ", ".join(self.getlist(name))


def parse_urlencoded(encoded: bytes) -> Mapping[str, str]:
    """Return the fields of a query string or an urlencoded form. The first value of a repeated name counts.

    Bytes that are not UTF-8 become U+FFFD. With more than 100 fields, which no form of this site has, none is returned.
    """
    if not encoded:
        return {}
    try:
        pairs = parse_qsl(
            encoded.decode("latin-1"), keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        return {}
    return dict(reversed(pairs))


def parse_cookies(headers: Headers) -> Mapping[str, str]:
    """Return the cookies of a request. The first value of a repeated name counts: it has the longest path.

    Only spaces and tabs are removed around names and values. With other white space before it, a name that begins with
    `__Host-` has not been checked by the browser.
    """
    cookies: dict[str, str] = {}
    for header in headers.getlist(b"cookie"):
        for pair in header.split(";"):
            name, equals, value = pair.partition("=")
            if equals:
                cookies.setdefault(name.strip(" \t"), value.strip(" \t").strip('"'))
    return cookies
