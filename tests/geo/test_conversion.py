"""Conversion of country databases to ranges: every answer stays the same, and nothing else is put in force."""

import sys
import threading
import time
from contextlib import closing
from ipaddress import IPv4Address, IPv6Address
from itertools import chain
from pathlib import Path

import pytest

from renvoi.config import Config
from renvoi.geo import conversion
from renvoi.geo.conversion import ConversionStopped, convert
from renvoi.geo.current import CountryData
from renvoi.geo.database import CountryDatabase, open_database
from renvoi.geo.formats.boundaries import Boundaries
from renvoi.geo.formats.mmdb import MaxMindFile
from renvoi.geo.formats.ranges import RangesFile, open_ranges
from renvoi.geo.provenance import Damaged, DatabaseRefused
from renvoi.geo.public import Address
from tests.geo.cast import SAMPLE, SAMPLES, Sample
from tests.geo.networks import LONDON, sample_database
from tests.geo.version_1 import encode_version_1
from tools.measure_geo import count_wrong, write_city_database
from tools.mmdb import Database, country_record

# Networks of reserved addresses, within larger ones, and around them. The addresses of none may be looked up.
_ODD = {
    "10.0.0.0/8": "US",
    "100.0.0.0/8": "CA",
    "192.0.0.0/16": "FR",
    "203.0.113.0/24": "DE",
    "8.0.0.0/7": "US",
    "2001:d00::/24": "JP",
    "2001:db8::/32": "SE",
    "2800::/5": "BR",
    "fe80::/10": "GB",
}


def converted(path: Path, folder: Path) -> CountryDatabase:
    folder.mkdir(exist_ok=True)
    return convert(path, keep_as=folder / "ranges", is_stopping=lambda: False)


def all_wrong(path: Path, database: CountryDatabase, folder: Path) -> int:
    """Count the addresses that have another country than in the file: at each boundary, and many at random."""
    addresses: list[Address] = [IPv4Address(number * 76_543) for number in range(50_000)]
    addresses += [IPv6Address((0x2000 << 112) + (number << 100) * 7_919) for number in range(1 << 12)]
    edges = list(open_ranges(folder / "ranges").boundaries())
    with closing(MaxMindFile(path)) as source:
        return count_wrong(database, source, chain(edges, addresses), lookups=len(edges) + len(addresses))


class TestAnswers:
    @pytest.mark.parametrize("sample", SAMPLES, ids=str)
    def test_each_address_keeps_its_country(self, sample: Sample, tmp_path: Path) -> None:
        path = sample.write(tmp_path / "sample.mmdb")
        database = converted(path, tmp_path)
        assert {address: database.lookup(address) for address in sample.countries()} == sample.countries()
        assert all_wrong(path, database, tmp_path) == 0

    @pytest.mark.parametrize("has_aliases", [True, False])
    def test_reserved_addresses_have_no_country(self, tmp_path: Path, *, has_aliases: bool) -> None:
        odd = Database({network: country_record(code) for network, code in _ODD.items()}, has_aliases=has_aliases)
        path = odd.write(tmp_path / "odd.mmdb")
        database = converted(path, tmp_path)
        assert all_wrong(path, database, tmp_path) == 0
        assert [database.lookup(text) for text in ("10.0.0.1", "100.64.0.1", "fe80::1", "2001:db8::1")] == [None] * 4
        assert [database.lookup(text) for text in ("9.9.9.9", "100.63.255.255", "2a00::1")] == ["US", "CA", "BR"]

    def test_database_of_ipv4_alone(self, tmp_path: Path) -> None:
        networks = {network: record for network, record in sample_database().networks.items() if ":" not in network}
        path = Database(networks, ip_version=4).write(tmp_path / "four.mmdb")
        database = converted(path, tmp_path)
        assert (database.lookup(LONDON), database.lookup("2001:630::1")) == ("GB", None)
        assert all_wrong(path, database, tmp_path) == 0

    def test_million_networks_in_small(self, tmp_path: Path) -> None:
        path = write_city_database(tmp_path / "city.mmdb", networks=3_000)
        assert path.stat().st_size > conversion.SMALL_BYTES  # so a process converts it
        assert all_wrong(path, converted(path, tmp_path), tmp_path) == 0

    def test_provenance_and_digest_are_those_of_the_file(self, tmp_path: Path) -> None:
        path = SAMPLE.write(tmp_path / "sample.mmdb")
        database, original = converted(path, tmp_path), open_database(path)
        assert database.digest == original.digest
        assert database.provenance.built_at == original.provenance.built_at
        assert database.count_networks() > 200

    def test_version_1_is_converted(self, tmp_path: Path) -> None:
        ipv4, ipv6 = (
            [(0x08080800, 0x080808FF, "US"), (0x0A000000, 0x0AFFFFFF, "CA")],
            [(0x2A00 << 112, 0x2A01 << 112, "SE")],
        )
        (tmp_path / "old").write_bytes(encode_version_1(ipv4=ipv4, ipv6=ipv6))
        for database in (open_database(tmp_path / "old"), converted(tmp_path / "old", tmp_path)):
            looked_up = [database.lookup(text) for text in ("8.8.8.8", "8.8.9.0", "10.0.0.1", "2a00::1", "2a01::1")]
            assert looked_up == ["US", None, None, "SE", None]
        assert open_database(tmp_path / "old").digest == converted(tmp_path / "old", tmp_path).digest


class TestConversion:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return SAMPLE.write(tmp_path / "sample.mmdb")

    @pytest.fixture
    def always_in_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(conversion, "SMALL_BYTES", 0)

    def test_wrong_ranges_are_refused(self, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        begin = Boundaries._begin
        monkeypatch.setattr(Boundaries, "_begin", lambda self, first, code: begin(self, first and first + 1, code))
        with pytest.raises(DatabaseRefused, match=r"sample\.mmdb can't be converted: it has "):
            converted(path, tmp_path)
        assert not (tmp_path / "ranges").exists()

    def test_record_that_is_damaged_deep_in_the_file_is_refused(self, tmp_path: Path) -> None:
        networks = {f"46.{high}.{low}.0/24": country_record("FR") for high in range(128) for low in range(256)}
        damaged = Database({**networks, "2a00::/16": b"\xe1\x47country\x5d\xff\xff"})
        path = damaged.write(tmp_path / "deep.mmdb")
        open_database(path).close()  # the first check does not come that far
        with pytest.raises(DatabaseRefused, match="altered"):
            converted(path, tmp_path)

    @pytest.mark.usefixtures("always_in_process")
    def test_process_reports_damage(self, path: Path, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="ended with 1"):
            conversion._write_in_process(path, tmp_path / "no folder" / "out", is_stopping=lambda: False)
        broken = tmp_path / "broken"
        broken.write_bytes(SAMPLE.read()[:-50])
        with pytest.raises(Damaged, match="altered"):
            conversion._write_in_process(broken, tmp_path / "out", is_stopping=lambda: False)

    @pytest.mark.usefixtures("always_in_process")
    def test_stopping_ends_the_process(self, path: Path, tmp_path: Path) -> None:
        with pytest.raises(ConversionStopped):
            convert(path, keep_as=tmp_path / "ranges", is_stopping=lambda: True)
        assert sorted(file.name for file in tmp_path.iterdir()) == [".conversion", "sample.mmdb"]

    def test_file_is_converted_once_for_all(self, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write, calls = conversion.write_ranges, []

        def count(source: Path, target: Path) -> None:
            calls.append(source)
            time.sleep(0.3)
            write(source, target)

        monkeypatch.setattr(conversion, "write_ranges", count)
        databases: list[CountryDatabase] = []
        threads = [threading.Thread(target=lambda: databases.append(converted(path, tmp_path))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(calls) == 1
        assert [database.lookup(LONDON) for database in databases] == ["GB"] * 4

    def test_ranges_of_another_version_are_made_anew(
        self, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as earlier:
            earlier.setattr("renvoi.geo.formats.ranges.__version__", "0.0.1")
            converted(path, tmp_path)
        assert conversion.latest_ranges(path, converted=tmp_path / "ranges") is None
        converted(path, tmp_path)
        assert conversion.latest_ranges(path, converted=tmp_path / "ranges") is not None

    def test_leftovers_are_removed(self, path: Path, tmp_path: Path) -> None:
        (tmp_path / ".ranges-killed").write_bytes(b"half")
        converted(path, tmp_path)
        assert sorted(file.name for file in tmp_path.iterdir()) == [".conversion", "ranges", "sample.mmdb"]

    def test_ranges_survive_truncation_of_the_file(self, path: Path, tmp_path: Path) -> None:
        database = converted(path, tmp_path)
        path.write_bytes(b"")
        assert database.lookup(LONDON) == "GB"
        database.close()
        assert (database.lookup(LONDON), database.country_of_text(b"2a0c::1")) == (None, None)


class TestCurrentData:
    @pytest.fixture
    def config(self, tmp_path: Path) -> Config:
        path = SAMPLE.write(tmp_path / "operator.mmdb")
        return Config.model_validate({"data_dir": tmp_path / "data", "geoip_db": path})

    def test_large_file_is_in_use_before_it_is_converted(self, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(conversion, "SMALL_BYTES", 0)
        data = CountryData(config, keep_copy=True)
        data.start()
        assert isinstance(file_in_use(data), MaxMindFile)
        assert (data.lookup(LONDON), data.country_of_text(LONDON.encode())) == ("GB", "GB")
        deadline = time.monotonic() + 60
        while not isinstance(file_in_use(data), RangesFile) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert isinstance(file_in_use(data), RangesFile)
        assert (data.lookup(LONDON), data.country_of_text(LONDON.encode())) == ("GB", "GB")
        data.close()

    def test_second_worker_maps_the_same_file(self, config: Config) -> None:
        first, second = CountryData(config, keep_copy=True), CountryData(config, keep_copy=True)
        first.refresh()
        written_at = (config.data_dir / "geo" / "last-good").stat().st_mtime_ns
        second.refresh()
        assert isinstance(file_in_use(second), RangesFile)
        assert (config.data_dir / "geo" / "last-good").stat().st_mtime_ns == written_at
        assert first.digest == second.digest == open_database(config.geoip_db or Path()).digest

    def test_file_that_can_not_be_converted_is_not_in_use(
        self, config: Config, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begin = Boundaries._begin
        monkeypatch.setattr(Boundaries, "_begin", lambda self, first, code: begin(self, first and first + 1, code))
        data = CountryData(config, keep_copy=True)
        data.refresh()
        assert (data.lookup(LONDON), data.status.provenance) == (None, None)
        assert "can't be converted" in data.status.problem

    def test_without_disk_space_the_file_itself_is_looked_up_in(
        self, config: Config, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(conversion, "write_ranges", fail)
        data = CountryData(config, keep_copy=True)
        data.refresh()
        assert (data.lookup(LONDON), data.status.problem) == ("GB", "")
        assert isinstance(file_in_use(data), MaxMindFile)

    def test_killed_process_leaves_the_file_itself_in_use(
        self, config: Config, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(conversion, "SMALL_BYTES", 0)
        monkeypatch.setattr(sys, "executable", "/bin/false")
        data = CountryData(config, keep_copy=True)
        data.refresh()
        assert (data.lookup(LONDON), data.status.problem) == ("GB", "")


def file_in_use(data: CountryData) -> object:
    database = data._database
    return database._file if database else None
