"""The manual's chapters on selecting and exporting, as tests, on sixty partners that one search matches.

The content of each file is compared with the list, row by row and in its order, and with the values that were typed.
Docstrings in « » quote the manual.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.exported import SIXTY, export_csv, export_pdf, text_of, without_spaces
from tests.browser.journeys import Reader
from tests.browser.list_row import ListRow
from tests.browser.people import Staff

TYPED = {partner["name"]: partner for partner in SIXTY}


class ExportChapters:
    """« Exporter les réglages d’un partenaire », with one, several and all partners."""

    @pytest.fixture(autouse=True)
    def names(self, reader: Reader, sixty: Sequence[str]) -> list[str]:
        """The names of the sixty, in the list's order. The list shows the first 25 of them."""
        reader.open_partners()
        reader.search("Soixante", column=reader.words.name)
        assert reader.names() == sixty[:25]
        return [*sixty]

    def test_exporting_one_partner_to_csv(self, staff: Staff, reader: Reader, tmp_path: Path) -> None:
        """« Par défaut, le fichier est nommé Partners.csv »."""
        words = staff.words
        listed = reader.rows()[7]
        reader.tick(reader.selection_box(listed.name))
        if staff.has_script:
            expect(reader.page.locator(".selection")).to_have_text(words.selected[0].format(1))
        rows = export_csv(reader, tmp_path, expected_text=words.exported[0].format(1), name="Partners.csv")
        self._assert_rows_match(rows, [listed], reader)

    @pytest.mark.performs("export-csv-1", "export-csv-2", "export-csv-3", "export-csv-4", "export-csv-5")
    @pytest.mark.performs("export-csv-6")
    def test_exporting_several_partners_to_csv(self, staff: Staff, reader: Reader, tmp_path: Path) -> None:
        """« Cochez la case à côté du nom de chaque partenaire à exporter »: in any order; the file has the list's."""
        words = staff.words
        listed = reader.rows()
        reader.tick(*(reader.selection_box(listed[index].name) for index in (20, 3, 11)))
        if staff.has_script:
            expect(reader.page.locator(".selection")).to_have_text(words.selected[1].format(3))
        rows = export_csv(reader, tmp_path, expected_text=words.exported[1].format(3), name=words.renamed_file)
        self._assert_rows_match(rows, [listed[3], listed[11], listed[20]], reader)

    def test_exporting_all_partners_to_csv(
        self, staff: Staff, reader: Reader, names: list[str], tmp_path: Path
    ) -> None:
        """« Cochez la case en haut de la liste […]. Toutes les cases seront cochées automatiquement. »."""
        words, page = staff.words, reader.page
        listed = reader.rows_of_every_page()
        assert [row.name for row in listed] == names
        reader.open_partners()
        reader.search("Soixante", column=words.name)
        reader.tick(reader.select_all_box(60))
        if staff.has_script:
            self._expect_all_selected(reader, 25)
            expect(page.locator("#selection")).to_contain_text(words.all_selected.format(60))
        reader.open_next_page()
        self._expect_all_selected(reader, 25)
        reader.open_next_page()
        self._expect_all_selected(reader, 10)
        expect(page.locator(".selection")).to_have_text(words.selected[1].format(60))
        rows = export_csv(reader, tmp_path, expected_text=words.exported[1].format(60), name=words.renamed_file)
        assert len(rows) == 60
        self._assert_rows_match(rows, listed, reader)

    def test_selection_of_all_but_one_survives_paging(
        self, staff: Staff, reader: Reader, names: list[str], tmp_path: Path
    ) -> None:
        """The selection survives paging and sorting. Another search clears it, and the page shows a note."""
        words, page = staff.words, reader.page
        reader.tick(reader.select_all_box(60))
        reader.open_next_page()
        reader.tick(reader.selection_box(names[30]))
        reader.sort(words.name)
        expect(page.locator("#selection")).to_contain_text(words.some_selected.format(59, 60))
        assert reader.names() == names[:34:-1]
        self._expect_all_selected(reader, 25)
        rows = export_csv(reader, tmp_path, expected_text=words.exported[1].format(59), name=words.renamed_file)
        assert [row[words.name] for row in rows] == [name for name in reversed(names) if name != names[30]]
        reader.open_partners()
        reader.search("Soixante", column=words.name)
        reader.tick(reader.selection_box(names[0]))
        reader.search("Soixante 0", column=words.name)
        expect(page.locator(".list-line, .message").filter(has_text=words.none_selected)).to_be_visible()
        expect(page.locator(".selection")).to_have_text(words.selected[0].format(0))

    def test_export_after_search_has_matching_rows(self, staff: Staff, reader: Reader, tmp_path: Path) -> None:
        """With nothing selected, the matches of the search are exported, in the order of the list."""
        words = staff.words
        reader.search("soixante-pair", column=words.url_fr)
        reader.sort(words.countries)
        reader.sort(words.countries)
        reader.expect_order(words.countries, "descending")
        listed = reader.rows_of_every_page()
        names = [row.name for row in listed]
        assert len(names) == 30
        assert names not in (sorted(names), sorted(names, reverse=True))
        rows = export_csv(
            reader, tmp_path, expected_text=words.exported_list.format(30), name=words.renamed_file, separator=";"
        )
        self._assert_rows_match(rows, listed, reader)

    @pytest.mark.performs("export-pdf-1", "export-pdf-2", "export-pdf-3")
    def test_exporting_several_partners_to_pdf(self, reader: Reader, tmp_path: Path) -> None:
        """« Le document PDF s'ouvrira automatiquement dans une nouvelle fenêtre et sera enregistré »."""
        listed = reader.rows()
        reader.tick(*(reader.selection_box(listed[index].name) for index in (20, 3)))
        self._assert_pdf_holds(export_pdf(reader, tmp_path), [listed[3], listed[20]])

    def test_exporting_all_partners_to_pdf(self, staff: Staff, reader: Reader, tmp_path: Path) -> None:
        """The box of the whole list again, and the list's order, reversed."""
        reader.sort(staff.words.name)
        listed = reader.rows_of_every_page()
        reader.open_partners()
        reader.search("Soixante", column=staff.words.name)
        reader.sort(staff.words.name)
        reader.tick(reader.select_all_box(60))
        assert len(listed) == 60
        self._assert_pdf_holds(export_pdf(reader, tmp_path), listed)

    def _expect_all_selected(self, reader: Reader, count: int) -> None:
        boxes = reader.page.locator("#rows").get_by_role("checkbox")
        expect(boxes).to_have_count(count)
        unticked = [box for box in boxes.all() if not box.is_checked()]
        assert unticked == []

    def _assert_rows_match(self, rows: list[dict[str, str]], listed: Sequence[ListRow], reader: Reader) -> None:
        """The file has these rows of the list, in this order, with their values and the typed descriptions."""
        words = reader.words
        assert [ListRow.from_file(row, words) for row in rows] == list(listed)
        for row in rows:
            typed = TYPED[row[words.name]]
            assert row[words.description_en] == typed["description_en"]
            assert row[words.description_fr] == typed["description_fr"]

    def _assert_pdf_holds(self, pdf: Path, listed: Sequence[ListRow]) -> None:
        """The PDF has these partners, in this order, with all fields of each before the next one."""
        text = text_of(pdf)
        positions = [text.index(without_spaces(row.name)) for row in listed]
        assert positions == sorted(positions)
        for row, start, end in zip(listed, positions, [*positions[1:], len(text)], strict=True):
            part = text[start:end]
            for field in (row.url_en, row.url_fr, *row.countries, TYPED[row.name]["description_fr"]):
                assert without_spaces(field) in part, row.name
        assert sum(without_spaces(name) in text for name in TYPED) == len(listed)
