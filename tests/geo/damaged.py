"""Damaged country databases: each function writes a valid file and spoils one thing in it.

No file here may be opened. `make_whole` is the file that they begin with, which is opened.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.corpora.outside import outside_files
from tools.mmdb import (
    MARKER,
    Database,
    Parts,
    Record,
    Type,
    UInt16,
    UInt64,
    Value,
    control,
    country_record,
    encode,
    node_bytes,
    pointer,
)

_NETWORKS = {
    "131.111.0.0/16": country_record("GB"),
    "129.199.0.0/16": country_record("FR"),
    "200.160.0.0/20": country_record("BR", registered="US"),
    "2001:660::/32": country_record("FR"),
}
_DATABASE = Database(_NETWORKS)
_NODE = 6
"""Bytes of a node where records have 24 bits."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that must be refused."""

    name: str
    make: Callable[[], bytes]

    def __str__(self) -> str:
        """Its name, for the test's id."""
        return self.name


MADE: list[Damaged] = []


def _damaged(make: Callable[[], bytes]) -> Callable[[], bytes]:
    MADE.append(Damaged(make.__name__, make))
    return make


def make_whole() -> bytes:
    """The file before it is damaged."""
    return _DATABASE.encoded()


def _with_metadata(**changes: Value | None) -> bytes:
    """The file with other metadata; what is None is left out."""
    parts = _DATABASE.parts()
    metadata = {**_DATABASE.metadata(node_count=_node_count(parts)), **changes}
    kept = {key: value for key, value in metadata.items() if value is not None}
    return replace(parts, metadata=encode(kept)).joined()


def _node_count(parts: Parts) -> int:
    return len(parts.tree) // _NODE


def _with_record(encoded: bytes) -> bytes:
    """The file with one more network, whose record is these bytes. It comes first among the records, at 0."""
    return Database({"44.0.0.0/8": encoded, **_NETWORKS}).encoded()


def _with_right_of_root(record: int) -> bytes:
    """The file with this in its first node as what follows on a 1, where a whole file has nothing."""
    parts = _DATABASE.parts()
    return replace(parts, tree=parts.tree[:3] + record.to_bytes(3, "big") + parts.tree[_NODE:]).joined()


# What is no database.


@_damaged
def empty() -> bytes:
    return b""


@_damaged
def error_page_of_a_proxy() -> bytes:
    return b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>\n" * 50


@_damaged
def lines_of_text() -> bytes:
    return b"".join(b"131.111.%d.0/24,GB\n" % number for number in range(256))


@_damaged
def zeros() -> bytes:
    return bytes(len(make_whole()))


@_damaged
def compressed() -> bytes:
    return gzip.compress(make_whole(), mtime=0)


# What was cut, or lost a part.


@_damaged
def cut_in_the_tree() -> bytes:
    return make_whole()[: len(_DATABASE.parts().tree) // 2]


@_damaged
def cut_in_the_records() -> bytes:
    parts = _DATABASE.parts()
    return parts.tree + parts.separator + parts.records[: len(parts.records) // 2]


@_damaged
def cut_in_the_metadata() -> bytes:
    return make_whole()[: -len(_DATABASE.parts().metadata) // 2]


@_damaged
def last_byte_missing() -> bytes:
    return make_whole()[:-1]


@_damaged
def first_byte_missing() -> bytes:
    return make_whole()[1:]


@_damaged
def tree_missing() -> bytes:
    return replace(_DATABASE.parts(), tree=b"").joined()


@_damaged
def records_missing() -> bytes:
    return replace(_DATABASE.parts(), records=b"").joined()


@_damaged
def records_of_zeros() -> bytes:
    parts = _DATABASE.parts()
    return replace(parts, records=bytes(len(parts.records))).joined()


@_damaged
def line_ends_converted() -> bytes:
    """As by a transfer in text mode."""
    return Database({**_NETWORKS, "45.0.0.0/16": {"lines": "\n" * 9}}).encoded().replace(b"\n", b"\r\n")


@_damaged
def read_as_utf_8() -> bytes:
    """As by a program that takes every file for text."""
    return make_whole().decode("utf-8", "replace").encode()


# Metadata.


@_damaged
def metadata_marker_missing() -> bytes:
    return replace(_DATABASE.parts(), marker=b"").joined()


@_damaged
def metadata_marker_alone() -> bytes:
    return MARKER


@_damaged
def metadata_empty() -> bytes:
    return replace(_DATABASE.parts(), metadata=b"").joined()


@_damaged
def metadata_a_number() -> bytes:
    return replace(_DATABASE.parts(), metadata=control(Type.UINT128, 16) + b"\xff" * 16).joined()


@_damaged
def metadata_an_array() -> bytes:
    return replace(_DATABASE.parts(), metadata=encode(["node_count", "record_size"])).joined()


@_damaged
def metadata_map_too_large() -> bytes:
    return replace(_DATABASE.parts(), metadata=control(Type.MAP, 16_000_000) + encode("node_count")).joined()


@_damaged
def node_count_missing() -> bytes:
    return _with_metadata(node_count=None)


@_damaged
def node_count_a_text() -> bytes:
    return _with_metadata(node_count="many")


@_damaged
def node_count_zero() -> bytes:
    return _with_metadata(node_count=0)


@_damaged
def node_count_too_large() -> bytes:
    return _with_metadata(node_count=2**31)


@_damaged
def node_count_one_too_many() -> bytes:
    return _with_metadata(node_count=_node_count(_DATABASE.parts()) + 1)


@_damaged
def node_count_one_too_few() -> bytes:
    return _with_metadata(node_count=_node_count(_DATABASE.parts()) - 1)


@_damaged
def record_size_odd() -> bytes:
    return _with_metadata(record_size=UInt16(26))


@_damaged
def record_size_of_another_tree() -> bytes:
    return _with_metadata(record_size=UInt16(32))


@_damaged
def record_size_zero() -> bytes:
    return _with_metadata(record_size=UInt16(0))


@_damaged
def ip_version_unknown() -> bytes:
    return _with_metadata(ip_version=UInt16(5))


@_damaged
def format_of_another_version() -> bytes:
    return _with_metadata(binary_format_major_version=UInt16(3))


@_damaged
def type_missing() -> bytes:
    return _with_metadata(database_type=None)


@_damaged
def build_date_missing() -> bytes:
    return _with_metadata(build_epoch=None)


@_damaged
def build_date_of_1970() -> bytes:
    return _with_metadata(build_epoch=UInt64(1))


@_damaged
def build_date_beyond_time() -> bytes:
    return _with_metadata(build_epoch=UInt64(2**64 - 1))


# The tree.


@_damaged
def tree_leads_into_the_separator() -> bytes:
    return _with_right_of_root(_node_count(_DATABASE.parts()) + 7)


@_damaged
def tree_leads_behind_the_records() -> bytes:
    parts = _DATABASE.parts()
    return _with_right_of_root(_node_count(parts) + len(parts.separator) + len(parts.records))


@_damaged
def tree_leads_behind_the_file() -> bytes:
    return _with_right_of_root(2**24 - 1)


@_damaged
def tree_leads_to_its_root() -> bytes:
    return _with_right_of_root(0)


@_damaged
def tree_without_ends() -> bytes:
    """Each node leads to the next, the last to itself."""
    parts = _DATABASE.parts()
    last = _node_count(parts) - 1
    steps = [min(number + 1, last) for number in range(last + 1)]
    tree = b"".join(node_bytes(step, step, record_size=24) for step in steps)
    return replace(parts, tree=tree).joined()


# Values.


@_damaged
def pointer_to_itself() -> bytes:
    return _with_record(control(Type.MAP, 1) + encode("country") + pointer(0))


@_damaged
def pointer_behind_the_records() -> bytes:
    return _with_record(control(Type.MAP, 1) + encode("country") + pointer(2**31))


@_damaged
def pointers_in_a_circle() -> bytes:
    first = control(Type.MAP, 1) + encode("a")
    second = control(Type.MAP, 1) + encode("b")
    length = len(first) + len(pointer(0))
    return _with_record(first + pointer(length) + second + pointer(0))


@_damaged
def text_longer_than_the_file() -> bytes:
    return _with_record(control(Type.MAP, 1) + encode("country") + control(Type.STRING, 16_000_000) + b"GB")


@_damaged
def text_that_is_not_utf_8() -> bytes:
    return _with_record(control(Type.MAP, 1) + encode("country") + control(Type.STRING, 2) + b"\xc3\x28")


@_damaged
def bytes_longer_than_the_file() -> bytes:
    return _with_record(control(Type.MAP, 1) + encode("country") + control(Type.BYTES, 16_000_000))


@_damaged
def map_longer_than_the_file() -> bytes:
    return _with_record(control(Type.MAP, 16_000_000) + encode("country"))


@_damaged
def array_longer_than_the_file() -> bytes:
    return _with_record(control(Type.MAP, 1) + encode("country") + control(Type.ARRAY, 16_000_000))


@_damaged
def number_of_too_many_bytes() -> bytes:
    return _with_record(control(Type.MAP, 1) + encode("country") + control(Type.UINT32, 9) + bytes(9))


@_damaged
def double_of_three_bytes() -> bytes:
    return _with_record(control(Type.MAP, 1) + encode("latitude") + control(Type.DOUBLE, 3) + bytes(3))


@_damaged
def type_that_there_is_not() -> bytes:
    return _with_record(control(Type.MAP, 1) + encode("country") + control(200, 1) + b"x")


@_damaged
def maps_nested_without_end() -> bytes:
    return _with_record((control(Type.MAP, 1) + encode("a")) * 20_000)


@_damaged
def maps_nested_too_deeply() -> bytes:
    return _with_record((control(Type.MAP, 1) + encode("a")) * 5_000 + encode("GB"))


@_damaged
def arrays_nested_too_deeply() -> bytes:
    return _with_record(control(Type.ARRAY, 1) * 5_000 + encode("GB"))


# Whole files that are no country database, or a wrong one.


@_damaged
def without_networks() -> bytes:
    return Database({}).encoded()


@_damaged
def without_countries() -> bytes:
    return Database(dict.fromkeys(_NETWORKS, country_record("", registered="GB"))).encoded()


@_damaged
def of_autonomous_systems() -> bytes:
    record: Record = {"autonomous_system_number": 64_496, "autonomous_system_organization": "Example"}
    return Database(dict.fromkeys(_NETWORKS, record), database_type="Renvoi-Test-ASN").encoded()


@_damaged
def of_connection_types() -> bytes:
    record: Record = {"connection_type": "Cellular"}
    return Database(dict.fromkeys(_NETWORKS, record), database_type="Renvoi-Test-Connection-Type").encoded()


@_damaged
def countries_in_a_foreign_type() -> bytes:
    return replace(_DATABASE, database_type="Renvoi-Test-Places").encoded()


@_damaged
def universities_in_other_countries() -> bytes:
    return Database(dict.fromkeys(_NETWORKS, country_record("TV"))).encoded()


OUTSIDE = [Damaged(path.stem, path.read_bytes) for path in outside_files("damaged_mmdb/*.mmdb")]
DAMAGED = [*MADE, *OUTSIDE]
