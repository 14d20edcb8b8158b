"""Write small country databases in MaxMind's format (version 2.0), for the tests and the bench.

A file consists of a binary search tree over the bits of addresses, sixteen zero bytes, the records, a marker and the
metadata. The package mmdb-writer writes the same, but only whole and valid files. The tests damage files at known
places: a node, a pointer, a length. They need the parts and the encoding of each value, which `Parts` and `encode`
provide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path

MARKER = b"\xab\xcd\xefMaxMind.com"
SEPARATOR = bytes(16)
BUILT_AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
RECORD_SIZES = (24, 28, 32)

# The place of IPv4 in an IPv6 tree, and the IPv6 networks that contain all of IPv4 again.
_IPV4_ROOT = (0, 96)
_ALIASES = tuple(
    (int(IPv6Address(start)), length) for start, length in (("::ffff:0:0", 96), ("2001::", 32), ("2002::", 16))
)


class Type(IntEnum):
    """The format's numbers for the types of its values."""

    POINTER = 1
    STRING = 2
    DOUBLE = 3
    BYTES = 4
    UINT16 = 5
    UINT32 = 6
    MAP = 7
    UINT64 = 9
    UINT128 = 10
    ARRAY = 11
    BOOLEAN = 14


class UInt16(int):
    """A number that is encoded in up to two bytes."""


class UInt64(int):
    """A number that is encoded in up to eight bytes."""


Value = str | bool | int | bytes | Mapping[str, "Value"] | list["Value"]
Record = Mapping[str, Value] | bytes
"""Bytes are a record that is already encoded, valid or not."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a file before they are joined."""

    tree: bytes
    records: bytes
    metadata: bytes
    separator: bytes = SEPARATOR
    marker: bytes = MARKER

    def joined(self) -> bytes:
        """Return the file."""
        return self.tree + self.separator + self.records + self.marker + self.metadata


@dataclass(frozen=True, slots=True)
class Database:
    """A database to be written. An address has the record of the smallest network that contains it."""

    networks: Mapping[str, Record]
    database_type: str = "Renvoi-Test-Country"
    record_size: int = 24
    ip_version: int = 6
    built_at: datetime = BUILT_AT
    has_aliases: bool = True

    def parts(self) -> Parts:
        """Return the tree, the records and the metadata, encoded."""
        tree, records = _Tree(ip_version=self.ip_version), _Records()
        networks = ((ip_network(text), record) for text, record in self.networks.items())
        for network, record in sorted(networks, key=lambda pair: pair[0].prefixlen):
            tree.insert(network, records.add(record))
        if self.has_aliases and self.ip_version == 6:
            tree.add_aliases()
        metadata = encode(self.metadata(node_count=len(tree.nodes)))
        return Parts(tree=tree.encode(self.record_size), records=records.content, metadata=metadata)

    def metadata(self, *, node_count: int) -> dict[str, Value]:
        """Return the metadata section."""
        return {
            "node_count": node_count,
            "record_size": UInt16(self.record_size),
            "ip_version": UInt16(self.ip_version),
            "database_type": self.database_type,
            "languages": ["en", "fr"],
            "binary_format_major_version": UInt16(2),
            "binary_format_minor_version": UInt16(0),
            "build_epoch": UInt64(self.built_at.timestamp()),
            "description": {"en": "Networks made up for tests"},
        }

    def encoded(self) -> bytes:
        """Return the whole file."""
        return self.parts().joined()

    def write(self, path: Path) -> Path:
        """Write the file; return its path."""
        path.write_bytes(self.encoded())
        return path


def country_record(country: str, *, registered: str = "") -> dict[str, Value]:
    """Return the record of a network in that country. An empty country is left out, as for an unknown one."""
    record: dict[str, Value] = {"registered_country": _place(registered or country)}
    return {"country": _place(country), **record} if country else record


def _place(code: str) -> dict[str, Value]:
    return {"iso_code": code, "names": {"en": f"Country {code}", "fr": f"Pays {code}"}}


def encode(value: Value) -> bytes:
    """Encode a value without pointers. An int takes at most four bytes, unless it is a UInt16 or a UInt64."""
    match value:
        case bool():
            return control(Type.BOOLEAN, int(value))
        case int():
            content = int(value).to_bytes(16, "big").lstrip(b"\0")
            return control(_type_of(value), len(content)) + content
        case str():
            return control(Type.STRING, len(value.encode())) + value.encode()
        case bytes():
            return control(Type.BYTES, len(value)) + value
        case list():
            return control(Type.ARRAY, len(value)) + b"".join(map(encode, value))
        case _:
            pairs = (encode(key) + encode(item) for key, item in value.items())
            return control(Type.MAP, len(value)) + b"".join(pairs)


def _type_of(number: int) -> Type:
    return {UInt16: Type.UINT16, UInt64: Type.UINT64}.get(type(number), Type.UINT32)


def control(kind: int, size: int) -> bytes:
    """Return the control bytes before a value: its type and its size."""
    if size < 29:
        first, more = size, b""
    elif size < 285:
        first, more = 29, (size - 29).to_bytes(1, "big")
    elif size < 65_821:
        first, more = 30, (size - 285).to_bytes(2, "big")
    else:
        first, more = 31, (size - 65_821).to_bytes(3, "big")
    if kind <= Type.MAP:
        return bytes([kind << 5 | first]) + more
    return bytes([first, kind - Type.MAP]) + more


def pointer(offset: int) -> bytes:
    """Return a pointer to the value at that offset among the records."""
    if offset < 2048:
        return (Type.POINTER << 13 | offset).to_bytes(2, "big")
    if offset < 526_336:
        return (Type.POINTER << 21 | 1 << 19 | offset - 2048).to_bytes(3, "big")
    return bytes([Type.POINTER << 5 | 3 << 3]) + offset.to_bytes(4, "big")


class _Records:
    """The records in the order in which they were added, each stored once. Maps within records are pointers."""

    def __init__(self) -> None:
        self.content = b""
        self._offsets: dict[bytes, int] = {}

    def add(self, record: Record) -> int:
        """Store the record; return its offset among the records."""
        if isinstance(record, bytes):
            return self._place(record)
        pairs = (encode(key) + self._referred(value) for key, value in record.items())
        return self._place(control(Type.MAP, len(record)) + b"".join(pairs))

    def _referred(self, value: Value) -> bytes:
        return pointer(self._place(encode(value))) if isinstance(value, Mapping) else encode(value)

    def _place(self, encoded: bytes) -> int:
        if encoded not in self._offsets:
            self._offsets[encoded] = len(self.content)
            self.content += encoded
        return self._offsets[encoded]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """The offset of a record."""

    offset: int


@dataclass(slots=True)
class _Node:
    """A node of the tree, with its children for a 0 and for a 1."""

    number: int
    children: list["_Node | _Leaf | None"] = field(default_factory=lambda: [None, None])


class _Tree:
    """The search tree, with a node for each bit."""

    def __init__(self, *, ip_version: int) -> None:
        self.nodes: list[_Node] = []
        self._root = self._add_node(None)
        self._bits = 128 if ip_version == 6 else 32

    def insert(self, network: IPv4Network | IPv6Network, offset: int) -> None:
        """Give the record to the network. This replaces smaller networks within it, so insert the largest first."""
        length = network.prefixlen + (self._bits - 32 if isinstance(network, IPv4Network) else 0)
        self._put(int(network.network_address), length, _Leaf(offset))

    def add_aliases(self) -> None:
        """Let the IPv6 networks that contain IPv4 lead to its records."""
        node, bit = self._walk(*_IPV4_ROOT)
        for start, length in _ALIASES:
            self._put(start, length, node.children[bit])

    def encode(self, record_size: int) -> bytes:
        """Return all nodes, each encoded as two records of that many bits."""
        return b"".join(self._encode_node(node, record_size) for node in self.nodes)

    def _encode_node(self, node: _Node, record_size: int) -> bytes:
        left, right = (self._record(child) for child in node.children)
        return node_bytes(left, right, record_size=record_size)

    def _record(self, child: "_Node | _Leaf | None") -> int:
        match child:
            case _Node(number=number):
                return number
            case _Leaf(offset=offset):
                return len(self.nodes) + len(SEPARATOR) + offset
            case None:
                return len(self.nodes)

    def _put(self, start: int, length: int, child: "_Node | _Leaf | None") -> None:
        node, bit = self._walk(start, length)
        node.children[bit] = child

    def _walk(self, start: int, length: int) -> tuple[_Node, int]:
        """Return the node and the side for that network. Creates the nodes on the way."""
        node = self._root
        for depth in range(length - 1):
            bit = start >> (self._bits - 1 - depth) & 1
            child = node.children[bit]
            if not isinstance(child, _Node):
                node.children[bit] = child = self._add_node(child)
            node = child
        return node, start >> (self._bits - length) & 1

    def _add_node(self, content: "_Leaf | None") -> _Node:
        self.nodes.append(_Node(number=len(self.nodes), children=[content, content]))
        return self.nodes[-1]


def node_bytes(left: int, right: int, *, record_size: int) -> bytes:
    """Encode one node of a search tree."""
    if record_size == 28:
        middle = (left >> 24) << 4 | right >> 24
        return (left & 0xFFFFFF).to_bytes(3, "big") + bytes([middle]) + (right & 0xFFFFFF).to_bytes(3, "big")
    return left.to_bytes(record_size // 8, "big") + right.to_bytes(record_size // 8, "big")
