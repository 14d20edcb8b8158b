"""Many at once: one wins, the others are told, and nothing is done twice."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.models import Change, Partner
from tests.cast import ALO_BRASIL, a_partner, but, generation, published, stored

EDITORS = 50
pytestmark = pytest.mark.usefixtures("committed")


def at_once(work: Callable[[int], str], *, times: int) -> list[str]:
    """What each of so many threads says, which all begin together."""
    barrier = Barrier(times)

    def one(number: int) -> str:
        try:
            barrier.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=times) as pool:
        return list(pool.map(one, range(times)))


def test_of_fifty_editors_of_one_partner_one_wins_and_the_others_are_told() -> None:
    partner = stored(ALO_BRASIL)
    before = (generation(), Change.objects.count())

    def save(number: int) -> str:
        values = but(ALO_BRASIL, description_en=f"By editor {number}.")
        try:
            return actions.update_partner(
                partner_id=partner.id, values=values, expected_version=1, actor=None, way="console"
            ).description_en
        except StaleVersion as stale:
            return f"version {stale.current.version} is newer"

    said = at_once(save, times=EDITORS)
    (winner,) = [words for words in said if "newer" not in words]
    assert said.count("version 2 is newer") == EDITORS - 1
    assert Partner.objects.get().description_en == winner
    assert (generation(), Change.objects.count()) == (before[0] + 1, before[1] + 1)
    assert published().candidates(ALO_BRASIL.countries[0])[0].description.en == winner


def test_a_form_sent_eight_times_at_once_makes_one_partner() -> None:
    submission = uuid.uuid4()

    def create(_: int) -> str:
        partner = actions.create_partner(values=ALO_BRASIL, actor=None, way="console", submission=submission)
        return str(partner.id)

    said = at_once(create, times=8)
    assert said == [str(Partner.objects.get().id)] * 8
    assert Change.objects.count() == 1


def test_a_name_wanted_by_eight_is_given_to_one() -> None:
    def create(number: int) -> str:
        try:
            return actions.create_partner(
                values=a_partner("ALO" if number % 2 else "Aló", "BR"), actor=None, way="console"
            ).name
        except ValidationError:
            return "taken"

    said = at_once(create, times=8)
    assert said.count("taken") == 7
    assert Partner.objects.count() == 1


def test_a_partner_deleted_by_many_is_deleted_once() -> None:
    partner = stored(ALO_BRASIL)

    def trash(_: int) -> str:
        return str(actions.trash_partner(partner_id=partner.id, actor=None, way="console").trashed_at)

    assert len(set(at_once(trash, times=8))) == 1
    assert Change.objects.filter(verb="trash").count() == 1
