"""Tests of the country database: what it answers, and which files are refused."""

import json
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.geo.database import CountryDatabase, open_database
from renvoi.geo.provenance import DatabaseRefused
from tests.geo.cast import CORPORA, DAMAGED, TEST_DATABASE, needs_corpora


@pytest.fixture(scope="module")
def database() -> CountryDatabase:
    return open_database(TEST_DATABASE)


@needs_corpora
class TestLookup:
    """An address has the country in which it is used, or none; no address raises."""

    def test_every_network_of_the_corpus_has_its_country(self, database: CountryDatabase) -> None:
        networks = json.loads((CORPORA / "country_networks.json").read_text(encoding="utf-8"))
        first_of = {network["network"].split("/")[0]: network["country"] for network in networks}
        assert {address: database.lookup(address) for address in first_of} == first_of

    def test_an_address_is_a_value_or_a_text(self, database: CountryDatabase) -> None:
        assert database.lookup("81.2.69.160") == database.lookup(ip_address("81.2.69.160")) == "GB"

    def test_an_ipv4_address_mapped_into_ipv6_is_that_address(self, database: CountryDatabase) -> None:
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
    def test_private_and_reserved_addresses_have_none(self, database: CountryDatabase, address: str) -> None:
        assert database.lookup(address) is None

    @pytest.mark.parametrize(
        "text", ["", "nowhere", "1.2.3", "1.2.3.4.5", "81.2.69.160\n", "\0", "٨١.٢.٦٩.١٦٠", "9" * 9999]
    )
    def test_malformed_addresses_have_none(self, database: CountryDatabase, text: str) -> None:
        assert database.lookup(text) is None

    @given(text=st.text(max_size=50))
    @settings(max_examples=100, deadline=None)
    def test_any_text_is_survived(self, database: CountryDatabase, text: str) -> None:
        database.lookup(text)

    def test_the_reader_is_the_fast_one(self, database: CountryDatabase) -> None:
        assert type(database._file._reader).__module__ == "maxminddb.extension"  # type: ignore[union-attr]

    def test_without_the_extension_it_is_read_all_the_same_and_said(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("renvoi.geo.mmdb.find_spec", lambda _: None)
        database = open_database(TEST_DATABASE)
        assert database.lookup("81.2.69.160") == "GB"
        assert "no C extension" in caplog.text

    def test_it_says_whose_and_of_when_it_is(self, database: CountryDatabase) -> None:
        known = database.provenance
        assert (known.source, known.built_at.year, known.networks) == ("GeoIP2-Country", 2026, None)
        assert database.count_networks() > 200

    def test_a_closed_database_knows_nothing(self) -> None:
        database = open_database(TEST_DATABASE)
        database.close()
        assert database.lookup("81.2.69.160") is None


@needs_corpora
class TestOpening:
    """Only a whole country or city database is opened; any other file is refused by one sentence that names it."""

    @pytest.mark.parametrize("path", DAMAGED, ids=lambda path: path.stem)
    def test_a_damaged_or_foreign_file_is_refused(self, path: Path) -> None:
        with pytest.raises(DatabaseRefused, match=path.name):
            open_database(path)

    @pytest.mark.parametrize("kept", [0, 1, 1000, 10_000, 19_400])
    def test_a_file_that_is_cut_short_is_refused(self, tmp_path: Path, kept: int) -> None:
        path = tmp_path / "cut.mmdb"
        path.write_bytes(TEST_DATABASE.read_bytes()[:kept])
        with pytest.raises(DatabaseRefused):
            open_database(path)

    @pytest.mark.parametrize("start", range(100, 18_000, 1500))
    def test_a_hole_never_gives_a_place_that_is_none(self, tmp_path: Path, start: int) -> None:
        content = bytearray(TEST_DATABASE.read_bytes())
        content[start : start + 400] = b"\xff" * 400
        path = tmp_path / "hole.mmdb"
        path.write_bytes(content)
        with pytest.raises(DatabaseRefused):
            open_database(path)

    def test_an_absent_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DatabaseRefused, match="No such file"):
            open_database(tmp_path / "absent.mmdb")

    def test_the_open_one_outlives_its_file(self, tmp_path: Path) -> None:
        path = tmp_path / "country.mmdb"
        path.write_bytes(TEST_DATABASE.read_bytes())
        database = open_database(path)
        path.write_bytes(b"")
        assert database.lookup("81.2.69.160") == "GB"
