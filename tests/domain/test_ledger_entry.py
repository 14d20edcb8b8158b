"""Tests of the ledger's entry: its reference, its line, and what no line may be."""

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.domain.ledger_entry import (
    FIELDS,
    RANDOM_BYTES,
    Act,
    Entry,
    EntryRefused,
    entry_as_dict,
    entry_at,
    fields_of,
    make_ref,
    parse_entry,
    serialise_entry,
)
from renvoi.domain.places import CountryCode, Language, RegionCode
from renvoi.domain.routing import CountrySource, Decision, DecisionKind, Reason
from tests.domain.cast import BR, candidate

RANDOM = bytes(range(RANDOM_BYTES))
MOMENT = datetime(2026, 11, 23, 17, 0, 0, 123_987, tzinfo=UTC)
LATEST_MS = 2**48 - 1

SENT = Decision(
    kind="partner",
    reason="visitor_chose",
    country=BR,
    region=None,
    language="fr",
    generation=3,
    partners=(candidate(7),),
    destination="https://alo.example/",
)


def entry(decision: Decision = SENT, *, act: Act = "sent", source: str = "") -> Entry:
    return entry_at(MOMENT, fields_of(decision, act=act, country_source="cookie", source=source), random_bytes=RANDOM)


def any_entry() -> st.SearchStrategy[Entry]:
    """Every entry that there can be."""
    at_ms = st.integers(0, LATEST_MS)
    partner = st.none() | st.integers(1, 10**18 - 1)
    source = st.none() | st.from_regex(r"\A[A-Za-z0-9._-]{1,64}\Z")
    return st.builds(
        lambda at_ms, random_bytes, *rest: Entry(make_ref(at_ms=at_ms, random_bytes=random_bytes), at_ms, *rest),
        at_ms,
        st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES),
        st.sampled_from(Act.__args__),  # type: ignore[attr-defined]
        st.sampled_from(DecisionKind.__args__),  # type: ignore[attr-defined]
        st.sampled_from(Reason.__args__),  # type: ignore[attr-defined]
        st.none() | st.sampled_from([CountryCode("BR"), CountryCode("XK")]),
        st.none() | st.sampled_from([*map(RegionCode, ("CA-QC", "CA-ZZ", "FR-2A", "CI-ZZZZ"))]),
        st.sampled_from(CountrySource.__args__),  # type: ignore[attr-defined]
        st.sampled_from(Language.__args__),  # type: ignore[attr-defined]
        partner,
        source,
        st.integers(0, 10**18 - 1),
    )


class TestReference:
    @given(st.integers(0, LATEST_MS), st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
    def test_it_is_a_uuid_of_version_7_in_lowercase(self, at_ms: int, random_bytes: bytes) -> None:
        ref = make_ref(at_ms=at_ms, random_bytes=random_bytes)
        read = uuid.UUID(ref)
        assert (read.version, read.variant, str(read)) == (7, uuid.RFC_4122, ref)
        assert read.int >> 80 == at_ms

    def test_references_sort_by_their_moment(self) -> None:
        refs = [
            make_ref(at_ms=at_ms, random_bytes=bytes([255 - at_ms % 256] * RANDOM_BYTES))
            for at_ms in range(0, 10**6, 997)
        ]
        assert refs == sorted(refs)

    def test_chance_is_all_used(self) -> None:
        one_bit = [bytes(RANDOM_BYTES - 1 - at // 8) + bytes([1 << at % 8]) + bytes(at // 8) for at in range(80)]
        # 74 bits are drawn; the first two of the fourth digit make way for the variant, and the last digit is left.
        assert (
            len({make_ref(at_ms=0, random_bytes=random_bytes) for random_bytes in (bytes(RANDOM_BYTES), *one_bit)})
            == 1 + 74
        )


class TestOfADecision:
    def test_one_sent_to_a_partner(self) -> None:
        made = entry(source="spring.2026")
        assert made.ref == make_ref(at_ms=made.at_ms, random_bytes=RANDOM)
        assert made.at == MOMENT.replace(microsecond=123_000)
        assert serialise_entry(made).split("\t")[2:] == [
            *("sent", "partner", "visitor_chose", "BR", "\\N", "cookie", "fr", "7", "spring.2026", "3")
        ]

    def test_the_partner_is_said_only_where_it_is_exactly_one(self) -> None:
        several = Decision("choice", "same_priority", BR, None, "en", 3, partners=(candidate(1), candidate(2)))
        nobody = Decision("none", "no_partner", BR, None, "en", 3)
        assert [entry(each, act="shown").partner for each in (several, nobody, SENT)] == [None, None, 7]

    def test_no_source_is_none(self) -> None:
        assert entry().source is None

    def test_another_time_zone_is_the_same_moment(self) -> None:
        there = MOMENT.astimezone(tz=datetime.now().astimezone().tzinfo)
        assert entry_at(there, fields_of(SENT, act="sent", country_source="cookie"), random_bytes=RANDOM) == entry()


class TestLine:
    @given(any_entry())
    def test_reading_gives_back_what_was_written(self, made: Entry) -> None:
        line = serialise_entry(made)
        assert parse_entry(line) == made
        assert line.isascii()
        assert "\n" not in line

    @pytest.mark.parametrize(
        ("field", "text"),
        [
            ("ref", "01A210AF-CF9E-7CE7-8767-63995F3658DE"),
            ("ref", "01a210af-cf9e-4ce7-8767-63995f3658de"),
            ("ref", "01a210af-cf9e-7ce7-c767-63995f3658de"),
            ("ref", "\\N"),
            ("at_ms", "-1"),
            ("at_ms", "017"),
            ("at_ms", "1"),
            ("act", "clicked"),
            ("act", "\\N"),
            ("decision", "None"),
            ("reason", ""),
            ("country", "br"),
            ("country", ""),
            ("region", "QC"),
            ("country_source", "guess"),
            ("language", "pt"),
            ("partner", "1.0"),
            ("partner", "٣"),
            ("partner", "9" * 19),
            ("source", "a b"),
            ("source", "x" * 65),
            ("source", "é"),
            ("generation", "\\N"),
            ("generation", "3\n"),
        ],
    )
    def test_what_is_no_entry_is_refused(self, field: str, text: str) -> None:
        fields = dict(zip(FIELDS, serialise_entry(entry()).split("\t"), strict=True))
        assert parse_entry("\t".join(fields.values())) == entry()
        with pytest.raises(EntryRefused):
            parse_entry("\t".join((fields | {field: text}).values()))

    @pytest.mark.parametrize("line", ["", "\t" * 11, serialise_entry(entry()) + "\t", serialise_entry(entry())[:-2]])
    def test_a_line_cut_or_lengthened_is_refused(self, line: str) -> None:
        with pytest.raises(EntryRefused):
            parse_entry(line)


def test_for_programs() -> None:
    told = entry_as_dict(entry(source="x"))
    assert told["at"] == "2026-11-23T17:00:00.123Z"
    assert list(told) == ["ref", "at", *FIELDS[2:]]
    assert (told["partner"], told["region"], told["source"]) == (7, None, "x")
