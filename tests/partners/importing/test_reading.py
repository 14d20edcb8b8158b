"""Files of every form, whole and mutilated, become rows; what can't be read is a problem with its line."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.partners.importing.headings import is_heading
from renvoi.partners.importing.reading import workbook
from renvoi.partners.importing.reading.problems import FileRefused, Problem
from renvoi.partners.importing.reading.rows import MAX_BYTES, MAX_ROWS, pasted, read_rows
from tests.corpora.outside import outside_files
from tests.partners.importing.files import TODAY, csv_file, xlsx_file

TABLE = (["Nom", "URL en français", "Pays"], ["Éperlan", "https://é.example/", "Brésil\nPortugal"])


def cells_of(content: bytes) -> list[list[str]]:
    return [row.cells for row in read_rows(content, is_heading=is_heading)]


def refusal_of(content: bytes) -> tuple[int, str]:
    """The line and the code of what ends the reading."""
    with pytest.raises(FileRefused) as refused:
        list(read_rows(content, is_heading=is_heading))
    assert refused.value.problem.reason
    return refused.value.problem.line, refused.value.problem.code


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_csv_is_read_in_each_encoding_and_with_each_separator(encoding: str, separator: str) -> None:
    assert cells_of(csv_file(*TABLE, separator=separator, encoding=encoding)) == [*TABLE]


def test_pasted_block_is_read() -> None:
    pairs = [["Nom", "Pays"], ["Éperlan", "Brésil, Portugal"]]
    assert cells_of(pasted("\n".join(map("\t".join, pairs)))) == pairs


def test_separator_is_that_of_the_headings_not_of_the_cells() -> None:
    assert cells_of(b"name;countries\nA;BR,PT,FR,US\n") == [["name", "countries"], ["A", "BR,PT,FR,US"]]


def test_apostrophe_of_the_export_is_removed_from_csv_alone() -> None:
    escaped = ["'=1+1", "''x", "'-5", "'tis"]
    assert cells_of(csv_file(["name"] * 4, escaped))[1] == ["=1+1", "'x", "-5", "'tis"]
    assert cells_of(xlsx_file(["name"] * 4, escaped))[1] == escaped


def test_lines_are_rows_of_the_spreadsheet() -> None:
    content = b'name\r\n\r\n"a\nb\nc"\r\n,\r\nlast'
    assert [row.line for row in read_rows(content, is_heading=is_heading)] == [1, 3, 5]
    sheet = xlsx_file(["name"], [], ["a\nb"], [], ["last"])
    assert [row.line for row in read_rows(sheet, is_heading=is_heading)] == [1, 3, 5]


def test_cells_of_a_workbook_are_written_as_in_csv() -> None:
    cells = cells_of(xlsx_file(["name"] * 5, [5, 1.5, True, TODAY, "02138"]))[1]
    assert cells == ["5", "1.5", "TRUE", "2026-11-30", "02138"]


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        (b"", 1, "empty"),
        (b"\xef\xbb\xbf", 1, "empty"),
        (b"\n\n,,\n", 1, "empty"),
        (b"name,countries\n", 1, "empty"),
        (b'name\na\n"b\nc', 3, "cut"),
        ("name\naé\n".encode("utf-16-le")[:-1], 2, "cut"),
        (b'name\na\n"b"c\n', 3, "quotes"),
        (b"name\na\n" + b"x" * 10_000_000 + b"\nb", 3, "too_long"),
        (b"name\na\n" + b"," * 10_000_000 + b"\nb", 3, "too_long"),
        (b'name\na\n"' + b"x\n" * 5_000_000 + b'"\nb', 3, "too_long"),
        (b"name\na\n" + b'"\n",' * 2_000_000, 3, "too_long"),
        (b"name\n" + b"a" * MAX_BYTES, 1, "too_large"),
        (b"%PDF-1.7 \n", 1, "format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 1, "format"),
        (b"PK\x03\x04", 1, "damaged"),
        (xlsx_file(["name"], ["a"])[:-200], 1, "damaged"),
    ],
)
def test_mutilated_file_is_refused_with_its_line(content: bytes, line: int, code: str) -> None:
    assert refusal_of(content) == (line, code)


def test_number_of_rows_is_limited() -> None:
    content = b"name\n" + b"a\n" * MAX_ROWS
    assert len(cells_of(content)) == MAX_ROWS + 1
    assert refusal_of(content + b"a\n") == (MAX_ROWS + 2, "too_many_rows")


def test_memory_does_not_grow_with_csv() -> None:
    content = b"name,url_en\n" + b"Partner,https://a.example/\n" * 150_000
    tracemalloc.start()
    count = sum(1 for _ in read_rows(content, is_heading=is_heading))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, peak < 2_000_000) == (150_001, True)


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The workbook with other bytes in some of its parts, by their names without folder and extension."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            name = part.filename.rpartition("/")[2].partition(".")[0]
            target.writestr(part.filename, parts.get(name, source.read(part)))
    return file.getvalue()


def renamed(content: bytes, old: str, new: str) -> bytes:
    """The workbook with another name for a part, wherever it is named."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            read = source.read(part).replace(old.encode(), new.encode())
            target.writestr(part.filename.replace(old, new), read)
    return file.getvalue()


NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet_with(cells: str) -> bytes:
    return f'<worksheet xmlns="{NAMESPACE}"><sheetData>{cells}</sheetData></worksheet>'.encode()


BOOK = xlsx_file(["name"], ["a"])


def test_bombs_are_refused_before_they_are_read() -> None:
    sparse = sheet_with('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert refusal_of(repacked(BOOK, sheet1=sparse)) == (1, "too_large")
    huge = repacked(BOOK, sharedStrings=b" " * (workbook.MAX_UNPACKED + 1))
    assert len(huge) < 1_000_000
    assert refusal_of(huge) == (1, "too_large")
    # The same, with the size that it declares set to 100 bytes.
    lying = huge.replace((workbook.MAX_UNPACKED + 1).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert refusal_of(lying) == (1, "damaged")
    entities = b'<!DOCTYPE a [<!ENTITY x "y">]>' + sheet_with("<row><c><v>&x;</v></c></row>")
    assert refusal_of(repacked(BOOK, sheet1=entities)) == (1, "damaged")


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>',
        '<row r="1048576"><c r="XFD00001048576"><v>1</v></c></row>',
        f'<row r="1048576">{"<c><v>1</v></c>" * 3000}</row>',
        f'<row r="1048576"><c r="A1048576"/>{"<c><v>1</v></c>" * 3000}</row>',
        f'<row r="1048575"/><row>{"<c><v>1</v></c>" * 3000}</row>',
        f'<x:row xmlns:x="x" r="1048576">{"<x:c><x:v>1</x:v></x:c>" * 3000}</x:row>',
    ],
)
def test_sheet_is_measured_however_it_says_where_its_cells_are(cells: str) -> None:
    """Each of these made the reader take 100 GB: the process ended."""
    assert refusal_of(repacked(BOOK, sheet1=sheet_with(cells))) == (1, "too_large")


def test_sheet_under_any_name_and_behind_anything_is_measured() -> None:
    hidden = b"\xef\xbb\xbf" + sheet_with('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert refusal_of(renamed(repacked(BOOK, sheet1=hidden), "sheet1.xml", "sheet1.bin")) == (1, "damaged")


_LONG = "x" * 1_000_000


@pytest.mark.parametrize(
    ("texts", "cell", "code"),
    [
        (f"<si><t>{_LONG}</t></si>", '<c t="s"><v>0</v></c>', "too_large"),
        (f"<si/><si><t>{_LONG}</t></si>", '<c t="s"><v>0</v></c>', "too_large"),
        (f"<si><r><t>a</t></r><r><t>{_LONG}</t></r></si>", '<c t="s"><v>0</v></c>', "too_large"),
        (f"<si><t>{_LONG}</t></si><si><t>a</t></si>", '<c t="s"><v>1</v><v>0</v></c>', "too_large"),
        (f"<si><t>{_LONG}</t></si><si><t>a</t></si>", '<c t="s"><v>1<!-- -->0</v></c>', "damaged"),
        (f"<si><t>{_LONG}</t></si><si><t>a</t></si>", '<c t="s"><c t="n"><v>0</v></c></c>', "damaged"),
        (f"<si><si><t>a</t></si></si><si><t>{_LONG}</t></si>", '<c t="s"><v>1</v></c>', "damaged"),
        ("<si><t>a</t></si>", '<c t="s"><v>7</v></c>', "damaged"),
    ],
)
def test_text_that_many_cells_share_counts_for_each_of_them(texts: str, cell: str, code: str) -> None:
    """A file of 14 KB made the reader take 1.5 GB."""
    cells = "".join(f"<row>{cell}</row>" for _ in range(400))
    shared = f'<sst xmlns="{NAMESPACE}">{texts}</sst>'.encode()
    assert refusal_of(repacked(BOOK, sharedStrings=shared, sheet1=sheet_with(cells))) == (1, code)


def test_sheet_that_the_bombs_are_planted_in_is_read() -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="B3"><v>2</v></c></row>'
    assert cells_of(repacked(BOOK, sheet1=sheet_with(cells))) == [["1", ""], ["", "2"]]


def problem_of(content: bytes) -> Problem | None:
    """What ends the reading of a file; None if nothing does."""
    try:
        list(read_rows(content, is_heading=is_heading))
    except FileRefused as refused:
        return refused.problem
    return None


@given(st.binary(max_size=200), st.sampled_from([b"", b"PK", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"name\n"]))
def test_any_bytes_are_rows_or_a_problem(content: bytes, start: bytes) -> None:
    problem = problem_of(start + content)
    assert problem is None or problem.line >= 1


@given(st.integers(0, len(BOOK) - 1), st.integers(0, 255), st.integers(0, len(BOOK)))
def test_any_damaged_workbook_is_rows_or_a_problem(place: int, byte: int, end: int) -> None:
    for content in (BOOK[:place] + bytes([byte]) + BOOK[place + 1 :], BOOK[:end]):
        problem = problem_of(content)
        assert problem is None or problem.reason


@pytest.mark.parametrize("path", outside_files("csv/*"), ids=str)
def test_csv_of_others_is_rows(path: Path) -> None:
    assert cells_of(path.read_bytes())


def test_every_version_and_flag_of_an_archive_is_rows_or_a_problem() -> None:
    """zipfile raises NotImplementedError for some of them."""
    central = BOOK.index(b"PK\x01\x02")
    for offset in range(4, 12):
        for value in (0, 1, 8, 64, 127, 255):
            changed = bytearray(BOOK)
            changed[central + offset] = value
            problem = problem_of(bytes(changed))
            assert problem is None or problem.code == "damaged"


class PanicException(BaseException):
    """Stands for what a panic of Rust code becomes in Python."""


@pytest.mark.parametrize(
    "error", [NotImplementedError, RecursionError, KeyError, OverflowError, EOFError, PanicException]
)
def test_whatever_the_reader_raises_is_a_damaged_workbook(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_file: object) -> None:
        raise error

    monkeypatch.setattr(workbook, "CalamineWorkbook", type("Reader", (), {"from_filelike": staticmethod(fail)}))
    problem = problem_of(BOOK)
    assert problem is not None
    assert problem.code == "damaged"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_the_end_of_the_process_is_no_damage(error: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_file: object) -> None:
        raise error

    monkeypatch.setattr(workbook, "CalamineWorkbook", type("Reader", (), {"from_filelike": staticmethod(fail)}))
    with pytest.raises(error):
        problem_of(BOOK)
