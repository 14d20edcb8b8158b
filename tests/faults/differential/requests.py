"""Random requests, each with the response and the ledger entry that its visitor must get."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlencode

from tests.visitor.cast import SIGN_UP
from tests.world import CODES, OWN, Language, Person, destination, partners_of

AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
)
LANGUAGES: dict[Language, tuple[str, ...]] = {
    "fr": ("fr", "fr-CA,fr;q=0.8,en;q=0.5"),
    "en": ("en", "en-US,en;q=0.9,fr;q=0.5"),
}
UPGRADES = (
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.0\r\n",
)
TRAILERS = (
    "X-Forwarded-For: {address}\r\n",
    "Cookie: renvoi_country={country}; renvoi_lang=en\r\n",
    "Host: elsewhere.example\r\n",
    "Accept-Language: en\r\nX-Forwarded-For: {address}\r\nSec-Purpose: prefetch\r\n",
    "",
)
_FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
_OWN_ORIGIN = "Origin: http://localhost\r\n"


class Counted(NamedTuple):
    """What a ledger entry must say of a response."""

    act: str
    country: str | None
    language: str
    partner: int | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """A response. `partners` are those that the page offers; None if that is not checked."""

    status: int
    location: str = ""
    cookies: frozenset[str] = frozenset()
    partners: frozenset[int] | None = None
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request of one visitor. `headers` are further lines, `body` is as it is sent."""

    person: Person
    method: str
    target: str
    headers: str
    expected: Expected
    body: bytes = b""

    def encode(self, *, forwarded_for: str) -> bytes:
        """Return the bytes. `forwarded_for`: the value of X-Forwarded-For; without it, there is no such header."""
        forwarded = f"X-Forwarded-For: {forwarded_for}\r\n" if forwarded_for else ""
        head = f"{self.method} {self.target} HTTP/1.1\r\nHost: localhost\r\n{forwarded}{self.headers}\r\n"
        return head.encode() + self.body


def draw_request(draw: random.Random, person: Person, *, tag: str) -> Request:
    """Return a random request of that visitor. `tag` is a source that no other request has."""
    request = draw.choices(list(_KINDS), weights=list(_KINDS.values()))[0](draw, person, tag)
    if request.body or request.target != "/" or draw.random() < 0.3:
        request = _with_framing(draw, request)
    return request


def _headers(draw: random.Random, language: Language, *, agent: str = "") -> str:
    return f"User-Agent: {agent or draw.choice(AGENTS)}\r\nAccept-Language: {draw.choice(LANGUAGES[language])}\r\n"


def _visited(country: str, language: Language, source: str = "") -> Expected:
    """Return the response to a visit from that country."""
    partners = partners_of(country)
    location = ""
    if country == OWN:
        location = SIGN_UP.en if language == "en" else SIGN_UP.fr
    elif len(partners) == 1:
        location = destination(partners[0], language)
    partner = partners[0] if len(partners) == 1 else None
    counted = Counted("sent" if location else "shown", country, language, partner, source or None)
    if location:
        return Expected(302, location, counted=counted)
    return Expected(200, partners=frozenset(partners), counted=counted)


def _bare(draw: random.Random, person: Person, _tag: str) -> Request:
    expected = _visited(person.country, person.language)
    return Request(person, "GET", "/", _headers(draw, person.language), expected)


def _tagged(draw: random.Random, person: Person, tag: str) -> Request:
    expected = _visited(person.country, person.language, tag)
    return Request(person, "GET", f"/?src={tag}", _headers(draw, person.language), expected)


def _head(draw: random.Random, person: Person, _tag: str) -> Request:
    expected = replace(_visited(person.country, person.language), counted=None, partners=None)
    return Request(person, "HEAD", "/", _headers(draw, person.language), expected)


def _by_parameter(draw: random.Random, person: Person, tag: str) -> Request:
    country, language = draw.choice(CODES), _draw_language(draw)
    target = f"/?country={country}&lang={language}&src={tag}"
    return Request(person, "GET", target, _headers(draw, person.language), _visited(country, language, tag))


def _by_cookie(draw: random.Random, person: Person, _tag: str) -> Request:
    country, language = draw.choice(CODES), _draw_language(draw)
    cookie = f"Cookie: renvoi_country={country}; renvoi_lang={language}\r\n"
    return Request(person, "GET", "/", _headers(draw, person.language) + cookie, _visited(country, language))


def _click(draw: random.Random, person: Person, tag: str) -> Request:
    country, language = draw.choice([code for code in CODES if partners_of(code)]), _draw_language(draw)
    partner = draw.choice(partners_of(country))
    target = f"/go/{partner}?country={country}&lang={language}&src={tag}"
    counted = Counted("sent", country, language, partner, tag)
    expected = Expected(302, destination(partner, language), counted=counted)
    return Request(person, "GET", target, _headers(draw, person.language), expected)


def _choice(draw: random.Random, person: Person, tag: str) -> Request:
    country, language = draw.choice(CODES), _draw_language(draw)
    cookies = frozenset({f"renvoi_country={country}", f"renvoi_lang={language}"})
    form = urlencode({"country": country, "lang": language, "src": tag}).encode()
    headers = _headers(draw, person.language) + _FORM
    expected = Expected(303, f"/?src={tag}", cookies)
    if draw.random() < 0.2:
        return Request(person, "POST", "/", f"{headers}Origin: https://elsewhere.example\r\n", Expected(303, "/"), form)
    return Request(person, "POST", "/", headers + _OWN_ORIGIN, expected, form)


def _refused(draw: random.Random, person: Person, tag: str) -> Request:
    method, target, status = draw.choice((("GET", f"/{tag}", 404), ("PUT", "/", 405), ("DELETE", "/go/1", 405)))
    return Request(person, method, target, _headers(draw, person.language), Expected(status))


def _uncounted(draw: random.Random, person: Person, _tag: str) -> Request:
    headers = _headers(draw, person.language)
    if draw.random() < 0.5:
        return Request(person, "GET", "/", f"{headers}Sec-Purpose: prefetch\r\n", Expected(503))
    partners = frozenset(person.partners)
    robot = _headers(draw, person.language, agent="Mozilla/5.0 (compatible; Googlebot/2.1)")
    return Request(person, "GET", "/", robot, Expected(200, partners=partners))


_Kind = Callable[[random.Random, Person, str], Request]
_KINDS: dict[_Kind, int] = {
    _bare: 40,
    _tagged: 10,
    _head: 5,
    _by_parameter: 10,
    _by_cookie: 5,
    _click: 15,
    _choice: 10,
    _refused: 5,
    _uncounted: 5,
}


def _draw_language(draw: random.Random) -> Language:
    return "fr" if draw.random() < 0.5 else "en"


def _with_framing(draw: random.Random, request: Request) -> Request:
    """Return the request with a body, which must not matter unless it is a form, with trailers, or with Upgrade."""
    headers, body = request.headers, request.body
    if draw.random() < 0.4:
        headers += draw.choice(UPGRADES)
    if not body and draw.random() < 0.6:
        smuggled = f"GET /?country=BR&src=smuggled HTTP/1.1\r\nHost: localhost\r\n{_headers(draw, 'en')}\r\n".encode()
        body = draw.choice((smuggled, b"0\r\n\r\n", draw.randbytes(draw.randrange(1, 3_000))))
    if not body:
        return replace(request, headers=headers)
    if draw.random() < 0.4:
        return replace(request, headers=f"{headers}Content-Length: {len(body)}\r\n", body=body)
    trailers = draw.choice(TRAILERS).format(address=f"20.{draw.randrange(240)}.0.9", country=draw.choice(CODES))
    return replace(
        request, headers=f"{headers}Transfer-Encoding: chunked\r\n", body=_chunked(draw, body, trailers=trailers)
    )


def _chunked(draw: random.Random, body: bytes, *, trailers: str) -> bytes:
    cuts = sorted(draw.sample(range(1, len(body)), min(len(body) - 1, draw.randrange(4)))) if len(body) > 1 else []
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    extension: Sequence[bytes] = (b"", b"", b";a=b")
    encoded = b"".join(b"%x%b\r\n%b\r\n" % (len(piece), draw.choice(extension), piece) for piece in pieces)
    return encoded + b"0\r\n" + trailers.encode() + b"\r\n"
