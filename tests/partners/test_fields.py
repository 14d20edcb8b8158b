"""The fields of a partner: their text and their JSON are read back as the values that they were."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.domain.places import COUNTRIES
from renvoi.partners.fields import FIELDS, PartnerValues, text_of_record
from renvoi.partners.parsing import trim
from renvoi.partners.values import parse_partner
from tests.cast import ALO_BRASIL

DAYS = st.none() | st.dates()
VALUES = st.builds(
    replace,
    st.just(ALO_BRASIL),
    countries=st.sets(st.sampled_from(sorted(COUNTRIES)), min_size=1).map(lambda codes: tuple(sorted(codes))),
    priority=st.integers(1, 9),
    agreement_starts_on=DAYS.map(lambda day: day and date(2026, day.month, min(day.day, 28))),
    agreement_ends_on=DAYS.map(lambda day: day and date(2027, day.month, min(day.day, 28))),
)


@given(VALUES)
def test_values_are_read_back_from_json(values: PartnerValues) -> None:
    assert PartnerValues.from_json(values.to_json()) == values


@given(VALUES)
def test_values_are_read_back_from_text(values: PartnerValues) -> None:
    text = values.to_text()
    assert parse_partner(text, countries=text["countries"].split()) == values


def test_record_of_the_history_is_read_as_text() -> None:
    assert text_of_record(ALO_BRASIL.to_json() | {"version": 3}) == ALO_BRASIL.to_text()


@pytest.mark.parametrize("field", ["countries", "agreement_ends_on"])
@pytest.mark.parametrize("value", [7, "2026-02-30", [["BR"]], {"day": 1}, [1, None]])
def test_field_of_a_record_that_cannot_be_read_is_left_out(field: str, value: Any) -> None:
    record = ALO_BRASIL.to_json()
    text = text_of_record(record | {field: value})
    assert text | {field: ""} == ALO_BRASIL.to_text() | {field: ""}
    del record[field]
    assert field not in text_of_record(record)


def test_fields_are_those_of_the_values_in_order() -> None:
    assert [field.name for field in FIELDS] == list(ALO_BRASIL.to_text()) == list(ALO_BRASIL.to_json())


@given(st.text())
def test_trim_is_idempotent(text: str) -> None:
    assert trim(trim(text)) == trim(text)
