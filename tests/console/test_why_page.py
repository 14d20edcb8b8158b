"""The page « Pourquoi? »: a decision from its reference, or from the footer of a page."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import override_settings

from renvoi.config import Config
from renvoi.domain.ledger_entry import RANDOM_BYTES, Entry, entry_at, fields_of
from renvoi.domain.places import parse_country, parse_region
from renvoi.domain.routing import CountrySource, Visitor, choose, decide
from renvoi.ledger.engines import open_store
from renvoi.partners.models import Partner
from renvoi.publication.archive import read_archived
from renvoi.publication.models import ArchivedTable
from tests.cast import (
    ALO_BRASIL,
    PRAIRIE,
    a_partner,
    set_operator,
    stored,
    with_changes,
)
from tests.console.browsing import Browsing
from tests.console.explaining import (
    ADDRESS,
    FIRST_AT,
    SENT_TO_SIGN_UP,
    UNRECORDED,
    Record,
    answer,
    click,
    facts,
    plain,
    published,
    standings,
)
from tests.partners.acting import trash, update

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def config(tmp_path: Path) -> Iterator[Config]:
    """The configuration of a Renvoi with an empty ledger of its own."""
    own = Config.model_validate({"data_dir": tmp_path / "data"})
    with closing(open_store(own)) as store:
        store.prepare()
    with override_settings(CONFIG=own):
        yield own


@pytest.fixture
def record(config: Config) -> Record:
    """Return a function that decides for a visitor by a version, and records it as the gateway does."""

    def record(
        code: str | None,
        *,
        number: int,
        region: str = "",
        at: datetime = FIRST_AT,
        chosen: Partner | None = None,
        source: CountrySource = "address",
    ) -> Entry:
        visitor = Visitor(parse_country(code or ""), source if code else "unknown", parse_region(region), "fr")
        table = read_archived(number).table
        decision = decide(table, visitor, at=at, draw=lambda _: b"")
        if chosen is not None:
            clicked = choose(table, visitor, partner_id=chosen.id, at=at)
            assert clicked is not None
            decision = clicked
        fields = fields_of(decision, act="sent" if chosen else "shown", country_source=source, source="printemps")
        entry = entry_at(at, fields, random_bytes=bytes(RANDOM_BYTES))
        with closing(open_store(config)) as store:
            store.append([entry])
        return entry

    return record


class TestReference:
    def test_recorded_decision_is_explained(self, console: Browsing, record: Record) -> None:
        set_operator()
        partner = stored(ALO_BRASIL)
        entry = record("BR", number=published())
        update(partner, with_changes(ALO_BRASIL, name="Aló Novo", status="paused"))
        page = console.open(f"{ADDRESS}?ref={entry.ref}")
        assert (page.status, page.title, answer(page)) == (200, "Pourquoi?", "Aló Brasil a été proposé")
        version = f"Version {entry.generation}, du 3 mars 2026 à 14 h 05"
        assert facts(page) == {
            "Adresse donnée": ALO_BRASIL.url_fr,
            "Version": version,
            "Quand": "2026-03-03 à 14 h 05",
            "Lieu": "Brésil Pays déterminé par : l’adresse IP",
            "Langue": "Français",
            "Bas de la page": f"{entry.generation} · BR · fr",
            "Référence": entry.ref,
            "Réponse": "Une page",
            "Source (?src=)": "printemps",
        }
        (head,) = standings(page)
        assert head == "Aló Brasil s’appelle maintenant Aló Novo"
        assert standings(page)[head] == "Retenu Priorité 5"
        assert "Le registre a consigné une autre décision" not in page.html

    def test_click_is_explained(self, console: Browsing, record: Record) -> None:
        set_operator()
        stored(with_changes(ALO_BRASIL, priority=1))
        later = stored(a_partner("Plus Tard", "BR", priority=9))
        entry = record("BR", number=published(), chosen=later)
        page = console.open(f"{ADDRESS}?ref=Renvoi-Ref:%20{entry.ref.upper()}")
        assert answer(page) == "Plus Tard a été proposé"
        assert "Le client potentiel a choisi ce partenaire." in plain(page.one("main"))
        assert standings(page)["Aló Brasil"] == "Non choisi par le client potentiel"
        assert facts(page)["Réponse"] == "Une redirection"

    def test_ledger_that_differs_is_said(self, console: Browsing, record: Record, config: Config) -> None:
        set_operator()
        stored(ALO_BRASIL)
        entry = record("BR", number=published())
        other = entry._replace(ref=entry.ref[:-1] + "1", decision="none", reason="no_partner", partner=None)
        with closing(open_store(config)) as store:
            store.append([other])
        page = console.open(f"{ADDRESS}?ref={other.ref}")
        assert page.status == 200
        assert "Le registre a consigné une autre décision" in plain(page.one("div", role="alert"))

    @pytest.mark.parametrize(
        "typed", ["0199c2f0-5c3e-7a41-9b1d-3f6a2c8e4d10", " 0199C2F0-5c3e-7a41-9b1d-3f6a2c8e4d10. "]
    )
    def test_unknown_reference_gets_a_sentence(self, console: Browsing, typed: str) -> None:
        page = console.open(f"{ADDRESS}?ref={typed}")
        assert page.status == 422
        assert page.errors["ref"].startswith("Le registre n’a aucune inscription qui porte cette référence.")
        assert page.one("input", id="ref")["value"] == typed

    @pytest.mark.parametrize(
        "typed", ["bonjour", "41", "%00", "41 · ZZ · fr", "0199c2f0-5c3e-4a41-9b1d-3f6a2c8e4d10", "é" * 3000]
    )
    def test_other_text_gets_a_sentence(self, console: Browsing, typed: str) -> None:
        page = console.open(f"{ADDRESS}?ref=x{typed}")
        assert page.status == 422
        assert "ni une référence" in page.errors["ref"]

    def test_ledger_that_is_away_gets_a_sentence(self, console: Browsing, config: Config) -> None:
        config.ledger_path.unlink(missing_ok=True)
        page = console.open(f"{ADDRESS}?ref={UNRECORDED}")
        assert page.status == 422
        assert "registre" in page.errors["ref"]

    def test_damaged_and_missing_versions_get_a_sentence(self, console: Browsing, record: Record) -> None:
        set_operator()
        stored(ALO_BRASIL)
        entry = record("BR", number=published())
        ArchivedTable.objects.filter(generation=entry.generation).update(digest="0" * 64)
        assert "est endommagée" in console.open(f"{ADDRESS}?ref={entry.ref}").errors["ref"]
        assert "est endommagée" in console.open(f"{ADDRESS}?ref={entry.generation}+BR+fr").errors["ref"]
        ArchivedTable.objects.filter(generation=entry.generation).delete()
        for ref in (entry.ref, f"{entry.generation} BR fr", "999999999999999999 BR fr"):
            assert "Les archives n’ont pas cette version" in console.open(f"{ADDRESS}?ref={ref}").errors["ref"]


class TestMark:
    @pytest.mark.parametrize("form", ["{} · BR · fr", "{}-br-FR", "Version {} / BR / fr"])
    def test_footer_is_explained(self, console: Browsing, form: str) -> None:
        set_operator()
        partner = stored(ALO_BRASIL)
        number = published()
        trash(partner)
        published(FIRST_AT + timedelta(days=1))
        page = console.open(f"{ADDRESS}?ref={form.format(number)}")
        assert (page.status, answer(page)) == (200, "Aló Brasil a été proposé")
        assert facts(page)["Quand"] == "2026-03-03 à 14 h 05"
        assert list(standings(page)) == ["Aló Brasil maintenant dans la corbeille"]
        assert "Personne n’a été proposé. Aucun partenaire ne desservait ce pays." in plain(page.one("main"))
        # One can go on from there.
        assert page.one("input", id="day")["value"] == "2026-03-03"
        assert page.one("select", id="country").one("option", selected="")["value"] == "BR"

    def test_version_that_turned_says_when(self, console: Browsing) -> None:
        set_operator()
        stored(with_changes(ALO_BRASIL, agreement_ends_on=date(2026, 3, 10)))
        number = published()
        stored(PRAIRIE)
        published(FIRST_AT + timedelta(days=30))
        page = console.open(f"{ADDRESS}?ref={number}+BR+fr")
        turns = page.one("ul", class_="turns")
        assert [plain(turn) for turn in turns.all("li")] == [
            "à partir du 2026-03-03 Aló Brasil a été proposé",
            "à partir du 2026-03-11 Personne n’a été proposé",
        ]
        page = click(console, page, turns.one("a"))
        assert (page.status, answer(page)) == (200, "Personne n’a été proposé")
        assert (
            standings(page)["Aló Brasil"]
            == "Refusé : entente échue Fin : 2026-03-10; jour de la décision : 2026-03-11."
        )

    def test_page_that_asked_for_the_region_leads_to_each(self, console: Browsing) -> None:
        set_operator()
        stored(PRAIRIE)
        page = console.open(f"{ADDRESS}?ref={published()}+CA+fr")
        assert answer(page) == "La page a demandé la région"
        assert standings(page) == {"Prairie Answers": "Non envisagé : la zone de couverture a décidé"}
        links = page.one("ul", class_="turns").all("a")
        assert [plain(link) for link in links] == ["Québec (Canada)", "Ailleurs au Canada"]
        assert answer(click(console, page, links[0])) == SENT_TO_SIGN_UP
        assert answer(click(console, page, links[1])) == "Prairie Answers a été proposé"
