"""What a question is about, as the text of a hidden field, and what has changed since."""

import zlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping

import pytest
from django.db.models import Q
from hypothesis import given
from hypothesis import strategies as st

from renvoi.domain.places import CountryCode
from renvoi.lists.confirmation import Asked, Difference, difference_between, parse_count
from renvoi.partners.consequences import Loss
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, AZULEJO, TUNDRA, stored, stored_many
from tests.partners.acting import trash

LARGEST = 2**63 - 1


def packed(text: str) -> str:
    return urlsafe_b64encode(zlib.compress(text.encode())).decode()


def named_difference(before: Mapping[int, int], now: Mapping[int, int]) -> Difference:
    partners = Partner.objects.annotate(is_deleted=Q(trashed_at__isnull=False))
    return difference_between(before, now, rows=partners)


@given(
    st.dictionaries(st.integers(1, LARGEST), st.integers(1, 2**31)), st.from_regex(r"[0-9a-f]{0,16}", fullmatch=True)
)
def test_text_round_trips(versions: dict[int, int], consequences: str) -> None:
    asked = Asked(versions=versions, consequences=consequences)
    assert Asked.parse(str(asked)) == asked


def test_text_of_many_partners_is_short() -> None:
    asked = Asked(versions={id_: 1 + id_ % 7 for id_ in range(1, 10_001)})
    assert len(str(asked)) < 10_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "abc",
        "é",
        "%%%",
        packed("1"),
        packed("1 2 3"),
        packed("-1 2"),
        packed("one 2"),
        packed("1.5 2"),
        packed("٣ 2"),
        packed(f"{2**63} 1"),
        packed("1 " * 3_000_000),
        packed("1 2")[:-8],
        f"{packed('')}..3",
        f"{packed('')}..3-x-1",
        f"{packed('')}..{'9' * 10}-1-1",
    ],
)
def test_damaged_text_is_none(text: str) -> None:
    assert Asked.parse(text) is None


@pytest.mark.django_db
def test_difference_names_each_kind_in_alphabetical_order() -> None:
    alo, azulejo, tundra = stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
    trash(tundra)
    before = {alo.id: 1, tundra.id: 1}
    assert named_difference(before, {alo.id: 2, azulejo.id: 1}) == Difference(
        came=("Azulejo Chamadas",), deleted=("Tundra",), changed=("Aló Brasil",)
    )
    assert named_difference({azulejo.id: 1, alo.id: 1}, {}).gone == ("Aló Brasil", "Azulejo Chamadas")
    assert named_difference(before, dict(reversed(before.items()))) == Difference()


@pytest.mark.django_db
def test_forged_ids_name_nobody() -> None:
    stored(ALO_BRASIL)
    forged = dict.fromkeys(range(LARGEST - 2000, LARGEST), 1)
    assert named_difference(forged, {}) == Difference(missing=tuple(forged))


@pytest.mark.django_db
def test_asked_about_names_versions_and_losses() -> None:
    alo = stored(ALO_BRASIL)
    some = Partner.objects.all()
    plain = Asked.about(some)
    assert plain == Asked(versions={alo.id: 1}, consequences="")
    lost = [Loss(CountryCode("BR")), Loss(CountryCode("PT"), "fr")]
    cases = (lost, lost[:1], lost[1:], [Loss(CountryCode("PT"))])
    digests = {plain.with_consequences(case).consequences for case in cases}
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("312", 312),
        (" 312 ", 312),
        ("10\u00a0000", 10_000),
        ("10\u202f000", 10_000),
        ("10 000", 10_000),
        ("10,000", 10_000),
        ("", None),
        ("-3", None),
        ("3.0", None),
        ("٣", None),
        ("three", None),
        ("9" * 5000, None),
    ],
)
def test_typed_number(text: str, count: int | None) -> None:
    assert parse_count(text) == count
