"""A change set of any subject: its transaction, what the caller adds to it, and what is recorded."""

import uuid

import pytest
from django.db import transaction

from renvoi.history.models import Change, ChangeSet
from renvoi.history.recording import Changes, change_set, changes_of
from renvoi.people.models import User
from tests.cast import generation

pytestmark = pytest.mark.django_db


class Calls:
    """What a change set calls, in order, with whether it was recorded by then."""

    def __init__(self) -> None:
        self.made: list[tuple[str, int]] = []

    def lock(self) -> None:
        self.made.append(("lock", ChangeSet.objects.count()))

    def after_commit(self) -> None:
        self.made.append(("after_commit", ChangeSet.objects.count()))


def rename(changes: Changes, account: User) -> None:
    changes.record("rename", "account", account.id, before={"name": "Odile"}, after={"name": "Odile Roy"})


def test_callers_functions_are_called_before_reading_and_after_the_commit(odile: User) -> None:
    calls = Calls()
    with change_set(actor=odile, channel="console", lock=calls.lock, after_commit=calls.after_commit) as changes:
        assert calls.made == [("lock", 0)]
        rename(changes, odile)
        assert len(calls.made) == 1
    assert calls.made == [("lock", 0), ("after_commit", 1)]


def test_nothing_follows_if_nothing_is_recorded(odile: User) -> None:
    calls = Calls()
    with change_set(actor=odile, channel="console", lock=calls.lock, after_commit=calls.after_commit):
        pass
    assert (calls.made, ChangeSet.objects.count()) == ([("lock", 0)], 0)


def test_error_leaves_no_trace(odile: User) -> None:
    calls = Calls()

    def fail() -> None:
        with change_set(actor=odile, channel="console", lock=calls.lock, after_commit=calls.after_commit) as changes:
            rename(changes, odile)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (calls.made, ChangeSet.objects.count(), Change.objects.count()) == ([("lock", 0)], 0, 0)


def test_other_subjects_publish_no_table(odile: User) -> None:
    before, calls = generation(), Calls()
    with change_set(
        actor=odile, channel="cli", credential="token a1b2", lock=calls.lock, after_commit=calls.after_commit
    ) as changes:
        rename(changes, odile)
    (change,) = changes_of("account", odile.id)
    step = change.change_set
    assert (change.verb, change.before, change.after) == ("rename", {"name": "Odile"}, {"name": "Odile Roy"})
    assert (step.actor, step.actor_name, step.channel, step.credential) == (odile, "Odile", "cli", "token a1b2")
    assert (step.generation, generation()) == (None, before)


def test_generation_is_the_callers(odile: User) -> None:
    calls = Calls()
    with change_set(actor=odile, channel="console", lock=calls.lock, after_commit=calls.after_commit) as changes:
        changes.generation = 7
        rename(changes, odile)
    assert ChangeSet.objects.get(id=changes.id).generation == 7


def test_changes_of_an_object_are_the_newest_first_and_no_others(odile: User, wendy: User) -> None:
    for number, account in enumerate((odile, wendy, odile)):
        with change_set(actor=None, channel="cli", lock=lambda: None, after_commit=lambda: None) as changes:
            changes.record("rename", "account", account.id, before=None, after={"name": str(number)})
    assert [change.after for change in changes_of("account", odile.id)] == [{"name": "2"}, {"name": "0"}]
    assert not changes_of("partner", odile.id).exists()


def test_key_submitted_again_by_the_same_actor_is_recognized(odile: User, wendy: User) -> None:
    key = uuid.uuid4()
    with change_set(
        actor=odile, channel="console", idempotency_key=key, lock=lambda: None, after_commit=lambda: None
    ) as changes:
        rename(changes, odile)
    for actor, repeats in ((odile, key), (wendy, None)):
        with change_set(
            actor=actor, channel="console", idempotency_key=key, lock=lambda: None, after_commit=lambda: None
        ) as changes:
            assert changes.repeats == repeats
            assert changes.id != key
            assert changes.find_repeated("account", {"name": "Odile Roy"}) == (odile.id if repeats else None)


def test_change_set_needs_a_transaction_of_its_own(odile: User) -> None:
    with (
        transaction.atomic(),
        pytest.raises(RuntimeError, match="durable"),
        change_set(actor=odile, channel="console", lock=lambda: None, after_commit=lambda: None),
    ):
        pass
