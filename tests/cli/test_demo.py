"""`renvoi demo`: it fills an empty folder, and keeps changes."""

import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import httpx
import pytest

from renvoi.cli.serving.demo import EMAIL, _ensure_administrator, _import_country_data, fill
from renvoi.cli.serving.sample_referrals import DAYS, sample_entries
from renvoi.config import Config, read_config
from renvoi.domain.ledger_entry import parse_entry, serialise_entry
from renvoi.domain.routing import DecisionKind
from renvoi.domain.table import operator_day
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.geo.importing import imported_path
from renvoi.history.models import Change
from renvoi.partners.models import Operator, Partner
from renvoi.people.models import User
from renvoi.publication.models import PublishedTable
from tests.cast import generation, published, today
from tests.geo.cast import range_files
from tests.running import RunningRenvoi
from tests.server.serving import Staff

MAX_RESTART_S, MAX_SHUTDOWN_S = 5.0, 10.0
"""The longest time that a second start and a shutdown may take."""
LOAD_FACTOR = 3
"""How much longer a start may take while other tests run on the same machine."""


def printed_password(server: RunningRenvoi) -> str:
    return server.log.rpartition("Password    ")[2].partition("\n")[0]


def test_demo_can_be_used_at_once_and_keeps_changes(tmp_path: Path) -> None:
    """Without a configured password, one is generated once and printed at each start."""
    server = RunningRenvoi(tmp_path, RENVOI_DEMO_PASSWORD="")
    with server, Staff(server) as staff:
        assert f"Email       {EMAIL}\n" in server.log
        assert f"Console     {server.address}/console/\n" in server.log
        assert f"Voyez ce que voit un client potentiel de Mongolie  {server.address}/?country=MN\n" in server.log
        assert "Les sites en .example n’existent pas" in server.log
        password = printed_password(server)
        assert len(password) >= 12
        assert (tmp_path / "demo-password").stat().st_mode & 0o777 == 0o600
        assert "Partenaires" in staff.sign_in(password).text
        partners = staff.http.get("/console/partners/").text
        assert [name in partners for name in ("Au Brésil", "À renouveler", "En pause")] == [True] * 3
        assert "Cigale Permanence" in staff.http.get("/console/partners/", params={"sent": ">0"}).text
        counted = server.run("ledger", "verify").stdout
        assert counted.startswith("The ledger is as it was written: ")
        staff.send("/console/partners/1/delete/")
        stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < MAX_SHUTDOWN_S
    started_at = time.monotonic()
    second_server = RunningRenvoi(tmp_path, RENVOI_DEMO_PASSWORD="")
    with second_server, Staff(second_server) as staff:
        assert time.monotonic() - started_at < MAX_RESTART_S * LOAD_FACTOR
        assert printed_password(second_server) == password
        assert second_server.run("ledger", "verify").stdout == counted
        table_body = staff.sign_in(password).text.split("<tbody")[1]
        assert "Jabuticaba Atende" in table_body
        assert "Aló Brasil" not in table_body
        assert "Jabuticaba" in httpx.get(f"{second_server.address}/?country=BR&lang=fr").text


class TestCountryData:
    """The import of country data from an installed package."""

    @pytest.fixture
    def installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
        files = range_files(tmp_path)
        monkeypatch.setattr("renvoi.geo.importing.DEBIAN_FILES", tuple(files))
        return files

    def test_country_data_is_imported_once(self, tmp_path: Path, installed: list[Path]) -> None:
        config = Config.model_validate({"data_dir": tmp_path / "data"})
        _import_country_data(config)
        imported = imported_path(config).read_bytes()
        installed[0].write_text("junk")
        _import_country_data(config)
        assert imported_path(config).read_bytes() == imported

    @pytest.mark.usefixtures("installed")
    def test_configured_country_data_is_not_replaced(self, tmp_path: Path) -> None:
        config = Config.model_validate({"data_dir": tmp_path / "data", "geoip_db": tmp_path / "own.mmdb"})
        _import_country_data(config)
        assert not imported_path(config).exists()

    def test_demo_starts_without_country_data(
        self, tmp_path: Path, installed: list[Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        config = Config.model_validate({"data_dir": tmp_path / "data"})
        installed[1].write_text("# junk\n")
        _import_country_data(config)
        assert "The demo goes on without country data." in capsys.readouterr().err
        installed[1].unlink()
        _import_country_data(config)
        assert not imported_path(config).exists()


@pytest.mark.django_db
class TestFill:
    """The sample operator, partners and account."""

    def test_sample_partners_are_valid_and_show_every_state(self) -> None:
        fill(read_config())
        states = {partner.state_on(today()) for partner in Partner.objects.all()}
        assert states == {"active", "paused", "to_come", "ended"}
        assert Partner.objects.count() > 25
        assert Operator.objects.get().name == "Téléphonie Boréale"
        assert published().generation == generation()
        assert {change.change_set.channel for change in Change.objects.select_related("change_set")} == {"demo"}

    def test_database_that_ever_had_partners_is_unchanged(self) -> None:
        fill(read_config())
        Partner.objects.all().delete()
        before = PublishedTable.objects.count()
        fill(read_config())
        assert (Partner.objects.count(), PublishedTable.objects.count()) == (0, before)

    def test_account_takes_the_configured_password(self, tmp_path: Path) -> None:
        environ = {"RENVOI_DATA_DIR": str(tmp_path)}
        generated = _ensure_administrator(read_config(environ))
        assert User.objects.get(email=EMAIL).check_password(generated)
        password = _ensure_administrator(read_config(environ | {"RENVOI_DEMO_PASSWORD": "sept-renards-bleus"}))
        assert password == "sept-renards-bleus"
        assert User.objects.get(email=EMAIL).check_password(password)
        assert _ensure_administrator(read_config(environ)) == generated


class TestSampleReferrals:
    """Ninety days of entries, which are what the demo's own table decides."""

    AT = datetime(2026, 11, 29, 17, 30, tzinfo=UTC)

    @pytest.fixture
    def table(self, db: None) -> RoutingTable:  # noqa: ARG002 (required by pytest-django)
        fill(read_config())
        return published()

    def test_samples_are_deterministic_and_cover_ninety_days(self, table: RoutingTable) -> None:
        entries = sample_entries(table, at=self.AT)
        assert entries == sample_entries(table, at=self.AT)
        assert entries == sorted(entries, key=lambda entry: entry.at_ms)
        days = {operator_day(entry.at, time_zone=table.operator.time_zone) for entry in entries}
        assert len(days) == DAYS
        assert max(entry.at for entry in entries) < self.AT
        assert {entry.source for entry in entries} == {"sample"}
        assert all(parse_entry(serialise_entry(entry)) == entry for entry in entries[::50])

    def test_samples_have_every_kind_of_answer(self, table: RoutingTable) -> None:
        entries = sample_entries(table, at=self.AT)
        assert {entry.decision for entry in entries} == set(get_args(DecisionKind))
        assert {entry.language for entry in entries} == {"fr", "en"}
        assert {entry.act for entry in entries} == {"shown", "sent"}
        assert len({entry.country for entry in entries}) > 30
        assert len({entry.partner for entry in entries if entry.reason == "visitor_chose"}) > 20
        unmet = {entry.reason for entry in entries if entry.decision == "none"}
        assert unmet >= {"no_partner", "all_paused", "outside_agreement"}

    def test_workdays_are_busier_than_weekends(self, table: RoutingTable) -> None:
        days = Counter(
            operator_day(e.at, time_zone="America/Toronto").weekday() for e in sample_entries(table, at=self.AT)
        )
        assert min(days[day] for day in range(5)) > max(days[5], days[6])

    def test_partner_receives_nobody_outside_its_agreement(self, table: RoutingTable) -> None:
        """Each sample is decided by the table as on its own day, so that it can be explained."""
        ended = Partner.objects.get(name="Tarsier Tawag")
        sent = [entry.at for entry in sample_entries(table, at=datetime.now(UTC)) if entry.partner == ended.id]
        assert sent
        assert ended.agreement_ends_on is not None
        assert max(operator_day(at, time_zone="America/Toronto") for at in sent) <= ended.agreement_ends_on

    def test_samples_take_less_than_three_seconds(self, table: RoutingTable) -> None:
        started_at = time.process_time()
        sample_entries(table, at=self.AT)
        assert time.process_time() - started_at < 3
