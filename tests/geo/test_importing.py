"""Import of country data from a database file and from Debian's range files."""

from collections.abc import Iterable
from contextlib import closing
from hashlib import sha256
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from renvoi.config import Config
from renvoi.domain.places import parse_country
from renvoi.geo.database import open_database
from renvoi.geo.importing import DEBIAN_FILES, import_files, imported_path, installed_ranges
from renvoi.geo.provenance import DatabaseRefused
from renvoi.geo.public import public_address
from tests.geo.cast import HEAD, IPV4, IPV6, SAMPLE, SAMPLES, Sample, range_file, range_files
from tests.geo.damaged import DAMAGED, Damaged

MANY = ("CA", "MX", "??", "UY")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config.model_validate({"data_dir": tmp_path / "data"})


@pytest.fixture
def imported(tmp_path: Path, config: Config) -> Path:
    import_files(range_files(tmp_path), config=config)
    return imported_path(config)


class TestRangeFiles:
    def test_import_returns_provenance(self, tmp_path: Path, config: Config) -> None:
        provenance = import_files(range_files(tmp_path), config=config)
        assert provenance.source == "IPFire Project"
        assert "CC BY-SA 4.0" in provenance.attribution
        assert f"{provenance.built_at:%Y-%m-%d %H:%M}" == "2026-06-25 04:33"
        assert provenance.networks == 7

    @pytest.mark.parametrize(
        ("address", "country"),
        [
            ("8.8.8.8", "US"),
            ("8.8.127.255", "US"),
            ("8.8.128.0", "US"),
            ("8.8.255.255", "US"),
            ("8.9.0.0", None),
            ("8.7.255.255", None),
            ("81.21.1.0", "GB"),
            ("131.111.8.46", "GB"),
            ("2400:f000:134::1", "JP"),
            ("2400:f000:135::1", "US"),
            ("2400:f000:136::", None),
            ("2a00:1450:4001::7", "DE"),
            ("2a00:1450:4001::8", "FR"),
            ("2a00:1450:4001::100", None),
        ],
    )
    def test_imported_address_has_country(self, imported: Path, address: str, country: str | None) -> None:
        with closing(open_database(imported)) as database:
            assert database.lookup(address) == country

    def test_ipv4_or_ipv6_file_alone_is_accepted(self, tmp_path: Path, config: Config) -> None:
        assert import_files([range_file(tmp_path / "6", IPV6)], config=config).networks == 4
        assert import_files([range_file(tmp_path / "4", IPV4)], config=config).networks == 3

    @pytest.mark.parametrize(
        ("lines", "sentence"),
        [
            (["1,2,BR", "x,2,BR"], "line 8 is not a range"),
            (["1"], "line 7 is not a range"),
            (["1,zzz::,BR"], "line 7 is not a range"),
            (["5,4,BR"], "overlap"),
            (["1,5,BR", "5,9,PT"], "overlap"),
            (["1,99999999999999999999999999999999999999999,BR"], "overlap"),
            (["2205089792,2205155327,BR"], "not GB"),
        ],
    )
    def test_invalid_file_is_refused_and_changes_nothing(
        self, tmp_path: Path, config: Config, imported: Path, lines: list[str], sentence: str
    ) -> None:
        before = imported.read_bytes()
        with pytest.raises(DatabaseRefused, match=sentence):
            import_files([range_file(tmp_path / "wrong", lines)], config=config)
        assert imported.read_bytes() == before
        assert [path.name for path in imported.parent.iterdir()] == ["countries"]

    def test_file_without_date_is_refused(self, tmp_path: Path, config: Config) -> None:
        undated = range_file(tmp_path / "undated", IPV4, head=HEAD.replace("Generated", "Made"))
        with pytest.raises(DatabaseRefused, match="when it was generated"):
            import_files([undated], config=config)

    def test_hundred_thousand_ranges_are_imported(self, tmp_path: Path, config: Config) -> None:
        lines = [
            f"{16_777_216 + 500 * at},{16_777_216 + 500 * at + 1 + at % 499},{MANY[at % 4]}" for at in range(100_000)
        ]
        provenance = import_files([range_file(tmp_path / "many", lines)], config=config)
        assert (provenance.networks or 0) > 70_000
        require_countries(lines[::97], config=config)

    def test_range_files_of_debian_are_imported(self, config: Config) -> None:
        if not installed_ranges():
            pytest.skip("Debian's tor-geoipdb is not installed here; the test before this one reads as many ranges.")
        provenance = import_files(DEBIAN_FILES, config=config)
        assert (provenance.networks or 0) > 100_000
        require_countries(DEBIAN_FILES[0].read_text(encoding="ascii").splitlines()[1000:300_000:997], config=config)
        with closing(open_database(imported_path(config))) as database:
            countries = [database.lookup(address) for address in ("8.8.8.8", "200.160.2.3", "2001:660::1")]
        assert countries == ["US", "BR", "FR"]


def require_countries(lines: Iterable[str], *, config: Config) -> None:
    """Fails unless the first and the last address of each range have its country in the imported data."""
    with closing(open_database(imported_path(config))) as database:
        for line in lines:
            first, last, country = line.split(",")
            for number in (int(first), int(last)):
                address = IPv4Address(number)
                assert database.lookup(address) == (parse_country(country) if public_address(address) else None)


class TestDatabase:
    @pytest.mark.parametrize("sample", SAMPLES, ids=str)
    def test_database_replaces_ranges(self, config: Config, imported: Path, tmp_path: Path, sample: Sample) -> None:
        provenance = import_files([sample.write(tmp_path / "sample.mmdb")], config=config)
        assert provenance.source == sample.source
        with closing(open_database(imported)) as database:
            assert {address: database.lookup(address) for address in sample.countries()} == sample.countries()
            assert database.digest == sha256(sample.read()).hexdigest()
        assert [path.name for path in imported.parent.iterdir()] == ["countries"]
        assert imported.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("damaged", DAMAGED, ids=str)
    def test_damaged_database_changes_nothing(
        self, config: Config, imported: Path, tmp_path: Path, damaged: Damaged
    ) -> None:
        before = imported.read_bytes()
        path = tmp_path / f"{damaged.name}.mmdb"
        path.write_bytes(damaged.make())
        # A text is taken for ranges, and refused as such.
        with pytest.raises(DatabaseRefused, match=path.name):
            import_files([path], config=config)
        assert imported.read_bytes() == before

    def test_two_databases_are_refused(self, config: Config, tmp_path: Path) -> None:
        path = SAMPLE.write(tmp_path / "sample.mmdb")
        with pytest.raises(DatabaseRefused, match="one database"):
            import_files([path, path], config=config)

    def test_missing_file_is_refused(self, tmp_path: Path, config: Config) -> None:
        with pytest.raises(DatabaseRefused, match="No such file"):
            import_files([tmp_path / "absent"], config=config)
