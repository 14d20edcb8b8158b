"""The routing table: encoding and decoding, detection of damage, and the days of an agreement."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.places import CountryCode
from renvoi.domain.routing import decide
from renvoi.domain.table import Bilingual, Candidate, Logo, Operator, Period, State, effective_state, operator_day
from renvoi.domain.table_codec.content import TableDamaged
from renvoi.domain.table_codec.routing_table import RoutingTable, encode_table
from tests.domain.cast import (
    BR,
    CA,
    DAY,
    MX,
    NOON,
    OPERATOR,
    PT,
    TODAY,
    Serving,
    by_id,
    candidate,
    table_of,
    visitor,
)

INSTANT = timedelta(microseconds=1)


def encoded_table() -> bytes:
    return encode_table(
        generation=7, operator=OPERATOR, partners=[(candidate(1), (BR, PT)), (candidate(2, priority=1), (BR,))]
    )


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
bilinguals = st.builds(Bilingual, en=texts, fr=texts)
days = st.none() | st.dates()
operators = st.builds(
    replace,
    st.just(OPERATOR),
    name=texts,
    signup_url=bilinguals,
    mode=st.sampled_from(["present", "direct"]),
    default_language=st.sampled_from(["fr", "en"]),
    site_url=bilinguals,
    text=bilinguals,
    contact=texts,
    privacy_url=bilinguals,
    logo=st.none() | st.builds(Logo, texts, st.integers(1, 640), st.integers(1, 160)),
)
candidates = st.builds(
    Candidate,
    id=st.integers(1, 2**40),
    name=texts,
    url=bilinguals,
    description=bilinguals,
    priority=st.integers(1, 9),
    active=st.booleans(),
    agreements=st.tuples(st.builds(Period, days, days)),
)
servings = st.tuples(candidates, st.sampled_from([(BR,), (BR, PT), (MX,)]))


def _id(serving: Serving) -> int:
    return serving[0].id


class TestEncoding:
    @settings(max_examples=60)
    @given(generation=st.integers(0, 2**62), operator=operators, partners=st.lists(servings, max_size=3, unique_by=_id))
    def test_decoded_table_equals_encoded_values(
        self, generation: int, operator: Operator, partners: list[Serving]
    ) -> None:
        table = RoutingTable(encode_table(generation=generation, operator=operator, partners=partners))
        assert (table.generation, table.operator) == (generation, operator)
        served: dict[CountryCode, list[Candidate]] = {}
        for one, countries in partners:
            for country in countries:
                served.setdefault(country, []).append(one)
        assert {country: list(table.candidates(country)) for country in table.countries} == {
            country: sorted(serving, key=lambda one: (one.priority, one.id)) for country, serving in served.items()
        }

    def test_several_agreements_are_refused(self) -> None:
        several = replace(candidate(1), agreements=(Period(ends_on=TODAY), Period(TODAY + 2 * DAY)))
        with pytest.raises(ValueError, match="too many values"):
            encode_table(generation=7, operator=OPERATOR, partners=[(several, (BR,))])

    def test_equal_tables_have_equal_bytes(self) -> None:
        assert encoded_table() == encoded_table()

    def test_country_without_partners_has_no_candidates(self) -> None:
        table = RoutingTable(encoded_table())
        assert (table.candidates(MX), table.countries) == ((), frozenset({BR, PT}))

    def test_candidates_are_sorted_by_priority_then_id(self) -> None:
        table = table_of((candidate(3), (BR,)), (candidate(2, priority=9), (BR,)), (candidate(1), (BR,)))
        assert [one.id for one in table.candidates(BR)] == [1, 3, 2]

    def test_partner_without_countries_is_not_a_candidate(self) -> None:
        assert table_of((candidate(1), ())).countries == frozenset()


class TestDamage:
    """A damaged table is refused as a whole."""

    def test_truncation_at_any_byte_is_detected(self) -> None:
        content = encoded_table()
        for length in range(len(content)):
            with pytest.raises(TableDamaged):
                RoutingTable(content[:length])

    @pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
    def test_change_of_any_byte_is_detected(self, flip: int) -> None:
        content = encoded_table()
        for offset in range(len(content)):
            altered = bytearray(content)
            altered[offset] ^= flip
            with pytest.raises(TableDamaged):
                RoutingTable(bytes(altered))

    @pytest.mark.parametrize("added", [b"\0", b"}", b"RENVOI"])
    def test_added_bytes_are_detected(self, added: bytes) -> None:
        content = encoded_table()
        for altered in (content + added, added + content, content[:60] + added + content[60:]):
            with pytest.raises(TableDamaged):
                RoutingTable(altered)

    @given(st.binary(max_size=80))
    def test_arbitrary_bytes_are_refused(self, content: bytes) -> None:
        with pytest.raises(TableDamaged):
            RoutingTable(content)

    def test_incomplete_header_with_valid_digest_is_refused(self) -> None:
        content = encoded_table()
        body = content[40:].replace(b'"generation"', b'"generatiox"')
        with pytest.raises(TableDamaged):
            RoutingTable(content[:8] + hashlib.sha256(body).digest() + body)


PAST, TO_COME = Period(ends_on=TODAY - DAY), Period(TODAY + DAY)


@pytest.mark.parametrize(
    ("active", "agreements", "state"),
    [
        (True, [Period()], "active"),
        (True, [Period(TODAY, TODAY)], "active"),
        (True, [TO_COME], "to_come"),
        (True, [PAST], "ended"),
        (True, [PAST, TO_COME], "to_come"),
        (True, [TO_COME, PAST], "to_come"),
        (True, [PAST, Period(TODAY, TODAY), TO_COME], "active"),
        (True, [TO_COME, PAST, Period(TODAY)], "active"),
        # Only a text that staff did not type has a last day before the first.
        (True, [Period(TODAY, TODAY - DAY)], "ended"),
        (True, [], "ended"),
        (False, [Period()], "paused"),
        (False, [TO_COME], "paused"),
        (False, [PAST], "paused"),
    ],
)
def test_effective_state(*, active: bool, agreements: list[Period], state: State) -> None:
    assert effective_state(active=active, agreements=agreements, day=TODAY) == state


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (Bilingual(en="a", fr="b"), "en", ("a", "en")),
        (Bilingual(en="a", fr="b"), "fr", ("b", "fr")),
        (Bilingual(en="a"), "fr", ("a", "en")),
        (Bilingual(fr="b"), "en", ("b", "fr")),
        (Bilingual(), "fr", ("", "fr")),
        (Bilingual(), "en", ("", "en")),
    ],
)
def test_in_language_falls_back_to_other_language(text: Bilingual, language: str, expected: tuple[str, str]) -> None:
    assert text.in_language("en" if language == "en" else "fr") == expected


DAYS = [
    ("America/Toronto", date(2026, 11, 22), 24),
    ("America/Toronto", date(2026, 3, 8), 23),
    ("America/Toronto", date(2026, 11, 1), 25),
    ("Pacific/Auckland", date(2026, 11, 22), 24),
    ("Pacific/Auckland", date(2026, 9, 27), 23),
    ("Pacific/Auckland", date(2026, 4, 5), 25),
    # Clocks skip the first hour of this day.
    ("Africa/Cairo", date(2026, 4, 24), 23),
]


def midnight(day: date, zone: str) -> datetime:
    """Return the first instant of a day in a time zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(("zone", "day", "hours"), DAYS)
class TestAgreementDays:
    """An agreement includes its first and last days in the operator's time zone."""

    def test_agreement_starts_at_midnight_of_first_day(self, zone: str, day: date, hours: int) -> None:
        begins = midnight(day, zone)
        assert midnight(day + DAY, zone) - begins == timedelta(hours=hours)
        assert self.receives(begins - INSTANT, zone=zone, starts_on=day) is False
        assert self.receives(begins, zone=zone, starts_on=day) is True

    def test_agreement_ends_at_midnight_after_last_day(self, zone: str, day: date, hours: int) -> None:
        ends = midnight(day, zone) + timedelta(hours=hours)
        assert self.receives(ends - INSTANT, zone=zone, ends_on=day) is True
        assert self.receives(ends, zone=zone, ends_on=day) is False

    def test_one_day_agreement_covers_that_whole_day(self, zone: str, day: date, hours: int) -> None:
        begins = midnight(day, zone)
        within = [begins + timedelta(minutes=30 * half) for half in range(2 * hours)]
        assert all(self.receives(at, zone=zone, starts_on=day, ends_on=day) for at in within)
        assert {operator_day(at, time_zone=zone) for at in within} == {day}

    @staticmethod
    def receives(at: datetime, *, zone: str, starts_on: date | None = None, ends_on: date | None = None) -> bool:
        table = table_of(
            (candidate(1, starts_on=starts_on, ends_on=ends_on), (BR,)), operator=replace(OPERATOR, time_zone=zone)
        )
        return decide(table, visitor(BR), at=at, draw=by_id).kind == "partner"


def test_operator_day_depends_on_operator_time_zone() -> None:
    evening = datetime(2026, 11, 22, 23, 30, tzinfo=ZoneInfo("America/Toronto"))
    assert operator_day(evening, time_zone="America/Toronto") == date(2026, 11, 22)
    assert operator_day(evening, time_zone="Pacific/Auckland") == date(2026, 11, 23)
    assert operator_day(NOON, time_zone="UTC") == TODAY


def test_operator_has_its_covered_regions() -> None:
    assert table_of().operator.covered_regions == {CA: ("CA-QC",)}


@pytest.mark.parametrize(
    ("contact", "url"),
    [
        ("", ""),
        ("info@boreale.example", "mailto:info@boreale.example"),
        ("a&b?c%d@boreale.example", "mailto:a%26b%3Fc%25d@boreale.example"),
        ("https://boreale.example/contact", "https://boreale.example/contact"),
        ("https://ana@boreale.example/", "https://ana@boreale.example/"),
        # Another program may have stored these.
        ("javascript:alert(1)@x", ""),
        ("boreale.example", ""),
    ],
)
def test_link_to_the_contact(contact: str, url: str) -> None:
    assert replace(OPERATOR, contact=contact).contact_url == url
