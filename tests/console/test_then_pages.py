"""The pages « Ce jour-là et aujourd’hui »: the whole table, and one partner, as they stood on a day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urljoin

import pytest

from renvoi.history.models import Change, ChangeSet
from renvoi.partners.models import Partner
from renvoi.publication.models import ArchivedTable
from tests.cast import (
    ALO_BRASIL,
    AZULEJO,
    BOREALE,
    PRAIRIE,
    a_partner,
    country,
    crowd,
    generation,
    set_operator,
    stored,
    stored_at_once,
    with_changes,
)
from tests.console.browsing import Browsing, Element, Page
from tests.partners.acting import restore, trash, update

pytestmark = pytest.mark.django_db
ADDRESS = "/console/history/then/"
AT = datetime(2026, 3, 3, 17, tzinfo=UTC)
"""Noon in Toronto, when the first tables of these tests were in force."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def published(at: datetime) -> int:
    """Let every version from before, and the newest one, be published at a moment; return the newest."""
    ArchivedTable.objects.filter(published_at__gt=at).update(published_at=at)
    ChangeSet.objects.filter(at__gt=at).update(at=at)
    return generation()


@pytest.fixture
def past() -> dict[str, Partner]:
    """Partners of AT, of which one was renamed, one came, one went and one agreement ended since."""
    set_operator()
    alo = stored(ALO_BRASIL)
    prairie = stored(PRAIRIE)
    ending = stored(a_partner("Échue", "MX", agreement_ends_on=date(2026, 3, 10)))
    published(AT - HOUR)
    update(alo, with_changes(ALO_BRASIL, name="Aló Novo", priority=2))
    trash(prairie)
    azulejo = stored(AZULEJO)
    for row in ArchivedTable.objects.filter(published_at__gt=AT):
        ArchivedTable.objects.filter(generation=row.generation).update(published_at=AT + DAY)
    return {"alo": alo, "prairie": prairie, "ending": ending, "azulejo": azulejo}


def plain(element: Element) -> str:
    """Return the text of an element with plain spaces in place of no-break ones."""
    return element.text.replace("\u00a0", " ")


def rows(table: Element) -> dict[str, list[str]]:
    """Return the cells of a table's rows by their heading."""
    return {plain(row.one("th")): [plain(cell) for cell in row.all("td")] for row in table.one("tbody").all("tr")}


def decisions(page: Page) -> dict[str, dict[str, list[str]]]:
    """Return the cells that differ by country."""
    return {table["aria-label"]: rows(table) for table in page.all("table", class_="cells")}


def partners(page: Page) -> list[str]:
    return [plain(heading) for heading in page.one("section", aria_labelledby="partners").all("h3")]


@pytest.mark.usefixtures("past")
class TestWholeTable:
    def test_both_tables_stand_side_by_side(self, console: Browsing) -> None:
        page = console.open(f"{ADDRESS}?day=2026-03-03")
        assert (page.status, page.title) == (200, "Ce jour-là et aujourd’hui")
        sides = rows(page.one("table", class_="sides"))
        assert sides["Partenaires"] == ["3", "3"]
        assert sides["Pays desservis"] == ["5", "4"]
        assert sides["Version"][0].endswith("du 3 mars 2026 à 11 h 00")
        assert set(decisions(page)) == {"Angola", "Canada", "États-Unis", "Mexique", "Portugal"}
        # The agreement ended: nobody changed anything.
        assert decisions(page)["Mexique"]["Français"] == ["Échue a été proposé", "Personne n’a été proposé"]
        assert decisions(page)["Canada"]["Ailleurs au Canada · Anglais"] == [
            "Prairie Answers a été proposé",
            "Personne n’a été proposé",
        ]
        # The same partner, for another reason.
        before, after = decisions(page)["Portugal"]["Anglais"]
        assert before.startswith("Aló Novo a été proposé. Aucun autre partenaire ne pouvait recevoir")
        assert after.startswith("Aló Novo a été proposé. Plusieurs partenaires pouvaient recevoir")
        assert partners(page) == [
            "Azulejo Chamadas Ajouté depuis",
            "Prairie Answers Retiré depuis",
            "Aló Novo Modifié depuis",
        ]
        fields = rows(page.one("table", aria_label="Aló Novo"))
        assert fields == {"Nom": ["Aló Brasil", "Aló Novo"], "Priorité": ["5", "2"]}

    def test_each_decision_leads_to_its_explanation(self, console: Browsing) -> None:
        page = console.open(f"{ADDRESS}?day=2026-03-03")
        (link,) = (a for a in page.one("table", aria_label="Mexique").all("a") if a.text == "Français")
        explained = console.open(urljoin(page.path, link["href"]))
        assert plain(explained.one("h2", id="answer")) == "Échue a été proposé"

    @pytest.mark.parametrize(
        ("keyword", "countries", "found"),
        [
            ("canada", {"Canada"}, ["Prairie Answers Retiré depuis"]),
            ("novo", set(), ["Aló Novo Modifié depuis"]),
            ("brésil", set(), ["Aló Novo Modifié depuis"]),
            ("%00rien du tout", set(), []),
        ],
    )
    def test_search_narrows_both_lists(
        self, console: Browsing, keyword: str, countries: set[str], found: list[str]
    ) -> None:
        page = console.open(f"{ADDRESS}?day=2026-03-03&search={keyword}")
        assert set(decisions(page)) == countries
        assert partners(page) == found

    def test_coverage_that_changed_is_said(self, console: Browsing) -> None:
        sentence = "La zone de couverture ou les réglages généraux ont changé depuis."
        assert sentence not in console.open(f"{ADDRESS}?day=2026-03-03").html
        set_operator(replace(BOREALE, areas=((country("BR"), ""),)))
        page = console.open(f"{ADDRESS}?day=2026-03-03")
        assert sentence in page.html
        assert "Brésil" in decisions(page)

    def test_nothing_differs_from_now(self, console: Browsing) -> None:
        today = datetime.now(tz=UTC).astimezone().date()
        page = console.open(f"{ADDRESS}?hour=00:00&day={(today - DAY).isoformat()}")
        assert page.status == 200
        assert "0 décision diffère" in plain(page.one("main"))
        assert "0 partenaire diffère" in plain(page.one("main"))

    def test_lists_are_paged(self, console: Browsing) -> None:
        stored_at_once(*(a_partner(f"Nouveau {number}", "FR") for number in range(40)))
        page = console.open(f"{ADDRESS}?day=2026-03-03")
        assert len(partners(page)) == 25
        (second,) = (
            a
            for a in page.one("section", aria_labelledby="partners").all("a")
            if a.get("href", "").startswith("?partners=2")
        )
        assert len(partners(console.open(urljoin(page.path, second["href"])))) == 18
        assert len(partners(console.open(f"{ADDRESS}?day=2026-03-03&partners=99&page=99"))) == 18

    @pytest.mark.parametrize(
        ("query", "field", "error"),
        [
            ("day=2026-02-30", "day", "Entrez le jour sous la forme"),
            ("day=3000-01-01", "day", "n’est pas encore venu"),
            ("day=2026-03-03&hour=99", "hour", "Entrez l’heure"),
            ("day=2026-03-08&hour=02:15", "hour", "n’a pas existé"),
            ("day=%00%00", "day", ""),
        ],
    )
    def test_bad_fields_get_a_sentence(
        self, console: Browsing, past: dict[str, Partner], query: str, field: str, error: str
    ) -> None:
        for address in (ADDRESS, f"/console/partners/{past['alo'].id}/then/"):
            page = console.open(f"{address}?{query}")
            assert page.status == (422 if error else 200)
            assert error in page.errors.get(field, "")

    def test_missing_and_damaged_versions_get_a_sentence(self, console: Browsing) -> None:
        page = console.open(f"{ADDRESS}?day=2001-01-01")
        assert page.status == 404
        assert "aucune version aussi ancienne" in plain(page.one("div", role="alert"))
        ArchivedTable.objects.update(digest="0" * 64)
        page = console.open(f"{ADDRESS}?day=2026-03-03")
        assert page.status == 404
        assert "est endommagée" in plain(page.one("div", role="alert"))


class TestOnePartner:
    def fields(
        self, console: Browsing, partner: Partner, query: str = "day=2026-03-03"
    ) -> tuple[Page, dict[str, list[str]]]:
        page = console.open(f"/console/partners/{partner.id}/then/?{query}")
        assert page.status == 200
        tables = page.all("table", class_="differences")
        return page, rows(tables[0]) if tables else {}

    def test_all_fields_stand_side_by_side(self, console: Browsing, past: dict[str, Partner]) -> None:
        page, fields = self.fields(console, past["alo"])
        assert page.title == "Aló Novo\u00a0– Ce jour-là et aujourd’hui"
        assert fields["Nom diffère"] == ["Aló Brasil", "Aló Novo"]
        assert fields["Priorité diffère"] == ["5", "2"]
        assert fields["Pays"] == ["Brésil, Portugal"] * 2
        assert fields["Début"] == ["2024-06-26"] * 2
        assert fields["Fin (inclusivement)"] == ["Vide"] * 2
        assert "2 champs diffèrent" in plain(page.one("main"))

    def test_partner_that_did_not_exist_gets_a_sentence(self, console: Browsing, past: dict[str, Partner]) -> None:
        page, fields = self.fields(console, past["azulejo"])
        assert fields == {}
        assert "Ce partenaire n’existait pas encore ce jour-là." in plain(page.one("main"))

    def test_partner_in_the_trash_is_shown(self, console: Browsing, past: dict[str, Partner]) -> None:
        _page, fields = self.fields(console, past["prairie"])
        assert fields["Nom"] == ["Prairie Answers"] * 2
        (trashed,) = (values for label, values in fields.items() if "corbeille" in label)
        assert trashed[0] == "Vide"
        assert trashed[1] != "Vide"
        restore(past["prairie"])
        assert self.fields(console, past["prairie"])[0].status == 200

    def test_field_of_a_later_version_was_not_recorded(self, console: Browsing, past: dict[str, Partner]) -> None:
        for change in Change.objects.filter(subject_id=past["alo"].id, before__isnull=True):
            change.after = {name: value for name, value in (change.after or {}).items() if name != "priority"}
            change.save()
        _page, fields = self.fields(console, past["alo"])
        assert fields["Priorité"] == ["Non consigné", "2"]
        assert fields["Nom diffère"] == ["Aló Brasil", "Aló Novo"]

    def test_what_preceded_the_history_is_what_its_first_change_found(
        self, console: Browsing, past: dict[str, Partner]
    ) -> None:
        Change.objects.filter(subject_id=past["alo"].id, before__isnull=True).delete()
        assert self.fields(console, past["alo"])[1]["Nom diffère"] == ["Aló Brasil", "Aló Novo"]

    def test_partner_without_any_history_is_as_it_was(self, console: Browsing, past: dict[str, Partner]) -> None:
        Change.objects.filter(subject_id=past["ending"].id).delete()
        assert self.fields(console, past["ending"])[1]["Nom"] == ["Échue"] * 2

    def test_unknown_partner_is_not_found(self, console: Browsing) -> None:
        assert console.open("/console/partners/999999/then/?day=2026-03-03").status == 404

    def test_settings_lead_to_it(self, console: Browsing, past: dict[str, Partner]) -> None:
        page = console.open(f"/console/partners/{past['alo'].id}/")
        path = f"/console/partners/{past['alo'].id}/then/"
        assert path in [link["href"] for link in page.all("a")]


def test_pages_lead_to_each_other(console: Browsing) -> None:
    links = {link["href"] for link in console.open(ADDRESS).all("a")}
    assert {"/console/history/why/", "/console/history/"} <= links
    assert ADDRESS in {link["href"] for link in console.open("/console/history/why/").all("a")}
    assert {ADDRESS, "/console/history/why/"} <= {link["href"] for link in console.open("/console/history/").all("a")}


def test_many_partners_are_compared(console: Browsing) -> None:
    set_operator()
    crowd(300)
    page = console.open(f"{ADDRESS}?hour=00:00")
    assert page.status in {200, 404}
