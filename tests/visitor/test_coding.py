"""The content coding of a page: chosen by RFC 9110, section 12.5.3, and readable by any decoder."""

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.visitor.coding import choose_codings, encode, encode_parts


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip ; q=0.001", "gzip"),
        ("deflate", "identity"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("gzip;q=0, *;q=0.5", "br"),
        ("identity;q=0.5, gzip;q=0.2", "identity"),
        ("identity;q=0, br;q=0, gzip", "gzip"),
        ("identity;q=0", "identity"),
        ("gzip;Q=0, br;Q=0.0", "identity"),
        ("br;q=0.1, gzip;q=0.1, *;q=0.5", "identity"),
        ("gzip;q=2, br;q=x", "identity"),
        ("gzip; level=1", "identity"),
        (", ,gzip,", "gzip"),
        ("a, " * 40 + "gzip", "identity"),
    ],
)
def test_chosen_coding(header: str, coding: str) -> None:
    assert choose_codings(header).whole == coding


@given(header=st.text(max_size=200))
def test_any_header_has_a_coding(header: str) -> None:
    assert set(choose_codings(header)[:2]) <= {"br", "gzip", "identity"}


@given(body=st.binary(max_size=3000))
def test_encoded_body_decodes_to_itself(body: bytes) -> None:
    assert gzip.decompress(encode(body, "gzip")) == body == encode(body, "identity")
    assert brotli.decompress(encode(body, "br")) == body
    assert gzip.decompress(encode(body, "gzip", is_quick=True)) == body
    assert brotli.decompress(encode(body, "br", is_quick=True)) == body
    # No moment of compression in the header: the same page has the same bytes on each host.
    assert encode(body, "gzip") == encode(body, "gzip")
    assert zlib.decompress(encode(body, "gzip"), wbits=31) == body


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip, br", "gzip"),
        ("br", "identity"),
        ("br, gzip;q=0.1", "gzip"),
        ("identity, gzip;q=0.5, br", "identity"),
        ("gzip;q=0, identity;q=0", "identity"),
    ],
)
def test_joined_body_is_never_in_brotli(header: str, coding: str) -> None:
    assert choose_codings(header).joined == coding


@given(parts=st.lists(st.binary(max_size=300), max_size=8))
def test_joined_parts_decode_to_the_parts_in_their_order(parts: list[bytes]) -> None:
    joined = encode_parts(parts, "gzip")
    assert gzip.decompress(joined) == zlib.decompress(joined, wbits=31) == b"".join(parts)
    assert encode_parts(parts, "identity") == b"".join(parts)
