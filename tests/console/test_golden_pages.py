"""The pages of golden visitors: the list and what each gets, the form, pasting and exporting."""

import pytest

from renvoi.domain.places import COUNTRIES
from renvoi.history.models import Change
from renvoi.partners.golden.stored import stored_golden
from tests.cast import ALO_BRASIL, BOREALE, a_partner, set_operator, stored, with_changes
from tests.console.browsing import Browsing, Page, contents
from tests.partners.golden.lists import golden, list_golden

pytestmark = pytest.mark.django_db
LIST = "/console/simulation/visitors/"
EDIT = f"{LIST}edit/"
PASTE = f"{LIST}paste/"
NBSP = "\u00a0"


def rows(page: Page) -> list[list[str]]:
    """Return the texts of the visitor, what is expected, and what it gets, of each row."""
    return [
        [cell.text for cell in [*row.all("th"), *row.all("td")[:2]]]
        for row in page.one("table", class_="golden").one("tbody").all("tr")
    ]


class TestList:
    """The list, and what each golden visitor gets."""

    def test_each_row_says_what_is_expected_what_it_gets_and_why(self, console: Browsing) -> None:
        set_operator(BOREALE)
        alo = stored(ALO_BRASIL)
        paused = stored(a_partner("Dormant", "JP", status="paused"))
        list_golden(
            golden("BR", partner=alo.id),
            golden("CA", "en", region="CA-QC", decision="none"),
            golden("JP", partner=paused.id),
        )
        page = console.open(LIST)
        assert rows(page) == [
            ["Brésil, français", "Aló Brasil", "Comme prévu"],
            [
                "Québec (Canada), anglais",
                "personne",
                f"Diffère{NBSP}: votre entreprise Cet endroit est dans votre zone de couverture.",
            ],
            ["Japon, français", "Dormant", f"Diffère{NBSP}: personne Le partenaire attendu est en pause."],
        ]
        assert page.one("div", class_="page-title").all("p")[-1].text == "2 sur 3 ne sont pas comme prévu"

    def test_only_those_that_differ(self, console: Browsing) -> None:
        list_golden(golden("BR", decision="none"), golden("PT", decision="own"))
        assert [row[0] for row in rows(console.open(f"{LIST}?differing=1"))] == ["Portugal, français"]

    def test_empty_list_says_what_it_is_for(self, console: Browsing) -> None:
        page = console.open(LIST)
        assert not page.all("table", class_="golden")
        assert "Ajoutez celles qui doivent être justes" in page.text

    def test_long_list_has_pages(self, console: Browsing) -> None:
        many = [golden(code, decision="none") for code in sorted(COUNTRIES)[:17]]
        list_golden(*many, *(golden(one.case.country, "en", decision="none") for one in many))
        assert len(rows(console.open(LIST))) == 25
        assert len(rows(console.open(f"{LIST}?page=2"))) == 9

    def test_visitor_leads_to_its_simulation(self, console: Browsing) -> None:
        list_golden(golden("BR", decision="none"))
        link = console.open(LIST).one("table", class_="golden").one("th", scope="row").one("a")
        assert link["href"] == "/console/simulation/?country=BR&language=fr"
        assert console.open(link["href"]).status == 200


class TestEditing:
    """Adding, changing and removing one."""

    def test_simulation_fills_the_form_with_what_the_visitor_gets(self, console: Browsing) -> None:
        stored(ALO_BRASIL)
        simulated = console.open("/console/simulation/?country=BR&language=en")
        (link,) = [one for one in simulated.all("a") if one.get("href").startswith(EDIT)]
        form = contents(console.open(link["href"]).form())
        assert {name: form[name] for name in ("country", "language", "day", "decision", "partner")} == {
            "country": ["BR"],
            "language": ["en"],
            "day": [""],
            "decision": ["partner"],
            "partner": ["Aló Brasil"],
        }

    def test_saved_one_is_in_the_list_and_can_be_undone(self, console: Browsing) -> None:
        partner = stored(ALO_BRASIL)
        form = console.open(f"{EDIT}?country=BR")
        saved = console.send(form, partner="alo brasil", decision="", day="2026-12-24")
        assert (saved.path, saved.notices) == (LIST, ["Visite de référence enregistrée."])
        assert [row[0] for row in rows(saved)] == ["Brésil, français, 2026-12-24"]
        assert stored_golden()[0].partner == partner.id
        undo = next(one for one in saved.all("form") if "/undo/" in one.get("action"))
        undone = console.send(saved, action=undo["action"])
        assert undone.notices == ["La liste est comme avant."]
        assert stored_golden() == ()

    def test_edited_one_takes_the_place_of_the_old(self, console: Browsing) -> None:
        list_golden(golden("BR", decision="none"), golden("PT", decision="none"))
        page = console.open(LIST)
        link = page.one("table", class_="golden").all("a", class_="button")[0]
        console.send(console.open(link["href"]), country="AO")
        assert [one.case.country for one in stored_golden()] == ["AO", "PT"]

    def test_one_that_is_there_already_is_refused(self, console: Browsing) -> None:
        list_golden(golden("BR", decision="none"))
        refused = console.send(console.open(f"{EDIT}?country=BR"), decision="own", partner="")
        assert (refused.status, refused.errors) == (
            422,
            {"country": f"La liste a déjà cette visite{NBSP}: modifiez celle-là."},
        )

    def test_errors_stand_beside_their_fields(self, console: Browsing) -> None:
        refused = console.send(console.open(EDIT), country="", partner="Personne inc.", decision="")
        assert refused.status == 422
        assert set(refused.errors) == {"country", "partner"}

    def test_removing_is_undone_from_the_message(self, console: Browsing) -> None:
        list_golden(golden("BR", decision="none"))
        removed = console.send(console.open(LIST), action=f"{LIST}remove/")
        assert (removed.notices, stored_golden()) == (["Visite de référence retirée."], ())
        undo = next(one for one in removed.all("form") if "/undo/" in one.get("action"))
        console.send(removed, action=undo["action"])
        assert len(stored_golden()) == 1

    def test_history_names_what_was_added(self, console: Browsing) -> None:
        stored(ALO_BRASIL)
        console.send(console.open(f"{EDIT}?country=BR&language=fr"))
        step = console.open(f"/console/history/{Change.objects.latest('id').change_set_id}/")
        assert step.title == "Visites de référence modifiées"
        assert f"Brésil, français{NBSP}: Aló Brasil" in step.text


class TestPasting:
    """Many at once, and the list as a file."""

    def test_rows_of_a_spreadsheet_are_added(self, console: Browsing) -> None:
        list_golden(golden("PT", decision="none"))
        text = "country\tregion\tlanguage\tday\tdecision\tpartner\nBrésil\t\tfr\t\tnone\t\nJP\t\ten\t\tnone\t"
        saved = console.send(console.open(PASTE), pasted=text)
        assert saved.notices == ["2 visites de référence lues; la liste en compte 3."]
        assert [one.case.country for one in stored_golden()] == ["BR", "JP", "PT"]

    def test_rows_take_the_place_of_the_list_if_wanted(self, console: Browsing) -> None:
        list_golden(golden("PT", decision="none"))
        console.send(console.open(PASTE), pasted="country,language,decision\nBR,fr,none", replaces="1")
        assert [one.case.country for one in stored_golden()] == ["BR"]

    def test_nothing_is_read_of_rows_with_an_error(self, console: Browsing) -> None:
        refused = console.send(console.open(PASTE), pasted="country,language,decision\nBR,fr,none\nBR,de,none")
        assert refused.status == 422
        error = f"Ligne 3, language{NBSP}: Choisissez une langue{NBSP}: fr ou en."
        assert refused.errors == {"pasted": error}
        assert stored_golden() == ()

    def test_exported_list_can_be_pasted(self, console: Browsing) -> None:
        partner = stored(ALO_BRASIL)
        list_golden(golden("BR", partner=partner.id), golden("CA", "en", region="CA-ON", decision="none"))
        before = stored_golden()
        exported = console.open(f"{LIST}export/")
        assert exported.response.headers["Content-Disposition"].startswith("attachment")
        text = exported.response.content.decode("utf-8-sig")
        list_golden_of_nobody(console)
        console.send(console.open(PASTE), pasted=text)
        assert stored_golden() == before


def list_golden_of_nobody(console: Browsing) -> None:
    """Replace the list by another one."""
    console.send(console.open(PASTE), pasted="country,language,decision\nCA,fr,none", replaces="1")
    assert len(stored_golden()) == 1
    console.send(console.open(LIST), action=f"{LIST}remove/")
    assert stored_golden() == ()


def test_partner_of_an_english_reader_is_in_english(english_console: Browsing) -> None:
    stored(with_changes(ALO_BRASIL))
    list_golden(golden("BR", decision="partner"))
    assert rows(english_console.open(LIST)) == [["Brazil, French", "one partner", "As expected"]]
