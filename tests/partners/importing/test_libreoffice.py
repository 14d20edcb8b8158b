"""What is exported, opened in LibreOffice and saved there, is imported without a change.

The texts are those that spreadsheets treat in their own ways: numbers, days, formulas, quotes, lines, other scripts.
"""

import subprocess
from pathlib import Path

import pytest

from renvoi.domain.places import Language
from renvoi.exports.delimited import Separator
from renvoi.partners.importing.planning import make_plan
from renvoi.partners.models import Partner
from tests.cast import ALO_BRASIL, AZULEJO, TUNDRA, a_partner, stored_at_once
from tests.partners.importing.files import TODAY, exported

pytestmark = [pytest.mark.django_db, pytest.mark.needs("soffice")]
TEXTS = [
    "=1+1",
    "+1 514 555 0100",
    "-7",
    "@home",
    "'quoted",
    "''=twice",
    "007",
    "1e5",
    "1,5",
    "2026-03-04",
    "3/4/2026",
    "TRUE",
    "Vrai",
    'He said "no"; then, yes',
    "Deux\nlignes",
    "Tab\there",
    "Été à Œuvre — « oui »",
    "日本語",
    "שלום",
    "😀 👩\u200d👩\u200d👧",
    "50 %",
    "12:30",
    "$5",
    "#REF!",
    "{=A1}",
    "https://a.example/",
]
# The dialog that opens a CSV offers « Texte » as the type of all columns; its default type takes 007 for a number.
CSV = "csv:Text - txt - csv (StarCalc)"
AS_TEXT = "/".join(f"{column}/2" for column in range(1, 15))
TAKEN_FOR_NUMBERS = ["007", "1e5"]


def csv_filter(separator: str, *, types: str) -> str:
    """The tokens of the filter: separator, quote, UTF-8, first row, types of the columns, language, quoted is text."""
    return f"{ord(separator)},34,76,1,{types},0,true,false,false"


def saved_by_libreoffice(folder: Path, file: Path, *, target: str, read_as: str | None = None) -> bytes:
    """The file as LibreOffice saves it after it has opened it."""
    reading = [f"--infilter=CSV:{read_as}"] if read_as else []
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        "soffice",
        profile,
        "--headless",
        *reading,
        "--convert-to",
        target,
        "--outdir",
        f"{folder}/out",
        str(file),
    ]
    subprocess.run(command, capture_output=True, timeout=120, check=True)
    (saved,) = (folder / "out").iterdir()
    return saved.read_bytes()


def require_no_change(content: bytes) -> None:
    plan = make_plan(content, today=TODAY)
    assert [(problem.line, problem.reason) for problem in plan.errors] == []
    assert [update.changes for update in plan.updates] == []
    assert (plan.count, plan.identical) == (0, Partner.objects.count())


@pytest.fixture
def _stored() -> None:
    hostile = [
        a_partner(f"{text} {number}"[:100], "BR", description_en=text, description_fr=text, agreement_reference=text)
        for number, text in enumerate(TEXTS)
    ]
    stored_at_once(*hostile, ALO_BRASIL, AZULEJO, TUNDRA)


@pytest.mark.usefixtures("_stored")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_workbook_saved_by_libreoffice(tmp_path: Path, language: Language) -> None:
    file = tmp_path / "Partners.xlsx"
    file.write_bytes(exported(format_="xlsx", headings="labels", language=language))
    require_no_change(saved_by_libreoffice(tmp_path, file, target="xlsx:Calc MS Excel 2007 XML"))


@pytest.mark.usefixtures("_stored")
@pytest.mark.parametrize(("separator", "language"), [(",", "en"), (";", "fr")])
def test_csv_saved_by_libreoffice(tmp_path: Path, separator: Separator, language: Language) -> None:
    file = tmp_path / "Partners.csv"
    file.write_bytes(b"\xef\xbb\xbf" + exported(headings="labels", language=language, separator=separator))
    reading, writing = csv_filter(separator, types=AS_TEXT), csv_filter(separator, types="")
    require_no_change(saved_by_libreoffice(tmp_path, file, target=f"{CSV}:{writing}", read_as=reading))


@pytest.mark.usefixtures("_stored")
def test_texts_that_libreoffice_takes_for_numbers_are_shown_as_changes(tmp_path: Path) -> None:
    """Nothing else differs, and nothing differs without being shown."""
    file = tmp_path / "Partners.csv"
    file.write_bytes(exported(headings="labels"))
    tokens = csv_filter(",", types="")
    plan = make_plan(saved_by_libreoffice(tmp_path, file, target=f"{CSV}:{tokens}", read_as=tokens), today=TODAY)
    changed = {change.before for update in plan.updates for change in update.changes}
    assert (plan.errors, changed) == ((), {*TAKEN_FOR_NUMBERS})
