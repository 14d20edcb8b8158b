"""While the disk is nearly full the console refuses to save, loses nothing that was typed, and still shows pages."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import OperationalError

from renvoi.disk_reserve import RESERVE_BYTES, is_reserve_reached, require_space
from renvoi.partners import actions
from renvoi.partners.models import Partner
from renvoi.people.models import Draft, User
from tests.cast import PASSWORD
from tests.console.browsing import Browsing, Page, contents
from tests.console.filling import NEW, filled, path_of

FULL = "Le disque est presque plein"
BLOCK = 4096


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The disk of the data folder, whose free space the test sets: 100 GB in size."""
    size = SimpleNamespace(f_frsize=BLOCK, f_blocks=100 * 10**9 // BLOCK, f_bavail=0)
    monkeypatch.setattr(os, "statvfs", lambda _: size)
    return size


def resent(page: Page) -> dict[str, Any]:
    """Return what the page sends again with one click."""
    form = next(form for form in page.all("form") if form.all("textarea"))
    return {name: values for name, values in contents(form).items() if name != "csrfmiddlewaretoken"}


class TestThreshold:
    """When the reserve counts as reached."""

    @pytest.mark.parametrize(("size", "reserved"), [(100 * 10**9, RESERVE_BYTES), (64 * 1024**2, 6.4 * 1024**2)])
    def test_reserve_is_fixed_on_large_disks_and_a_share_of_small_ones(
        self, size: int, reserved: float, disk: SimpleNamespace, tmp_path: Path
    ) -> None:
        disk.f_blocks, disk.f_bavail = size // BLOCK, int(reserved / BLOCK) + 1
        assert not is_reserve_reached(tmp_path)
        require_space(tmp_path)
        disk.f_bavail -= 1
        assert is_reserve_reached(tmp_path)
        with pytest.raises(OSError, match="reserved"):
            require_space(tmp_path)

    def test_missing_folder_is_no_full_disk(self, tmp_path: Path) -> None:
        assert not is_reserve_reached(tmp_path / "nowhere")


class TestRefusal:
    """Saving while the reserve is reached."""

    @pytest.mark.usefixtures("disk")
    def test_save_is_refused_and_what_was_typed_can_be_sent_later(
        self, console: Browsing, disk: SimpleNamespace
    ) -> None:
        disk.f_bavail = 10**9
        page = filled(console)
        disk.f_bavail = 0
        refused = console.send(page)
        assert (refused.status, refused.title) == (507, FULL)
        assert not Partner.objects.exists()
        disk.f_bavail = 10**9
        token = refused.all("input", name="csrfmiddlewaretoken")[-1]["value"]
        saved = console.follow(console.post(NEW, resent(refused) | {"csrfmiddlewaretoken": token}))
        assert saved.notices == ["Partenaire Aló Brasil créé."]

    @pytest.mark.parametrize(
        "path",
        [
            "/console/coverage/",
            "/console/settings/",
            "/console/account/",
            "/console/preferences/",
            "/console/partners/views/new/",
            "/console/partners/export/pdf/",
            "/console/partners/delete/",
        ],
    )
    @pytest.mark.usefixtures("disk")
    def test_every_form_is_refused(self, path: str, console: Browsing) -> None:
        token = console.open(NEW).all("input", name="csrfmiddlewaretoken")[0]["value"]
        page = console.post(path, {"csrfmiddlewaretoken": token, "language": "en"})
        assert (page.status, page.title) == (507, FULL)

    @pytest.mark.usefixtures("disk")
    def test_signed_out_form_is_neither_lost_nor_stored(self, console: Browsing, disk: SimpleNamespace) -> None:
        disk.f_bavail = 10**9
        page = filled(console)
        disk.f_bavail = 0
        del console.client.cookies["renvoi_session"]
        refused = console.send(page)
        assert (refused.status, resent(refused)["name"]) == (507, ["Aló Brasil"])
        assert not Draft.objects.exists()

    @pytest.mark.usefixtures("disk")
    def test_form_of_another_site_is_not_shown(self, console: Browsing) -> None:
        page = console.post(NEW, {"name": "Forged"}, Origin="https://evil.example")
        assert page.status == 403
        assert "Forged" not in page.html

    @pytest.mark.usefixtures("disk")
    def test_pages_sign_in_and_sign_out_still_work(self, odile: User, stranger: Browsing, alo_brasil: Partner) -> None:
        home = stranger.send(stranger.open("/console/sign-in/"), email=odile.email, password=PASSWORD)
        assert home.path == "/console/partners/"
        assert stranger.open(path_of(alo_brasil)).status == 200
        assert stranger.send(home, action="/console/sign-out/").title == "Ouvrir une session"


class TestDiskThatFillsUp:
    """The database itself reports a full disk."""

    def failing(self, error: Exception) -> Any:
        def create(**_: Any) -> None:
            raise error

        return create

    @pytest.mark.parametrize("engine", ["sqlite", "postgresql", "file"])
    def test_error_becomes_the_same_page(self, engine: str, console: Browsing, monkeypatch: pytest.MonkeyPatch) -> None:
        page = filled(console)
        error: Exception = OperationalError("could not extend file")
        error.__cause__ = psycopg.errors.DiskFull()
        if engine == "sqlite":
            error = OperationalError("database or disk is full")
        elif engine == "file":
            error = OSError(28, "No space left on device")
        monkeypatch.setattr(actions, "create_partner", self.failing(error))
        refused = console.send(page)
        assert (refused.status, refused.title, resent(refused)["name"]) == (507, FULL, ["Aló Brasil"])

    @pytest.mark.parametrize("error", [OperationalError("disk I/O error"), OSError(5, "Input/output error")])
    def test_other_errors_are_not_taken_for_it(
        self, error: Exception, console: Browsing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = filled(console)
        monkeypatch.setattr(actions, "create_partner", self.failing(error))
        console.client.raise_request_exception = False
        assert console.send(page).status == 500
