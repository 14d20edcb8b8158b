"""Export the list from its page: sixty partners to export, the export windows, and the content of CSV and PDF files."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.sync_api import Download, Page, expect
from pypdf import PdfReader

from tests.browser.journeys import Reader

_ISLANDS = ("FJ", "TO", "WS", "VU", "KI", "NR", "TV", "PW", "FM", "MH", "CK", "NU", "SB")
_PDF_MS = 60_000


def _one_of_sixty(number: int) -> dict[str, str]:
    kind = "impair" if number % 2 else "pair"
    # One to five countries that no other test uses, never in alphabetical order.
    countries = [_ISLANDS[(5 * number + 8 * index) % len(_ISLANDS)] for index in range(1 + number % 5)]
    return {
        "name": f"Soixante {number:02}",
        "url_en": "" if number % 10 == 4 else f"http://signup.partnername.com/en/sixty/{number}?a=b,c",
        "url_fr": f"http://partnername.com/signup_fr/soixante-{kind}/{number}",
        "description_en": f'“Hello”, "hello"; number {number}.\nOn two lines.',
        "description_fr": f"« Allô », dit la {number}e; l’autre répond.",
        "countries": " ".join(countries),
        "status": "paused" if number % 7 == 0 else "active",
    }


SIXTY: Sequence[Mapping[str, str]] = tuple(_one_of_sixty(number) for number in range(1, 61))
"""Partners in the order of their names, by the columns of the CSV file: more than two pages of 25."""


def export_csv(
    reader: Reader, folder: Path, *, expected_text: str, name: str, separator: str = ","
) -> list[dict[str, str]]:
    """« Cliquez sur le bouton CSV […], modifiez le nom du fichier si nécessaire […], Enregistrer. ».

    The window must show `expected_text` and propose Partners.csv. Returns the rows of the file, by heading.
    """
    page, words = reader.page, reader.words
    reader.click(page.get_by_role("button", name="CSV", exact=True))
    window = reader.window(words.export_window)
    expect(window).to_contain_text(expected_text)
    field = window.get_by_label(words.file_name)
    expect(field).to_have_value("Partners.csv")
    field.fill(name)
    chosen = window.get_by_role("radio", name=words.separators[separator == ";"], exact=True)
    reader.click(chosen)
    expect(chosen).to_be_checked()
    with page.expect_download() as saving:
        reader.click(window.get_by_role("button", name=words.save, exact=True))
    assert saving.value.suggested_filename == name
    expect(page.get_by_role("dialog")).to_have_count(0)
    return rows_in(saving.value, folder, separator=separator)


def rows_in(download: Download, folder: Path, *, separator: str = ",") -> list[dict[str, str]]:
    """Save a downloaded CSV file; return its rows, by heading."""
    path = folder / download.suggested_filename
    download.save_as(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [*csv.DictReader(file, delimiter=separator, strict=True)]


def export_pdf(reader: Reader, folder: Path) -> Path:
    """« Cliquez sur le bouton PDF »: it opens in a new window and is saved (without scripts, through links)."""
    page, words = reader.page, reader.words
    with page.expect_popup() as opening:
        reader.click(page.get_by_role("button", name="PDF", exact=True))
    window = opening.value
    if reader.staff.has_script:
        with window.expect_download(timeout=_PDF_MS) as saving:
            window.wait_for_url("**/Partners.pdf", timeout=_PDF_MS)
    else:
        _make_pdf_by_hand(window, reader)
        with window.expect_download() as saving:
            reader.click(window.get_by_role("link", name=words.save_pdf))
        reader.click(window.get_by_role("link", name=words.open_pdf))
        window.wait_for_url("**/Partners.pdf")
    assert saving.value.suggested_filename == "Partners.pdf"
    saving.value.save_as(folder / "Partners.pdf")
    window.close()
    return folder / "Partners.pdf"


def _make_pdf_by_hand(window: Page, reader: Reader) -> None:
    reader.click(window.get_by_role("button", name=reader.words.make_pdf))
    for _ in range(100):
        if window.get_by_role("link", name=reader.words.save_pdf).count():
            return
        reader.click(window.get_by_role("link", name=reader.words.see_how_far))
        window.wait_for_timeout(200)
    expect(window.get_by_role("link", name=reader.words.save_pdf)).to_be_visible()


def text_of(pdf: Path) -> str:
    """Return the text of the PDF without whitespace: a PDF has no spaces where a line ends."""
    return without_spaces("".join(page.extract_text() for page in PdfReader(pdf).pages))


def without_spaces(text: str) -> str:
    """Return the text without whitespace."""
    return "".join(text.split())
