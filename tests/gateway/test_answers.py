"""Answers never serve an answer that another visitor, another day or another request would change."""

import gzip
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from renvoi.domain.routing import Draw
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.gateway import answers as answers_module
from renvoi.gateway.answers import NO_PARTNER, Answer, Answers, Question
from renvoi.visitor import responses as responses_module
from renvoi.visitor.responses import Responses
from tests.visitor.cast import NOON, operator, partner, scope, table_bytes
from tests.visitor.reading import CONFIGURED, read

LAST_DAY = date(2026, 11, 23)
# In Toronto, five hours behind.
MIDNIGHT = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def make_answers(*, generation: int = 3) -> Answers:
    partners = [(partner(1, "Until midnight", ends_on=LAST_DAY), ("BR",)), (partner(2, "After", priority=9), ("BR",))]
    partners += [(partner(number, f"Equal {number}"), ("MX",)) for number in (3, 4)]
    operator_ = operator(mode="direct")
    table = RoutingTable(table_bytes(operator_=operator_, partners=partners, generation=generation))
    return Answers(table, Responses(operator_, consulted=()))


def question(
    query: str, *, partner_id: int = 0, is_crawler: bool = False, headers: dict[str, str] | None = None
) -> Question:
    request = read(scope("/", query=query, headers=headers or {}), configured=CONFIGURED)
    return Question(request.visitor, partner_id, request.params, request.codings, is_crawler)


def by_id() -> Draw:
    return lambda id_: id_.to_bytes(8, "big")


def answer(answers: Answers, asked: Question, *, at: datetime = NOON) -> Answer:
    return answers.answer(asked, at=at, draw=by_id)


def partner_id_of(one: Answer) -> int | None:
    assert one.fields is not None
    return one.fields[7]


def test_repeated_question_gets_the_answer_that_is_ready() -> None:
    answers = make_answers()
    first, second = answer(answers, question("country=BR")), answer(answers, question("country=BR"))
    assert first is second
    assert partner_id_of(first) == 1


def test_full_cache_evicts_the_oldest_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that fills the cache does not disable it for others."""
    monkeypatch.setattr(answers_module, "MAX_ANSWERS", 2)
    answers = make_answers()
    asked = [question("country=BR", headers={"accept-language": language}) for language in ("fr", "en")]
    asked.append(question("country=BR&src=spring"))
    for each in asked:
        answer(answers, each)
    assert [answers.get(each, at=NOON) is not None for each in asked] == [False, True, True]
    answer(answers, asked[0])
    assert answers.get(asked[0], at=NOON) is not None


def test_large_body_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers_module, "_MAX_BODY_BYTES", 1_000)
    answers, asked = make_answers(), question("country=SE")
    assert len(answer(answers, asked).response.body) > 1_000
    assert answers.get(asked, at=NOON) is None


@pytest.mark.parametrize(
    "other",
    [
        question("country=BR", headers={"accept-language": "en"}),
        question("country=BR&src=spring"),
        question("country=BR", partner_id=2),
        question("country=BR", is_crawler=True),
    ],
    ids=["language", "source", "click", "crawler"],
)
def test_other_question_gets_another_answer(other: Question) -> None:
    answers = make_answers()
    first, second = answer(answers, question("country=BR")), answer(answers, other)
    assert (first.response.headers, first.fields) != (second.response.headers, second.fields)


def test_coding_is_part_of_the_question() -> None:
    answers = make_answers()
    codings = ("gzip", "br", "identity")
    bodies = [
        answer(answers, question("country=SE", headers={"accept-encoding": coding})).response for coding in codings
    ]
    assert [dict(body.headers).get(b"content-encoding") for body in bodies] == [b"gzip", b"br", None]
    assert len({body.body for body in bodies}) == 3


def test_answer_expires_at_the_operators_midnight_to_the_microsecond() -> None:
    answers = make_answers()
    moments = (MIDNIGHT - timedelta(microseconds=1), MIDNIGHT, NOON)
    assert [partner_id_of(answer(answers, question("country=BR"), at=at)) for at in moments] == [1, 2, 1]


def order(one: Answer) -> list[int]:
    ids = re.findall(rb'href="/go/(\d+)\?', one.response.body)
    return [int(id_) for id_ in ids]


def test_equal_partners_are_shown_in_the_order_drawn_and_kept_in_each() -> None:
    answers, asked = make_answers(), question("country=MX")
    ascending = answer(answers, asked)
    descending = answers.answer(asked, at=NOON, draw=lambda: lambda id_: bytes([9 - id_]))
    assert (order(ascending), order(descending)) == ([3, 4], [4, 3])
    assert ascending.fields == descending.fields
    assert answer(answers, asked) is ascending
    assert answers.get(asked, at=NOON) is None


def test_page_of_many_equal_partners_is_joined_of_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses_module, "_MAX_IN_ANY_ORDER", 1)
    answers, asked = make_answers(), question("country=MX", headers={"accept-encoding": "gzip, br"})
    plain = answer(answers, question("country=MX")).response.body
    joined = answer(answers, asked).response
    assert dict(joined.headers)[b"content-encoding"] == b"gzip"
    assert gzip.decompress(joined.body) == plain
    assert answer(answers, asked) is not answer(answers, asked)


def test_pages_beyond_the_limit_of_a_minute_are_compressed_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that asks for ever new pages costs little more than one that asks for the same."""
    monkeypatch.setattr(answers_module, "PAGES_A_MINUTE", 2)
    answers = make_answers()
    headers = {"accept-encoding": "br"}
    sizes = [
        len(answer(answers, question(f"country=SE&src=c{number}", headers=headers), at=NOON + later).response.body)
        for number, later in enumerate((timedelta(0), timedelta(0), timedelta(0), timedelta(minutes=1)))
    ]
    assert sizes[2] > 1.1 * max(sizes[0], sizes[1], sizes[3])


def test_crawler_gets_the_page_where_people_are_redirected() -> None:
    answers = make_answers()
    statuses = [
        answer(answers, question("country=BR", is_crawler=is_crawler)).response.status
        for is_crawler in (False, True, False)
    ]
    assert statuses == [302, 200, 302]


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        (question("country=BR", partner_id=2), b"https://partner2.example/fr"),
        (question("country=BR", partner_id=2, is_crawler=True), b"/"),
        (question("country=SE", partner_id=2), b"/?country=SE"),
        (question("country=BR", partner_id=NO_PARTNER), b"/?country=BR"),
        (question("", partner_id=99), b"/"),
    ],
)
def test_click_leads_to_the_partner_or_back_uncounted(asked: Question, location: bytes) -> None:
    clicked = answer(make_answers(), asked)
    assert dict(clicked.response.headers)[b"location"] == location
    is_counted = location.startswith(b"https:")
    assert (clicked.response.status, clicked.fields is not None) == ((302, True) if is_counted else (303, False))


def test_without_a_table_the_country_is_asked() -> None:
    asked = answer(make_answers(generation=0), question("country=BR"))
    assert asked.fields is not None
    assert asked.fields[1:4] == ("unknown", "no_country", None)
