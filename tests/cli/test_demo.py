"""`renvoi demo`: an empty folder becomes a Renvoi to try, and what is changed in it stays."""

import time
from pathlib import Path

import httpx
import pytest

from renvoi.cli.demo import EMAIL, _administrator, fill
from renvoi.config import read_config
from renvoi.partners.models import Change, Operator, Partner, PublishedTable
from renvoi.people.models import User
from tests.cast import generation, published, today
from tests.running import RunningRenvoi
from tests.server.serving import Staff

AGAIN_S, END_S = 5.0, 10.0
"""How long a second start may take, and an end."""
BUSY = 3
"""The other tests run beside this one."""


def printed_password(running: RunningRenvoi) -> str:
    return running.log.rpartition("Password    ")[2].partition("\n")[0]


def test_it_can_be_used_at_once_and_what_is_changed_stays(tmp_path: Path) -> None:
    """Without a password given, one is made once, and printed at each start."""
    running = RunningRenvoi(tmp_path, RENVOI_DEMO_PASSWORD="")
    with running, Staff(running) as staff:
        assert f"Email       {EMAIL}\n" in running.log
        assert f"Console     {running.address}/console/\n" in running.log
        password = printed_password(running)
        assert len(password) >= 12
        assert (tmp_path / "demo-password").stat().st_mode & 0o777 == 0o600
        assert "Partenaires" in staff.sign_in(password).text
        staff.send("/console/partners/1/delete/")
        ends = time.monotonic()
    assert time.monotonic() - ends < END_S
    begins = time.monotonic()
    again = RunningRenvoi(tmp_path, RENVOI_DEMO_PASSWORD="")
    with again, Staff(again) as staff:
        assert time.monotonic() - begins < AGAIN_S * BUSY
        assert printed_password(again) == password
        listed = staff.sign_in(password).text.split("<tbody")[1]
        assert "Jabuticaba Atende" in listed
        assert "Aló Brasil" not in listed
        assert "Jabuticaba" in httpx.get(f"{again.address}/?country=BR&lang=fr").text


@pytest.mark.django_db
class TestFill:
    """The sample."""

    def test_every_sample_partner_passes_the_rules_and_every_state_is_shown(self) -> None:
        fill(read_config())
        states = {partner.state_on(today()) for partner in Partner.objects.all()}
        assert states == {"active", "paused", "to_come", "ended"}
        assert Partner.objects.count() > 25
        assert Operator.objects.get().name == "Téléphonie Boréale"
        assert published().generation == generation()
        assert {change.change_set.way for change in Change.objects.select_related("change_set")} == {"demo"}

    def test_a_renvoi_that_ever_had_partners_is_left_alone(self) -> None:
        fill(read_config())
        Partner.objects.all().delete()
        before = PublishedTable.objects.count()
        fill(read_config())
        assert (Partner.objects.count(), PublishedTable.objects.count()) == (0, before)

    def test_the_account_takes_the_password_that_is_given(self, tmp_path: Path) -> None:
        environ = {"RENVOI_DATA_DIR": str(tmp_path)}
        own = _administrator(read_config(environ))
        assert User.objects.get(email=EMAIL).check_password(own)
        given = _administrator(read_config(environ | {"RENVOI_DEMO_PASSWORD": "sept-renards-bleus"}))
        assert given == "sept-renards-bleus"
        assert User.objects.get(email=EMAIL).check_password(given)
        assert _administrator(read_config(environ)) == own
