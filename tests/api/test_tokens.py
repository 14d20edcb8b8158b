"""Which token may use which operation, and where a token may be."""

import logging
import re
from collections import Counter

import pytest

from renvoi.api.operations.table import OPERATIONS
from renvoi.people.actions import change_role, disable_account
from renvoi.people.models import ApiToken, User
from renvoi.people.tokens.actions import revoke_token
from renvoi.web.rate_limit import GUESSES_BURST, WRONG_TOKENS_BURST
from tests.api.calling import ROOT, Program, program_of
from tests.cast import colleague

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
KEYS = {"{id}": "999", "{visitor}": "BR_fr", "{import}": "0b0c4c1e-0000-4000-8000-000000000000"}
PATHS = sorted({re.sub(r"\{[a-z]+\}", lambda found: KEYS[found[0]], each.path) for each in OPERATIONS})
HOLDERS = ("nobody", "wrong", "expired", "revoked", "disabled", "reader", "read", "demoted", "write")


def holder(kind: str) -> Program:
    """Return a program with a token of that kind."""
    if kind in {"nobody", "wrong"}:
        return Program("" if kind == "nobody" else f"renvoi_{'0' * 16}_{'0' * 64}")
    colleague("wendy@boreale.example")
    role = User.Role.READER if kind == "reader" else User.Role.MANAGER
    owner = colleague("remi@boreale.example", role=role)
    program = program_of(owner, scope="read" if kind == "read" else "write")
    token = ApiToken.objects.get()
    if kind == "expired":
        ApiToken.objects.update(expires_on="2020-01-01")
    elif kind == "revoked":
        revoke_token(token=token)
    elif kind == "disabled":
        disable_account(account=owner)
    elif kind == "demoted":
        change_role(account=owner, role=User.Role.READER)
    return program


@pytest.mark.django_db
@pytest.mark.parametrize("kind", HOLDERS)
@pytest.mark.parametrize("path", PATHS)
def test_each_operation_takes_the_tokens_that_may(kind: str, path: str) -> None:
    program = holder(kind)
    for method in METHODS:
        reply = program.call(method, path)
        operation = next(
            (
                each
                for each in OPERATIONS
                if each.method == ("GET" if method == "HEAD" else method) and each.match(ROOT + path)
            ),
            None,
        )
        if operation is None:
            expected = {405}
        elif kind in {"nobody", "wrong", "expired", "revoked", "disabled"}:
            expected = {401}
        elif operation.scope == ApiToken.Scope.WRITE and kind in {"reader", "read", "demoted"}:
            expected = {403}
        else:
            # No such partner, or what a write needs is missing.
            expected = {200, 404, 415, 422, 428}
        assert reply.status in expected, f"{method} {path}"


@pytest.mark.django_db
def test_refusals_carry_the_challenge() -> None:
    assert Program().get("/partners").headers["www-authenticate"] == 'Bearer realm="Renvoi"'
    wrong = Program("renvoi_x").get("/partners")
    assert wrong.headers["www-authenticate"] == 'Bearer realm="Renvoi", error="invalid_token"'


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["", "/", "/partners/", "/partners/0", "/partners/x", "/partners/1" + "0" * 18, "/nothing"]
)
def test_other_addresses_do_not_exist(path: str) -> None:
    assert Program().get(path).status == 404


@pytest.mark.parametrize("name", ["token", "access_token", "authorization"])
def test_token_in_the_query_counts_for_nothing(program: Program, name: str) -> None:
    stranger = Program()
    assert stranger.get(f"/partners?{name}={program.token}").status == 401


@pytest.mark.parametrize("scheme", ["Basic", "Token", "", "Bearer,", "BearerX"])
def test_other_schemes_are_no_token(program: Program, scheme: str) -> None:
    assert program.get("/partners", Authorization=f"{scheme} {program.token}".strip()).status == 401


def test_scheme_is_read_in_any_case(program: Program) -> None:
    assert program.get("/partners", Authorization=f"bEARER {program.token}").status == 200


def test_session_of_the_console_is_no_token(odile: User) -> None:
    stranger = Program()
    stranger.client.force_login(odile)
    assert stranger.get("/partners").status == 401


def test_address_that_sends_wrong_tokens_has_to_wait_and_valid_tokens_go_on(program: Program) -> None:
    stranger = Program("renvoi_x")
    statuses = [stranger.get("/partners").status for _ in range(WRONG_TOKENS_BURST + 1)]
    assert statuses == [401] * WRONG_TOKENS_BURST + [429]
    assert int(stranger.get("/partners").headers["retry-after"]) >= 1
    assert Program().get("/partners").status == 401
    assert program.get("/partners").status == 200


def test_guesses_at_one_token_from_many_addresses_have_to_wait_and_its_owner_does_not(program: Program) -> None:
    public_id = ApiToken.objects.get().public_id
    statuses: Counter[int] = Counter()
    waits = {0}
    for number in range(1_000):
        guesser = Program(f"renvoi_{public_id}_{number:064x}")
        guesser.client.defaults["REMOTE_ADDR"] = f"10.{number % 4}.{number // 4}.1"
        reply = guesser.get("/countries")
        statuses[reply.status] += 1
        waits.add(int(reply.headers.get("retry-after", 0)))
        if number % 100 == 0:
            assert program.get("/countries").status == 200
    assert statuses == {401: GUESSES_BURST, 429: 1_000 - GUESSES_BURST}
    assert 0 < max(waits) <= 90
    assert program.get("/countries").status == 200


def test_guesses_at_a_token_that_does_not_exist_are_answered_alike(program: Program) -> None:
    assert program.get("/countries").status == 200
    guesser = Program(f"renvoi_{'0' * 16}_{'0' * 64}")
    statuses = [guesser.get("/countries").status for _ in range(GUESSES_BURST + 1)]
    assert statuses == [401] * GUESSES_BURST + [429]


def test_use_is_noted(program: Program) -> None:
    program.get("/partners")
    assert ApiToken.objects.get().last_used_at is not None


@pytest.mark.parametrize("failure", [ValueError, OSError])
def test_no_token_is_logged_when_the_api_fails(
    program: Program, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure(program.token)

    monkeypatch.setattr("renvoi.api.answering.require_scope", fail)
    with caplog.at_level(logging.DEBUG):
        assert program.get("/partners").status == 500
    assert (program.token in caplog.text, "The API failed" in caplog.text) == (False, True)
