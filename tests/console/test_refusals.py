"""Requests for other hosts, and what can not be read: 400 or 413, with the limit, and one line in the log."""

import logging
from collections import deque
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from renvoi.partners.models import Operator
from renvoi.server.logs import WithoutValues
from renvoi.web import origins
from tests.cast import ALO_BRASIL, stored
from tests.console.browsing import Browsing, Page

MANY = "&".join(f"a{number}=1" for number in range(1001))
FORM = "application/x-www-form-urlencoded"
FORM_PAGES = [
    "/console/sign-in/",
    "/console/partners/new/",
    "/console/partners/{id}/",
    "/console/partners/{id}/delete/",
    "/console/partners/pause/",
    "/console/partners/export/csv/",
    "/console/coverage/",
    "/console/account/",
    "/console/preferences/",
    "/console/nowhere/",
]


@pytest.fixture(autouse=True)
def _fresh_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "_logged_at", deque(maxlen=10))


class TestHost:
    """One log line without the value, whatever the page."""

    @pytest.mark.parametrize(
        "host", ["evil.example", "testserver.evil.example", "a b", "[::1", "evil.example:99999", "é", "x, testserver"]
    )
    @pytest.mark.parametrize("path", ["/console/partners/", "/console/sign-in/", "/console/nowhere/"])
    def test_other_host_is_logged_in_one_line_without_its_value(
        self, host: str, path: str, console: Browsing, caplog: pytest.LogCaptureFixture
    ) -> None:
        page = console.open(f"{path}?{MANY}", Host=host)
        assert (page.status, page.title) == (400, "Cette requête est illisible")
        assert [record.getMessage() for record in caplog.records] == [
            "A request for a host that is none of this site's was refused."
        ]
        assert caplog.records[0].exc_info is None

    @pytest.mark.parametrize("host", ["TESTSERVER", "testserver.", "localhost.:8000", "[0::1]:80", "renvoi.localhost"])
    def test_own_host_is_accepted_in_every_spelling(self, host: str, console: Browsing) -> None:
        assert console.open("/console/partners/", Host=host).status == 200

    def test_strangers_cannot_fill_the_log(self, stranger: Browsing, caplog: pytest.LogCaptureFixture) -> None:
        for number in range(30):
            stranger.open("/console/sign-in/", Host=f"evil{number}.example")
        assert len(caplog.records) == 10

    def test_what_django_refuses_is_logged_without_values(self) -> None:
        try:
            raise ZeroDivisionError  # noqa: TRY301
        except ZeroDivisionError as error:
            record = logging.LogRecord(
                "django.security.DisallowedHost", 40, "", 1, "Invalid %s", ("evil",), (type(error), error, None)
            )
        assert WithoutValues().filter(record)
        assert logging.Formatter().format(record) == "A request was refused: DisallowedHost"


class TestTooMuch:
    """Each page says which limit was exceeded."""

    @pytest.mark.parametrize("path", FORM_PAGES)
    @pytest.mark.parametrize("signed_in", [True, False])
    def test_too_many_parameters_are_400_that_names_the_limit(
        self, path: str, console: Browsing, stranger: Browsing, *, signed_in: bool
    ) -> None:
        client = (console if signed_in else stranger).client
        path = path.format(id=stored(ALO_BRASIL).id)
        requests = (
            client.get(f"{path}?{MANY}"),
            client.post(f"{path}?{MANY}", {"a": "1"}),
            client.post(path, MANY, content_type=FORM),
            client.post(path, dict.fromkeys(map(str, range(1001)), "1")),
        )
        for response in requests:
            page = Page(response)
            assert (page.status, page.title) == (400, "Cette requête est illisible")
            assert "Plus de 1\u00a0000 champs ont été envoyés." in page.one("div", class_="prose").text

    def test_too_many_files_are_400_that_names_the_limit(self, console: Browsing) -> None:
        part = '--x\r\nContent-Disposition: form-data; name="f"; filename="{}"\r\n\r\n\r\n'
        body = "".join(part.format(number) for number in range(101)) + "--x--\r\n"
        response = console.client.post("/console/account/", body, content_type="multipart/form-data; boundary=x")
        assert "Plus de 100 fichiers ont été envoyés." in Page(response).html
        assert response.status_code == 400

    @pytest.mark.parametrize("path", ["/console/sign-in/", "/console/partners/new/"])
    def test_too_large_form_is_413_that_names_the_limit(
        self, path: str, console: Browsing, english_console: Browsing
    ) -> None:
        for browsing, sentence in (
            (console, "Plus de 1\u00a0000\u00a0000 octets ont été envoyés."),
            (english_console, "More than 1,000,000 bytes were sent."),
        ):
            page = Page(browsing.client.post(path, "a=" + "x" * 1_000_000, content_type=FORM))
            assert (page.status, sentence in page.one("div", class_="prose").text) == (413, True)

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"x", "multipart/form-data"),
            (b"x", "multipart/form-data; boundary=é"),
        ],
    )
    def test_malformed_form_is_400(self, body: bytes, kind: str, console: Browsing, stranger: Browsing) -> None:
        for browsing in (console, stranger):
            response = browsing.client.generic("POST", "/console/sign-in/", body, content_type=kind)
            assert response.status_code == 400

    def test_thousand_parameters_are_accepted(self, console: Browsing) -> None:
        fields = "&".join(f"a{number}=1" for number in range(1000))
        assert console.open(f"/console/partners/?{fields}").status == 200


@pytest.mark.django_db
def test_error_page_needs_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(Operator.objects, "get", fail)
    page = Page(Client(raise_request_exception=False).get("/console/sign-in/"))
    assert (page.status, page.language) == (500, "fr")


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({"Origin": "http://testserver"}, False),
        ({"Origin": "http://TESTSERVER.:80"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, False),
        ({}, False),
        ({"Origin": "null"}, True),
        ({"Origin": "https://testserver"}, True),
        ({"Origin": "http://testserver:81"}, True),
        ({"Origin": "http://evil.example"}, True),
    ],
)
def test_form_is_accepted_from_own_pages_only(headers: dict[str, Any], console: Browsing, *, is_refused: bool) -> None:
    token = console.open("/console/partners/").all("input", name="csrfmiddlewaretoken")[0]["value"]
    page = console.post("/console/preferences/", {"theme": "dark", "csrfmiddlewaretoken": token}, **headers)
    assert page.status == (403 if is_refused else 302)


@pytest.mark.django_db
def test_form_over_https_without_an_origin_needs_an_own_referer() -> None:
    for referer, status in (("https://testserver/x", 302), ("https://evil.example/", 403), ("", 403)):
        client = Client(enforce_csrf_checks=True)
        token = Page(client.get("/console/sign-in/", secure=True)).all("input", name="csrfmiddlewaretoken")[0]["value"]
        fields = {"theme": "dark", "csrfmiddlewaretoken": token}
        headers = {"Referer": referer} if referer else {}
        assert client.post("/console/preferences/", fields, secure=True, headers=headers).status_code == status, referer
