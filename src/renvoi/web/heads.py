"""Recognise the head of a request by its lines, without parsing it again.

The lines of a head are of three kinds. A *fixed* line has one of few values (User-Agent, Accept): it is known by its
bytes. A *variable* line is read: its value differs from visitor to visitor (X-Forwarded-For, Cookie). Any other is
*ignored*, whatever its value: nothing reads such a header (X-Request-ID, traceparent). Which line of a head is of which
kind is found once, by a strict parser, and remembered. Bytes that no learned head explains are never interpreted here.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Generic, TypeVar

MAX_HEAD_BYTES = 8_192
"""The longest head that is learned or known: what is remembered of one takes no more memory."""
MAX_LINES = 64
"""The most lines of a head that is learned."""
MAX_LEARNED = 4_096
"""How many fixed lines, orders of lines and interpretations are remembered, in memory only."""
_MAX_FIXED_BYTES = 1_024
_MAX_ALIKE = 32

_METHOD, _START, _END = b"GET ", b"GET /", b" HTTP/1.1"
_PRINTABLE = bytes(range(0x20, 0x7F))
# RFC 9112, section 5, without what no browser sends: obs-fold, obs-text, spaces around a value.
_LINE = re.compile(rb"([A-Za-z0-9-]+): ([!-~](?:[ -~]*[!-~])?)?")
# How the message or the connection is framed (RFC 9112, sections 6 and 9.3; RFC 9110, sections 7.6.1, 7.8 and 10.1.1).
_FRAMING = frozenset(
    {
        *(b"content-length", b"expect", b"http2-settings", b"keep-alive", b"proxy-connection", b"te", b"trailer"),
        *(b"transfer-encoding", b"upgrade"),
    }
)
_CONNECTION = b"connection"

Meaning = TypeVar("Meaning")
Context = TypeVar("Context")
Result = TypeVar("Result")

Interpret = Callable[[bytes, Meaning, tuple[bytes | None, ...], Context], Result | None]
"""A function of the target of a request line, the meaning of the fixed headers, the values of the variable headers in
the order in which `KnownHeads` got them (None for one that is absent), and the context in which the request arrived."""


class _Shape(Generic[Meaning]):
    """Which kind of line stands where in a head that was learned, and what its fixed lines mean.

    `pick` returns the lines of a head that are not fixed: the request line, the variable and ignored ones, and the
    empty one at the end. `starts` is what each of them must begin with. `slots` has a pair for each variable header:
    the index of its line among them (0: absent), and that of the first byte of its value. Shapes are compared by
    identity.
    """

    __slots__ = ("meaning", "pick", "slots", "starts")

    def __init__(
        self, lines: Sequence[bytes], positions: Sequence[int], variable: Sequence[bytes], meaning: Meaning
    ) -> None:
        names = [lines[position].partition(b":")[0] for position in positions]
        places = {name.lower(): (place, len(name) + 2) for place, name in enumerate(names, start=1)}
        # `itemgetter` returns a tuple if it has at least two items. The last line of a head is always empty.
        self.pick: Callable[[Sequence[bytes]], tuple[bytes, ...]] = itemgetter(0, *positions, -1)
        self.starts = (_START, *(name + b": " for name in names), b"")
        self.slots = tuple(places.get(name, (0, 0)) for name in variable)
        self.meaning = meaning


class KnownHeads(Generic[Meaning, Context, Result]):
    """The heads that have been learned, and how the latest ones were interpreted. Use it from one thread."""

    def __init__(
        self,
        *,
        fixed: Iterable[bytes],
        variable: Sequence[bytes],
        declined: Iterable[bytes],
        meaning_of: Callable[[Mapping[bytes, bytes]], Meaning | None],
        interpret: Interpret[Meaning, Context, Result],
    ) -> None:
        """All names are in lower case. A head with one of the `declined` headers is never learned, nor is one whose
        fixed headers, by name, have no meaning: `meaning_of` returns None. `interpret` returns the same for the same
        arguments."""
        self._fixed = frozenset(fixed) - frozenset(variable)
        self._variable = tuple(variable)
        self._declined = frozenset(declined) | _FRAMING
        self._meaning_of = meaning_of
        self._interpret = interpret
        self._read_cached = lru_cache(maxsize=MAX_LEARNED)(self._read)
        self._forget()

    def match(self, data: bytes, context: Context) -> Result | None:
        """Return how the head that these bytes are, no less and no more, is interpreted; None if it is not known."""
        if len(data) > MAX_HEAD_BYTES:
            return None
        lines = data.split(b"\r\n")
        for shape in self._shapes.get(tuple(map(self._number_of, lines)), ()):
            result = self._read_cached(shape, shape.pick(lines), context)
            if result is not None:
                return result
        return None

    def learn(self, data: bytes) -> None:
        """Remember a head, if it is one that may be answered by its bytes."""
        lines = data.split(b"\r\n", MAX_LINES + 1)
        is_complete = lines[-2:] == [b"", b""] and len(lines) > 2
        if not is_complete or len(data) > MAX_HEAD_BYTES or not lines[0].startswith(_START):
            return
        matches = [_LINE.fullmatch(line) for line in lines[1:-2]]
        fields = [(match[1].lower(), match[2] or b"") for match in matches if match]
        meaning = self._meaning(fields) if len(fields) == len(matches) else None
        if meaning is not None:
            self._remember(lines, [name for name, _ in fields], meaning)

    def _read(self, shape: _Shape[Meaning], picked: tuple[bytes, ...], context: Context) -> Result | None:
        """Interpret the lines that are not fixed, if they are those of this shape."""
        line = picked[0]
        if not line.endswith(_END) or not all(map(bytes.startswith, picked, shape.starts)):
            return None
        if b"".join(picked).translate(None, _PRINTABLE):
            # A control character would mean something else to the parser.
            return None
        values = tuple([picked[place][start:] if place else None for place, start in shape.slots])
        return self._interpret(line[len(_METHOD) : -len(_END)], shape.meaning, values, context)

    def _meaning(self, fields: Sequence[tuple[bytes, bytes]]) -> Meaning | None:
        """Return what the fixed headers mean; None if anything in the head could change the response or its framing."""
        names = [name for name, _ in fields]
        read = [name for name in names if name in self._fixed or name in self._variable]
        if len({*read}) < len(read) or not self._declined.isdisjoint(names):
            return None
        if any(name == _CONNECTION and value.lower() != b"keep-alive" for name, value in fields):
            return None
        return self._meaning_of({name: value for name, value in fields if name in self._fixed})

    def _remember(self, lines: Sequence[bytes], names: Sequence[bytes], meaning: Meaning) -> None:
        fixed = {at for at, name in enumerate(names, start=1) if name in self._fixed or name == _CONNECTION}
        if any(len(lines[at]) > _MAX_FIXED_BYTES for at in fixed):
            return
        if len(self._numbers) + len(fixed) > MAX_LEARNED or self._shape_count >= MAX_LEARNED:
            # Begin anew: what is still sent is learned again at once.
            self._forget()
        for at in fixed:
            self._numbers.setdefault(lines[at], len(self._numbers))
        others = [at for at in range(1, len(names) + 1) if at not in fixed]
        shape = _Shape(lines, others, self._variable, meaning)
        alike = self._shapes.setdefault(tuple(map(self._number_of, lines)), [])
        if all(other.starts != shape.starts for other in alike):
            # The latest first, instead of one that may never come again.
            alike.insert(0, shape)
            self._shape_count += 1 - len(alike[_MAX_ALIKE:])
            del alike[_MAX_ALIKE:]

    def _forget(self) -> None:
        self._numbers: dict[bytes, int] = {b"": 0}
        self._number_of = self._numbers.get
        self._shapes: dict[tuple[int | None, ...], list[_Shape[Meaning]]] = {}
        self._shape_count = 0
