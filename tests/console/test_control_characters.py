"""Control and invisible characters in every field and path of the console: a page or a refusal, never a failure."""

import uuid
from urllib.parse import quote

import pytest
from django.test import Client

from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, BOREALE, PASSWORD, sample, set_operator, stored, typed

CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))]
INVISIBLE = [
    "\u00ad",
    "\u034f",
    "\u200b",
    "\u2028",
    "\u202e",
    "\u2060",
    "\ufeff",
    "\ufff9",
    "\ufffe",
    "\U000e0001",
    "\U0010ffff",
]
ALONE = [*CONTROLS, *INVISIBLE]
LIST, SETTINGS, SIGN_IN, ACCOUNT = "/console/partners/", "/console/settings/", "/console/sign-in/", "/console/account/"
HUGE = (2**31, 2**63, 10**40)


@pytest.fixture
def sender(odile: User) -> Client:
    client = Client()
    client.force_login(odile)
    return client


@pytest.fixture
def partner(db: None) -> Partner:  # noqa: ARG001 (required by pytest-django)
    set_operator(BOREALE)
    return stored(ALO_BRASIL)


@pytest.mark.parametrize("pattern", ["{}", "Aló{}Brasil", "https://a{}lo.example/", "https://alo.example/{}"])
def test_control_character_in_the_fields_of_a_form(pattern: str, partner: Partner, sender: Client) -> None:
    paths = {f"{LIST}{partner.id}/": typed(ALO_BRASIL), f"{LIST}new/": typed(ALO_BRASIL), SETTINGS: typed(BOREALE)}
    for text in map(pattern.format, sample(ALONE, 6)):
        for path, fields in paths.items():
            sent = dict.fromkeys(fields, text) | {"countries": "BR", "covered": "BR", "version": "1"}
            response = sender.post(path, sent | {"idempotency_key": str(uuid.uuid4())})
            assert response.status_code in {302, 409, 422}, (path, text)


def test_control_character_in_any_one_field(partner: Partner, sender: Client) -> None:
    fields = typed(ALO_BRASIL) | {"countries": "BR", "country": "", "country_list": "", "version": "1", "list": ""}
    for name in (*fields, "save", "suggest", "asked", "keep_name", "remove_country", "idempotency_key"):
        for text in sample(ALONE, 1):
            response = sender.post(f"{LIST}{partner.id}/", fields | {name: text})
            assert response.status_code in {200, 302, 409, 422}, (name, text)


def test_control_character_in_other_forms(partner: Partner, sender: Client) -> None:
    for text in sample(ALONE, 8):
        every = dict.fromkeys(["name", "language", "theme", "csv_separator", "list", "file_name", "separator"], text)
        for path in (
            ACCOUNT,
            f"{LIST}views/new/",
            f"{LIST}export/csv/",
            f"{LIST}pause/",
            f"{LIST}{partner.id}/delete/",
        ):
            assert sender.post(path, every).status_code in {200, 302, 409, 422}, (path, text)
        assert sender.post("/console/preferences/", every).status_code in {302, 400}, text


@pytest.mark.django_db
def test_control_character_at_the_door() -> None:
    for number, text in enumerate(sample(ALONE, 15)):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        fields = {"email": f"odile{text}@boreale.example", "password": PASSWORD + text, "next": text}
        assert client.post(SIGN_IN, fields).status_code == 200, text


def test_control_character_in_a_path(partner: Partner, sender: Client) -> None:
    for text in sample(ALONE, 8):
        query = "&".join(f"{name}={quote(text)}" for name in ("name", "countries", "state", "sent", "sort", "page"))
        for path in (f"{LIST}?{query}", f"{LIST}{partner.id}/?list={quote(query)}", f"/console/help/?q={quote(text)}"):
            assert sender.get(path).status_code in {200, 302}, path
        assert sender.get(f"/console/help/{quote(text)}/").status_code == 404, text


@pytest.mark.parametrize("number", HUGE)
def test_number_that_no_row_can_have(number: int, sender: Client) -> None:
    for path in (f"{number}/", f"{number}/delete/", f"views/{number}/"):
        assert sender.get(f"{LIST}{path}").status_code == 404, path
    assert sender.post(f"{LIST}{number}/restore/").status_code == 404
    query = f"selected={number}&page={number}&per_page={number}&sent={number}&from={number}"
    assert sender.get(f"{LIST}?{query}").status_code == 200
    assert sender.get(f"{LIST}new/?from={number}").status_code == 200
