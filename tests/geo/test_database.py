"""Country databases: lookups, and files that are refused."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.geo.database import CountryDatabase, open_database
from renvoi.geo.provenance import DatabaseRefused
from tests.geo.cast import SAMPLE, SAMPLES, Sample
from tests.geo.damaged import DAMAGED, Damaged, make_whole
from tests.geo.networks import LONDON, sample_database
from tools.mmdb import Database, country_record


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CountryDatabase]:
    with closing(open_database(SAMPLE.write(tmp_path_factory.mktemp("geo") / "sample.mmdb"))) as opened:
        yield opened


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
class TestSamples:
    """Every intact database is read right, whatever its type and the size of its records."""

    def test_each_address_has_its_country(self, sample: Sample, tmp_path: Path) -> None:
        with closing(open_database(sample.write(tmp_path / "sample.mmdb"))) as database:
            assert {address: database.lookup(address) for address in sample.countries()} == sample.countries()

    def test_ipv4_mapped_address_has_country_of_ipv4_address(self, sample: Sample, tmp_path: Path) -> None:
        with closing(open_database(sample.write(tmp_path / "sample.mmdb"))) as database:
            assert database.lookup(f"::ffff:{sample.london}") == database.lookup(sample.london) == "GB"

    def test_provenance_and_number_of_networks(self, sample: Sample, tmp_path: Path) -> None:
        with closing(open_database(sample.write(tmp_path / "sample.mmdb"))) as database:
            known = database.provenance
            assert (known.source, known.built_at.year, known.networks) == (sample.source, sample.year, None)
            assert database.count_networks() > 200


class TestLookup:
    """A lookup returns the country in which an address is used, or None. It never raises."""

    def test_address_can_be_object_or_text(self, database: CountryDatabase) -> None:
        assert database.lookup(LONDON) == database.lookup(ip_address(LONDON)) == "GB"

    def test_count_leaves_out_the_aliases_of_ipv4(self, tmp_path: Path) -> None:
        few = Database({"131.111.0.0/16": country_record("GB"), "2001:660::/32": country_record("FR")})
        assert open_database(few.write(tmp_path / "few.mmdb")).count_networks() == 2
        plain = replace(few, has_aliases=False)
        assert open_database(plain.write(tmp_path / "plain.mmdb")).count_networks() == 2

    def test_database_of_ipv4_alone(self, tmp_path: Path) -> None:
        networks = {network: record for network, record in sample_database().networks.items() if ":" not in network}
        database = open_database(Database(networks, ip_version=4).write(tmp_path / "four.mmdb"))
        assert (database.lookup(LONDON), database.lookup("2001:630::1")) == ("GB", None)
        assert database.count_networks() > 200

    @pytest.mark.parametrize(
        "address",
        [
            "10.0.0.1",
            "127.0.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "2001:db8::1",
        ],
    )
    def test_private_and_reserved_addresses_have_no_country(self, database: CountryDatabase, address: str) -> None:
        assert database.lookup(address) is None

    @pytest.mark.parametrize(
        "text", ["", "nowhere", "1.2.3", "1.2.3.4.5", "131.111.8.46\n", "\0", "٨١.٢.٦٩.١٦٠", "9" * 9999]
    )
    def test_malformed_addresses_have_no_country(self, database: CountryDatabase, text: str) -> None:
        assert database.lookup(text) is None

    @given(text=st.text(max_size=50))
    @settings(max_examples=100, deadline=None)
    def test_any_text_can_be_looked_up(self, database: CountryDatabase, text: str) -> None:
        database.lookup(text)

    def test_c_extension_is_used(self, database: CountryDatabase) -> None:
        assert type(database._file._reader).__module__ == "maxminddb.extension"  # type: ignore[union-attr]

    def test_missing_c_extension_is_logged_and_python_reader_used(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("renvoi.geo.formats.mmdb.find_spec", lambda _: None)
        with closing(open_database(SAMPLE.write(tmp_path / "sample.mmdb"))) as database:
            assert database.lookup(LONDON) == "GB"
        assert "no C extension" in caplog.text

    def test_closed_database_returns_no_country(self, tmp_path: Path) -> None:
        database = open_database(SAMPLE.write(tmp_path / "sample.mmdb"))
        database.close()
        assert database.lookup(LONDON) is None


class TestOpenDatabase:
    """Only an intact country or city database is opened. The error for any other file names the file."""

    @pytest.mark.parametrize("damaged", DAMAGED, ids=str)
    def test_damaged_or_foreign_file_is_refused(self, damaged: Damaged, tmp_path: Path) -> None:
        path = tmp_path / f"{damaged.name}.mmdb"
        path.write_bytes(damaged.make())
        with pytest.raises(DatabaseRefused, match=path.name):
            open_database(path)

    def test_file_before_its_damage_is_opened(self, tmp_path: Path) -> None:
        path = tmp_path / "whole.mmdb"
        path.write_bytes(make_whole())
        assert open_database(path).lookup("131.111.8.46") == "GB"

    @pytest.mark.parametrize("sample", SAMPLES, ids=str)
    def test_truncated_file_is_refused(self, tmp_path: Path, sample: Sample) -> None:
        path, content = tmp_path / "cut.mmdb", sample.read()
        for size in (0, 1, 1000, len(content) // 2, len(content) - 1000, len(content) - 100, len(content) - 1):
            path.write_bytes(content[:size])
            with pytest.raises(DatabaseRefused):
                open_database(path)

    @pytest.mark.parametrize("sample", SAMPLES, ids=str)
    def test_file_with_overwritten_block_is_refused(self, tmp_path: Path, sample: Sample) -> None:
        path, content = tmp_path / "hole.mmdb", sample.read()
        for start in range(100, len(content) - 1500, len(content) // 12):
            path.write_bytes(content[:start] + b"\xff" * 400 + content[start + 400 :])
            with pytest.raises(DatabaseRefused):
                open_database(path)

    def test_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DatabaseRefused, match="No such file"):
            open_database(tmp_path / "absent.mmdb")

    def test_open_database_survives_truncation_of_its_file(self, tmp_path: Path) -> None:
        path = SAMPLE.write(tmp_path / "country.mmdb")
        with closing(open_database(path)) as database:
            path.write_bytes(b"")
            assert database.lookup(LONDON) == "GB"
