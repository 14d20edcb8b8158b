"""How many requests a token may send, the list as CSV, and what is answered without a token."""

import csv
import io
import json
from html import unescape
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from renvoi.api.operations.table import OPERATIONS
from renvoi.people.models import User
from renvoi.web.rate_limit import TOKEN_BURST
from tests.api.calling import DOCUMENT, ROOT, Program, program_of
from tests.cast import ALO_BRASIL, AZULEJO, TUNDRA, stored_many


def streamed(program: Program, path: str) -> tuple[str, bytes]:
    """Return the type and the complete body of the CSV file at a path."""

    async def ask() -> tuple[str, bytes]:
        headers = {"Authorization": f"Bearer {program.token}", "Accept": "text/csv"}
        response: Any = await AsyncClient().get(ROOT + path, headers=headers)
        return response.headers["Content-Type"], b"".join([piece async for piece in response.streaming_content])

    return async_to_sync(ask)()


class TestRate:
    """The limit of a token."""

    def test_headers_count_down_and_the_limit_is_refused(self, program: Program, odile: User) -> None:
        first = program.get("/countries")
        assert (first.headers["ratelimit-limit"], first.headers["ratelimit-remaining"]) == ("200", "199")
        assert (first.headers["ratelimit-policy"], first.headers["ratelimit"]) == (
            '"token";q=200;w=10',
            '"token";r=199;t=1',
        )
        statuses = [program.get("/partners/999").status for _ in range(2 * TOKEN_BURST)]
        refused = program.get("/partners/999")
        while refused.status != 429:
            refused = program.get("/partners/999")
        assert statuses[: TOKEN_BURST - 1] == [404] * (TOKEN_BURST - 1)
        assert (refused.headers["retry-after"], refused.headers["ratelimit-remaining"]) == ("1", "0")
        assert program_of(odile, name="Second").get("/countries").status == 200

    def test_refused_request_has_the_headers_too(self, program: Program) -> None:
        assert program.call("PATCH", "/partners/999", {}).headers["ratelimit-remaining"] == "199"


class TestCsv:
    """GET /api/v1/partners with Accept: text/csv."""

    def test_all_partners_that_match_are_in_the_file(self, program: Program) -> None:
        stored_many(ALO_BRASIL, AZULEJO, TUNDRA)
        content_type, content = streamed(program, "/partners?countries=Portugal&sort=-name&page=7")
        assert content_type == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        assert [(row["name"], row["countries"], row["version"]) for row in rows] == [
            ("Azulejo Chamadas", "AO PT", "1"),
            ("Aló Brasil", "BR PT", "1"),
        ]

    @pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/csv;q=0.5, application/json"])
    def test_json_is_the_default(self, program: Program, accept: str) -> None:
        assert program.get("/partners", Accept=accept).headers["content-type"] == "application/json"

    def test_other_types_are_not_acceptable(self, program: Program) -> None:
        assert program.get("/partners", Accept="image/png").status == 406


@pytest.mark.django_db
class TestDocuments:
    """/api/openapi.json and /api/docs."""

    def test_document_describes_every_operation(self) -> None:
        document = json.loads(Client().get("/api/openapi.json").content)
        assert document == json.loads(json.dumps(DOCUMENT))
        described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
        assert described == {(each.method, ROOT + each.path) for each in OPERATIONS}
        names = [each.name for each in OPERATIONS]
        assert len(set(names)) == len(names)

    def test_every_reference_leads_to_a_schema(self) -> None:
        text = json.dumps(DOCUMENT)
        references = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
        assert references <= DOCUMENT["components"]["schemas"].keys()

    def test_page_names_every_operation_and_loads_nothing_from_elsewhere(self) -> None:
        response = Client().get("/api/docs?lang=en")
        page = response.content.decode()
        assert [each.name for each in OPERATIONS if f'id="{each.name}"' not in page or each.summary not in page] == []
        assert ("://" in page, "<script" in page, "style=" in page) == (False, False, False)
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]

    def test_page_is_in_the_language_of_the_request(self) -> None:
        pages = {
            language: Client(HTTP_ACCEPT_LANGUAGE=language).get("/api/docs").content.decode()
            for language in ("fr", "en")
        }
        assert Client(HTTP_ACCEPT_LANGUAGE="en").get("/api/docs?lang=fr").content.decode() == pages["fr"]
        for language, page in pages.items():
            assert f'<html lang="{language}">' in page
        english = {each.summary for each in OPERATIONS}
        english |= {parameter.description for each in OPERATIONS for parameter in each.parameters}
        assert [text for text in english if text not in unescape(pages["en"])] == []
        assert [text for text in english if f">{text}" in unescape(pages["fr"])] == []
        response = Client(HTTP_ACCEPT_LANGUAGE="fr").get("/api/docs")
        assert (response.headers["Content-Language"], "Accept-Language" in response.headers["Vary"]) == ("fr", True)

    def test_document_is_in_english_for_everybody(self) -> None:
        documents = {Client(HTTP_ACCEPT_LANGUAGE=each).get("/api/openapi.json").content for each in ("fr", "en")}
        assert len(documents) == 1

    @pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs"])
    def test_only_reading_is_allowed(self, path: str) -> None:
        reply = Program().call("POST", path, {})
        assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")

    @pytest.mark.parametrize("path", ["/api/", "/api/docs/", "/api/v2/partners", "/api/v1", "/api/v1/decision"])
    def test_other_addresses_do_not_exist(self, path: str) -> None:
        assert Program().call("GET", path).status == 404
