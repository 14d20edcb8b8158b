"""`renvoi geo`: country data is imported, queried and described; faults are reported."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from renvoi.cli import cli
from tests.geo.cast import SAMPLE, range_files
from tests.geo.networks import LONDON

OK, FAILED, WRONG_USAGE = 0, 1, 2


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation without country data, on a machine without the package."""
    monkeypatch.setenv("RENVOI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("renvoi.geo.importing.DEBIAN_FILES", (tmp_path / "geoip", tmp_path / "geoip6"))
    return tmp_path


def geo(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["geo", *map(str, arguments)])


def parse_output(result: Result) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in result.stdout.splitlines() if line[:1].isupper() and "  " in line)


class TestImport:
    def test_installed_range_files_are_the_default(self, folder: Path) -> None:
        range_files(folder)
        result = geo("import")
        assert result.exit_code == OK
        assert parse_output(result)["Source"] == "IPFire Project"
        assert parse_output(geo("status")) == {
            "Source": "IPFire Project",
            "Date": "2026-06-25",
            "Attribution": "IPFire Location database, IPFire Project, CC BY-SA 4.0, https://location.ipfire.org/",
            "Networks": "7",
        }

    def test_file_is_required_if_no_range_files_are_installed(self) -> None:
        result = geo("import")
        assert result.exit_code == WRONG_USAGE
        assert "tor-geoipdb" in result.stderr

    def test_database_file_of_the_operator(self, folder: Path) -> None:
        assert geo("import", SAMPLE.write(folder / "sample.mmdb")).exit_code == OK
        assert parse_output(geo("status"))["Source"] == SAMPLE.source
        assert geo("lookup", LONDON).stdout == "GB  United Kingdom\n"

    def test_refused_file_leaves_the_current_data(self, folder: Path) -> None:
        files = range_files(folder)
        geo("import", *files)
        before = geo("status").stdout
        junk = folder / "junk"
        junk.write_bytes(b"\xffjunk")
        result = geo("import", junk)
        assert result.exit_code == FAILED
        assert result.stderr.startswith(f"Error: The country database {junk} can't be opened")
        assert geo("status").stdout == before

    def test_import_reports_that_a_configured_file_is_used_instead(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        range_files(folder)
        monkeypatch.setenv("RENVOI_GEOIP_DB", str(folder / "own.mmdb"))
        assert "not in use: RENVOI_GEOIP_DB names" in geo("import").stderr


class TestLookup:
    @pytest.mark.parametrize(
        ("address", "output"),
        [
            ("8.8.8.8", "US  United States"),
            ("::ffff:8.8.8.8", "US  United States"),
            ("2400:f000:134::1", "JP  Japan"),
            ("10.0.0.1", "unknown"),
            ("9.9.9.9", "unknown"),
        ],
    )
    def test_lookup_prints_code_and_name(self, folder: Path, address: str, output: str) -> None:
        geo("import", *range_files(folder))
        assert (geo("lookup", address).exit_code, geo("lookup", address).stdout) == (OK, f"{output}\n")

    def test_invalid_ip_address_is_wrong_usage(self) -> None:
        result = geo("lookup", "nowhere")
        assert result.exit_code == WRONG_USAGE
        assert "'nowhere' is not an IP address" in result.stderr


class TestStatus:
    def test_status_without_country_data(self) -> None:
        result = geo("status")
        assert result.exit_code == OK
        assert result.stdout.startswith("No country data")

    def test_status_of_an_unreadable_file(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RENVOI_GEOIP_DB", str(folder / "absent.mmdb"))
        result = geo("status")
        assert result.exit_code == FAILED
        assert result.stderr.count("absent.mmdb can't be opened: No such file or directory.") == 1

    def test_status_of_old_data(self, folder: Path) -> None:
        files = range_files(folder)
        files[0].write_text(files[0].read_text().replace("Thu, 25 Jun 2026", "Wed, 25 Jun 2014"))
        geo("import", *files)
        assert "over a year old" in geo("status").stderr
