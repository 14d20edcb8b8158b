"""A session ends without activity, and at the latest 30 days after it began; what is typed then is not lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from renvoi.partners.models import Operator, Partner
from renvoi.people.models import User
from renvoi.people.sessions import LONGEST_DAYS, SessionStore
from tests.cast import ALO_BRASIL, BOREALE, set_operator, stored
from tests.console.browsing import Browsing, is_sign_in
from tests.people.test_sign_in import HOME, sign_in

pytestmark = pytest.mark.django_db
LIST = "/console/partners/"
MINUTE, DAY = 60, 24 * 3600


@pytest.fixture
def browsing(odile: User) -> Browsing:  # noqa: ARG001 (she signs in)
    set_operator(replace(BOREALE, session_idle_minutes=30))
    session = Browsing()
    sign_in(session)
    assert session.open(LIST).status == 200
    return session


def change(entry: str, by: Callable[[Any], Any]) -> None:
    """Change an entry of the only session, as if time had passed."""
    row = Session.objects.get()
    content = SessionStore().decode(row.session_data)
    content[entry] = by(content[entry])
    row.session_data = SessionStore().encode(content)
    row.save()


def idle_for(seconds: float) -> None:
    change("seen_at", lambda seen: [seen[0] - seconds])


def seen_at() -> float:
    content: dict[str, Any] = SessionStore().decode(Session.objects.get().session_data)
    return float(content["seen_at"][0])


def test_session_goes_on_while_there_is_activity(browsing: Browsing) -> None:
    for _ in range(3):
        idle_for(29 * MINUTE)
        assert browsing.open(LIST).status == 200


def test_session_ends_without_activity(browsing: Browsing) -> None:
    idle_for(30 * MINUTE + 1)
    assert is_sign_in(browsing.open(LIST))
    assert not Session.objects.exists()
    assert is_sign_in(browsing.open(HOME))


def test_what_a_page_asks_for_by_itself_is_no_activity(browsing: Browsing) -> None:
    idle_for(20 * MINUTE)
    before = seen_at()
    browsing.open(LIST, htmx=True, **{"Renvoi-Background": "1"})
    assert seen_at() == before
    browsing.open(LIST)
    assert seen_at() > before


def test_activity_is_stored_ten_times_in_the_limit_at_most(browsing: Browsing) -> None:
    before = seen_at()
    browsing.open(LIST)
    assert seen_at() == before
    idle_for(2 * MINUTE)
    browsing.open(LIST)
    assert seen_at() == before - 2 * MINUTE
    idle_for(2 * MINUTE)
    browsing.open(LIST)
    assert seen_at() >= before


def test_session_ends_after_its_longest_time_even_with_activity(browsing: Browsing) -> None:
    change("signed_in_at", lambda moment: moment - LONGEST_DAYS * DAY - 1)
    assert is_sign_in(browsing.open(LIST))


def test_form_that_is_sent_too_late_comes_back_after_signing_in(browsing: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    settings = browsing.open(f"{LIST}{partner.id}/")
    idle_for(31 * MINUTE)
    asked = browsing.send(settings, name="Aló Portugal", follow=False)
    assert is_sign_in(asked)
    assert Partner.objects.get().name == "Aló Brasil"
    assert sign_in(browsing).status == 302
    back = browsing.open(f"{LIST}{partner.id}/")
    assert back.one("input", id="name")["value"] == "Aló Portugal"


def test_limit_is_chosen_in_the_general_settings(browsing: Browsing) -> None:
    page = browsing.send(browsing.open("/console/settings/"), session_idle_minutes="15")
    assert page.status == 200
    assert Operator.objects.get(id=1).session_idle_minutes == 15
    refused = browsing.send(browsing.open("/console/settings/"), session_idle_minutes="0")
    assert (refused.status, set(refused.errors)) == (422, {"session_idle_minutes"})
    idle_for(16 * MINUTE)
    assert is_sign_in(browsing.open(LIST))
