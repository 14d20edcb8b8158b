"""Read rows of cells from an Excel workbook (XLSX), after a look at how much it unpacks to."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from renvoi.partners.importing.reading.delimited import Row
from renvoi.partners.importing.reading.problems import FileRefused, Problem
from renvoi.partners.importing.reading.sheets import SharedTexts, TooManyCells, measure_part

MAX_UNPACKED = 300 * 1024 * 1024
"""Bytes of all parts of a workbook, unpacked. 200,000 partners take about 150 MB."""
MAX_CELLS = 8_000_000
"""Cells of the smallest rectangle that contains all those of a sheet: the reader allocates that many."""
_MAX_PARTS = 1000
_SMALL = 20 * 1024 * 1024
_CHUNK = 64 * 1024
_LOCAL_HEADER = 30
_SHEET = b"sheetData"
_PARTS_OF_XML = (".xml", ".rels", ".vml")

# What zipfile, expat and calamine raise on bytes that are no workbook: zipfile also a NotImplementedError.
_DAMAGE = (
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    struct.error,
    OSError,
    ValueError,
    RuntimeError,
    LookupError,
    ArithmeticError,
    EOFError,
)
# What a panic of calamine's Rust code becomes, which is no Exception. Its class can't be imported.
_PANIC = "PanicException"


def is_workbook(content: bytes) -> bool:
    """Return whether the file is an archive, as workbooks are."""
    return content.startswith(b"PK")


def require_small(content: bytes) -> bool:
    """Return whether a workbook unpacks to little. Raises FileRefused if it is none, or declares too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except _DAMAGE as error:
        raise _damaged() from error
    if size > MAX_UNPACKED:
        raise _too_large()
    return size < _SMALL


def count_rows_of(content: bytes) -> int:
    """Return about how many rows the sheets of a workbook have; 0 if it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sheets = [part for part in archive.infolist() if part.filename.startswith("xl/worksheets/sheet")]
        if sum(part.file_size for part in sheets) > MAX_UNPACKED:
            return 0
        return sum(chunk.count(b"<row") for part in sheets for chunk in _unpacked(content, part))
    except _DAMAGE:
        return 0


def read_workbook(content: bytes) -> Iterator[Row]:
    """Yield the rows of the first sheet. A number without decimals is written without a point, a day as YYYY-MM-DD.

    Raises FileRefused if it is no workbook, is damaged, or unpacks to more than MAX_UNPACKED or MAX_CELLS.
    """
    try:
        _examine(content)
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
            rows = workbook.get_sheet_by_name(names[0]).iter_rows() if names else iter(())
            for line, cells in enumerate(rows, start=1):
                yield Row(line, [_text_of(cell) for cell in cells])
    except PasswordError as error:
        raise _refused("password", _("This workbook has a password. Save it without one.")) from error
    except _DAMAGE as error:
        raise _damaged() from error
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise _damaged() from error


def _text_of(value: object) -> str:
    """Return a cell as text. calamine decodes all escapes of characters (_xHHHH_) but those of two."""
    match value:
        case str():
            return value.replace("_xFFFE_", "\ufffe").replace("_xFFFF_", "\uffff") if "_xFFF" in value else value
        case bool():
            return str(value).upper()
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date():
            return value.isoformat()
    return str(value)


def _examine(content: bytes) -> None:
    """Unpack every part without storing it, and raise FileRefused or an error of the formats if one is too large."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise _too_large()
    texts = SharedTexts()
    for part in parts:
        chunks = _unpacked(content, part)
        if part.filename.lower().endswith(_PARTS_OF_XML):
            try:
                measure_part(chunks, texts, max_cells=MAX_CELLS)
            except TooManyCells as error:
                raise _too_large() from error
        elif _is_sheet(chunks):
            raise ValueError("a sheet under another name")
    if texts.size() > MAX_UNPACKED:
        raise _too_large()


def _is_sheet(chunks: Iterator[bytes]) -> bool:
    """Return whether the reader would find cells in a part, whatever else is in it."""
    end = b""
    for chunk in chunks:
        if _SHEET in end + chunk:
            return True
        end = chunk[1 - len(_SHEET) :]
    return False


def _unpacked(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the bytes of a part. Raises ValueError if they are more than it declares: a reader would unpack them."""
    header = content[part.header_offset : part.header_offset + _LOCAL_HEADER]
    name_and_extra = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    start = part.header_offset + _LOCAL_HEADER + name_and_extra
    packed = content[start : start + part.compress_size]
    if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} or part.flag_bits & 1:
        raise ValueError("another compression, or encrypted")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if part.compress_type == zipfile.ZIP_DEFLATED else None
    size = 0
    while packed:
        if inflate is None:
            chunk, packed = packed[:_CHUNK], packed[_CHUNK:]
        else:
            chunk, packed = inflate.decompress(packed, _CHUNK), inflate.unconsumed_tail
        size += len(chunk)
        if size > part.file_size:
            raise ValueError("larger than declared")
        yield chunk


def _damaged() -> FileRefused:
    return _refused("damaged", _("This workbook is damaged, or is no XLSX. Save it again as XLSX."))


def _too_large() -> FileRefused:
    return _refused(
        "too_large", _("This workbook is too large. Remove what is not part of the list, or save it as CSV.")
    )


def _refused(code: str, sentence: object) -> FileRefused:
    return FileRefused(Problem(1, "", code, sentence))  # type: ignore[arg-type]
