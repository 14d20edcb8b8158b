"""The list of the history: what its rows say, its search in each column, its order, and that it has no boxes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renvoi.history.models import Change, ChangeSet
from renvoi.partners import actions
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, a_partner, colleague, set_operator, stored, stored_many, with_changes
from tests.console.browsing import Browsing, Page

pytestmark = pytest.mark.django_db

HISTORY = "/console/history/"
NOON = datetime(2026, 12, 3, 19, 5, tzinfo=UTC)
"""14:05 in Toronto, the operator's time zone."""


def sentences(page: Page) -> list[str]:
    return [row.one("td", class_="col-what").one("a").text for row in page.one("tbody").all("tr")]


def cells(page: Page, column: str) -> list[str]:
    return [row.one("td", class_=f"col-{column}").text for row in page.one("tbody").all("tr")]


@pytest.fixture
def steps(odile: User, wendy: User) -> None:
    """Six steps on six days: by Odile, by Wendy, by a command, and by an account that is gone."""
    gone = colleague("zoe@boreale.example", name="Zoé", language="fr")
    partner = actions.create_partner(values=ALO_BRASIL, actor=odile, channel="console").partner
    changed = with_changes(ALO_BRASIL, countries=("PT",), url_fr="https://alo.example/autre")
    actions.update_partner(partner_id=partner.id, values=changed, expected_version=1, actor=wendy, channel="console")
    actions.create_partners(many=[AZULEJO, a_partner("Éperlan", "CA")], actor=None, channel="cli")
    paused = actions.pause_partners(partners=Partner.objects.all(), actor=odile, channel="console")
    assert paused.change_set_id is not None
    actions.undo_step(change_set_id=paused.change_set_id, actor=odile, channel="console")
    actions.trash_partner(partner_id=partner.id, actor=gone, channel="console")
    for days, step in enumerate(ChangeSet.objects.order_by("position")):
        ChangeSet.objects.filter(id=step.id).update(at=NOON + timedelta(days=days), generation=40 + days)
    gone.delete()


SENTENCES = [
    "Aló Brasil\u00a0: supprimé",
    "Annulation de «\u00a03 partenaires mis en pause\u00a0»",
    "3 partenaires mis en pause",
    "Importation\u00a0: 2 partenaires créés",
    "Aló Brasil\u00a0: URL en français, pays modifiés",
    "Aló Brasil\u00a0: créé",
]


@pytest.mark.usefixtures("steps")
class TestRows:
    """What is said about each step."""

    def test_sentences_are_in_the_language_of_the_account(self, console: Browsing, english_console: Browsing) -> None:
        assert sentences(console.open(HISTORY)) == SENTENCES
        assert sentences(english_console.open(HISTORY)) == [
            "Aló Brasil: deleted",
            "Undo of “3 partners paused”",
            "3 partners paused",
            "Import: 2 partners created",
            "Aló Brasil: URL in French, countries changed",
            "Aló Brasil: created",
        ]

    def test_moment_person_channel_and_version(self, console: Browsing) -> None:
        page = console.open(HISTORY)
        assert cells(page, "when")[-1] == "2026-12-03 à 14\u00a0h\u00a005"
        assert cells(page, "who") == ["Zoé", "Odile", "Odile", "Commande", "Wendy", "Odile"]
        assert set(cells(page, "channel")) == {"Console", "Commande"}
        assert cells(page, "generation") == ["45", "44", "43", "42", "41", "40"]

    def test_undone_step_says_so(self, console: Browsing) -> None:
        assert [("Annulé" in text) for text in cells(console.open(HISTORY), "what")].index(True) == 2

    def test_there_is_nothing_to_tick(self, console: Browsing) -> None:
        page = console.open(f"{HISTORY}?selected=all")
        assert not page.all("input", type="checkbox")
        assert page.all("a", href="/console/history/?selected=all") == []


@pytest.mark.usefixtures("steps")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("at=2026-12-03", [5]),
        ("at=12-0", [0, 1, 2, 3, 4, 5]),
        ("at=14 h 05", [0, 1, 2, 3, 4, 5]),
        ("at=4 décembre 2026", [4]),
        ("actor=odile", [1, 2, 5]),
        ("actor=zoe", [0]),
        ("actor=commande", [3]),
        ("actor=command", [3]),
        ("channel=console", [0, 1, 2, 4, 5]),
        ("channel=command", [3]),
        ("what=alo", [0, 1, 2, 4, 5]),
        ("what=alo+modifie", [4]),
        ("what=changed", [4]),
        ("what=Aló Brasil : pays, URL en français modifiés", [4]),
        ("what=suppr", [0]),
        ("what=deleted", [0]),
        ("what=pause", [1, 2]),
        ("what=3 partenaires", [1, 2]),
        ("what=importation", [3]),
        ("what=import created", [3]),
        ("what=annulation", [1]),
        ("what=eperlan", [1, 2, 3]),
        ("generation=>43", [0, 1]),
        ("generation=41", [4]),
        ("what=alo&actor=wendy", [4]),
        ("sort=at", [5, 4, 3, 2, 1, 0]),
        ("sort=generation", [5, 4, 3, 2, 1, 0]),
        ("sort=actor", [3, 1, 2, 5, 4, 0]),
        ("sort=-channel", [0, 1, 2, 4, 5, 3]),
    ],
)
def test_search_and_order(query: str, expected: list[int], console: Browsing) -> None:
    found = sentences(console.open(f"{HISTORY}?{query}"))
    if "sort" in query:
        assert [SENTENCES.index(sentence) for sentence in found] == expected
    assert sorted(SENTENCES.index(sentence) for sentence in found) == sorted(expected)


@pytest.mark.usefixtures("steps")
@pytest.mark.parametrize("query", ["at=hier", "generation=abc", "what=rien", "sort=nothing&page=999999999", "reason=x"])
def test_keyword_that_matches_nothing(query: str, console: Browsing) -> None:
    assert console.open(f"{HISTORY}?{query}").status == 200


def test_general_settings_and_coverage_area(console: Browsing) -> None:
    set_operator()
    assert sentences(console.open(HISTORY)) == ["Réglages généraux modifiés"]
    assert sentences(console.open(f"{HISTORY}?what=reglages")) == ["Réglages généraux modifiés"]


def test_empty_history_says_so(console: Browsing) -> None:
    assert "Rien n’a encore été modifié" in console.open(HISTORY).text


def test_query_count_does_not_depend_on_the_number_of_steps(console: Browsing) -> None:
    counts = []
    for names in (("A", "B"), ("C", "D", "E", "F", "G")):
        for name in names:
            stored(a_partner(name, "BR"))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert len(sentences(console.open(HISTORY))) >= 2
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_step_of_a_host_of_the_previous_version_is_shown_and_summed_up_later(console: Browsing) -> None:
    """Such a host leaves the new columns at their defaults."""
    from renvoi.history.summaries import store_missing

    stored_many(ALO_BRASIL, AZULEJO)
    partner = Partner.objects.get(name="Aló Brasil")
    step = ChangeSet.objects.create(channel="console", generation=99)
    Change.objects.create(
        change_set=step,
        verb="update",
        subject="partner",
        subject_id=partner.id,
        before={"name": "Alô", "version": 1},
        after={"name": "Aló Brasil", "version": 2},
    )
    assert sentences(console.open(HISTORY))[0] == "Aló Brasil\u00a0: nom modifié"
    assert store_missing() == 1
    assert store_missing() == 0
    step.refresh_from_db()
    assert (step.count, step.tally, step.subject, step.name, step.fields) == (
        1,
        "update:1",
        "partner",
        "Aló Brasil",
        " name version ",
    )
    assert step.position == step.changes.get().id
    assert sentences(console.open(HISTORY))[0] == "Aló Brasil\u00a0: nom modifié"
