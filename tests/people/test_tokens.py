"""Tokens: what is stored of one, what each may do, and what ends it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict

from renvoi.people.actions import change_role, disable_account
from renvoi.people.models import TOKEN_NAME_LENGTH, ApiToken, SecurityEvent, User
from renvoi.people.tokens.actions import NewToken, create_token, restrict_token, revoke_token
from renvoi.people.tokens.checking import find_valid, may, note_use
from tests.cast import colleague

TODAY = date(2026, 12, 1)
READ, WRITE = ApiToken.Scope.READ, ApiToken.Scope.WRITE


def token_of(owner: User, name: str = "Night import", *, scope: ApiToken.Scope = WRITE) -> NewToken:
    return create_token(owner=owner, name=name, scope=scope, today=TODAY)


def is_found(text: str, *, today: date = TODAY) -> bool:
    return find_valid(text, today=today) is not None


def test_secret_is_random_and_only_its_digest_is_stored(odile: User) -> None:
    first, second = token_of(odile), token_of(odile, "Other")
    secret = first.text.rpartition("_")[2]
    assert (len(secret) * 4, first.text.startswith(f"renvoi_{first.token.public_id}_")) == (256, True)
    assert secret != second.text.rpartition("_")[2]
    row = model_to_dict(ApiToken.objects.get(id=first.token.id))
    assert secret not in str(row)
    assert is_found(first.text)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text.upper(),
        lambda text: text + "\n",
        lambda text: text[7:],
        lambda text: text.replace("renvoi_", "renvoi_0"),
        lambda _: "",
        lambda _: "\0\ud800",
    ],
)
def test_other_texts_are_no_token(odile: User, change: object) -> None:
    text = token_of(odile).text
    assert callable(change)
    assert not is_found(change(text))


def test_token_lasts_until_the_end_of_its_last_day(odile: User) -> None:
    created = create_token(owner=odile, name="a", scope=READ, today=TODAY, expires_on=TODAY)
    assert is_found(created.text)
    assert not is_found(created.text, today=TODAY + timedelta(days=1))
    assert token_of(odile).token.expires_on == date(2027, 12, 1)


def test_revoked_token_and_token_of_a_disabled_account_end_at_once(odile: User, wendy: User) -> None:
    of_odile, of_wendy = token_of(odile), token_of(wendy)
    revoke_token(token=of_odile.token)
    first = ApiToken.objects.get(id=of_odile.token.id).revoked_at
    revoke_token(token=of_odile.token)
    assert ApiToken.objects.get(id=of_odile.token.id).revoked_at == first
    disable_account(account=wendy)
    assert [is_found(created.text) for created in (of_odile, of_wendy)] == [False, False]


@pytest.mark.django_db
@pytest.mark.parametrize("scope", ApiToken.Scope)
@pytest.mark.parametrize("role", User.Role)
def test_token_may_do_what_both_scope_and_role_allow(scope: ApiToken.Scope, role: User.Role) -> None:
    created = token_of(colleague("remi@boreale.example", role=role), scope=scope)
    is_writer = scope == WRITE and role != User.Role.READER
    assert [may(created.token, READ), may(created.token, WRITE)] == [True, is_writer]


def test_smaller_role_counts_from_the_next_request_on(odile: User) -> None:
    colleague("remi@boreale.example")
    created = token_of(odile)
    change_role(account=odile, role=User.Role.READER)
    found = find_valid(created.text, today=TODAY)
    assert found is not None
    assert not may(found, WRITE)


@pytest.mark.parametrize("name", ["", "  ", "x" * (TOKEN_NAME_LENGTH + 1), "a\nb", "a\0b", "\ud800", "a\u2028b"])
def test_unusable_name_is_refused(odile: User, name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        token_of(odile, name)
    assert refusal.value.message_dict.keys() == {"name"}


def test_name_is_free_again_once_its_token_is_revoked(odile: User, wendy: User) -> None:
    created = token_of(odile)
    token_of(wendy)
    with pytest.raises(ValidationError):
        token_of(odile)
    revoke_token(token=created.token)
    token_of(odile)


def test_last_day_in_the_past_is_refused(odile: User) -> None:
    with pytest.raises(ValidationError) as refusal:
        create_token(owner=odile, name="a", scope=READ, today=TODAY, expires_on=TODAY - timedelta(days=1))
    assert refusal.value.message_dict.keys() == {"expires_on"}


LAST_DAY = date(2027, 1, 1)


def restrict(
    token: ApiToken, *, scope: ApiToken.Scope = READ, expires_on: date = LAST_DAY, owner: User | None = None
) -> set[str]:
    """Restrict the token, and return the fields that were refused."""
    try:
        restrict_token(token=token, scope=scope, expires_on=expires_on, today=TODAY, owner=owner)
    except ValidationError as refusal:
        return set(refusal.message_dict)
    return set()


def test_scope_and_last_day_only_shrink(odile: User) -> None:
    token = token_of(odile).token
    assert restrict(token) == set()
    for scope, day, refused in (
        (WRITE, LAST_DAY, {"scope"}),
        (READ, LAST_DAY + timedelta(days=1), {"expires_on"}),
        (READ, TODAY - timedelta(days=1), {"expires_on"}),
        (WRITE, date.max, {"scope", "expires_on"}),
    ):
        assert restrict(token, scope=scope, expires_on=day) == refused
        token.refresh_from_db()
        assert (token.scope, token.expires_on) == (READ, LAST_DAY)


@pytest.mark.django_db
@pytest.mark.parametrize("before", User.Role)
@pytest.mark.parametrize("after", User.Role)
def test_owner_gets_no_more_rights(before: User.Role, after: User.Role) -> None:
    owner, other = colleague("remi@boreale.example", role=before), colleague("zoe@boreale.example", role=after)
    created = token_of(owner)
    is_refused = not before.includes(after)
    assert restrict(created.token, owner=other) == ({"owner"} if is_refused else set())
    assert ApiToken.objects.get().owner == (owner if is_refused else other)


def test_token_goes_neither_to_nor_from_a_switched_off_account(odile: User, wendy: User) -> None:
    colleague("remi@boreale.example")
    of_odile, of_wendy = token_of(odile).token, token_of(wendy).token
    disable_account(account=wendy)
    assert restrict(of_odile, owner=User.objects.get(id=wendy.pk)) == {"owner"}
    # What no longer works would work again.
    assert restrict(of_wendy, owner=odile) == {"scope"}


def test_new_owner_has_no_other_token_of_that_name(odile: User, wendy: User) -> None:
    of_odile = token_of(odile).token
    token_of(wendy)
    assert restrict(of_odile, owner=wendy) == {"name"}
    assert restrict(of_odile, owner=odile) == set()


@pytest.mark.parametrize("end", [lambda token: revoke_token(token=token), lambda _: None])
def test_ended_token_is_not_restricted(odile: User, end: Callable[[ApiToken], None]) -> None:
    token = create_token(owner=odile, name="a", scope=WRITE, today=TODAY - timedelta(days=9), expires_on=TODAY).token
    end(token)
    with pytest.raises(ValidationError):
        restrict_token(token=token, scope=READ, expires_on=TODAY, today=TODAY + timedelta(days=1))
    token.refresh_from_db()
    assert token.scope == WRITE


def test_each_step_is_in_the_security_log_without_the_secret(odile: User, wendy: User) -> None:
    created = token_of(odile)
    restrict(created.token, owner=wendy)
    restrict(created.token, owner=wendy)
    token = ApiToken.objects.get()
    revoke_token(token=token)
    revoke_token(token=token)
    events = [*SecurityEvent.objects.filter(kind__startswith="token").order_by("id")]
    assert [(event.kind, event.account, event.channel) for event in events] == [
        ("token_created", odile, "cli"),
        ("token_restricted", wendy, "cli"),
        ("token_revoked", wendy, "cli"),
    ]
    assert events[0].details == {
        "token": "Night import",
        "scope": "write",
        "expires_on": "2027-12-01",
        "owner": odile.email,
    }
    assert events[1].details == {
        **{f"{name}_before": text for name, text in events[0].details.items()},
        **events[2].details,
    }
    assert created.text.rpartition("_")[2] not in str([*SecurityEvent.objects.values()])


def test_last_use_is_stored_once_a_minute(odile: User) -> None:
    created, noon = token_of(odile), datetime(2026, 12, 1, 12, tzinfo=UTC)
    for seconds, stored in ((0, 0), (59, 0), (60, 60), (30, 60)):
        note_use(created.token, at=noon + timedelta(seconds=seconds))
        created.token.refresh_from_db()
        assert created.token.last_used_at == noon + timedelta(seconds=stored)
