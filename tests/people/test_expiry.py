"""Expired sessions, drafts and counts are deleted, by one process at a time."""

from datetime import timedelta
from threading import Thread

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from renvoi.people.drafts import LIFETIME, keep_draft
from renvoi.people.models import Draft, StaffSession, User
from renvoi.people.sessions import delete_expired
from renvoi.server.asgi import _delete_expired


def store_sessions(count: int, *, expired: bool) -> None:
    at = timezone.now() + (-timedelta(seconds=1) if expired else timedelta(days=1))
    name = "old" if expired else "new"
    Session.objects.bulk_create(
        Session(session_key=f"{name}{number:029}", session_data="x" * 1000, expire_date=at) for number in range(count)
    )


def cached_keys() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM server_cache WHERE cache_key NOT LIKE '%%renvoi.people.sessions'")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
class TestDeletion:
    """What is deleted, and what stays."""

    @pytest.fixture(autouse=True)
    def _empty_cache(self, db: None) -> None:  # noqa: ARG002 (required by pytest-django)
        cache.clear()

    def test_expired_sessions_are_deleted_and_others_stay(self) -> None:
        store_sessions(250, expired=True)
        store_sessions(3, expired=False)
        assert delete_expired()
        assert sorted(Session.objects.values_list("session_key", flat=True)) == [f"new{n:029}" for n in range(3)]

    def test_row_of_an_expired_session_goes_with_it(self, odile: User) -> None:
        store_sessions(1, expired=True)
        store_sessions(1, expired=False)
        for key in Session.objects.values_list("session_key", flat=True):
            StaffSession.objects.create(session_key=key, account=odile)
        delete_expired()
        assert [row.session_key for row in StaffSession.objects.all()] == [f"new{0:029}"]

    def test_expired_drafts_are_deleted_and_others_stay(self, odile: User) -> None:
        for path in ("/old/", "/new/"):
            assert keep_draft(account=odile, path=path, fields={"name": ["x"]})
        Draft.objects.filter(path="/old/").update(typed_at=timezone.now() - LIFETIME)
        delete_expired()
        assert [draft.path for draft in Draft.objects.all()] == ["/new/"]

    def test_expired_counts_of_sign_ins_are_deleted_and_others_stay(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(5):
            cache.set(f"old-{number}", 1, timeout=1)
        cache.set("new", 1, timeout=900)
        real = timezone.now
        monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(seconds=60))
        delete_expired()
        assert cached_keys() == 1
        assert cache.get("new") == 1

    def test_second_process_does_nothing_until_the_interval_has_passed(self) -> None:
        assert delete_expired()
        store_sessions(1, expired=True)
        assert not delete_expired()
        assert Session.objects.count() == 1
        cache.clear()
        assert delete_expired()
        assert not Session.objects.exists()


@pytest.mark.usefixtures("committed")
def test_processes_that_start_together_delete_once() -> None:
    cache.clear()
    store_sessions(300, expired=True)
    results: list[bool] = []

    def run() -> None:
        try:
            results.append(delete_expired())
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 5 + [True]
    assert not Session.objects.exists()
    cache.clear()


@pytest.mark.usefixtures("committed")
def test_server_maintenance_deletes_expired_sessions() -> None:
    cache.clear()
    store_sessions(1, expired=True)
    _delete_expired()
    assert not Session.objects.exists()
    cache.clear()
