"""U+0000, which PostgreSQL accepts in no text: it is refused or dropped before any query, on both engines."""

import uuid
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client

from renvoi.people.models import User
from tests.cast import ALO_BRASIL, BOREALE, PASSWORD, set_operator, stored, typed

NUL = "renvoi\0renvoi"
LIST, SETTINGS, SIGN_IN = "/console/partners/", "/console/settings/", "/console/sign-in/"
# A cookie may contain it quoted, in octal.
IN_A_COOKIE = '"renvoi\\000renvoi"'
FIELDS = (
    *typed(ALO_BRASIL),
    "countries",
    "country",
    "version",
    "idempotency_key",
    "list",
    "selected",
    "except",
    "channel",
)
SEARCHED = (
    "name",
    "url_en",
    "url_fr",
    "countries",
    "state",
    "sort",
    "page",
    "per_page",
    "selected",
    "except",
    "for",
    "lang",
)


@pytest.fixture
def sender(odile: User) -> Client:
    client = Client()
    client.force_login(odile)
    return client


@pytest.mark.parametrize("name", SEARCHED)
def test_null_character_in_a_path(name: str, sender: Client) -> None:
    stored(ALO_BRASIL)
    query = f"{name}={quote(NUL)}"
    for path in (LIST, f"{LIST}export/csv/", f"{LIST}export/pdf/", "/console/trash/", "/console/help/", SIGN_IN):
        assert sender.get(f"{path}?{query}").status_code in {200, 302, 404}, path
    assert sender.get(f"/console/help/{quote(NUL)}/").status_code == 404
    assert sender.get(f"{LIST}{quote(NUL)}/").status_code == 404


@pytest.mark.parametrize("name", FIELDS)
def test_null_character_in_a_form_field(name: str, sender: Client) -> None:
    partner = stored(ALO_BRASIL)
    set_operator(BOREALE)
    for path, values in ((f"{LIST}{partner.id}/", ALO_BRASIL), (f"{LIST}new/", ALO_BRASIL), (SETTINGS, BOREALE)):
        fields = {**typed(values), "countries": "BR", "version": "1", "idempotency_key": str(uuid.uuid4()), name: NUL}
        response = sender.post(path, fields)
        assert response.status_code in {200, 302, 409, 422}, path
    for path in (f"{LIST}export/csv/", "/console/preferences/", f"/console/notices/{quote(NUL)}/dismiss/"):
        assert sender.post(path, {name: NUL, "language": NUL, "theme": NUL}).status_code in {200, 302, 400, 404}, path


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["email", "password", "next", "csrfmiddlewaretoken"])
def test_null_character_in_an_anonymous_request(name: str) -> None:
    fields = {"email": "odile@boreale.example", "password": PASSWORD, name: NUL}
    assert Client().post(SIGN_IN, fields).status_code in {200, 302}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, "other"]
)
def test_null_character_in_a_cookie(name: str) -> None:
    client = Client(headers={"cookie": f"{name}={IN_A_COOKIE}"})
    assert client.get(SIGN_IN).status_code == 200
    assert client.get(LIST).status_code == 302
    assert client.post(SIGN_IN, {"email": "odile@boreale.example", "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize("name", ["X-Forwarded-For", "User-Agent", "Accept-Language", "HX-Request", "HX-Current-URL"])
def test_null_character_in_a_header(name: str, sender: Client) -> None:
    assert sender.get(LIST, headers={name: NUL}).status_code == 200
