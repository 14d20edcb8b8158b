"""The content of a routing table: both its forms, its digest, and the changes from one table to another."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.domain.table import Bilingual, Logo, Operator
from renvoi.domain.table_codec.content import TableContent, TableDamaged
from renvoi.domain.table_codec.routing_table import RoutingTable, content_of, decode_operator, encode_table
from tests.domain.cast import BR, OPERATOR, PT, Serving, candidate
from tests.domain.test_table import encoded_table, operators, servings

EARLIER_FORM = "69e5d97251d1c703594fe80d4bf0226d25d023985e34b756ce800a2f134884dc"
"""The SHA-256 of the bytes that the first version of this form gave to `encoded_table()`."""

partners = st.lists(servings, max_size=5, unique_by=lambda serving: serving[0].id).map(
    lambda served: sorted(served, key=lambda serving: serving[0].id)
)
contents = st.builds(lambda operator, served: content_of(operator=operator, partners=served), operators, partners)


def test_bytes_of_a_table_are_those_of_earlier_versions() -> None:
    assert hashlib.sha256(encoded_table()).hexdigest() == EARLIER_FORM


def test_what_pages_show_is_in_the_content_only_if_there_is_something() -> None:
    """Otherwise the content has the digest that versions without these fields gave it, and undo proves itself by it."""
    shown: dict[str, Any] = {
        "site_url": Bilingual(fr="https://boreale.example/"),
        "text": Bilingual(en="Since 1987.\n\nIn Québec."),
        "contact": "info@boreale.example",
        "privacy_url": Bilingual(en="https://boreale.example/privacy"),
        "logo": Logo("ab" * 32, 640, 160),
    }
    for name, value in shown.items():
        operator = replace(OPERATOR, **{name: value})
        content = content_of(operator=operator, partners=[])
        assert decode_operator(content.operator) == operator
        assert [key for key in shown if f'"{key}"'.encode() in content.operator] == [name]


def test_operator_of_an_earlier_version_has_nothing_on_its_pages() -> None:
    earlier = b'{"name":"B","signup_url":["",""],"mode":"present","default_language":"fr","time_zone":"UTC",'
    earlier += b'"whole":[],"partial":{}}'
    operator = decode_operator(earlier)
    assert (operator.site_url, operator.text, operator.privacy_url) == (Bilingual(), Bilingual(), Bilingual())
    assert (operator.contact, operator.logo) == ("", None)


@settings(max_examples=60)
@given(generation=st.integers(0, 2**62), operator=operators, served=partners)
def test_table_is_recovered_from_its_content(generation: int, operator: Operator, served: list[Serving]) -> None:
    table = encode_table(generation=generation, operator=operator, partners=served)
    recovered, content = TableContent.of_table(table)
    assert (recovered, content.to_table(generation)) == (generation, table)
    assert TableContent.parse(content.serialise()) == content


def test_digest_is_free_of_the_number_and_depends_on_everything_else() -> None:
    serving: list[Serving] = [(candidate(1), (BR, PT)), (candidate(2, priority=1), (BR,))]
    content = content_of(operator=OPERATOR, partners=serving)
    digests = {TableContent.of_table(content.to_table(number))[1].digest() for number in (1, 2, 10**12)}
    assert digests == {content.digest()}
    others = [
        content_of(operator=OPERATOR, partners=serving[:1]),
        content_of(operator=OPERATOR, partners=[(candidate(1), (BR,)), serving[1]]),
        content_of(operator=OPERATOR, partners=[serving[0], (candidate(2), (BR,))]),
    ]
    assert len({content.digest(), *(other.digest() for other in others)}) == 4


@settings(max_examples=100)
@given(before=contents, after=contents)
def test_changes_lead_from_any_content_to_any_other(before: TableContent, after: TableContent) -> None:
    result = before.with_changes(after.changes_since(before))
    assert (result, list(result.partners)) == (after, list(after.partners))


def test_changes_of_one_partner_are_one_line() -> None:
    serving: list[Serving] = [(candidate(number), (BR, PT)) for number in range(1, 500)]
    before = content_of(operator=OPERATOR, partners=serving)
    serving[7] = (candidate(8, priority=1), (BR, PT))
    after = content_of(operator=OPERATOR, partners=serving)
    assert after.changes_since(before).split(b"\n")[2:] == [after.partners[8]]


def test_countries_of_a_partner_have_one_order() -> None:
    one, other = (content_of(operator=OPERATOR, partners=[(candidate(1), pair)]) for pair in ((BR, PT), (PT, BR)))
    assert one.digest() == other.digest()


@pytest.mark.parametrize("serialised", [b"", b"renvoi routing table 1", b"renvoi routing table 2\n{}\n", b"x\n{}"])
def test_other_bytes_are_no_content(serialised: bytes) -> None:
    with pytest.raises(TableDamaged):
        TableContent.parse(serialised)


@pytest.mark.parametrize("changes", [b"", b"{}", b"\nx", b"\n1\nno tab", b"\n\nx\tBR\t[]"])
def test_other_bytes_are_no_changes(changes: bytes) -> None:
    with pytest.raises(TableDamaged):
        TableContent.parse(b"renvoi routing table 1\n{}").with_changes(changes)


def test_table_in_another_form_is_refused() -> None:
    """Planted: a table whose JSON has a space. It is sound for the gateway; its bytes would not be recovered."""
    table = encoded_table()
    body = table[40:].replace(b'"mode":"present"', b'"mode": "present"')
    header_length = int.from_bytes(body[:4], "big") + 1
    body = header_length.to_bytes(4, "big") + body[4:]
    spaced = table[:8] + hashlib.sha256(body).digest() + body
    assert RoutingTable(spaced).operator == RoutingTable(table).operator
    with pytest.raises(TableDamaged):
        TableContent.of_table(spaced)
