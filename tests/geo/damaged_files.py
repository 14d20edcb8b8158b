"""Files that are no database, and databases with damaged metadata. None of them may be opened."""

import gzip
from dataclasses import replace

from tests.geo.damaging import DATABASE, NETWORKS, damaged, make_whole, node_count, with_metadata
from tools.mmdb import MARKER, Database, Type, UInt16, UInt64, control, encode

# What is no database.


@damaged
def empty() -> bytes:
    return b""


@damaged
def error_page_of_a_proxy() -> bytes:
    return b"<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>\n" * 50


@damaged
def lines_of_text() -> bytes:
    return b"".join(b"131.111.%d.0/24,GB\n" % number for number in range(256))


@damaged
def zeros() -> bytes:
    return bytes(len(make_whole()))


@damaged
def compressed() -> bytes:
    return gzip.compress(make_whole(), mtime=0)


# What was cut, or lost a part.


@damaged
def cut_in_the_tree() -> bytes:
    return make_whole()[: len(DATABASE.parts().tree) // 2]


@damaged
def cut_in_the_records() -> bytes:
    parts = DATABASE.parts()
    return parts.tree + parts.separator + parts.records[: len(parts.records) // 2]


@damaged
def cut_in_the_metadata() -> bytes:
    return make_whole()[: -len(DATABASE.parts().metadata) // 2]


@damaged
def last_byte_missing() -> bytes:
    return make_whole()[:-1]


@damaged
def first_byte_missing() -> bytes:
    return make_whole()[1:]


@damaged
def tree_missing() -> bytes:
    return replace(DATABASE.parts(), tree=b"").joined()


@damaged
def records_missing() -> bytes:
    return replace(DATABASE.parts(), records=b"").joined()


@damaged
def records_of_zeros() -> bytes:
    parts = DATABASE.parts()
    return replace(parts, records=bytes(len(parts.records))).joined()


@damaged
def line_ends_converted() -> bytes:
    """As by a transfer in text mode."""
    return Database({**NETWORKS, "45.0.0.0/16": {"lines": "\n" * 9}}).encoded().replace(b"\n", b"\r\n")


@damaged
def read_as_utf_8() -> bytes:
    """As by a program that takes every file for text."""
    return make_whole().decode("utf-8", "replace").encode()


# Metadata.


@damaged
def metadata_marker_missing() -> bytes:
    return replace(DATABASE.parts(), marker=b"").joined()


@damaged
def metadata_marker_alone() -> bytes:
    return MARKER


@damaged
def metadata_empty() -> bytes:
    return replace(DATABASE.parts(), metadata=b"").joined()


@damaged
def metadata_a_number() -> bytes:
    return replace(DATABASE.parts(), metadata=control(Type.UINT128, 16) + b"\xff" * 16).joined()


@damaged
def metadata_an_array() -> bytes:
    return replace(DATABASE.parts(), metadata=encode(["node_count", "record_size"])).joined()


@damaged
def metadata_map_too_large() -> bytes:
    return replace(DATABASE.parts(), metadata=control(Type.MAP, 16_000_000) + encode("node_count")).joined()


@damaged
def node_count_missing() -> bytes:
    return with_metadata(node_count=None)


@damaged
def node_count_a_text() -> bytes:
    return with_metadata(node_count="many")


@damaged
def node_count_zero() -> bytes:
    return with_metadata(node_count=0)


@damaged
def node_count_too_large() -> bytes:
    return with_metadata(node_count=2**31)


@damaged
def node_count_one_too_many() -> bytes:
    return with_metadata(node_count=node_count(DATABASE.parts()) + 1)


@damaged
def node_count_one_too_few() -> bytes:
    return with_metadata(node_count=node_count(DATABASE.parts()) - 1)


@damaged
def record_size_odd() -> bytes:
    return with_metadata(record_size=UInt16(26))


@damaged
def record_size_of_another_tree() -> bytes:
    return with_metadata(record_size=UInt16(32))


@damaged
def record_size_zero() -> bytes:
    return with_metadata(record_size=UInt16(0))


@damaged
def ip_version_unknown() -> bytes:
    return with_metadata(ip_version=UInt16(5))


@damaged
def format_of_another_version() -> bytes:
    return with_metadata(binary_format_major_version=UInt16(3))


@damaged
def type_missing() -> bytes:
    return with_metadata(database_type=None)


@damaged
def build_date_missing() -> bytes:
    return with_metadata(build_epoch=None)


@damaged
def build_date_of_1970() -> bytes:
    return with_metadata(build_epoch=UInt64(1))


@damaged
def build_date_beyond_time() -> bytes:
    return with_metadata(build_epoch=UInt64(2**64 - 1))
