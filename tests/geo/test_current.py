"""Tests of which country data are in force: followed, swapped whole, and never lost to a damaged file."""

import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from renvoi.config import Config
from renvoi.geo.current import POLL_EVERY_S, CountryData, CountryDataStatus
from renvoi.geo.importing import import_files, imported_path
from tests.geo.cast import DAMAGED, TEST_DATABASE, needs_corpora, range_file, range_files

AT = datetime(2026, 11, 25, tzinfo=UTC)
LONDON, GOOGLE = "81.2.69.160", "8.8.8.8"


def followed(config: Config, *, keep_copy: bool = True) -> CountryData:
    data = CountryData(config, keep_copy=keep_copy, clock=lambda: AT)
    data.refresh()
    return data


def soon(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not condition():
        time.sleep(0.02)
    return condition()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An operator's own file, which they may write over."""
    path = tmp_path / "operator.mmdb"
    if TEST_DATABASE.exists():
        shutil.copyfile(TEST_DATABASE, path)
    return path


@pytest.fixture
def config(tmp_path: Path, file: Path) -> Config:
    return Config.model_validate({"data_dir": tmp_path / "data", "geoip_db": file})


class TestNone:
    def test_without_any_nothing_is_known_and_nothing_is_wrong(self, tmp_path: Path) -> None:
        data = followed(Config.model_validate({"data_dir": tmp_path}))
        assert (data.lookup(GOOGLE), data.status, data.count_networks()) == (None, CountryDataStatus(), 0)
        assert not list(tmp_path.iterdir())

    def test_what_is_imported_later_is_in_force(self, tmp_path: Path) -> None:
        config = Config.model_validate({"data_dir": tmp_path / "data"})
        data = followed(config)
        import_files(range_files(tmp_path), config=config)
        data.refresh()
        assert data.lookup(GOOGLE) == "US"
        assert (data.status.loaded_at, data.status.problem) == (AT, "")
        assert data.status.provenance is not None
        assert data.status.provenance.source == "IPFire Project"

    def test_what_is_imported_and_then_lost_serves_on(self, tmp_path: Path) -> None:
        config = Config.model_validate({"data_dir": tmp_path / "data"})
        import_files(range_files(tmp_path), config=config)
        data = followed(config)
        imported_path(config).unlink()
        data.refresh()
        assert data.lookup(GOOGLE) == "US"
        assert "No such file" in data.status.problem


@needs_corpora
class TestSwap:
    def test_it_looks_often_enough_for_a_second(self) -> None:
        assert POLL_EVERY_S <= 1

    def test_another_file_by_rename(self, tmp_path: Path, config: Config, file: Path) -> None:
        data = followed(config)
        assert (data.lookup(LONDON), data.lookup(GOOGLE)) == ("GB", None)
        import_files(range_files(tmp_path), config=Config.model_validate({"data_dir": tmp_path / "elsewhere"}))
        (tmp_path / "elsewhere" / "geo" / "countries").replace(file)
        data.refresh()
        assert (data.lookup(LONDON), data.lookup(GOOGLE)) == (None, "US")
        assert data.status.problem == ""

    def test_a_file_that_stays_is_not_read_again(self, config: Config) -> None:
        data = followed(config)
        before = data.status
        data.refresh()
        assert data.status is before

    def test_the_thread_sees_it_and_ends(self, config: Config, file: Path, caplog: pytest.LogCaptureFixture) -> None:
        data = CountryData(config, keep_copy=True)
        data.start()
        data.start()
        file.write_bytes(b"junk")
        assert soon(lambda: "serve on" in caplog.text)
        time.sleep(POLL_EVERY_S * 2.5)
        assert caplog.text.count("serve on") == 1
        shutil.copyfile(TEST_DATABASE, file)
        assert soon(lambda: "up to date again" in caplog.text)
        assert data.status.problem == ""
        data.stop()
        assert data.lookup(LONDON) == "GB"

    def test_a_fault_of_ours_does_not_end_the_following(
        self, config: Config, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = CountryData(config, keep_copy=False)
        data.start()

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError

        with monkeypatch.context() as broken:
            broken.setattr("renvoi.geo.current.open_database", fail)
            os.utime(file, (1, 1))
            assert soon(lambda: "can't be followed" in data.status.problem)
        os.utime(file, (2, 2))
        assert soon(lambda: not data.status.problem)
        data.stop()


@needs_corpora
class TestDamage:
    @pytest.mark.parametrize("path", [*DAMAGED, Path("empty"), Path("absent")], ids=lambda path: path.stem)
    def test_the_last_good_one_serves_on(self, config: Config, file: Path, path: Path) -> None:
        data = followed(config)
        damage(file, path)
        data.refresh()
        assert data.lookup(LONDON) == "GB"
        assert str(file) in data.status.problem
        assert "The last good data, of 2026-02-04, serve on." in data.status.problem
        assert data.status.provenance is not None

    @pytest.mark.parametrize("path", [*DAMAGED, Path("empty"), Path("absent")], ids=lambda path: path.stem)
    def test_also_after_a_new_start(self, config: Config, file: Path, path: Path) -> None:
        followed(config)
        damage(file, path)
        data = followed(config)
        assert data.lookup(LONDON) == "GB"
        assert "serve on" in data.status.problem

    @pytest.mark.parametrize("path", [DAMAGED[0], Path("empty"), Path("absent")], ids=lambda path: path.stem)
    def test_before_there_was_a_good_one_visitors_are_asked(self, config: Config, file: Path, path: Path) -> None:
        damage(file, path)
        data = followed(config)
        assert data.lookup(LONDON) is None
        assert data.status.problem.endswith("Visitors are asked.")
        assert data.status.provenance is None

    def test_a_folder_that_can_t_be_written_costs_only_the_copy(self, tmp_path: Path, file: Path) -> None:
        (tmp_path / "data").write_text("no folder")
        data = followed(Config.model_validate({"data_dir": tmp_path / "data", "geoip_db": file}))
        assert (data.lookup(LONDON), data.status.problem) == ("GB", "")

    def test_who_only_looks_writes_nothing(self, tmp_path: Path, config: Config) -> None:
        assert followed(config, keep_copy=False).lookup(LONDON) == "GB"
        assert not (tmp_path / "data").exists()

    def test_what_was_kept_is_not_used_where_nothing_is_configured(self, tmp_path: Path, config: Config) -> None:
        followed(config)
        assert followed(Config.model_validate({"data_dir": tmp_path / "data"})).lookup(LONDON) is None

    def test_one_whose_ranges_are_altered(self, tmp_path: Path) -> None:
        config = Config.model_validate({"data_dir": tmp_path / "data"})
        import_files([range_file(tmp_path / "4", ["134742016,134774783,US"])], config=config)
        data = followed(config)
        content = imported_path(config).read_bytes()
        imported_path(config).write_bytes(content[:-1] + b"\x07")
        data.refresh()
        assert data.lookup(GOOGLE) == "US"
        assert "altered" in data.status.problem


def damage(file: Path, how: Path) -> None:
    """In place, as a copy that is cut off leaves a file."""
    if how.name == "absent":
        file.unlink()
    else:
        file.write_bytes(b"" if how.name == "empty" else how.read_bytes())
