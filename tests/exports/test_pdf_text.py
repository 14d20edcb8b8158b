"""The text of a PDF, read with another program: every field of every record in order, in any script."""

import pytest

from renvoi.exports.pdf import RECORDS_PER_PART, render_pdf
from renvoi.exports.table import Row
from tests.exports.cast import ALO, a_row, a_table, hostile_texts
from tests.exports.reading import _body, require_all_in_order, text_pages
from tests.programs import require

SCRIPTS = {
    "Latin": "Œuvre, naïveté, Świergotek, Tổng Đài, ffi fl",
    "Greek": "Ελληνική Τηλεφωνία, ἀρχή",
    "Cyrillic": "Русская Телефония, їжак",
    "Arabic": "شركة الهاتف العربية",
    "CJK": "風鈴でんわ秘書 中文 한국어",
    "symbols": "€ № ™ → ✓ 10\u00a0000 «\u00a0x\u00a0» ’ …",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_text_in_every_script_can_be_read_back(script: str) -> None:
    if script == "CJK":
        require("cjk-font")
    rows = [ALO, a_row(2, SCRIPTS[script])]
    pdf = render_pdf(a_table(*rows))
    assert (pdf.unshown, pdf.is_tagged_ua) == ((), True)
    require_all_in_order(a_table(), rows, pdf.content)


def test_hostile_texts_are_complete_and_in_order() -> None:
    rows = [a_row(number, text) for number, text in enumerate(hostile_texts())]
    pdf = render_pdf(a_table(*rows))
    compared = require_all_in_order(a_table(), rows, pdf.content, unshown=pdf.unshown)
    assert len(pdf.unshown) < 0.1 * len(rows)
    # Few values are compared by their characters only.
    assert compared["exactly"] > 0.95 * compared.total()


def test_parts_of_a_long_list_are_merged_in_order() -> None:
    rows = [a_row(number, f"{'mot ' * (number % 40)}fin") for number in range(2 * RECORDS_PER_PART + 3)]
    require_all_in_order(a_table(), rows, render_pdf(a_table(*rows)).content)


@pytest.mark.parametrize(
    "row",
    [
        ("1", "W" * 100, "https://w.example/" + "w" * 1900, "W" * 255, "l\n" * 127 + "l", "R" * 100, "9" * 30),
        ("1", "%", "https://x.example/" + "%C2%80" * 300, "", "", "", ""),
        ("1", "/", "https://x.example/" + "a/" * 900, "", "", "", ""),
        ("1", "x", "https://x.example/" + "/?&=.%-_;,~!$'()*+:@[]" * 80, "", "", "", ""),
        ("1", "x", "https://x.example/" + "1a2B" * 450, "", "", "", ""),
        ("1", "x", "", "", "", "", ""),
        (
            "1",
            "# = *bold* _it_ $x^2$ `raw` @ref <label> \\ // /* #let x = 1",
            "https://x.example/#a?b=[c]",
            "#",
            "\\",
            "*",
            "~",
        ),
        ("1", "x", "no address", "http://", "https://in.example/a text", "a", "1"),
    ],
)
def test_long_and_special_values_are_complete(row: Row) -> None:
    pdf = render_pdf(a_table(ALO, row, ALO))
    assert pdf.is_tagged_ua
    require_all_in_order(a_table(), [ALO, row, ALO], pdf.content)


class TestComparison:
    """The comparison itself can fail."""

    @pytest.mark.parametrize(
        "other",
        [
            [ALO],
            [ALO, a_row(2, "deux"), a_row(3, "trois")],
            [a_row(2, "deux"), ALO],
            [ALO, a_row(2, "deuX")],
            [ALO, a_row(2, "deux ! ")],
            [ALO, ("2", "deux", "https://2.example/", "deux", "", "deux", "2")],
            [ALO, a_row(2, "العربية")],
        ],
    )
    def test_other_rows_are_rejected(self, other: list[Row]) -> None:
        content = render_pdf(a_table(ALO, a_row(2, "deux"))).content
        require_all_in_order(a_table(), [ALO, a_row(2, "deux")], content)
        with pytest.raises(AssertionError):
            require_all_in_order(a_table(), other, content)

    def test_other_right_to_left_letters_are_rejected(self) -> None:
        content = render_pdf(a_table(a_row(2, "شركة الهاتف"))).content
        require_all_in_order(a_table(), [a_row(2, "شركة الهاتف")], content)
        for other in ("شركة الهات", "شركة الهاتفف", "شركة الهاتب"):
            with pytest.raises(AssertionError):
                require_all_in_order(a_table(), [a_row(2, other)], content)

    def test_page_without_its_header_or_number_is_rejected(self) -> None:
        rows = [a_row(number, "x") for number in range(30)]
        pages = text_pages(render_pdf(a_table(*rows)).content)
        assert len([*_body(a_table(), pages)]) == len(pages) > 1
        lines = pages[1].split("\n")
        for wrong in (lines[1:], [*lines[:-2], ""], [*lines[:-2], "3 / 9", ""]):
            with pytest.raises(AssertionError):
                assert [*_body(a_table(), [pages[0], "\n".join(wrong), *pages[2:]])]
