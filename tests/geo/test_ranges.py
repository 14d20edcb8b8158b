"""Tests of our own form of country data: what goes in comes out, and a file that was touched is refused."""

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.domain.places import CountryCode
from renvoi.geo.database import open_database
from renvoi.geo.provenance import Damaged, DatabaseRefused, Provenance
from renvoi.geo.ranges import Range, RangesFile, encode_ranges

OF_TODAY = Provenance(source="Cast", attribution="The cast’s", built_at=datetime(2026, 6, 25, 4, 33, 59, tzinfo=UTC))
CODES = [None, *map(CountryCode, ("BR", "CA", "PT"))]


@st.composite
def ranges(draw: st.DrawFn, *, bits: int) -> list[Range]:
    """Sorted ranges that are apart, many of them neighbours, and many around a multiple of 2⁶⁴."""
    near = st.builds(lambda block, by: (block << 64) + by, st.integers(0, 3), st.integers(0, 40))
    numbers = st.integers(0, (1 << bits) - 1)
    edges = sorted(draw(st.sets(numbers if bits == 32 else near | numbers, max_size=24)))
    firsts, ends = edges[::2], edges[1::2]
    return [(first, end, draw(st.sampled_from(CODES))) for first, end in zip(firsts, ends, strict=False)]


def file_of(content: bytes, folder: Path) -> RangesFile:
    path = folder / "ranges"
    path.write_bytes(content)
    return RangesFile(path)


def country_in(wanted: list[Range], number: int) -> CountryCode | None:
    """The oracle: one range after the other."""
    return next((code for first, last, code in wanted if first <= number <= last), None)


class TestLookup:
    @given(ipv4=ranges(bits=32), ipv6=ranges(bits=128), more=st.lists(st.integers(0, (1 << 128) - 1), max_size=5))
    def test_every_address_is_where_its_range_says(
        self, tmp_path_factory: pytest.TempPathFactory, ipv4: list[Range], ipv6: list[Range], more: list[int]
    ) -> None:
        file = file_of(encode_ranges(provenance=OF_TODAY, ipv4=ipv4, ipv6=ipv6), tmp_path_factory.getbasetemp())
        for wanted, kind, end in ((ipv4, IPv4Address, 1 << 32), (ipv6, IPv6Address, 1 << 128)):
            edges = {edge + by for first, last, _ in wanted for edge in (first, last) for by in (-1, 0, 1)}
            numbers = {*edges, 0, end - 1, *(number % end for number in more)}
            for number in (one for one in numbers if 0 <= one < end):
                assert file.country_of(kind(number)) == country_in(wanted, number)

    def test_neighbours_of_one_country_are_one_network(self, tmp_path: Path) -> None:
        two = [(0, 9, CODES[1]), (10, 19, CODES[1]), (30, 39, CODES[1])]
        assert file_of(encode_ranges(provenance=OF_TODAY, ipv4=two, ipv6=()), tmp_path).count_networks() == 2

    @pytest.mark.parametrize("wrong", [[(5, 4, None)], [(0, 9, None), (9, 10, None)], [(5, 6, None), (1, 2, None)]])
    def test_what_overlaps_or_is_in_disorder_is_refused(self, wrong: list[Range]) -> None:
        with pytest.raises(ValueError, match="overlap"):
            encode_ranges(provenance=OF_TODAY, ipv4=wrong, ipv6=())

    def test_what_it_says_of_itself_stays(self, tmp_path: Path) -> None:
        kept = file_of(encode_ranges(provenance=OF_TODAY, ipv4=[(0, 9, CODES[1])], ipv6=()), tmp_path).provenance
        assert kept == Provenance(OF_TODAY.source, OF_TODAY.attribution, OF_TODAY.built_at, networks=1)


class TestDamage:
    CONTENT = encode_ranges(provenance=OF_TODAY, ipv4=[(0, 9, CODES[1]), (134744072, 134744080, CODES[2])], ipv6=())

    def test_each_byte_that_is_altered_is_noticed(self, tmp_path: Path) -> None:
        for place in range(len(self.CONTENT)):
            altered = bytearray(self.CONTENT)
            altered[place] ^= 1
            path = tmp_path / "altered"
            path.write_bytes(altered)
            with pytest.raises(DatabaseRefused, match="altered"):
                open_database(path)

    def test_each_cut_is_noticed(self, tmp_path: Path) -> None:
        for size in range(len(self.CONTENT)):
            path = tmp_path / "cut"
            path.write_bytes(self.CONTENT[:size])
            with pytest.raises(DatabaseRefused):
                open_database(path)

    def test_one_that_puts_what_everybody_knows_elsewhere_is_refused(self, tmp_path: Path) -> None:
        cambridge = int(IPv4Address("131.111.8.46"))
        path = tmp_path / "wrong"
        path.write_bytes(encode_ranges(provenance=OF_TODAY, ipv4=[(cambridge, cambridge, CODES[1])], ipv6=()))
        with pytest.raises(DatabaseRefused, match=r"131\.111\.8\.46 in BR, not GB"):
            open_database(path)

    @pytest.mark.parametrize("built_at", [datetime(1999, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)])
    def test_one_of_another_time_is_refused(self, tmp_path: Path, built_at: datetime) -> None:
        path = tmp_path / "old"
        of_then = Provenance(source="Cast", attribution="", built_at=built_at)
        path.write_bytes(encode_ranges(provenance=of_then, ipv4=[(0, 9, CODES[1])], ipv6=()))
        with pytest.raises(DatabaseRefused, match="no plausible date"):
            open_database(path)

    def test_the_reader_says_damaged(self, tmp_path: Path) -> None:
        with pytest.raises(Damaged):
            file_of(self.CONTENT[:-1], tmp_path)
