"""A form that waits in vain for another writer is shown again, with what is being written, and is then saved."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, connections, transaction

from renvoi.console.views.partners import partner_settings, trash
from renvoi.history.models import RunningStep
from renvoi.history.running import announced
from renvoi.partners import actions
from renvoi.partners.actions import single, writing
from renvoi.partners.actions.undoing import applying
from renvoi.partners.models import Partner
from renvoi.people.models import Draft, User
from renvoi.publication.publishing import await_turn
from tests.cast import ALO_BRASIL, BOREALE, a_partner, colleague, set_operator, stored
from tests.console.browsing import Browsing, Page, contents, is_sign_in
from tests.console.confirming import NBSP, press_ok
from tests.console.confirming import PAUSE as PAUSE_PATH
from tests.console.filling import path_of
from tests.databases import on_sqlite

PAUSE = f"{PAUSE_PATH}?selected=all"
WAITS_S = 0.3
SAVED = "Partenaire Aló Brasil enregistré."
LOCKED = "Une autre modification est en cours d’enregistrement"


@pytest.fixture
def wendy() -> User:
    """A colleague, with real commits."""
    return colleague("wendy@boreale.example", name="Wendy", language="en")


@pytest.fixture
def console() -> Browsing:
    """Odile's session, with real commits."""
    return Browsing.signed_in(colleague("odile@boreale.example", name="Odile", language="fr"))


@pytest.fixture(autouse=True)
def impatient(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 (for its effect)
    """Wait for a lock for a moment only."""
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", WAITS_S)
        connection.close()
    else:
        monkeypatch.setitem(cast("Any", connection).timeouts_ms, "lock_timeout", int(WAITS_S * 1000))


@contextmanager
def another_writer() -> Iterator[None]:
    """Hold the writers' lock in another thread, in a transaction that changes nothing."""
    has_turn, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                await_turn()
                has_turn.set()
                is_over.wait(30)
        finally:
            connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert has_turn.wait(30)
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def resent(page: Page) -> dict[str, Any]:
    """Return what the page sends again with one click."""
    return contents(next(form for form in page.all("form") if form.all("textarea")))


def test_form_is_shown_again_with_what_is_being_written_and_then_saved(console: Browsing, wendy: User) -> None:
    partner = stored(ALO_BRASIL)
    page = console.open(path_of(partner))
    with announced(actor=wendy, count=10_000), another_writer():
        waited = console.send(page, priority="2", description_fr="<b>Écrit</b>\r\nligne 2")
        assert (waited.status, waited.one("h1").text) == (503, f"Wendy modifie actuellement 10{NBSP}000 partenaires")
        assert waited.response.headers["Retry-After"] == "5"
    assert Partner.objects.get().priority == ALO_BRASIL.priority
    saved = console.follow(console.post(path_of(partner), resent(waited)))
    assert saved.notices == [SAVED]
    stored_again = Partner.objects.get()
    assert (stored_again.priority, stored_again.description_fr) == (2, "<b>Écrit</b>\nligne 2")


@pytest.mark.parametrize("path", ["/console/coverage/", "/console/settings/", PAUSE])
def test_every_form_that_waits_in_vain_can_be_sent_again(path: str, console: Browsing) -> None:
    stored(ALO_BRASIL)
    set_operator(BOREALE)
    page = console.open(path)
    with another_writer():
        waited = press_ok(console, page) if path == PAUSE else console.send(page)
    assert (waited.status, waited.one("h1").text) == (503, LOCKED)


@on_sqlite  # PostgreSQL locks single rows: a draft waits for none of them.
@pytest.mark.parametrize("account", ["nobody", "wendy"])
def test_form_of_an_ended_session_is_kept_after_the_wait(account: str, console: Browsing, wendy: User) -> None:
    path = path_of(stored(ALO_BRASIL))
    page = console.open(path)
    if account == "wendy":
        console.client.force_login(wendy)
    else:
        Session.objects.all().delete()
    with another_writer():
        waited = console.send(page, priority="2")
    assert (waited.status, waited.one("h1").text) in [(503, LOCKED), (503, "Another change is being saved")]
    sent_again = console.post(path, resent(waited))
    assert sent_again.status == 409 if account == "wendy" else is_sign_in(sent_again)
    assert Draft.objects.get().account.name == "Odile"


def test_page_after_a_save_is_shown_while_another_writer_holds_the_lock(console: Browsing) -> None:
    partner = stored(ALO_BRASIL)
    answer = console.send(console.open(path_of(partner)), follow=False, priority="2")
    with another_writer():
        assert console.open(answer.location).notices == [SAVED]
    # On SQLite, that it was shown could not be stored.
    again = [console.open(answer.location).notices for _ in range(2)]
    assert again == [[SAVED] if connection.vendor == "sqlite" else [], []]


def test_form_whose_answer_alone_waited_is_saved_once(console: Browsing, monkeypatch: pytest.MonkeyPatch) -> None:
    partner = stored(ALO_BRASIL)
    page = console.open(path_of(partner))
    with monkeypatch.context() as patch:
        patch.setattr(partner_settings, "add_notice", wait_in_vain)
        waited = console.send(page, priority="2")
    assert (waited.status, Partner.objects.get().priority) == (503, 2)
    assert console.follow(console.post(path_of(partner), resent(waited))).notices == [SAVED]
    assert Partner.objects.get().version == partner.version + 1


def wait_in_vain(*_: Any, **__: Any) -> None:
    """Wait as whoever writes while another writer holds the lock."""
    with another_writer(), transaction.atomic():
        await_turn()


def test_page_that_waits_in_vain_has_a_link_to_itself(console: Browsing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trash, "marked_subject", wait_in_vain)
    waited = console.open("/console/trash/?name=a&page=2")
    assert (waited.status, waited.one("h1").text) == (503, LOCKED)
    assert waited.all("a", class_="button")[0]["href"] == "/console/trash/?name=a&page=2"
    assert not waited.all("textarea")


def test_step_is_done_even_if_its_announcement_can_not_be_removed(wendy: User) -> None:
    with ExitStack() as until_the_end:
        with announced(actor=wendy, count=10_000):
            until_the_end.enter_context(another_writer())
        assert RunningStep.objects.exists() == (connection.vendor == "sqlite")


def test_step_of_a_command_has_no_name(console: Browsing) -> None:
    page = console.open(path_of(stored(ALO_BRASIL)))
    with announced(actor=None, count=2_500), another_writer():
        waited = console.send(page, priority="2")
    assert waited.one("h1").text == f"2{NBSP}500 partenaires sont en cours de modification"


def test_announcement_alone_holds_nobody_up(console: Browsing, wendy: User) -> None:
    """It is left behind by a step that was killed."""
    RunningStep.objects.create(actor_name=str(wendy), count=10_000)
    saved = console.send(console.open(path_of(stored(ALO_BRASIL))), priority="2")
    assert saved.notices == [SAVED]


def test_large_steps_are_announced_while_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    announcements: list[list[int]] = []

    def write_many(*arguments: Any) -> None:
        announcements.append(list(RunningStep.objects.values_list("count", flat=True)))
        writing.write_many(*arguments)

    monkeypatch.setattr(single, "write_many", write_many)
    many = [a_partner(f"Partner {number:04}", "BR") for number in range(500)]
    actions.create_partners(many=many, actor=None, channel="cli")
    actions.create_partners(many=[ALO_BRASIL], actor=None, channel="cli")
    assert announcements == [[500], []]
    assert not RunningStep.objects.exists()


def test_undo_of_a_large_step_is_announced(monkeypatch: pytest.MonkeyPatch, wendy: User) -> None:
    announcements: list[list[int]] = []

    def write_many(*arguments: Any) -> None:
        announcements.append(list(RunningStep.objects.values_list("count", flat=True)))
        writing.write_many(*arguments)

    monkeypatch.setattr(applying, "write_many", write_many)
    many = [a_partner(f"Partner {number:04}", "BR") for number in range(500)]
    actions.create_partners(many=many, actor=None, channel="cli")
    step = actions.pause_partners(partners=Partner.objects.all(), actor=wendy, channel="console")
    assert step.change_set_id
    assert actions.undo_step(change_set_id=step.change_set_id, actor=wendy, channel="console").count == 500
    assert announcements == [[500]]
