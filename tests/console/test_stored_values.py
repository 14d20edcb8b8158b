"""Stored values that this version or machine can't use: every page, export and table goes on, and doctor says it."""

import csv
import io
import json
import uuid
from collections.abc import Callable
from contextlib import closing

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from renvoi.cli.checks.stored_values import check_stored_values
from renvoi.config import read_config
from renvoi.domain.places import LANGUAGES
from renvoi.domain.routing import Visitor, decide
from renvoi.exports.delimited import render_csv
from renvoi.exports.pdf import render_pdf
from renvoi.history.models import Change, ChangeSet
from renvoi.partners import actions
from renvoi.partners.exporting import data_table, list_rows, printed_list
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.models import CoveredArea, Operator, Partner, SavedView, ServedCountry
from renvoi.partners.routing_table import build_table, publish
from renvoi.people.models import User
from renvoi.publication.publishing import raise_generation
from renvoi.visitor.html.pages import Pages
from renvoi.visitor.params import QueryParams
from renvoi.visitor.unusable_values import unusable_values
from tests.cast import ALO_BRASIL, AZULEJO, BOREALE, country, published, set_operator, stored, typed
from tests.console.browsing import Browsing

LIST, COVERAGE, SETTINGS = "/console/partners/", "/console/coverage/", "/console/settings/"
PAGES = (
    LIST,
    f"{LIST}?countries=bresil&sort=-countries&state=actif",
    "{partner}",
    "{partner}delete/",
    f"{LIST}new/?from={{id}}",
    f"{LIST}pause/?selected=all",
    f"{LIST}delete/?selected=all",
    f"{LIST}export/csv/",
    "/console/import/",
    "/console/trash/",
    COVERAGE,
    SETTINGS,
    "/console/settings/",
    "/console/account/",
    "/console/help/",
)
_UNUSABLE = (
    "https://",
    "javascript:alert(1)",
    "https://a b/",
    "http://[::1",
    "é",
    "https://alo.example/\r\nX: y",
    "mailto:a@b",
)


def address(text: str) -> Callable[[], object]:
    return lambda: Partner.objects.filter(name=ALO_BRASIL.name).update(url_en=text)


def both_addresses() -> object:
    return Partner.objects.filter(name=ALO_BRASIL.name).update(url_en="x", url_fr="y")


def history(after: str) -> Callable[[], object]:
    def write() -> None:
        with connection.cursor() as cursor:
            cast = "%s" if connection.vendor == "sqlite" else "%s::jsonb"
            cursor.execute(f"UPDATE partners_change SET after = {cast}", [after])  # noqa: S608 (a constant)

    return write


WRITES: dict[str, Callable[[], object]] = {
    "a time zone of nobody": lambda: Operator.objects.update(time_zone="Mars/Olympus"),
    "a retired time zone": lambda: Operator.objects.update(time_zone="US/Pacific-New"),
    "an empty time zone": lambda: Operator.objects.update(time_zone=""),
    "a time zone outside": lambda: Operator.objects.update(time_zone="../../etc/passwd"),
    "a mode": lambda: Operator.objects.update(mode="roulett"),
    "a default language": lambda: Operator.objects.update(default_language="de"),
    "a sign-up address": lambda: Operator.objects.update(signup_url_en="https://", signup_url_fr="x"),
    "a covered country": lambda: CoveredArea.objects.create(country="QQ", region=""),
    "a covered region": lambda: CoveredArea.objects.create(country="CA", region="CA-XX"),
    "a region of no country": lambda: CoveredArea.objects.create(country="QQ", region="QQ-1"),
    "a country": lambda: ServedCountry.objects.filter(country="BR").update(country="QQ"),
    "one more country": lambda: ServedCountry.objects.create(partner=Partner.objects.earliest("id"), country="ZZ"),
    "a status": lambda: Partner.objects.filter(name=ALO_BRASIL.name).update(status="closed"),
    "both addresses": both_addresses,
    "history without fields": history("{}"),
    "history of a newer version": history(json.dumps({"version": 1, "tags": ["a"], "countries": 3})),
    "history that is a list": history("[1]"),
    "history that is a text": history('"x"'),
    **{f"the address {text!r}": address(text) for text in _UNUSABLE},
    "a theme": lambda: User.objects.update(theme="neon"),
    "a language": lambda: User.objects.update(language="de"),
    "a separator": lambda: User.objects.update(csv_separator="|"),
}
SILENT = {"history without fields", "history of a newer version"}
"""Another version writes these: nothing is wrong with them."""


@pytest.fixture
def session(odile: User) -> Client:
    set_operator(BOREALE)
    stored(ALO_BRASIL, actor=odile)
    stored(AZULEJO, actor=odile)
    actions.trash_partner(partner_id=stored(AZULEJO_TOO, actor=odile).id, actor=odile, channel="console")
    client = Client()
    client.force_login(odile)
    return client


AZULEJO_TOO = type(AZULEJO)(**{name: getattr(AZULEJO, name) for name in AZULEJO.__slots__} | {"name": "Azulejo Dois"})


def problems() -> list[str]:
    return [finding.remedy for finding in check_stored_values(read_config()) if finding.remedy]


@pytest.mark.usefixtures("session")
def test_usual_values_are_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize("name", WRITES)
def test_no_stored_value_prevents_a_page(name: str, session: Client) -> None:
    WRITES[name]()
    assert bool(problems()) != (name in SILENT)
    partner = Partner.objects.get(name=ALO_BRASIL.name)
    for path in PAGES:
        response = session.get(path.format(partner=f"{LIST}{partner.id}/", id=partner.id))
        assert response.status_code == 200, path
    for path in (f"{LIST}{partner.id}/", SETTINGS):
        fields = typed(ALO_BRASIL if path != SETTINGS else BOREALE) | {
            "version": "1",
            "countries": "BR",
            "covered": "BR",
        }
        response = session.post(path, fields | {"idempotency_key": str(uuid.uuid4())})
        assert response.status_code in {200, 302, 409, 422}, path


def test_no_stored_value_prevents_an_export(session: Client) -> None:
    """The values add up."""
    for name, write in WRITES.items():
        write()
        for language in LANGUAGES:
            listing = PartnerListing.from_query(QueryDict(""), language=language, today=timezone.localdate())
            table = data_table(listing.exported(), count=2, language=language, headings="names")
            content = b"".join(render_csv(table)).decode("utf-8-sig")
            assert len([*csv.reader(io.StringIO(content, newline=""))]) == 3, name
            assert len([*list_rows(listing)]) == 2, name
    for language in LANGUAGES:
        listing = PartnerListing.from_query(QueryDict(""), language=language, today=timezone.localdate())
        assert render_pdf(printed_list(listing)).content.startswith(b"%PDF-")
    with closing(session.post(f"{LIST}export/csv/", {"format": "xlsx"})) as response:
        assert response.status_code == 200


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("name", WRITES)
def test_no_stored_value_prevents_a_decision(name: str) -> None:
    WRITES[name]()
    raise_generation()
    publish()
    table = published()
    pages = Pages(table.operator)
    for code, region in (("BR", None), ("PT", None), ("CA", None), ("CA", "CA-QC"), ("AO", None), (None, None)):
        for language in LANGUAGES:
            visitor = Visitor(country(code) if code else None, "parameter", region, language)  # type: ignore[arg-type]
            decision = decide(table, visitor, at=timezone.now(), draw=lambda id_: str(id_).encode())
            assert pages.page(decision, params=QueryParams()).startswith(b"<!DOCTYPE html>")
            assert decision.destination is None or decision.destination.startswith(("http", "")), decision
    assert set(unusable_values(build_table())) == set(unusable_values(table))


def test_saved_view_of_a_newer_version_is_a_list(session: Client, odile: User) -> None:
    view = SavedView.objects.create(
        account=odile, name="Tags", name_key="tags", query="tags=a&sort=-tags&per_page=7&page=x\r\n"
    )
    page = session.get(LIST)
    assert page.status_code == 200
    assert session.get(f"{LIST}?{view.query}").status_code == 200
    assert session.post(f"{LIST}views/{view.id}/", {"name": "Other"}).status_code == 302


def test_notice_of_a_newer_version_is_displayed(session: Client) -> None:
    store = session.session
    store["notices"] = [
        {
            "text": "Bonjour",
            "kind": "good",
            "undo_path": "",
            "undo_label": "",
            "subject_id": 0,
            "id": "1",
            "colour": "red",
        }
    ]
    store.save()
    assert "Bonjour" in session.get(LIST).content.decode()


def test_unreadable_address_is_shown_as_text_and_said(console: Browsing) -> None:
    stored(ALO_BRASIL)
    address("javascript:alert(1)")()
    page = console.open(LIST)
    assert "Adresse illisible" in page.text
    assert not [link for link in page.all("a") if link.get("href").startswith("javascript")]


def test_retired_zone_is_offered_and_said_on_the_page_that_sets_it(console: Browsing) -> None:
    set_operator(BOREALE)
    Operator.objects.update(time_zone="US/Pacific-New")
    page = console.open(SETTINGS)
    assert (
        page.one("select", id="time_zone")
        .one("option", selected="")
        .text.startswith("Heure du Pacifique (Los Angeles)")
    )
    assert "utilise celui-ci\u00a0: Heure du Pacifique" in page.text
    fields = typed(BOREALE, time_zone="US/Pacific-New", version=str(Operator.objects.get().version))
    saved = console.post(SETTINGS, fields | token(console))
    assert saved.status == 302
    assert Operator.objects.get().time_zone == "America/Los_Angeles"


def token(browsing: Browsing) -> dict[str, str]:
    return {"csrfmiddlewaretoken": browsing.open(COVERAGE).all("input", name="csrfmiddlewaretoken")[0]["value"]}


def test_step_of_another_version_is_not_undone(session: Client, odile: User) -> None:
    partner = Partner.objects.get(name=ALO_BRASIL.name)
    step = actions.pause_partners(partners=Partner.objects.filter(id=partner.id), actor=odile, channel="console")
    assert step.change_set_id is not None
    Change.objects.filter(change_set_id=step.change_set_id).update(before={"status": "x"}, after={"version": 2})
    assert session.post(f"/console/steps/{step.change_set_id}/undo/").status_code in {302, 404}
    assert ChangeSet.objects.filter(id=step.change_set_id).exists()
