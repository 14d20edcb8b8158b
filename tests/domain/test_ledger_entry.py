"""Ledger entries: their reference, their line, and lines that are refused."""

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
    parse_ref,
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
    """A strategy for all valid entries."""
    at_ms = st.integers(0, LATEST_MS)
    partner = st.none() | st.integers(1, 10**18 - 1)
    source = st.none() | st.from_regex(r"\A[A-Za-z0-9._-]{1,64}\Z")
    return st.builds(
        lambda at_ms, random_bytes, *fields: Entry(make_ref(at_ms=at_ms, random_bytes=random_bytes), at_ms, *fields),
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


class TestMakeRef:
    @given(st.integers(0, LATEST_MS), st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
    def test_ref_is_lowercase_uuid_version_7(self, at_ms: int, random_bytes: bytes) -> None:
        ref = make_ref(at_ms=at_ms, random_bytes=random_bytes)
        parsed = uuid.UUID(ref)
        assert (parsed.version, parsed.variant, str(parsed)) == (7, uuid.RFC_4122, ref)
        assert parsed.int >> 80 == at_ms

    def test_refs_sort_by_time(self) -> None:
        refs = [
            make_ref(at_ms=at_ms, random_bytes=bytes([255 - at_ms % 256] * RANDOM_BYTES))
            for at_ms in range(0, 10**6, 997)
        ]
        assert refs == sorted(refs)

    def test_ref_uses_74_random_bits(self) -> None:
        one_bit = [bytes(RANDOM_BYTES - 1 - at // 8) + bytes([1 << at % 8]) + bytes(at // 8) for at in range(80)]
        # Of the 80 bits, the variant replaces two bits of the fourth digit, and the last digit is not used.
        assert (
            len({make_ref(at_ms=0, random_bytes=random_bytes) for random_bytes in (bytes(RANDOM_BYTES), *one_bit)})
            == 1 + 74
        )


class TestEntryOfDecision:
    def test_entry_of_visitor_sent_to_partner(self) -> None:
        sent = entry(source="spring.2026")
        assert sent.ref == make_ref(at_ms=sent.at_ms, random_bytes=RANDOM)
        assert sent.at == MOMENT.replace(microsecond=123_000)
        assert serialise_entry(sent).split("\t")[2:] == [
            *("sent", "partner", "visitor_chose", "BR", "\\N", "cookie", "fr", "7", "spring.2026", "3")
        ]

    def test_partner_is_none_unless_exactly_one(self) -> None:
        several = Decision("choice", "same_priority", BR, None, "en", 3, partners=(candidate(1), candidate(2)))
        nobody = Decision("none", "no_partner", BR, None, "en", 3)
        assert [entry(each, act="shown").partner for each in (several, nobody, SENT)] == [None, None, 7]

    def test_empty_source_becomes_none(self) -> None:
        assert entry().source is None

    def test_entry_is_independent_of_time_zone(self) -> None:
        there = MOMENT.astimezone(tz=datetime.now().astimezone().tzinfo)
        assert entry_at(there, fields_of(SENT, act="sent", country_source="cookie"), random_bytes=RANDOM) == entry()


class TestSerialisation:
    @given(any_entry())
    def test_parsed_line_equals_serialised_entry(self, original: Entry) -> None:
        line = serialise_entry(original)
        assert parse_entry(line) == original
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
    def test_invalid_field_is_refused(self, field: str, text: str) -> None:
        fields = dict(zip(FIELDS, serialise_entry(entry()).split("\t"), strict=True))
        assert parse_entry("\t".join(fields.values())) == entry()
        with pytest.raises(EntryRefused):
            parse_entry("\t".join((fields | {field: text}).values()))

    @pytest.mark.parametrize("line", ["", "\t" * 11, serialise_entry(entry()) + "\t", serialise_entry(entry())[:-2]])
    def test_truncated_or_extended_line_is_refused(self, line: str) -> None:
        with pytest.raises(EntryRefused):
            parse_entry(line)


def test_entry_as_dict() -> None:
    values = entry_as_dict(entry(source="x"))
    assert values["at"] == "2026-11-23T17:00:00.123Z"
    assert list(values) == ["ref", "at", *FIELDS[2:]]
    assert (values["partner"], values["region"], values["source"]) == (7, None, "x")


REF = make_ref(at_ms=LATEST_MS, random_bytes=RANDOM)


@pytest.mark.parametrize(
    "typed",
    [
        *(REF, REF.upper(), f"  {REF}\n", f"Renvoi-Ref: {REF}", f"renvoi-ref {REF}"),
        *(f"«\u00a0{REF}\u00a0».", f"({REF})"),
    ],
)
def test_typed_reference_is_read(typed: str) -> None:
    assert parse_ref(typed) == REF


@pytest.mark.parametrize(
    "typed",
    [
        *("", "-" * 36, REF[:-1], f"{REF}0", f"{REF} {REF}", f"x {REF}", REF.replace("-", "")),
        *(str(uuid.UUID(int=0)), " " * 999 + REF),
    ],
)
def test_other_text_is_no_reference(typed: str) -> None:
    assert parse_ref(typed) is None
