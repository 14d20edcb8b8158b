"""`renvoi partners list` and `export`: the console's list in a terminal and in files."""

import csv
import io
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from renvoi.cli import cli
from renvoi.cli.partners.exporting import _atomic_file
from renvoi.partners.exporting import COLUMN_NAMES
from tests.cast import ALO_BRASIL, AZULEJO, PRAIRIE, TUNDRA, a_partner, crowd, stored, stored_many
from tests.running import RunningRenvoi

OK, FAILED, WRONG_USAGE = 0, 1, 2


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["partners", *arguments])


def rows_of(content: bytes, *, delimiter: str = ",") -> list[list[str]]:
    """The cells. Programs would read a byte order mark as part of the first one."""
    assert not content.startswith(b"\xef\xbb\xbf")
    return [*csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter)]


@pytest.fixture
def four_partners(db: None) -> None:  # noqa: ARG001 (for its effect)
    stored_many(ALO_BRASIL, AZULEJO, PRAIRIE, TUNDRA)


@pytest.mark.usefixtures("four_partners")
class TestList:
    """`renvoi partners list`."""

    def test_list_prints_number_state_name_and_countries(self) -> None:
        lines = [line.split() for line in run("list").output.splitlines()]
        assert [line[1:] for line in lines] == [
            ["active", "Aló", "Brasil", "BR", "PT"],
            ["active", "Azulejo", "Chamadas", "AO", "PT"],
            ["active", "Prairie", "Answers", "CA", "US"],
            ["paused", "Tundra", "US"],
        ]
        assert all(line[0].isdecimal() for line in lines)

    def test_list_searches_and_sorts_like_the_console(self) -> None:
        result = run("list", "--filter", "countries=états", "--filter", "state=pause")
        assert [line.split()[2] for line in result.output.splitlines()] == ["Tundra"]
        reverse = run("list", "--sort", "-name", "--filter", "countries=« Portugal »")
        assert [line.split()[2] for line in reverse.output.splitlines()] == ["Azulejo", "Aló"]

    def test_control_characters_of_a_name_are_replaced(self) -> None:
        stored(a_partner("Red \x1b[31m\nalert", "BR", url_en="https://red.example/"))
        output = run("list", "--filter", "name=red").output
        assert "\x1b" not in output
        assert output.count("\n") == 1


@pytest.mark.usefixtures("four_partners")
class TestExport:
    """`renvoi partners export`."""

    def test_csv_on_standard_output_has_the_columns_own_names(self) -> None:
        result = run("export", "--filter", "countries=PT", "--sort", "-name")
        assert (result.exit_code, result.stderr) == (OK, "")
        rows = rows_of(result.stdout_bytes)
        assert result.stdout_bytes.startswith(b"id,name,")
        assert rows[0] == [*COLUMN_NAMES]
        assert [row[1] for row in rows[1:]] == [AZULEJO.name, ALO_BRASIL.name]

    def test_separator_and_language_of_csv(self) -> None:
        french = rows_of(run("export", "--separator", "semicolon").stdout_bytes, delimiter=";")
        english = rows_of(run("export", "--language", "en").stdout_bytes)
        column = COLUMN_NAMES.index("country_names")
        assert (french[1][column], english[1][column]) == ("Brésil; Portugal", "Brazil; Portugal")

    def test_workbook(self, tmp_path: Path) -> None:
        assert run("export", "-o", str(tmp_path / "p.xlsx")).exit_code == OK
        rows = CalamineWorkbook.from_path(tmp_path / "p.xlsx").get_sheet_by_index(0).to_python()
        assert rows[0] == [*COLUMN_NAMES]
        assert [row[1] for row in rows[1:]] == [partner.name for partner in (ALO_BRASIL, AZULEJO, PRAIRIE, TUNDRA)]
        assert run("export", "--format", "xlsx").stdout_bytes.startswith(b"PK")

    def test_pdf_describes_its_selection_and_progress_is_printed(self, tmp_path: Path) -> None:
        result = run("export", "--filter", "countries=US", "-o", str(tmp_path / "p.PDF"), "--language", "en")
        assert result.exit_code == OK
        assert result.stdout_bytes == b""
        assert "Partners in the PDF" in result.stderr
        text = "".join(page.extract_text() for page in PdfReader(tmp_path / "p.PDF").pages)
        assert "2 partners of 4, countries containing “US”, sorted by name" in text
        assert run("export", "--format", "pdf").stdout_bytes.startswith(b"%PDF-")

    def test_record_with_characters_that_no_font_has_is_reported(self, tmp_path: Path) -> None:
        stored(a_partner("Odd", "BR", description_en="\U0010fffd"))
        result = run("export", "--filter", "name=odd", "-o", str(tmp_path / "p.pdf"))
        assert (result.exit_code, "some of the characters of: Odd\n" in result.stderr) == (OK, True)

    @pytest.mark.parametrize("format_", ["csv", "xlsx", "pdf"])
    def test_nothing_is_written_if_no_partner_matches(self, format_: str, tmp_path: Path) -> None:
        (tmp_path / "p").write_text("as it was")
        result = run("export", "--filter", "name=nobody", "--format", format_, "-o", str(tmp_path / "p"))
        assert result.exit_code == FAILED
        assert result.stderr == "Error: No partner matches: there is nothing to write.\n"
        assert [path.read_text() for path in tmp_path.iterdir()] == ["as it was"]
        assert run("export", "--filter", "name=nobody").stdout_bytes == b""
        assert run("list", "--filter", "name=nobody").exit_code == FAILED

    def test_keyword_that_means_nothing_is_explained(self) -> None:
        result = run("list", "--filter", "sent=abc", "--filter", "name=alo")
        assert (result.exit_code, result.stderr) == (
            FAILED,
            "Error: No partner matches: there is nothing to write. sent: Type a number: 5, >5, <=5 or 2..9.\n",
        )

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--filter", "pays=BR"], "'pays=BR' is not a filter."),
            (["--filter", "name"], "'name' is not a filter."),
            # Python decodes the byte FF of an argument as this surrogate.
            (["--filter", "name=a\udcff"], "'name=a\\udcff' is not written in UTF-8."),
            (["--sort", "pays"], "'pays' is not a column. The columns are name, url_en,"),
            (["--format", "doc"], "'doc' is not one of"),
            (["--separator", "tab"], "'tab' is not one of"),
        ],
    )
    def test_message_names_the_wrong_option(self, options: list[str], message: str, tmp_path: Path) -> None:
        result = run("export", *options, "-o", str(tmp_path / "p.csv"))
        assert result.exit_code == WRONG_USAGE
        assert message in result.stderr
        assert list(tmp_path.iterdir()) == []

    def test_list_longer_than_a_sheet_is_refused(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr("renvoi.exports.workbook.MAX_ROWS", 3)
        result = run("export", "-o", str(tmp_path / "p.xlsx"))
        assert (result.exit_code, list(tmp_path.iterdir())) == (FAILED, [])
        assert result.stderr == "Error: A sheet holds 2 rows besides its headings. Export to CSV instead.\n"

    def test_unwritable_path_is_reported(self, tmp_path: Path) -> None:
        result = run("export", "-o", str(tmp_path / "absent" / "p.csv"))
        assert result.exit_code == FAILED
        assert result.stderr.endswith("absent/p.csv can't be written: No such file or directory.\n")


def test_file_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(b"as it was")

    def fail() -> None:
        with _atomic_file(path) as file:
            file.write(b"half")
            assert path.read_bytes() == b"as it was"
            raise OSError("disk full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"as it was"]
    with _atomic_file(path) as file:
        file.write(b"whole")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"whole"]
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600


@pytest.mark.django_db
def test_progress_of_a_long_pdf(tmp_path: Path) -> None:
    crowd(260)
    progress: list[int] = []
    from renvoi.exports.pdf import render_pdf
    from renvoi.partners.exporting import printed_list
    from tests.partners.test_exporting import listing_for

    pdf = render_pdf(printed_list(listing_for()), on_progress=progress.append)
    assert progress == [250, 260]
    (tmp_path / "p.pdf").write_bytes(pdf.content)
    assert pdf.content.startswith(b"%PDF-")


def test_export_of_the_real_program_to_a_pipe(tmp_path: Path) -> None:
    """The database must be migrated first."""
    renvoi = RunningRenvoi(tmp_path / "data")
    unmigrated = renvoi.run("partners", "export", check=False)
    assert (unmigrated.returncode, unmigrated.stdout) == (FAILED, "")
    assert unmigrated.stderr.endswith("is not of this version. Run: renvoi migrate\n")
    renvoi.run("migrate")
    renvoi.run_module("tools.fill", "3")
    result = renvoi.run("partners", "export")
    assert result.stdout.count("\n") == 1 + 3
    assert result.stdout.startswith("id,name,")
