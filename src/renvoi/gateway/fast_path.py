"""Answer a browser's bare `GET /` from bytes that are ready, when its redirect is cached.

A request head is parsed once, strictly, and remembered by its bytes. The next head that equals it in every byte except
X-Forwarded-For means the same. Every other request takes the normal path, which then teaches this one.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from time import perf_counter
from typing import NamedTuple

from renvoi.domain.ledger_entry import Entry
from renvoi.domain.places import Language
from renvoi.domain.routing import Visitor
from renvoi.gateway.metrics import Metrics
from renvoi.gateway.recorder import REF_HEADER, Recorder
from renvoi.gateway.redirect_cache import RedirectCache
from renvoi.ledger.batch import OnRecorded
from renvoi.visitor.request import CACHE_SIZE, MAX_CACHED_HEADER_BYTES, RequestReader
from renvoi.web.origins import OwnSite

MAX_HEAD_BYTES = 2_048
"""The longest request head that is remembered."""

BEGIN = b"GET / HTTP/1.1\r\n"
_END = b"\r\n\r\n"
# The header that a proxy adds for each visitor. In any other spelling it stays in the head, which then is not known.
_FORWARDED_FOR = re.compile(rb"(?<!\r\n)\r\n[Xx]-[Ff]orwarded-[Ff]or: ([0-9A-Fa-f.:, ]{2,100})(?=\r\n)")
# RFC 9112, section 5, without what no browser sends: obs-fold, obs-text, spaces around a value.
_LINE = re.compile(rb"([A-Za-z0-9-]+): ([!-~](?:[ -~]*[!-~])?)?")
# Except for those that `_accept_language` reads, none of these changes the response or how it is sent.
_KNOWN_HEADERS = frozenset(
    {
        *(
            b"accept",
            b"accept-encoding",
            b"accept-language",
            b"cache-control",
            b"connection",
            b"dnt",
            b"host",
            b"pragma",
        ),
        *(b"priority", b"referer", b"sec-ch-ua", b"sec-ch-ua-mobile", b"sec-ch-ua-platform", b"sec-fetch-dest"),
        *(b"sec-fetch-mode", b"sec-fetch-site", b"sec-fetch-user", b"sec-gpc", b"upgrade-insecure-requests"),
        *(b"user-agent", b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-proto"),
    }
)


class PendingAnswer(NamedTuple):
    """A visitor whose response waits for its ledger entry: the entry, the response's status line and shared headers,
    the kind of the decision, and when work on the response began (`perf_counter`)."""

    entry: Entry
    response_head: bytes
    decision_kind: str
    began: float


class FastPath:
    """The fast path of one gateway. Use it from the gateway's event loop only."""

    def __init__(
        self,
        *,
        reader: RequestReader,
        site: OwnSite,
        recorder: Recorder,
        metrics: Metrics,
        clock: Callable[[], datetime],
        current: Callable[[], tuple[RedirectCache, Language, int]],
    ) -> None:
        """`current` returns the redirects in force, the operator's default language, and the revision of the country
        database, which makes the visitors remembered from an older one unreachable."""
        self._reader = reader
        self._site = site
        self._recorder = recorder
        self._metrics = metrics
        self._clock = clock
        self._current = current
        # A known head without X-Forwarded-For → the value of its Accept-Language.
        self._accept_languages: dict[bytes, bytes] = {}
        self._cached_visitor = lru_cache(maxsize=CACHE_SIZE)(self._visitor)

    def match(self, head: bytes, peer: str) -> PendingAnswer | None:
        """Return the pending answer to a request that consists of these bytes; None if it must take the normal path.

        `peer` is the address at the other end of the connection.
        """
        began = perf_counter()
        forwarded_for, rest = _split_forwarded_for(head)
        accept_language = self._accept_languages.get(rest)
        if accept_language is None:
            return None
        redirects, default_language, revision = self._current()
        visitor = self._cached_visitor(peer, forwarded_for, accept_language, default_language, revision)
        at = self._clock()
        redirect = redirects.get(visitor, at=at)
        if redirect is None:
            return None
        entry = self._recorder.new_entry(redirect.fields, at=at)
        return PendingAnswer(entry, redirect.head, redirect.decision.kind, began)

    def record(self, pending: PendingAnswer, on_recorded: OnRecorded) -> None:
        """Put the entry on disk, then call `on_recorded`. See `Ledger.append_soon`."""
        self._recorder.ledger.append_soon(pending.entry, on_recorded)

    def response(self, pending: PendingAnswer, *, is_recorded: bool, headers: bytes) -> bytes:
        """Return the whole response; `headers` are further header lines, each with its CRLF."""
        self._metrics.add(pending.decision_kind, began=pending.began)
        if is_recorded:
            return b"%b%b%b: %b\r\n\r\n" % (pending.response_head, headers, REF_HEADER, pending.entry.ref.encode())
        return b"%b%b\r\n" % (pending.response_head, headers)

    def learn(self, head: bytes) -> None:
        """Remember a head that the normal path is about to answer, if it is one that the fast path may answer."""
        _, rest = _split_forwarded_for(head)
        if rest in self._accept_languages or len(rest) > MAX_HEAD_BYTES:
            return
        accept_language = self._accept_language(rest)
        if accept_language is not None:
            if len(self._accept_languages) >= CACHE_SIZE:
                del self._accept_languages[next(iter(self._accept_languages))]
            self._accept_languages[rest] = accept_language

    def _visitor(
        self,
        peer: str,
        forwarded_for: bytes | None,
        accept_language: bytes,
        default_language: Language,
        _revision: int,
    ) -> Visitor:
        return self._reader.visitor_of(peer, forwarded_for, accept_language, default_language=default_language)

    def _accept_language(self, rest: bytes) -> bytes | None:
        """Return the value of Accept-Language; None if anything in the head could change the response."""
        if not (rest.startswith(BEGIN) and rest.endswith(_END)):
            return None
        lines = [_LINE.fullmatch(line) for line in rest[len(BEGIN) : -len(_END)].split(b"\r\n")]
        headers = {line[1].lower(): line[2] or b"" for line in lines if line is not None}
        if len(headers) < len(lines) or not headers.keys() <= _KNOWN_HEADERS - self._reader.full_read_headers:
            return None
        accept_language = headers.get(b"accept-language", b"")
        is_plain = (
            len(accept_language) <= MAX_CACHED_HEADER_BYTES
            and headers.get(b"connection", b"keep-alive").lower() == b"keep-alive"
            and self._site.is_own_host(headers.get(b"host", b"").decode("ascii"))
            and not self._reader.is_crawler(headers.get(b"user-agent", b""))
        )
        return accept_language if is_plain else None


def _split_forwarded_for(head: bytes) -> tuple[bytes | None, bytes]:
    """Return the value of X-Forwarded-For and the head without that line."""
    match = _FORWARDED_FOR.search(head)
    return (match[1], head[: match.start()] + head[match.end() :]) if match else (None, head)
