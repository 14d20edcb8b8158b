"""A reader of the manual on a phone: taps instead of clicks, and the controls whose place differs among cards."""

from playwright.sync_api import Locator, expect

from tests.browser.journeys import Reader


class PhoneReader(Reader):
    """A member of staff who follows the manual on a screen 390 px wide, by touch."""

    def click(self, target: Locator) -> None:
        """Tap with a finger."""
        target.tap()

    def open(self, label: str, *, title: str = "") -> None:
        """The main menu is under « Menu »."""
        menu = self.page.get_by_role("navigation", name=self.words.main_menu)
        if not menu.is_visible():
            self.click(self.page.locator("summary", has_text=self.words.menu))
        super().open(label, title=title)

    def first_row(self) -> Locator:
        """Open the fields under « Rechercher »: cards have no headings."""
        row = self.page.locator("tr.search")
        if not row.is_visible():
            self.click(self.page.locator("summary", has_text=self.words.search))
        expect(row).to_be_visible()
        return row

    def search_field(self, column: str) -> Locator:
        """The field of that column, whose label must be visible."""
        label = self.words.search_in.format(column)
        expect(self.first_row().get_by_text(label, exact=True)).to_be_visible()
        return super().search_field(column)

    @property
    def order(self) -> Locator:
        """« Trier par »."""
        return self.page.get_by_label(self.words.sort_by)

    def sort(self, column: str) -> None:
        """Choose the column under « Trier par »; if it is chosen already, reverse it with the arrow beside it."""
        chosen = self.order.locator("option:checked").inner_text()
        with self.expect_new_rows():
            if chosen == column:
                self.click(self.page.locator("#reverse"))
            else:
                self.order.select_option(label=column)

    def expect_columns(self, *columns: str) -> None:
        """Each column has its search field, and an option under « Trier par »."""
        for column in columns:
            expect(self.search_field(column)).to_be_visible()
            expect(self.order.locator("option", has_text=column)).not_to_have_count(0)

    def expect_order(self, column: str, order: str) -> None:
        """« Trier par » and its arrow show it."""
        expect(self.order.locator("option:checked")).to_have_text(column)
        label = self.words.orders[order == "descending"]
        expect(self.page.get_by_role("button", name=label, exact=True)).to_be_visible()

    def select_all_box(self, count: int) -> Locator:
        """« Tout (60) », above the cards."""
        return self.page.get_by_role("checkbox", name=self.words.all_of_them.format(count), exact=True)
