"""Renvoi's own format of country data: lookups, and refusal of damaged or implausible files."""

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.places import CountryCode
from renvoi.geo.database import open_database
from renvoi.geo.formats.boundaries import Range
from renvoi.geo.formats.ranges import MAGIC, RangesFile, encode_ranges, open_ranges
from renvoi.geo.provenance import Damaged, DatabaseRefused, Provenance
from renvoi.geo.public import public_address

PROVENANCE = Provenance(source="Cast", attribution="The cast’s", built_at=datetime(2026, 6, 25, 4, 33, 59, tzinfo=UTC))
CODES = [None, *map(CountryCode, ("BR", "CA", "PT"))]


@st.composite
def ranges(draw: st.DrawFn, *, bits: int) -> list[Range]:
    """Generate sorted, disjoint ranges, many of them adjacent, many around a multiple of 2⁶⁴."""
    near = st.builds(lambda block, offset: (block << 64) + offset, st.integers(0, 3), st.integers(0, 40))
    allocated = st.builds(lambda number: (0x2A00 << 112) + number, near | st.integers(0, (1 << 116) - 1))
    numbers = st.integers(0, (1 << bits) - 1)
    edges = sorted(draw(st.sets(numbers if bits == 32 else near | allocated | numbers, max_size=24)))
    firsts, ends = edges[::2], edges[1::2]
    return [(first, end, draw(st.sampled_from(CODES))) for first, end in zip(firsts, ends, strict=False)]


def file_of(content: bytes, folder: Path) -> RangesFile:
    path = folder / "ranges"
    path.unlink(missing_ok=True)  # it may be mapped
    path.write_bytes(content)
    return open_ranges(path)


def find_country(entries: list[Range], number: int) -> CountryCode | None:
    """Look up the country by linear search."""
    return next((code for first, last, code in entries if first <= number <= last), None)


class TestLookup:
    @given(ipv4=ranges(bits=32), ipv6=ranges(bits=128), extra=st.lists(st.integers(0, (1 << 128) - 1), max_size=5))
    @settings(deadline=None)
    def test_every_address_has_country_of_its_range(
        self, tmp_path_factory: pytest.TempPathFactory, ipv4: list[Range], ipv6: list[Range], extra: list[int]
    ) -> None:
        file = file_of(encode_ranges(provenance=PROVENANCE, ipv4=ipv4, ipv6=ipv6), tmp_path_factory.getbasetemp())
        for entries, kind, end in ((ipv4, IPv4Address, 1 << 32), (ipv6, IPv6Address, 1 << 128)):
            edges = {edge + offset for first, last, _ in entries for edge in (first, last) for offset in (-1, 0, 1)}
            numbers = {*edges, 0, end - 1, *(number % end for number in extra)}
            for number in (candidate for candidate in numbers if 0 <= candidate < end):
                public = public_address(kind(number))
                expected = find_country(ipv4 if isinstance(public, IPv4Address) else entries, int(public or 0))
                assert file.country_of(kind(number)) == (expected if public else None)

    def test_adjacent_ranges_of_one_country_are_merged(self, tmp_path: Path) -> None:
        ranges = [(0, 9, CODES[1]), (10, 19, CODES[1]), (30, 39, CODES[1])]
        assert file_of(encode_ranges(provenance=PROVENANCE, ipv4=ranges, ipv6=()), tmp_path).count_networks() == 2

    @pytest.mark.parametrize("wrong", [[(5, 4, None)], [(0, 9, None), (9, 10, None)], [(5, 6, None), (1, 2, None)]])
    def test_overlapping_or_unsorted_ranges_are_refused(self, wrong: list[Range]) -> None:
        with pytest.raises(ValueError, match="overlap"):
            encode_ranges(provenance=PROVENANCE, ipv4=wrong, ipv6=())

    def test_provenance_is_preserved(self, tmp_path: Path) -> None:
        provenance = file_of(
            encode_ranges(provenance=PROVENANCE, ipv4=[(0, 9, CODES[1])], ipv6=()), tmp_path
        ).provenance
        assert provenance == Provenance(PROVENANCE.source, PROVENANCE.attribution, PROVENANCE.built_at, networks=1)


class TestDamage:
    CONTENT = encode_ranges(provenance=PROVENANCE, ipv4=[(0, 9, CODES[1]), (134744072, 134744080, CODES[2])], ipv6=())

    def test_change_of_any_byte_is_detected(self, tmp_path: Path) -> None:
        head = self.CONTENT.index(b"\n", len(MAGIC) + 65)
        for offset in (*range(head + 20), *range(head, len(self.CONTENT), 20_011), len(self.CONTENT) - 1):
            altered = bytearray(self.CONTENT)
            altered[offset] ^= 1
            path = tmp_path / "altered"
            path.write_bytes(altered)
            with pytest.raises(DatabaseRefused, match="altered"):
                open_database(path)

    def test_truncation_at_any_byte_is_detected(self, tmp_path: Path) -> None:
        for size in (*range(0, 400, 7), *range(400, len(self.CONTENT), 20_011), len(self.CONTENT) - 1):
            path = tmp_path / "cut"
            path.write_bytes(self.CONTENT[:size])
            with pytest.raises(DatabaseRefused):
                open_database(path)

    def test_wrong_country_for_reference_address_is_refused(self, tmp_path: Path) -> None:
        cambridge = int(IPv4Address("131.111.8.46"))
        path = tmp_path / "wrong"
        path.write_bytes(encode_ranges(provenance=PROVENANCE, ipv4=[(cambridge, cambridge, CODES[1])], ipv6=()))
        with pytest.raises(DatabaseRefused, match=r"131\.111\.8\.46 in BR, not GB"):
            open_database(path)

    @pytest.mark.parametrize("built_at", [datetime(1999, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)])
    def test_implausible_date_is_refused(self, tmp_path: Path, built_at: datetime) -> None:
        path = tmp_path / "old"
        implausible = Provenance(source="Cast", attribution="", built_at=built_at)
        path.write_bytes(encode_ranges(provenance=implausible, ipv4=[(0, 9, CODES[1])], ipv6=()))
        with pytest.raises(DatabaseRefused, match="no plausible date"):
            open_database(path)

    def test_truncated_file_raises_damaged(self, tmp_path: Path) -> None:
        with pytest.raises(Damaged):
            file_of(self.CONTENT[:-1], tmp_path)
