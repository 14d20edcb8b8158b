"""The PDF of each list other than that of partners: what its window says, who may read it, and what is in it."""

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pypdf import PdfReader

from renvoi.console.access.rights import PRINTED
from renvoi.console.views.accounts.log_export import printed_security_log
from renvoi.console.views.documents.pdf import DOCUMENTS
from renvoi.console.views.findings.exporting import printed_findings
from renvoi.console.views.history.exporting import HISTORY_PDF, printed_history
from renvoi.console.views.simulation.grid import printed_grid
from renvoi.domain.days.zones import zone_of
from renvoi.downloads.documents import TableOf, table_of
from renvoi.downloads.maker import make_download
from renvoi.downloads.models import Download
from renvoi.exports.delimited import unescape_formula
from renvoi.exports.table import Row, Table
from renvoi.partners.models import Operator
from renvoi.people.models import User
from tests.cast import BOREALE, a_partner, set_operator, stored_at_once
from tests.console.browsing import Browsing
from tests.console.finding_cases import both
from tests.console.test_exporting import download, rows_of, signed_in
from tests.exports.reading import languages, opened
from tests.exports.reading_rows import require_rows

INJECTION = "#[]*_$@<>`\\ = #panic()"
HOSTILE = ("=1+1 " + INJECTION, "Interminable" * 8, "شركة الهاتف", "日本電話", "'Apostrophe")
NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class Case:
    """A document, and what its pages say about it in French."""

    page: str
    file_name: str
    printed: TableOf
    filter: str
    selection: str
    nothing: str
    empty: str

    @property
    def window(self) -> str:
        return f"{self.page}export/pdf/"


CASES = {
    "grid": Case(
        "/console/simulation/grid/",
        "Grid.pdf",
        printed_grid,
        "outcome=choice&language=fr&place=b",
        f"1 cellule, réponse{NBSP}: Un choix de partenaires, langue{NBSP}: Français, lieu contenant «{NBSP}b{NBSP}»",
        "Il n’y a aucune cellule à exporter.",
        "place=atlantide",
    ),
    "history": Case(
        "/console/history/",
        "History.pdf",
        printed_history,
        "what=r%C3%A9glages",
        f"1 changement, quoi contenant «{NBSP}réglages{NBSP}»",
        "Il n’y a aucun changement à exporter.",
        "what=rien",
    ),
    "findings": Case(
        "/console/coverage/findings/",
        "Findings.pdf",
        printed_findings,
        "kind=choice",
        "1 constat, Partenaires de même priorité",
        "Il n’y a aucun constat à exporter.",
        "kind=unreached",
    ),
    "security_log": Case(
        "/console/accounts/log/",
        "Security-log.pdf",
        printed_security_log,
        "what=compte+cr%C3%A9%C3%A9",
        f"1 entrée, quoi contenant «{NBSP}compte créé{NBSP}»",
        "Il n’y a aucune entrée à exporter.",
        "what=rien",
    ),
}
pytestmark = [pytest.mark.django_db]
each = pytest.mark.parametrize("name", CASES)


@pytest.fixture(autouse=True)
def _partners() -> None:
    set_operator(BOREALE)
    stored_at_once(
        *(replace(both(f"Partner {number}", "BR"), name=text) for number, text in enumerate(HOSTILE)),
        a_partner("Aló Brasil", "BR", "PT"),
        a_partner("Seul", "MX", url_en="", url_fr="https://seul.example/?a=1&b=%C3%A9"),
    )


def ordered(account: User, case: Case, query: str = "", *, language: str = "fr") -> Download:
    """Order a PDF, and make it."""
    response = signed_in(account).post(f"{case.window}?lang={language}", {"list": query})
    export = Download.objects.order_by("-ordered_at")[0]
    assert (response.status_code, response["Location"]) == (302, f"{case.window}{export.id}/")
    make_download(export.id, table_of=table_of)
    export.refresh_from_db()
    return export


def _local(moment: str) -> str:
    zone = zone_of(Operator.objects.get(id=1).time_zone)
    return datetime.fromisoformat(moment).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def require_history(table: Table, rows: list[Row]) -> list[Row]:
    """Fail unless the rows are those of the CSV file, with words instead of codes and without ids. Return them."""
    printed, copied = [*table.rows], (0, 1, 5, 6, 8, 9, 10, 11)
    expected = [(_local(row[0]), *row[1:]) for row in rows]
    assert [[row[number] for number in copied] for row in printed] == [
        [row[number] for number in copied] for row in expected
    ]
    channels, verbs, subjects, fields = ({row[number] for row in printed} for number in (2, 3, 4, 7))
    assert not (channels | verbs | subjects | fields) & {"console", "create", "partner", "name", "countries"}
    return printed


def content_of(account: User, case: Case, export: Download) -> tuple[Any, bytes]:
    return download(account, f"{case.window}{export.id}/{case.file_name}")


def test_documents_of_the_console_are_those_that_can_be_made() -> None:
    assert DOCUMENTS.keys() == settings.DOCUMENTS.keys()
    assert {*CASES, "partners"} == {*DOCUMENTS}
    assert {name: document.list_name for name, document in DOCUMENTS.items()} == PRINTED


@each
class TestDocument:
    """What is in it."""

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_rows_are_those_of_the_csv_file(self, name: str, language: str, odile: User) -> None:
        case = CASES[name]
        export = ordered(odile, case, language=language)
        assert (export.stage, export.document, export.unshown) == (Download.Stage.READY, name, [])
        _, content = content_of(odile, case, export)
        _, csv = download(odile, f"{case.page}export/?lang={language}", list="")
        rows = [tuple(map(unescape_formula, row)) for row in rows_of(csv)[1:]]
        table = case.printed(export)
        if name == "history":
            rows = require_history(table, rows)
            table = case.printed(export)
        elif name == "security_log":
            # The CSV file has the codes as well.
            rows = [(_local(row[0]), *row[1:-1]) for row in rows]
        assert export.total == len(rows)
        assert require_rows(table, rows, content)["exactly"] > 0.9 * len(rows) * len(table.columns)
        pdf = opened(content)
        assert str(pdf.Root.Lang).startswith(language)
        assert str(pdf.docinfo["/Title"]) == table.title
        assert languages(pdf) == []

    def test_filter_is_said_and_kept(self, name: str, odile: User) -> None:
        case = CASES[name]
        export = ordered(odile, case, case.filter)
        assert case.printed(export).about[0] == BOREALE.name
        assert case.printed(export).about[2] == case.selection
        assert export.total >= 1
        text = PdfReader(io.BytesIO(content_of(odile, case, export)[1])).pages[0].extract_text()
        assert "".join(case.selection.split()) in "".join(text.split())

    @pytest.mark.parametrize(("paper", "width"), [("letter", 792), ("a4", 841.89)])
    def test_paper_is_that_of_the_operator(self, name: str, paper: str, width: float, odile: User) -> None:
        Operator.objects.update(paper=paper)
        _, content = content_of(odile, CASES[name], ordered(odile, CASES[name], CASES[name].filter))
        pdf = opened(content)
        assert float(pdf.pages[0].mediabox[2]) == pytest.approx(width, abs=0.01)

    def test_day_is_that_of_the_operator(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        Operator.objects.update(time_zone="Pacific/Kiritimati")
        monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 12, 31, 23, tzinfo=UTC))
        assert CASES[name].printed(Download(language="fr", query="")).about[1] == "2027-01-01"


@each
class TestWindow:
    """Its pages."""

    def test_page_has_both_buttons(self, name: str, console: Browsing) -> None:
        page = console.open(CASES[name].page)
        buttons = [one for one in page.one("div", class_="page-actions").all("button") if one.text in {"CSV", "PDF"}]
        assert [button.text for button in buttons] == ["CSV", "PDF"]
        assert buttons[1]["formaction"] == CASES[name].window
        assert buttons[1]["formtarget"] == "_blank"

    def test_window_orders_what_the_page_shows(self, name: str, console: Browsing) -> None:
        case = CASES[name]
        window = console.open(f"{case.window}?{'list=' + case.filter.replace('=', '%3D').replace('&', '%26')}")
        assert window.title == "Exporter vers un fichier PDF"
        assert window.one("input", name="list")["value"] == case.filter
        assert window.one("p", class_="breadcrumb").one("a")["href"] == f"{case.page}?{case.filter}"
        console.send(window, action=case.window)
        assert Download.objects.get().query == case.filter

    def test_ready_document_opens_and_is_saved_under_its_name(self, name: str, console: Browsing, odile: User) -> None:
        case = CASES[name]
        export = ordered(odile, case)
        page = console.open(f"{case.window}{export.id}/")
        address = f"{case.window}{export.id}/{case.file_name}"
        assert "Le PDF est prêt" in page.text
        assert page.one("div", id="pdf")["data-ready"] == address
        assert page.one("div", id="pdf")["data-copy"] == f"{address}?copy=1"
        assert content_of(odile, case, export)[0]["Content-Disposition"] == f'inline; filename="{case.file_name}"'
        saved, _ = download(odile, f"{address}?copy=1")
        assert saved["Content-Disposition"] == f'attachment; filename="{case.file_name}"'

    def test_nothing_to_export(self, name: str, console: Browsing, odile: User) -> None:
        case = CASES[name]
        page = console.open(f"{case.window}?list={case.empty.replace('=', '%3D')}")
        assert case.nothing in page.text
        assert page.one("main").all("button") == []
        signed_in(odile).post(case.window, {"list": case.empty})
        assert not Download.objects.exists()

    def test_document_that_became_empty_says_so(self, name: str, console: Browsing, odile: User) -> None:
        case = CASES[name]
        export = Download.objects.create(account=odile, document=name, query=case.empty, language="fr", total=3)
        make_download(export.id, table_of=table_of)
        assert case.nothing in console.open(f"{case.window}{export.id}/").text

    def test_too_many_are_listed_with_their_documents(self, name: str, odile: User) -> None:
        for _ in range(5):
            Download.objects.create(account=odile, document=name, language="fr", total=1_234, is_queued=True)
        response = signed_in(odile).post(CASES[name].window, {"list": ""})
        title = DOCUMENTS[name].title
        assert response.status_code == 429
        assert f"{title} (1{NBSP}234 " in response.content.decode()

    def test_nobody_else_reads_follows_or_cancels_it(self, name: str, odile: User, wendy: User) -> None:
        case = CASES[name]
        export = ordered(odile, case, case.filter)
        Download.objects.update(stage=Download.Stage.WAITING, is_queued=True)
        address = f"{case.window}{export.id}/"
        for path in (address, f"{address}{case.file_name}"):
            assert signed_in(wendy).get(path).status_code == 404
            assert Client().get(path).status_code == 302
        assert signed_in(wendy).post(f"{address}cancel/").status_code == 302
        export.refresh_from_db()
        assert export.stage == Download.Stage.WAITING

    def test_it_is_not_at_the_address_of_another_document(self, name: str, console: Browsing, odile: User) -> None:
        export = ordered(odile, CASES[name], CASES[name].filter)
        for other in DOCUMENTS.values():
            path = f"/console/{other.path}export/pdf/{export.id}/"
            assert console.open(path).status == (200 if other.name == name else 404)
            if other.name != name:
                assert signed_in(odile).get(f"{path}{other.file_name}").status_code == 404


def test_history_that_is_too_long_is_not_ordered(
    console: Browsing, odile: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DOCUMENTS, "history", replace(HISTORY_PDF, max_count=20))
    page = console.open("/console/history/export/pdf/")
    assert "Un PDF a au plus 20 lignes." in page.text
    assert page.one("main").all("button") == []
    signed_in(odile).post("/console/history/export/pdf/", {"list": ""})
    assert not Download.objects.exists()


def test_document_of_a_newer_version_fails(odile: User) -> None:
    export = Download.objects.create(account=odile, document="maps", language="fr", total=1)
    with pytest.raises(KeyError):
        make_download(export.id, table_of=table_of)
    export.refresh_from_db()
    assert export.stage == Download.Stage.FAILED
