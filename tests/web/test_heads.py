"""Heads that are known by their lines are interpreted as the strict parser did, and no others."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.web import heads as heads_module
from renvoi.web.heads import KnownHeads

Known = tuple[bytes, str, tuple[bytes | None, ...], str]


def meaning_of(headers: Mapping[bytes, bytes]) -> str | None:
    return headers.get(b"accept", b"").decode() if headers.get(b"host") == b"a" else None


def interpret(target: bytes, meaning: str, values: tuple[bytes | None, ...], context: str) -> Known:
    return target, meaning, values, context


def known_heads() -> KnownHeads[str, str, Known]:
    return KnownHeads(
        fixed=(b"accept", b"host"),
        variable=(b"cookie", b"", b"x-for"),
        declined=(b"forwarded",),
        meaning_of=meaning_of,
        interpret=interpret,
    )


def head(*lines: str, target: str = "/") -> bytes:
    return "\r\n".join([f"GET {target} HTTP/1.1", *lines, "", ""]).encode("latin-1")


LEARNED = head("Host: a", "X-For: 1", "Accept: x", "Other: 1")


def test_values_are_read_from_the_places_that_were_learned() -> None:
    heads = known_heads()
    assert heads.match(LEARNED, "c") is None
    heads.learn(LEARNED)
    assert heads.match(LEARNED, "c") == (b"/", "x", (None, None, b"1"), "c")
    other = head("Host: a", "X-For: 2, 3", "Accept: x", "Other: anything", target="/go/1?a=b")
    assert heads.match(other, "d") == (b"/go/1?a=b", "x", (None, None, b"2, 3"), "d")


@pytest.mark.parametrize(
    "other",
    [
        head("Host: b", "X-For: 1", "Accept: x", "Other: 1"),
        head("X-For: 1", "Host: a", "Accept: x", "Other: 1"),
        head("Host: a", "X-Fox: 1", "Accept: x", "Other: 1"),
        head("Host: a", "X-For: 1", "Accept: x", "other: 1"),
        head("Host: a", "X-For: 1", "Accept: x", "Other:1"),
        head("Host: a", "X-For: 1", "Accept: x", "Other: 1", "Other: 1"),
        head("Host: a", "X-For: 1", "Accept: x"),
        head("Host: a", "X-For: 1\x0b", "Accept: x", "Other: 1"),
        head("Host: a", "X-For: 1", "Accept: x", "Other: 1", target="/\x0b"),
        LEARNED.replace(b"GET /", b"PUT /"),
        LEARNED.replace(b"HTTP/1.1", b"HTTP/1.0"),
        LEARNED + b"x",
        LEARNED[:-2],
    ],
)
def test_head_that_differs_in_one_line_is_not_known(other: bytes) -> None:
    heads = known_heads()
    heads.learn(LEARNED)
    assert heads.match(other, "c") is None


@pytest.mark.parametrize(
    "lines",
    [
        ("Host: b",),
        ("Accept: x",),
        ("Host: a", "Host: a"),
        ("Host: a", "Cookie: a", "cookie: b"),
        ("Host: a", "Forwarded: for=1"),
        ("Host: a", "Content-Length: 0"),
        ("Host: a", "Transfer-Encoding: chunked"),
        ("Host: a", "Connection: close"),
        ("Host: a", "Connection: keep-alive, x"),
        *(("Host: a", f"{name}: 1") for name in ("Expect", "HTTP2-Settings", "Keep-Alive", "Proxy-Connection", "TE")),
        ("Host: a", "Trailer: X"),
        ("Host: a", "Upgrade: h2c"),
        ("Host: a", "Connection: upgrade", "Upgrade: h2c"),
        ("Host: a", "X : y"),
        ("Host: a", "X:  y"),
        ("Host: a", " folded"),
        ("Host: a", "X: \xe9"),
        ("Host: a", f"Accept: {'x' * 2000}"),
        ("Host: a", *(f"X-{number}: 1" for number in range(70))),
    ],
)
def test_head_that_may_mean_something_else_is_never_learned(lines: tuple[str, ...]) -> None:
    heads = known_heads()
    heads.learn(head(*lines))
    assert heads.match(head(*lines), "c") is None


def test_connection_that_closes_is_not_that_which_was_learned() -> None:
    heads = known_heads()
    heads.learn(head("Host: a", "Connection: keep-alive"))
    assert heads.match(head("Host: a", "Connection: keep-alive"), "") is not None
    assert heads.match(head("Host: a", "Connection: close"), "") is None


def test_heads_with_the_same_fixed_lines_are_told_apart_by_their_names() -> None:
    heads = known_heads()
    one, other = head("Host: a", "X-For: 1"), head("Host: a", "Cookie: 1")
    heads.learn(one)
    heads.learn(other)
    assert [known and known[2] for known in (heads.match(one, ""), heads.match(other, ""))] == [
        (None, None, b"1"),
        (b"1", None, None),
    ]


def test_only_the_latest_orders_of_ignored_lines_stay_known() -> None:
    heads = known_heads()
    many = [head("Host: a", f"X-{number}: 1") for number in range(heads_module._MAX_ALIKE + 5)]
    for each in many:
        heads.learn(each)
    assert heads.match(many[-1], "") is not None
    assert heads.match(many[0], "") is None


def test_head_above_the_limit_is_not_known() -> None:
    """What is remembered of a head has a limit, and the strict parser refuses the longest heads."""
    heads = known_heads()
    heads.learn(head("Host: a", f"{'X' * heads_module.MAX_HEAD_BYTES}: 1"))
    assert not heads._shapes
    heads.learn(LEARNED)
    room = heads_module.MAX_HEAD_BYTES - len(LEARNED) + 1
    assert heads.match(head("Host: a", "X-For: 1", "Accept: x", f"Other: {'1' * room}"), "") is not None
    assert heads.match(head("Host: a", "X-For: 1", "Accept: x", f"Other: {'1' * (room + 1)}"), "") is None


def test_lines_and_their_orders_are_learned_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it the heads are learned anew: what is remembered never grows, and the latest head is always known."""
    monkeypatch.setattr(heads_module, "MAX_LEARNED", 50)
    heads = known_heads()
    for number in range(200):
        for latest in (head("Host: a", f"Accept: {number}"), head("Host: a", f"X-{number}: 1", f"Y-{number % 3}: 1")):
            heads.learn(latest)
            assert heads.match(latest, "") is not None
            assert len(heads._numbers) <= 50
            assert sum(map(len, heads._shapes.values())) <= 50


def test_forgotten_orders_do_not_count_towards_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads_module, "MAX_LEARNED", heads_module._MAX_ALIKE + 2)
    heads = known_heads()
    heads.learn(LEARNED)
    for number in range(3 * heads_module._MAX_ALIKE):
        heads.learn(head("Host: a", f"X-{number}: 1"))
    assert heads.match(LEARNED, "") is not None


LINES = ("Host: a", "Accept: x", "Accept: y", "X-For: 1", "Cookie: c", "N: 1")
OTHER_LINES = ("Host: a", "Accept: x", "Accept: y", "X-For: 2", "Cookie: d", "N: 2")


@given(learned=st.lists(st.sampled_from(LINES), max_size=6), other=st.lists(st.sampled_from(OTHER_LINES), max_size=6))
def test_known_head_means_what_its_own_lines_say(learned: list[str], other: list[str]) -> None:
    heads = known_heads()
    heads.learn(head(*learned))
    known = heads.match(head(*other), "")
    if known is not None:
        read = [line.split(": ") for line in other if not line.startswith("N")]
        fields = dict(read)
        values = (fields.get("Cookie"), None, fields.get("X-For"))
        expected = tuple(value and value.encode() for value in values)
        assert known == (b"/", fields.get("Accept", ""), expected, "")
        assert len(fields) == len(read)
