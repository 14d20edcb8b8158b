"""Golden visitors are read from files, and each cell that can't be used is named."""

import pytest

from renvoi.domain.golden.visitors import MAX_GOLDEN
from renvoi.exports.delimited import render_csv
from renvoi.partners.importing.golden_visitors import golden_table, read_golden
from renvoi.partners.importing.reading.problems import FileRefused
from tests.cast import ALO_BRASIL, a_partner, stored
from tests.partners.golden.lists import golden

pytestmark = pytest.mark.django_db
HEAD = "country,region,language,day,decision,partner\n"


def problems(text: str) -> list[tuple[int, str, str]]:
    _lines, found = read_golden(text.encode())
    return [(problem.line, problem.column, problem.code) for problem in found]


def test_rows_are_read_with_their_lines() -> None:
    partner = stored(ALO_BRASIL)
    text = f"{HEAD}BR,,fr,,,alo brasil\n\nCanada,CA-ON,EN,2026-12-24,none,\nPortugal,,fr,,partner,{partner.id}\n"
    lines, found = read_golden(text.encode())
    assert found == []
    assert [line.number for line in lines] == [2, 4, 5]
    first, second, third = (line.golden for line in lines)
    assert first == golden("BR", partner=partner.id)
    assert (second.case.region, str(second.case.day), second.decision) == ("CA-ON", "2026-12-24", "none")
    assert third == golden("PT", decision="partner", partner=partner.id)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (",,fr,,none,", ("country", "country")),
        ("Atlantis,,fr,,none,", ("country", "country")),
        ("BR,XX-1,fr,,none,", ("region", "region")),
        ("BR,CA-ON,fr,,none,", ("region", "region")),
        ("BR,,de,,none,", ("language", "language")),
        ("BR,,fr,tomorrow,none,", ("day", "day")),
        ("BR,,fr,,maybe,", ("decision", "decision")),
        ("BR,,fr,,,", ("decision", "required")),
        ("BR,,fr,,,Nobody Ltd", ("partner", "unknown")),
        ("BR,,fr,,,9999999999999999999999", ("partner", "unknown")),
    ],
)
def test_cell_that_cannot_be_used_is_named(row: str, expected: tuple[str, str]) -> None:
    assert problems(f"{HEAD}PT,,fr,,none,\n{row}\n") == [(3, *expected)]


def test_partner_does_not_go_with_nobody() -> None:
    stored(ALO_BRASIL)
    assert problems(f"{HEAD}BR,,fr,,none,Aló Brasil\n") == [(2, "partner", "no_partner")]


def test_same_visitor_twice_is_a_problem() -> None:
    assert problems(f"{HEAD}BR,,fr,,none,\nbrésil,,fr,,own,\n") == [(3, "", "repeated")]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, ""),
        ("country,language,colour\nBR,fr,red\n", 1, "colour"),
        ("country,decision\nBR,none\n", 1, "language"),
        (f'{HEAD}BR,,"fr\n', 2, ""),
        (HEAD + "BR,,fr,,none,\n" * (MAX_GOLDEN + 1), MAX_GOLDEN + 2, ""),
    ],
    ids=["empty", "heading", "missing", "quotes", "too many"],
)
def test_file_that_cannot_be_read_is_refused_where_it_fails(text: str, line: int, column: str) -> None:
    with pytest.raises(FileRefused) as caught:
        read_golden(text.encode())
    assert (caught.value.problem.line, caught.value.problem.column) == (line, column)


def test_export_reads_back() -> None:
    partner, numbered = stored(ALO_BRASIL), stored(a_partner("2026", "JP"))
    listed = [
        golden("BR", partner=partner.id),
        golden("CA", "en", region="CA-ZZ", decision="none"),
        golden("JP", decision="partner", partner=numbered.id),
    ]
    table = golden_table(listed, names={partner.id: partner.name, numbered.id: numbered.name})
    lines, found = read_golden(b"".join(render_csv(table, separator=";")))
    assert (found, [line.golden for line in lines]) == ([], listed)
