"""Country databases: lookups, and files that are refused."""

import json
from collections.abc import Iterator
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.geo.database import CountryDatabase, open_database
from renvoi.geo.provenance import DatabaseRefused
from tests.geo.cast import CORPORA, DAMAGED, TEST_DATABASE, needs_corpora


@pytest.fixture(scope="module")
def database() -> Iterator[CountryDatabase]:
    with closing(open_database(TEST_DATABASE)) as opened:
        yield opened


@needs_corpora
class TestLookup:
    """A lookup returns the country in which an address is used, or None. It never raises."""

    def test_every_network_of_the_corpus_has_its_country(self, database: CountryDatabase) -> None:
        networks = json.loads((CORPORA / "country_networks.json").read_text(encoding="utf-8"))
        first_of = {network["network"].split("/")[0]: network["country"] for network in networks}
        assert {address: database.lookup(address) for address in first_of} == first_of

    def test_address_can_be_object_or_text(self, database: CountryDatabase) -> None:
        assert database.lookup("81.2.69.160") == database.lookup(ip_address("81.2.69.160")) == "GB"

    def test_ipv4_mapped_address_has_country_of_ipv4_address(self, database: CountryDatabase) -> None:
        assert database.lookup("::ffff:81.2.69.160") == "GB"

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
        "text", ["", "nowhere", "1.2.3", "1.2.3.4.5", "81.2.69.160\n", "\0", "٨١.٢.٦٩.١٦٠", "9" * 9999]
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
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("renvoi.geo.mmdb.find_spec", lambda _: None)
        with closing(open_database(TEST_DATABASE)) as database:
            assert database.lookup("81.2.69.160") == "GB"
        assert "no C extension" in caplog.text

    def test_it_says_whose_and_of_when_it_is(self, database: CountryDatabase) -> None:
        known = database.provenance
        assert (known.source, known.built_at.year, known.networks) == ("GeoIP2-Country", 2026, None)
        assert database.count_networks() > 200

    def test_closed_database_returns_no_country(self) -> None:
        database = open_database(TEST_DATABASE)
        database.close()
        assert database.lookup("81.2.69.160") is None


@needs_corpora
class TestOpenDatabase:
    """Only an intact country or city database is opened. The error for any other file names the file."""

    @pytest.mark.parametrize("path", DAMAGED, ids=lambda path: path.stem)
    def test_damaged_or_foreign_file_is_refused(self, path: Path) -> None:
        with pytest.raises(DatabaseRefused, match=path.name):
            open_database(path)

    @pytest.mark.parametrize("size", [0, 1, 1000, 10_000, 19_400])
    def test_truncated_file_is_refused(self, tmp_path: Path, size: int) -> None:
        path = tmp_path / "cut.mmdb"
        path.write_bytes(TEST_DATABASE.read_bytes()[:size])
        with pytest.raises(DatabaseRefused):
            open_database(path)

    @pytest.mark.parametrize("start", range(100, 18_000, 1500))
    def test_file_with_overwritten_block_is_refused(self, tmp_path: Path, start: int) -> None:
        content = bytearray(TEST_DATABASE.read_bytes())
        content[start : start + 400] = b"\xff" * 400
        path = tmp_path / "hole.mmdb"
        path.write_bytes(content)
        with pytest.raises(DatabaseRefused):
            open_database(path)

    def test_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DatabaseRefused, match="No such file"):
            open_database(tmp_path / "absent.mmdb")

    def test_open_database_survives_truncation_of_its_file(self, tmp_path: Path) -> None:
        path = tmp_path / "country.mmdb"
        path.write_bytes(TEST_DATABASE.read_bytes())
        with closing(open_database(path)) as database:
            path.write_bytes(b"")
            assert database.lookup("81.2.69.160") == "GB"
