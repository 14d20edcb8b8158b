"""What the OpenAPI document says of a value, and what the API does with one that is not so."""

import pytest

from renvoi.partners.models import CoveredArea, Partner
from tests.api.calling import DOCUMENT, Program

SCHEMAS = DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize("language", ["", "AAA", "FR", "fr-CA"])
@pytest.mark.parametrize("path", ["/countries", "/partners", "/visitors"])
def test_unknown_language_is_refused(program: Program, path: str, language: str) -> None:
    reply = program.get(f"{path}?lang={language}")
    assert (reply.status, reply.pointers) == (422, ["?lang"])


@pytest.mark.parametrize("count", ["2", None, True, [], 1.5])
def test_count_that_is_no_number_is_refused_even_if_it_is_not_needed(
    program: Program, alo_brasil: Partner, count: object
) -> None:
    listed = [{"id": alo_brasil.id, "version": 1}]
    bulk = program.call("POST", "/partners/bulk", {"action": "pause", "partners": listed, "confirm_count": count})
    coverage = program.call("PUT", "/coverage", {"areas": [], "confirm_count": count}, If_Match="*")
    assert [(reply.status, reply.pointers) for reply in (bulk, coverage)] == [(422, ["/confirm_count"])] * 2
    assert (Partner.objects.get().version, CoveredArea.objects.count()) == (1, 0)


@pytest.mark.parametrize("query", ["country=%20BR", "region=CA-ON%20", "day=%202026-12-31", "day=%20"])
def test_blanks_around_a_parameter_of_a_simulation_are_refused(program: Program, query: str) -> None:
    reply = program.get(f"/simulation?{query}")
    assert (reply.status, reply.pointers) == (422, [f"?{query.partition('=')[0]}"])


@pytest.mark.parametrize("tag", ["", " ", "\t "])
def test_blank_if_match_counts_as_none(program: Program, alo_brasil: Partner, tag: str) -> None:
    assert program.call("PATCH", f"/partners/{alo_brasil.id}", {}, If_Match=tag).status == 428


def test_bodies_that_are_always_refused_are_not_declared_as_valid() -> None:
    new, bulk = SCHEMAS["NewPartner"], SCHEMAS["BulkChange"]["properties"]["partners"]
    assert new["properties"]["name"]["minLength"] == new["properties"]["countries"]["minItems"] == 1
    assert [each["required"] for each in new["anyOf"]] == [["url_en"], ["url_fr"]]
    assert [each["required"] for each in SCHEMAS["NewGoldenVisitor"]["anyOf"]] == [["decision"], ["partner"]]
    assert (bulk["minItems"], bulk["maxItems"], bulk["uniqueItems"]) == (1, 1_000, True)
