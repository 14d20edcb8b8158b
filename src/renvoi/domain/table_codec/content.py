"""The content of a routing table apart from its generation, and its two serialised forms.

The gateway loads the first form, a table (see docs/adr/0005): an 8-byte magic number, the SHA-256 digest of the
remainder, the length of the header (4 bytes, big-endian), the header (JSON: generation, operator, index of countries)
and the body. The body holds each partner once and, for each country, the byte ranges of its candidates.

The archive of tables stores the second form (see docs/adr/0026): lines, of which a table that follows another stores
only those that differ. The byte ranges are left out, because one longer name moves all that follow it.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, NamedTuple, Self

MAGIC = b"RENVOI\x00\x01"
_DIGEST_END = len(MAGIC) + 32
_HEADER_START = _DIGEST_END + 4
# The first line. It changes with the form of the lines, so that two forms never have the same digest.
_FORM = b"renvoi routing table 1"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder()


class TableDamaged(ValueError):
    """The bytes are not a complete routing table of this version."""


def as_json(value: object) -> bytes:
    """Return the JSON of a value in its only form here: UTF-8, no spaces. It has no line end and no tab."""
    return _encode(value).encode()


class TableContent(NamedTuple):
    """The operator, as JSON, and the line of each partner by id, in the order of the table: sorted by id.

    A partner's line is its id, the sorted codes of its countries with spaces between them, and its JSON, parted by
    tabs.
    """

    operator: bytes
    partners: dict[int, bytes]

    def digest(self) -> str:
        """Return the SHA-256 of the content, in hexadecimal. Tables that differ in their number only have the same."""
        return hashlib.sha256(self.serialise()).hexdigest()

    def serialise(self) -> bytes:
        """Return the content as lines: the form's name, the operator, each partner."""
        return b"\n".join((_FORM, self.operator, *self.partners.values()))

    @classmethod
    def parse(cls, serialised: bytes) -> Self:
        """Return the content of such lines. Raises TableDamaged."""
        form, *lines = serialised.split(b"\n")
        if form != _FORM or not lines:
            raise TableDamaged("these bytes are not the content of a routing table of this version")
        return cls(lines[0], _by_id(lines[1:]))

    def changes_since(self, base: Self) -> bytes:
        """Return what makes this content of `base`: the operator (empty if equal), the removed ids, changed lines."""
        removed = b" ".join(b"%d" % id_ for id_ in base.partners if id_ not in self.partners)
        changed = (line for id_, line in self.partners.items() if base.partners.get(id_) != line)
        return b"\n".join((b"" if self.operator == base.operator else self.operator, removed, *changed))

    def with_changes(self, changes: bytes) -> Self:
        """Return the content that results from changes to this one. Raises TableDamaged."""
        operator, *lines = changes.split(b"\n")
        if not lines:
            raise TableDamaged("these bytes are not the changes of a routing table")
        try:
            removed = {int(id_) for id_ in lines[0].split()}
        except ValueError as error:
            raise TableDamaged("the changes of a routing table can't be read") from error
        changed = _by_id(lines[1:])
        partners = {id_: line for id_, line in self.partners.items() if id_ not in removed} | changed
        if not changed.keys() <= self.partners.keys():
            partners = dict(sorted(partners.items()))
        return type(self)(operator or self.operator, partners)

    def to_table(self, generation: int) -> bytes:
        """Return the table of this content and a generation."""
        body, spans, end = [], dict[bytes, list[bytes]](), 0
        for line in self.partners.values():
            _, countries, candidate = line.split(b"\t", 2)
            start, end = end, end + len(candidate)
            body.append(candidate)
            span = b"[%d,%d]" % (start, end)
            for country in countries.split():
                spans.setdefault(country, []).append(span)
        index = []
        for country in sorted(spans):
            candidates = b"[%b]" % b",".join(spans[country])
            start, end = end, end + len(candidates)
            body.append(candidates)
            index.append(b'"%b":[%d,%d]' % (country, start, end))
        header = b'{"generation":%d,"operator":%b,"countries":{%b}}' % (generation, self.operator, b",".join(index))
        content = b"".join((len(header).to_bytes(4, "big"), header, *body))
        return MAGIC + hashlib.sha256(content).digest() + content

    @classmethod
    def of_table(cls, table: bytes) -> tuple[int, Self]:
        """Return the generation and the content of a table. Raises TableDamaged."""
        header, body = split_table(table)
        try:
            generation, content = int(header["generation"]), cls(as_json(header["operator"]), _lines(header, body))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise TableDamaged(f"the routing table can't be read: {error!r}") from error
        if content.to_table(generation) != table:
            raise TableDamaged("the routing table has another form than that of this version")
        return generation, content


def partner_line(id_: int, countries: Iterable[str], candidate: object) -> bytes:
    """Return the line of a partner: its id, the countries that it serves, and its fields as JSON values."""
    return b"%d\t%b\t%b" % (id_, " ".join(sorted(countries)).encode(), as_json(candidate))


def split_table(table: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the header and the body of a table. Raises TableDamaged if it is truncated, altered or not a table."""
    if table[: len(MAGIC)] != MAGIC:
        raise TableDamaged("these bytes are not a routing table of this version")
    if hashlib.sha256(memoryview(table)[_DIGEST_END:]).digest() != table[len(MAGIC) : _DIGEST_END]:
        raise TableDamaged("the routing table is truncated or altered: its digest differs")
    header_end = _HEADER_START + int.from_bytes(table[_DIGEST_END:_HEADER_START], "big")
    try:
        header = json.loads(table[_HEADER_START:header_end])
    except ValueError as error:
        raise TableDamaged(f"the header of the routing table can't be read: {error!r}") from error
    return header, table[header_end:]


def _by_id(lines: Iterable[bytes]) -> dict[int, bytes]:
    try:
        return {int(line[: line.index(b"\t")]): line for line in lines}
    except ValueError as error:
        raise TableDamaged("a partner's line of a routing table can't be read") from error


def _lines(header: dict[str, Any], body: bytes) -> dict[int, bytes]:
    """Return the lines of the partners in the body of a table."""
    countries: dict[int, list[str]] = {}
    partners_end = len(body)
    for country, (start, end) in header["countries"].items():
        partners_end = min(partners_end, start)
        for candidate_start, _ in json.loads(body[start:end]):
            countries.setdefault(candidate_start, []).append(country)
    # Positions in the index count bytes; those of the decoder count characters.
    text, at, start = body[:partners_end].decode(), 0, 0
    lines = {}
    while at < len(text):
        candidate, next_at = _decode.raw_decode(text, at)
        lines[candidate[0]] = partner_line(candidate[0], countries.get(start, ()), candidate)
        start, at = start + len(text[at:next_at].encode()), next_at
    return lines
