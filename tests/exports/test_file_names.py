"""File names that are safe on every system, and the Content-Disposition header (RFC 6266, RFC 8187)."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renvoi.exports.file_names import MAX_STEM_BYTES, content_disposition, safe_file_name
from tests.exports.cast import hostile_texts

_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_VALUE = re.compile(
    rf'(attachment|inline); filename="([^"\\\r\n\x00-\x1f\x7f-\uffff]+)"(?:; filename\*=UTF-8\'\'({_TOKEN}))?'
)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Partners.csv", "Partners.csv"),
        ("MesPartenaires", "MesPartenaires.csv"),
        ("MesPartenaires.CSV", "MesPartenaires.csv"),
        ("Partenaires.xlsx", "Partenaires.csv"),
        ("Partenaires.2026.csv", "Partenaires.2026.csv"),
        ("Mes partenaires d’été", "Mes partenaires d’été.csv"),
        ("  .csv", "Partners.csv"),
        ("", "Partners.csv"),
        (".", "Partners.csv"),
        ("..", "Partners.csv"),
        ("../../etc/passwd", "_.._etc_passwd.csv"),
        ("C:\\Users\\a", "C__Users_a.csv"),
        ('a"b<c>d|e?f*g', "a_b_c_d_e_f_g.csv"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie_ x.csv"),
        ("a\u202egpj.csv", "agpj.csv"),
        ("con", "_con.csv"),
        ("COM1.txt", "_COM1.txt.csv"),
        ("e\u0301te\u0301", "été.csv"),
        ("風鈴", "風鈴.csv"),
    ],
)
def test_typed_name_is_made_safe(typed: str, name: str) -> None:
    assert safe_file_name(typed, extension="csv") == name


def test_extension_is_that_of_the_format() -> None:
    assert safe_file_name("Partners.csv", extension="xlsx") == "Partners.xlsx"
    assert safe_file_name("Partners", extension="pdf") == "Partners.pdf"


def test_long_name_is_truncated_between_characters() -> None:
    name = safe_file_name("é" * 300, extension="csv")
    assert name == "é" * (MAX_STEM_BYTES // 2) + ".csv"


@given(st.text())
def test_any_name_is_made_safe_and_then_unchanged(typed: str) -> None:
    name = safe_file_name(typed, extension="csv")
    assert name.endswith(".csv")
    assert len(name.encode()) <= MAX_STEM_BYTES + 5
    assert not re.search(r'[/\\:*?"<>|\x00-\x1f\x7f]', name)
    assert not name.startswith((".", " "))
    assert safe_file_name(name, extension="csv") == name


class TestContentDisposition:
    """The value of the header."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Partners.csv", 'attachment; filename="Partners.csv"'),
            ("Mes partenaires (2).csv", 'attachment; filename="Mes partenaires (2).csv"'),
            ("été.csv", "attachment; filename=\"ete.csv\"; filename*=UTF-8''%C3%A9t%C3%A9.csv"),
            ("d’ici.csv", "attachment; filename=\"dici.csv\"; filename*=UTF-8''d%E2%80%99ici.csv"),
            ("100%.csv", "attachment; filename=\"100_.csv\"; filename*=UTF-8''100%25.csv"),
            ("風鈴.csv", "attachment; filename=\"Partners.csv\"; filename*=UTF-8''%E9%A2%A8%E9%88%B4.csv"),
        ],
    )
    def test_value_for_a_name(self, name: str, value: str) -> None:
        assert content_disposition(name) == value

    def test_inline_disposition(self) -> None:
        assert content_disposition("Partners.pdf", disposition="inline") == 'inline; filename="Partners.pdf"'

    @given(st.text())
    def test_any_name_can_be_read_from_the_header(self, typed: str) -> None:
        check_header(typed)

    def test_hostile_names_can_be_read_from_the_header(self) -> None:
        for text in hostile_texts():
            check_header(text)


def check_header(typed: str) -> None:
    name = safe_file_name(typed, extension="csv")
    value = content_disposition(name)
    match = _VALUE.fullmatch(value)
    assert match, value
    assert value.isascii()
    assert (unquote(match[3]) if match[3] else match[2]) == name
