"""Hides the short way: a browser's bare `GET /` whose redirect is settled is answered from bytes that are ready.

What a head says is read once, strictly, and remembered by its bytes; the next that is the same in each byte, but for
X-Forwarded-For, says the same. Whatever is not known this way takes the long one, which learns.
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
from renvoi.gateway.counting import REF_HEADER, Counting
from renvoi.gateway.settled import Redirects
from renvoi.gateway.state import Tally
from renvoi.ledger.batch import OnRecorded
from renvoi.visitor.request import OFTEN, REMEMBERED, RequestReader
from renvoi.web.origins import OwnSite

LONGEST = 2_048
"""Of a head that is remembered, in bytes."""

BEGIN = b"GET / HTTP/1.1\r\n"
_END = b"\r\n\r\n"
# What a proxy adds for each visitor; of no other form is it taken out.
_LISTED = re.compile(rb"(?<!\r\n)\r\n[Xx]-[Ff]orwarded-[Ff]or: ([0-9A-Fa-f.:, ]{2,100})(?=\r\n)")
# RFC 9112, §5, without what nobody sends: obs-fold, obs-text, blanks around a value.
_LINE = re.compile(rb"([A-Za-z0-9-]+): ([!-~](?:[ -~]*[!-~])?)?")
# Of these none changes what is answered, or how it is sent, but for those that are read below.
_KNOWN = frozenset(
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


class Kept(NamedTuple):
    """A visitor on the short way: the entry to be put on disk, the answer's bytes up to the headers that are its own,
    the decision's kind, and when its making began (`perf_counter`)."""

    entry: Entry
    begin: bytes
    kind: str
    began: float


class Shortcut:
    """The short way of one gateway. For its event loop alone."""

    def __init__(
        self,
        *,
        reader: RequestReader,
        site: OwnSite,
        counting: Counting,
        tally: Tally,
        clock: Callable[[], datetime],
        current: Callable[[], tuple[Redirects, Language, int]],
    ) -> None:
        """`current` gives the redirects in force, the language of who asks for none of ours, and the edition of the
        country data."""
        self._reader = reader
        self._site = site
        self._counting = counting
        self._tally = tally
        self._clock = clock
        self._current = current
        self._accepted: dict[bytes, bytes] = {}
        self._visitor_often = lru_cache(maxsize=REMEMBERED)(self._visitor)

    def find(self, head: bytes, peer: str) -> Kept | None:
        """Who asks with these bytes, all of a request, from that end of the connection; None: not on the short way."""
        began = perf_counter()
        listed, rest = _parted(head)
        accepted = self._accepted.get(rest)
        if accepted is None:
            return None
        redirects, default_language, edition = self._current()
        visitor = self._visitor_often(peer, listed, accepted, default_language, edition)
        at = self._clock()
        settled = redirects.kept(visitor, at=at)
        if settled is None:
            return None
        entry = self._counting.entry(settled.fields, at=at)
        return Kept(entry, settled.begin, settled.decision.kind, began)

    def keep(self, kept: Kept, answered: OnRecorded) -> None:
        """Put the entry on disk. See `Ledger.append_soon`."""
        self._counting.ledger.append_soon(kept.entry, answered)

    def answer(self, kept: Kept, *, is_recorded: bool, more: bytes) -> bytes:
        """The answer's bytes; `more` are further header lines, each with its end."""
        self._tally.add(kept.kind, began=kept.began)
        if is_recorded:
            return b"%b%b%b: %b\r\n\r\n" % (kept.begin, more, REF_HEADER, kept.entry.ref.encode())
        return b"%b%b\r\n" % (kept.begin, more)

    def learn(self, head: bytes) -> None:
        """Remember what these bytes say, where they are all of a plain request."""
        _, rest = _parted(head)
        if rest in self._accepted or len(rest) > LONGEST:
            return
        accepted = self._read(rest)
        if accepted is not None:
            if len(self._accepted) >= REMEMBERED:
                del self._accepted[next(iter(self._accepted))]
            self._accepted[rest] = accepted

    def _visitor(
        self, peer: str, listed: bytes | None, accepted: bytes, default_language: Language, _edition: int
    ) -> Visitor:
        return self._reader.visitor_of(peer, listed, accepted, default_language=default_language)

    def _read(self, rest: bytes) -> bytes | None:
        """The value of Accept-Language; None where the head is none that is known to the last byte."""
        if not (rest.startswith(BEGIN) and rest.endswith(_END)):
            return None
        lines = [_LINE.fullmatch(line) for line in rest[len(BEGIN) : -len(_END)].split(b"\r\n")]
        said = {line[1].lower(): line[2] or b"" for line in lines if line is not None}
        if len(said) < len(lines) or not said.keys() <= _KNOWN - self._reader.says_more:
            return None
        accepted = said.get(b"accept-language", b"")
        is_plain = (
            len(accepted) <= OFTEN
            and said.get(b"connection", b"keep-alive").lower() == b"keep-alive"
            and self._site.is_named(said.get(b"host", b"").decode("ascii"))
            and not self._reader.is_crawler(said.get(b"user-agent", b""))
        )
        return accepted if is_plain else None


def _parted(head: bytes) -> tuple[bytes | None, bytes]:
    """What X-Forwarded-For says, and the head without that line."""
    found = _LISTED.search(head)
    return (found[1], head[: found.start()] + head[found.end() :]) if found else (None, head)
