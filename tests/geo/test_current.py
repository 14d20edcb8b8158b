"""Reloading of country data when their file changes, and fallback when it is damaged."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from renvoi.config import Config
from renvoi.geo.current import POLL_EVERY_S, CountryData, CountryDataStatus
from renvoi.geo.importing import import_files, imported_path
from tests.geo.cast import BUILT_ON, SAMPLE, range_file, range_files
from tests.geo.damaged import DAMAGED, Damaged
from tests.geo.networks import LONDON

AT = datetime(2026, 11, 25, tzinfo=UTC)
GOOGLE = "8.8.8.8"
ABSENT = "absent"
BAD = [*DAMAGED, ABSENT]


def load(config: Config, *, keep_copy: bool = True) -> CountryData:
    data = CountryData(config, keep_copy=keep_copy, clock=lambda: AT)
    data.refresh()
    return data


def wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not condition():
        time.sleep(0.02)
    return condition()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The operator's own database file, which may be overwritten."""
    return SAMPLE.write(tmp_path / "operator.mmdb")


@pytest.fixture
def config(tmp_path: Path, file: Path) -> Config:
    return Config.model_validate({"data_dir": tmp_path / "data", "geoip_db": file})


class TestWithoutDatabase:
    def test_without_database_there_is_no_country_and_no_problem(self, tmp_path: Path) -> None:
        data = load(Config.model_validate({"data_dir": tmp_path}))
        assert (data.lookup(GOOGLE), data.status, data.count_networks()) == (None, CountryDataStatus(), 0)
        assert not list(tmp_path.iterdir())

    def test_later_import_is_loaded(self, tmp_path: Path) -> None:
        config = Config.model_validate({"data_dir": tmp_path / "data"})
        data = load(config)
        import_files(range_files(tmp_path), config=config)
        data.refresh()
        assert data.lookup(GOOGLE) == "US"
        assert (data.status.loaded_at, data.status.problem) == (AT, "")
        assert data.status.provenance is not None
        assert data.status.provenance.source == "IPFire Project"

    def test_loaded_data_survive_removal_of_file(self, tmp_path: Path) -> None:
        config = Config.model_validate({"data_dir": tmp_path / "data"})
        import_files(range_files(tmp_path), config=config)
        data = load(config)
        imported_path(config).unlink()
        data.refresh()
        assert data.lookup(GOOGLE) == "US"
        assert "No such file" in data.status.problem


class TestRefresh:
    def test_file_is_polled_at_least_once_a_second(self) -> None:
        assert POLL_EVERY_S <= 1

    def test_file_replaced_by_rename_is_loaded(self, tmp_path: Path, config: Config, file: Path) -> None:
        data = load(config)
        assert (data.lookup(LONDON), data.lookup(GOOGLE)) == ("GB", None)
        import_files(range_files(tmp_path), config=Config.model_validate({"data_dir": tmp_path / "elsewhere"}))
        (tmp_path / "elsewhere" / "geo" / "countries").replace(file)
        data.refresh()
        assert (data.lookup(LONDON), data.lookup(GOOGLE)) == (None, "US")
        assert data.status.problem == ""

    def test_unchanged_file_is_not_reloaded(self, config: Config) -> None:
        data = load(config)
        before = data.status
        data.refresh()
        assert data.status is before

    def test_thread_loads_changed_file_and_logs_problem_once(
        self, config: Config, file: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        data = CountryData(config, keep_copy=True)
        data.start()
        data.start()
        file.write_bytes(b"junk")
        assert wait_for(lambda: "serve on" in caplog.text)
        time.sleep(POLL_EVERY_S * 2.5)
        assert caplog.text.count("serve on") == 1
        SAMPLE.write(file)
        assert wait_for(lambda: "up to date again" in caplog.text)
        assert data.status.problem == ""
        data.stop()
        assert data.lookup(LONDON) == "GB"
        data.close()
        assert data.lookup(LONDON) is None

    def test_unexpected_error_does_not_end_polling(
        self, config: Config, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = CountryData(config, keep_copy=False)
        data.start()

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError

        with monkeypatch.context() as broken:
            broken.setattr("renvoi.geo.current.open_database", fail)
            os.utime(file, (1, 1))
            assert wait_for(lambda: "can't be followed" in data.status.problem)
        os.utime(file, (2, 2))
        assert wait_for(lambda: not data.status.problem)
        data.stop()


class TestDamagedFile:
    @pytest.mark.parametrize("how", BAD, ids=str)
    def test_last_good_database_stays_in_use(self, config: Config, file: Path, how: Damaged | str) -> None:
        data = load(config)
        damage(file, how)
        data.refresh()
        assert data.lookup(LONDON) == "GB"
        assert str(file) in data.status.problem
        assert f"The last good data, of {BUILT_ON}, serve on." in data.status.problem
        assert data.status.provenance is not None

    @pytest.mark.parametrize("how", BAD, ids=str)
    def test_last_good_database_is_loaded_after_restart(self, config: Config, file: Path, how: Damaged | str) -> None:
        load(config)
        damage(file, how)
        data = load(config)
        assert data.lookup(LONDON) == "GB"
        assert "serve on" in data.status.problem

    @pytest.mark.parametrize("how", [DAMAGED[0], DAMAGED[5], ABSENT], ids=str)
    def test_without_good_database_visitors_are_asked(self, config: Config, file: Path, how: Damaged | str) -> None:
        damage(file, how)
        data = load(config)
        assert data.lookup(LONDON) is None
        assert data.status.problem.endswith("Visitors are asked.")
        assert data.status.provenance is None

    def test_unwritable_data_directory_prevents_only_the_copy(self, tmp_path: Path, file: Path) -> None:
        (tmp_path / "data").write_text("no folder")
        data = load(Config.model_validate({"data_dir": tmp_path / "data", "geoip_db": file}))
        assert (data.lookup(LONDON), data.status.problem) == ("GB", "")

    def test_without_keep_copy_nothing_is_written(self, tmp_path: Path, config: Config) -> None:
        assert load(config, keep_copy=False).lookup(LONDON) == "GB"
        assert not (tmp_path / "data").exists()

    def test_copy_is_ignored_without_configured_database(self, tmp_path: Path, config: Config) -> None:
        load(config)
        assert load(Config.model_validate({"data_dir": tmp_path / "data"})).lookup(LONDON) is None

    def test_altered_range_file_is_refused(self, tmp_path: Path) -> None:
        config = Config.model_validate({"data_dir": tmp_path / "data"})
        import_files([range_file(tmp_path / "4", ["134742016,134774783,US"])], config=config)
        data = load(config)
        content = imported_path(config).read_bytes()
        imported_path(config).write_bytes(content[:-1] + b"\x07")
        data.refresh()
        assert data.lookup(GOOGLE) == "US"
        assert "altered" in data.status.problem


def damage(file: Path, how: Damaged | str) -> None:
    """Damage the file in place, as an interrupted copy does."""
    if isinstance(how, str):
        file.unlink()
    else:
        file.write_bytes(how.make())
