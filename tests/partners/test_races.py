"""Concurrent writers: one wins, the others get an error, and nothing is done twice."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.models import Operator, Partner
from tests.cast import ALO_BRASIL, BOREALE, a_partner, colleague, generation, published, stored, with_changes

EDITORS = 50
pytestmark = pytest.mark.usefixtures("committed")


def at_once(work: Callable[[int], str], *, times: int) -> list[str]:
    """Run `work` in that many threads which start together. Return the result of each."""
    barrier = Barrier(times)

    def one(number: int) -> str:
        try:
            barrier.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=times) as pool:
        return list(pool.map(one, range(times)))


def test_one_of_fifty_concurrent_updates_wins_and_others_raise_stale_version() -> None:
    partner = stored(ALO_BRASIL)
    before = (generation(), Change.objects.count())

    def save(number: int) -> str:
        values = with_changes(ALO_BRASIL, description_en=f"By editor {number}.")
        try:
            return actions.update_partner(
                partner_id=partner.id, values=values, expected_version=1, actor=None, channel="console"
            ).partner.description_en
        except StaleVersion as stale:
            return f"version {stale.current.version} is newer"

    results = at_once(save, times=EDITORS)
    (winner,) = [result for result in results if "newer" not in result]
    assert results.count("version 2 is newer") == EDITORS - 1
    assert Partner.objects.get().description_en == winner
    assert (generation(), Change.objects.count()) == (before[0] + 1, before[1] + 1)
    assert published().candidates(ALO_BRASIL.countries[0])[0].description.en == winner


def test_concurrent_creates_with_one_idempotency_key_make_one_partner() -> None:
    idempotency_key = uuid.uuid4()

    def create(_: int) -> str:
        saved = actions.create_partner(
            values=ALO_BRASIL, actor=None, channel="console", idempotency_key=idempotency_key
        )
        return str(saved.partner.id)

    results = at_once(create, times=8)
    assert results == [str(Partner.objects.get().id)] * 8
    assert Change.objects.count() == 1


def test_concurrent_creates_with_one_name_make_one_partner() -> None:
    def create(number: int) -> str:
        try:
            return actions.create_partner(
                values=a_partner("ALO" if number % 2 else "Aló", "BR"), actor=None, channel="console"
            ).partner.name
        except ValidationError:
            return "taken"

    results = at_once(create, times=8)
    assert results.count("taken") == 7
    assert Partner.objects.count() == 1


def test_concurrent_deletions_act_once() -> None:
    partner = stored(ALO_BRASIL)

    def trash(_: int) -> str:
        return str(actions.trash_partner(partner_id=partner.id, actor=None, channel="console").partner.trashed_at)

    assert len(set(at_once(trash, times=8))) == 1
    assert Change.objects.filter(verb="trash").count() == 1


def test_concurrent_renames_to_one_name_change_one_partner() -> None:
    partners = [stored(a_partner(f"Partner {number}", "BR")) for number in range(8)]

    def rename(number: int) -> str:
        values = a_partner("Wanted", "BR")
        try:
            return actions.update_partner(
                partner_id=partners[number].id, values=values, expected_version=1, actor=None, channel="console"
            ).partner.name
        except ValidationError as error:
            return str(error.error_dict["name"][0].code)

    assert sorted(at_once(rename, times=8)) == ["Wanted", *["taken"] * 7]
    assert Partner.objects.filter(name="Wanted").count() == 1


def test_concurrent_restores_and_create_with_one_name_leave_one_partner() -> None:
    trashed = []
    for _ in range(2):
        trashed.append(stored(ALO_BRASIL))
        actions.trash_partner(partner_id=trashed[-1].id, actor=None, channel="console")

    def take(number: int) -> str:
        try:
            if number < 2:
                actions.restore_partner(partner_id=trashed[number].id, actor=None, channel="console")
            else:
                stored(ALO_BRASIL)
        except ValidationError as error:
            return str(error.error_dict["name"][0].code)
        return "done"

    assert sorted(at_once(take, times=3)) == ["done", "taken", "taken"]
    assert Partner.objects.filter(trashed_at=None).count() == 1


def test_one_of_eight_concurrent_operator_updates_wins() -> None:
    version = Operator.objects.get().version

    def save(number: int) -> str:
        values = replace(BOREALE, name=f"Operator {number}")
        try:
            saved = actions.update_operator(values=values, expected_version=version, actor=None, channel="console")
        except StaleVersion:
            return "stale"
        return saved.operator.name

    results = at_once(save, times=8)
    assert results.count("stale") == 7
    assert Operator.objects.get().name in results


def test_concurrent_account_creations_make_one_account() -> None:
    def make(_: int) -> str:
        try:
            return colleague().email
        except ValidationError as error:
            return str(error.error_list[0].code)

    assert sorted(at_once(make, times=8)) == ["odile@boreale.example", *["taken"] * 7]
