"""Answer a browser's `GET /` and `GET /go/<id>` from bytes that are ready, without parsing the request again.

The head of a request is recognised by its lines (`web.heads`); its target, cookies and addresses are parsed once for
each distinct value. Every other request takes the normal path, which answers with the same bytes.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from time import perf_counter
from typing import NamedTuple

from renvoi.domain.ledger_entry import Entry
from renvoi.domain.places import Language
from renvoi.domain.routing import Draw
from renvoi.gateway.answers import Answer, Answers, Question
from renvoi.gateway.monitoring.metrics import Metrics
from renvoi.gateway.recorder import REF_HEADER, Recorder
from renvoi.ledger.batch import OnRecorded
from renvoi.visitor.coding import NO_CODING, Codings, choose_codings
from renvoi.visitor.params import NO_PARAMS, QueryParams, parse_params
from renvoi.visitor.request import CACHE_SIZE, Evidence, RequestReader, draw_for
from renvoi.visitor.sources import MAX_CACHED_HEADER_BYTES
from renvoi.web.headers import parse_urlencoded
from renvoi.web.heads import KnownHeads
from renvoi.web.origins import OwnSite

BEGIN = b"GET /"
"""What a request that the fast path may answer begins with."""
_METHOD, _VERSION = b"GET ", b" HTTP/1.1\r\n"
_MAX_TARGET_BYTES = 500
# A target in origin form (RFC 9112, section 3.2.1; RFC 3986) that neither a parser nor a proxy could read otherwise.
_TARGET = re.compile(rb"/(?:go/(?P<id>[1-9][0-9]{0,17}))?(?:\?(?P<query>[A-Za-z0-9/?=&._~%+,:;@!$'()*-]*))?")
_FIXED_HEADERS = frozenset(
    {
        *(b"accept", b"accept-encoding", b"accept-language", b"cache-control", b"dnt", b"host", b"pragma", b"priority"),
        *(b"referer", b"sec-ch-ua", b"sec-ch-ua-mobile", b"sec-ch-ua-platform", b"sec-fetch-dest", b"sec-fetch-mode"),
        *(b"sec-fetch-site", b"sec-fetch-user", b"sec-gpc", b"upgrade-insecure-requests", b"user-agent"),
        *(b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-proto"),
    }
)
_READ_HEADERS = frozenset({b"accept-encoding", b"accept-language", b"host", b"user-agent"})
"""The fixed headers that change a response. The configuration may name one of them as the header of the country."""


PendingAnswer = tuple[Entry | None, Answer, float]
"""An answer that waits for its ledger entry, the entry, None if it has none, and when work began (`perf_counter`)."""


class _Preferences(NamedTuple):
    """What the fixed headers of a request ask for."""

    accept_language: str
    codings: Codings


_Context = tuple[str, Language, int]
"""What an interpretation depends on besides the head: the address at the other end of the connection, the operator's
default language, and the revision of the country data. With new data, heads are interpreted anew."""


_Asked = tuple[Question, Evidence]
"""What a request asks, and the evidence that names its sender, from which the order of equal partners is drawn."""


class _Target(NamedTuple):
    """A target that the fast path answers; `partner_id` is 0 at `/`."""

    partner_id: int
    params: QueryParams


class FastPath:
    """The fast path of one gateway. Use it from the gateway's event loop only."""

    def __init__(
        self,
        *,
        reader: RequestReader,
        site: OwnSite,
        recorder: Recorder,
        metrics: Metrics,
        secret: bytes,
        clock: Callable[[], datetime],
        current: Callable[[], tuple[Answers, Language, int]],
    ) -> None:
        """`current` returns the answers of the table in force, the operator's default language, and the revision of the
        country data. `secret` is that of `draw_for`."""
        self._reader = reader
        self._site = site
        self._recorder = recorder
        self._metrics = metrics
        self._secret = secret
        self._clock = clock
        self._current = current
        self._heads = KnownHeads(
            fixed=_FIXED_HEADERS,
            variable=reader.variable_headers,
            declined=reader.declined_headers | (_READ_HEADERS & frozenset(reader.variable_headers)),
            meaning_of=self._preferences,
            interpret=self._interpret,
        )

    def match(self, head: bytes, peer: str) -> PendingAnswer | None:
        """Return the pending answer to a request that consists of these bytes; None if it must take the normal path.

        `peer` is the address at the other end of the connection.
        """
        began = perf_counter()
        answers, default_language, revision = self._current()
        asked = self._heads.match(head, (peer, default_language, revision))
        if asked is None:
            return None
        at = self._clock()
        question, evidence = asked
        answer = answers.get(question, at=at)
        if answer is None:
            answer = answers.answer(question, at=at, draw=partial(self._draw, evidence, at))
        return None if answer.fields is None else self._recorder.new_entry(answer.fields, at=at), answer, began

    def learn(self, head: bytes) -> None:
        """Remember a head that the normal path is about to answer, if it is one that the fast path may answer."""
        target = head[len(_METHOD) : max(head.find(_VERSION), 0)]
        if _target(target) is not None:
            self._heads.learn(head)

    def record(self, pending: PendingAnswer, on_recorded: OnRecorded) -> None:
        """Put the entry on disk, if there is one, then call `on_recorded`. See `Ledger.append_soon`."""
        entry, _, _ = pending
        if entry is None:
            on_recorded(False)  # noqa: FBT003 (OnRecorded's only argument)
        else:
            self._recorder.ledger.append_soon(entry, on_recorded)

    def response(self, pending: PendingAnswer, *, is_recorded: bool, headers: bytes) -> bytes:
        """Return the whole response; `headers` are further header lines, each with its CRLF."""
        entry, answer, began = pending
        if answer.decision_kind:
            self._metrics.add(answer.decision_kind, began=began)
        body = answer.response.body
        if is_recorded and entry is not None:
            return b"%b%b%b: %b\r\n\r\n%b" % (answer.head, headers, REF_HEADER, entry.ref.encode(), body)
        return b"%b%b\r\n%b" % (answer.head, headers, body)

    def _interpret(
        self, text: bytes, preferences: _Preferences, values: tuple[bytes | None, ...], context: _Context
    ) -> _Asked | None:
        """Return what a request asks; None if its target is not one that the fast path answers."""
        target = _target(text)
        if target is None:
            return None
        partner_id, params = target
        accept_language, codings = preferences
        peer, default_language, _ = context
        evidence = Evidence(peer, *values)
        visitor = self._reader.visitor_of(
            evidence, params, accept_language, default_language=default_language, is_click=partner_id > 0
        )
        if partner_id:
            # A click has no body whose coding, or whose thanks for a wish, could matter.
            return Question(visitor, partner_id, params, NO_CODING), evidence
        has_wished = self._reader.has_wished(evidence, visitor.country)
        return Question(visitor, 0, params, codings, has_wished=has_wished), evidence

    def _draw(self, evidence: Evidence, at: datetime) -> Draw:
        return draw_for(self._reader.address_of(evidence), secret=self._secret, at=at)

    def _preferences(self, headers: Mapping[bytes, bytes]) -> _Preferences | None:
        """Return what the fixed headers ask for; None if they are not those of a browser that asks this site."""
        accept_language = headers.get(b"accept-language", b"")
        is_answerable = (
            len(accept_language) <= MAX_CACHED_HEADER_BYTES
            and self._site.is_own_host(headers.get(b"host", b"").decode("ascii"))
            and not self._reader.is_crawler(headers.get(b"user-agent", b""))
        )
        if not is_answerable:
            return None
        codings = choose_codings(headers.get(b"accept-encoding", b"").decode("ascii"))
        return _Preferences(accept_language.decode("ascii"), codings)


def _target(text: bytes) -> _Target | None:
    """Parse a target as the normal path does; None if that is not certain."""
    # Checked before the cache, which would keep long ones as well.
    return _parse_target(text) if len(text) <= _MAX_TARGET_BYTES else None


@lru_cache(maxsize=CACHE_SIZE)
def _parse_target(text: bytes) -> _Target | None:
    match = _TARGET.fullmatch(text)
    if match is None:
        return None
    query = match["query"]
    return _Target(int(match["id"] or 0), parse_params(parse_urlencoded(query)) if query else NO_PARAMS)
