"""Read partners and countries: the list is that of the screen, in both languages."""

from datetime import date

import pytest

from renvoi.partners.actions import trash_partner
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.api.calling import ROOT, Program, program_of
from tests.cast import ALO_BRASIL, AZULEJO, PRAIRIE, TUNDRA, crowd, set_operator, stored, stored_many, today


def ids(program: Program, query: str) -> list[int]:
    return [partner["id"] for partner in program.get(f"/partners?{query}").json["partners"]]


class TestList:
    """GET /api/v1/partners."""

    @pytest.mark.parametrize("language", ["fr", "en"])
    @pytest.mark.parametrize(
        "query",
        [
            "",
            "sort=-name",
            "sort=countries",
            "name=a&sort=state",
            "countries=Portugal",
            "state=Paused",
            "sent=0&sort=-sent",
            "url_en=prairie",
            "countries=nowhere",
            "name=%00%27%22&state=%ED%A0%80",
        ],
    )
    def test_list_is_that_of_the_screen(self, odile: User, language: str, query: str) -> None:
        stored_many(ALO_BRASIL, AZULEJO, PRAIRIE, TUNDRA)
        program = program_of(odile, scope="read", language=language)
        from django.http import QueryDict

        listing = PartnerListing.from_query(
            QueryDict(query), language="fr" if language == "fr" else "en", today=today()
        )
        reply = program.get(f"/partners?{query}")
        assert [partner["id"] for partner in reply.json["partners"]] == [partner.id for partner in listing.page().rows]
        assert reply.json["misunderstood"] == sorted(listing.misunderstood)
        assert reply.headers["content-language"] == language

    def test_pages_lead_to_one_another(self, program: Program) -> None:
        crowd(60)
        page, numbers = program.get("/partners?sort=-name").json, []
        assert (page["count"], page["pages"], page["per_page"]) == (60, 3, 25)
        assert (page["links"]["previous"], page["links"]["first"]) == (None, f"{ROOT}/partners?sort=-name")
        seen = [partner["id"] for partner in page["partners"]]
        while path := page["links"]["next"]:
            page = program.get(path).json
            numbers.append(page["page"])
            seen += [partner["id"] for partner in page["partners"]]
        assert numbers == [2, 3]
        assert (len(seen), len(set(seen))) == (60, 60)

    def test_row_has_its_state_and_what_it_was_sent(self, program: Program) -> None:
        stored(TUNDRA)
        Partner.objects.update(sent_30_days=7)
        (row,) = program.get("/partners").json["partners"]
        assert (row["name"], row["state"], row["sent"], row["countries"]) == ("Tundra", "paused", 7, ["US"])

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ("sort=nothing", "?sort"),
            ("page=0", "?page"),
            ("page=x", "?page"),
            ("per_page=7", "?per_page"),
            ("nmae=x", "?nmae"),
        ],
    )
    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_wrong_parameter_is_refused_in_the_language_asked(
        self, odile: User, query: str, pointer: str, language: str
    ) -> None:
        reply = program_of(odile).get(f"/partners?{query}&lang={language}")
        assert (reply.status, reply.pointers) == (422, [pointer])
        assert reply.headers["content-language"] == language
        assert ("paramètre" in reply.json["detail"]) is (language == "fr")

    def test_too_many_parameters_are_refused(self, program: Program) -> None:
        assert program.get("/partners?" + "&".join(["name=x"] * 2_000)).status == 400


class TestRead:
    """GET /api/v1/partners/{id}."""

    def test_partner_has_the_names_of_the_csv_file(self, program: Program, alo_brasil: Partner) -> None:
        reply = program.get(f"/partners/{alo_brasil.id}")
        assert (reply.status, reply.headers["etag"]) == (200, '"1"')
        shown = reply.json
        assert {name: shown[name] for name in ALO_BRASIL.to_json()} == ALO_BRASIL.to_json()
        assert (shown["agreement_starts_on"], shown["agreement_ends_on"]) == (date(2024, 6, 26).isoformat(), None)
        assert (shown["version"], shown["trashed_at"], shown["countries"]) == (1, None, ["BR", "PT"])

    @pytest.mark.parametrize("tag", ['"1"', 'W/"1"', '"0", "1"', "*"])
    def test_known_version_is_not_sent_again(self, program: Program, alo_brasil: Partner, tag: str) -> None:
        reply = program.get(f"/partners/{alo_brasil.id}", If_None_Match=tag)
        assert (reply.status, reply.headers["etag"], reply.content) == (304, '"1"', b"")

    @pytest.mark.parametrize("tag", ['"2"', '"11"', "1", "", '"1'])
    def test_other_version_is_sent(self, program: Program, alo_brasil: Partner, tag: str) -> None:
        assert program.get(f"/partners/{alo_brasil.id}", If_None_Match=tag).status == 200

    def test_answer_is_the_same_in_both_languages_and_never_compressed(
        self, program: Program, alo_brasil: Partner
    ) -> None:
        french, english = (
            program.get(f"/partners/{alo_brasil.id}?lang={language}", Accept_Encoding="gzip")
            for language in ("fr", "en")
        )
        assert (french.content, french.headers["etag"]) == (english.content, english.headers["etag"])
        assert "content-encoding" not in french.headers

    def test_partner_in_the_trash_is_read_and_not_listed(self, program: Program, alo_brasil: Partner) -> None:
        trash_partner(partner_id=alo_brasil.id, actor=None, channel="cli")
        assert program.get(f"/partners/{alo_brasil.id}").json["trashed_at"] is not None
        assert ids(program, "") == []

    def test_missing_partner_is_not_found(self, program: Program) -> None:
        for language, word in (("fr", "partenaire"), ("en", "partner")):
            reply = program.get(f"/partners/999?lang={language}")
            assert reply.status == 404
            assert word in reply.json["detail"]


@pytest.mark.parametrize(("language", "name"), [("fr", "name_fr"), ("en", "name_en")])
def test_countries_are_in_the_order_of_the_language(odile: User, language: str, name: str) -> None:
    reply = program_of(odile, scope="read", language=language).get("/countries")
    names = [country[name] for country in reply.json["countries"]]
    assert (reply.json["count"], len(names), names[0]) == (250, 250, "Afghanistan")
    assert ("Allemagne" in names) is (language == "fr")


def test_coverage_is_that_of_the_operator(program: Program) -> None:
    set_operator()
    assert program.get("/coverage").json["areas"] == [{"country": "CA", "region": "CA-QC"}]


def test_history_is_that_of_the_screen_with_the_name_of_the_token(program: Program, odile: User) -> None:
    stored(TUNDRA)
    program.call("POST", "/partners", {"name": "Nova", "url_en": "https://nova.example/", "countries": ["BR"]})
    page = program.get("/history?sort=-at").json
    shown = [(step["name"], step["channel"], step["credential"], step["actor"], step["verb"]) for step in page["steps"]]
    assert shown == [("Nova", "api", "Night import", "Odile", "create"), ("Tundra", "console", "", "", "create")]
    assert [step["name"] for step in program.get("/history?what=tundra").json["steps"]] == ["Tundra"]
    assert (page["count"], page["links"]["next"], odile.name) == (2, None, "Odile")
    assert program.get("/history?sort=name").pointers == ["?sort"]


def test_foreign_host_is_refused_in_the_form_of_a_problem(program: Program) -> None:
    reply = program.get("/partners", Host="evil.example")
    assert (reply.status, reply.headers["content-type"]) == (400, "application/problem+json")
