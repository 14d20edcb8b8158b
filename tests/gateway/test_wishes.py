"""Tests of `POST /wish`: what is counted, what is not, and how the page thanks."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from renvoi.domain.places import RegionCode
from renvoi.ledger.engines import open_store
from renvoi.visitor.cookies import MAX_WISHES
from renvoi.web import rate_limit
from tests.gateway.client import Client, Reply, configured
from tests.gateway.conftest import Open
from tests.visitor.cast import country, operator

ATTRIBUTES = "; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
THANKS = {
    "fr": "Merci\u00a0: votre intérêt pour ce service au Japon est noté.",
    "en": "Thank you: your interest in this service in Japan has been noted.",
}
BUTTONS = {"fr": "Ce service m’intéresserait", "en": "I would use this service"}
Counts = Callable[[], dict[tuple[str, str, str], int]]


@pytest.fixture
def client(open_gateway: Open) -> Client:
    return open_gateway()


@pytest.fixture
def counts(tmp_path: Path) -> Counts:
    """A function that returns the counts in the ledger, by week, country and language."""

    def read() -> dict[tuple[str, str, str], int]:
        with closing(open_store(configured(tmp_path))) as store:
            store.prepare()
            return {(row.week, row.country, row.language): row.count for row in store.wishes()}

    return read


def wish(client: Client, form: bytes = b"country=JP&lang=fr", **headers: str) -> Reply:
    return client.post(form, path="/wish", **headers)


def cookies(reply: Reply) -> list[str]:
    return reply.all("set-cookie")


class TestJourney:
    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_wish_is_counted_and_the_page_thanks(self, client: Client, counts: Counts, language: str) -> None:
        query = f"country=JP&lang={language}"
        before = client.get(query=query)
        assert BUTTONS[language] in before.text
        assert '<form class="wish" method="post" action="/wish">' in before.text
        reply = wish(client, query.encode())
        assert (reply.status, reply.header("location"), reply.body) == (303, f"/?{query}", b"")
        assert (cookies(reply), reply.header("cache-control")) == ([f"renvoi_wish=JP{ATTRIBUTES}"], "no-store")
        assert counts() == {("2026-W48", "JP", language): 1}
        after = client.get(query=query, cookie="renvoi_wish=JP")
        assert THANKS[language] in after.text
        assert BUTTONS[language] not in after.text

    def test_pages_with_and_without_the_cookie_differ_only_there(self, client: Client) -> None:
        plain, other, thanks = (
            client.get(query="country=JP", **headers)
            for headers in ({}, {"cookie": "renvoi_wish=FR"}, {"cookie": "renvoi_wish=FR.JP"})
        )
        assert plain.body == other.body
        start, end = plain.text.index('<form class="wish"'), plain.text.index("</form>\n") + len("</form>\n")
        thanked = thanks.text.index('<p class="notice wish">')
        assert plain.text[:start] == thanks.text[:thanked]
        assert thanks.text.endswith(plain.text[end:])

        def without_length(reply: Reply) -> list[tuple[str, str]]:
            return [pair for pair in reply.headers if pair[0] not in {"content-length", "renvoi-ref"}]

        assert without_length(plain) == without_length(thanks)
        for query in ("country=BR", "country=MX", "", "country=CA"):
            with_cookie = client.get(query=query, cookie="renvoi_wish=JP.BR.MX.CA")
            assert with_cookie.body == client.get(query=query).body

    def test_form_and_redirect_have_region_and_source(self, open_gateway: Open, counts: Counts) -> None:
        regions = {country("US"): (RegionCode("US-NY"),)}
        client = open_gateway(operator_=replace(operator(), covered_regions=regions))
        open_page = client.get(query="country=US&region=US-WA&src=spring&lang=en").text
        fields = (("country", "US"), ("lang", "en"), ("region", "US-WA"), ("src", "spring"))
        hidden = "\n".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields)
        assert f'<form class="wish" method="post" action="/wish">\n{hidden}\n<button>' in open_page
        reply = wish(client, b"country=US&region=US-WA&lang=en&src=spring")
        assert reply.header("location") == "/?country=US&region=US-WA&lang=en&src=spring"
        assert counts() == {("2026-W48", "US", "en"): 1}
        page = client.get(query="country=US&region=US-WA&lang=en", cookie="renvoi_wish=US").text
        assert "your interest in this service in the United States has been noted" in page

    def test_region_of_another_country_is_dropped(self, client: Client, counts: Counts) -> None:
        reply = wish(client, b"country=JP&region=CA-ON&lang=fr")
        assert (reply.header("location"), sum(counts().values())) == ("/?country=JP&lang=fr", 1)

    def test_language_of_the_request_counts_without_a_field(self, client: Client, counts: Counts) -> None:
        assert wish(client, b"country=JP", accept_language="en").header("location") == "/?country=JP"
        assert counts() == {("2026-W48", "JP", "en"): 1}

    def test_cookie_has_the_host_prefix_over_https(self, open_gateway: Open) -> None:
        client = open_gateway(public_url="https://renvoi.example")
        reply = wish(client, origin="https://renvoi.example", host="renvoi.example")
        assert cookies(reply) == [f"__Host-renvoi_wish=JP{ATTRIBUTES}; Secure"]
        page = client.get(query="country=JP&lang=fr", cookie="__Host-renvoi_wish=JP", host="renvoi.example")
        assert THANKS["fr"] in page.text

    def test_metrics_count_wishes(self, client: Client) -> None:
        wish(client)
        assert 'renvoi_wishes_total{kept="ledger"} 1.0' in client.get("/metrics").text


class TestCountedOnce:
    def test_same_cookie_is_counted_once(self, client: Client, counts: Counts) -> None:
        assert len(cookies(wish(client))) == 1
        again = wish(client, cookie="renvoi_wish=JP")
        assert (again.status, again.header("location"), cookies(again)) == (303, "/?country=JP&lang=fr", [])
        assert counts() == {("2026-W48", "JP", "fr"): 1}

    def test_each_country_is_counted_once(self, client: Client, counts: Counts) -> None:
        reply = wish(client, b"country=FR", cookie="renvoi_wish=JP")
        assert cookies(reply) == [f"renvoi_wish=FR.JP{ATTRIBUTES}"]
        assert cookies(wish(client, cookie="renvoi_wish=FR.JP")) == []
        assert counts() == {("2026-W48", "FR", "fr"): 1}

    def test_cookie_holds_a_limited_number_of_valid_countries(self, client: Client) -> None:
        many = ["AF", "AL", "DZ", "AS", "AD", "AI", "AQ", "AG", "AR", "AM", "AW", "AU", "AT"]
        (cookie,) = cookies(wish(client, cookie=f"renvoi_wish=zz.<b>..{'.'.join(many)}"))
        codes = cookie.partition(";")[0].removeprefix("renvoi_wish=").split(".")
        assert len(codes) <= MAX_WISHES
        assert codes[:3] == ["JP", "AF", "AL"]


class TestNotCounted:
    @pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
    def test_other_origin_leads_home(self, client: Client, counts: Counts, origin: str) -> None:
        reply = wish(client, origin=origin, sec_fetch_site="cross-site")
        assert (reply.status, reply.header("location"), cookies(reply), counts()) == (303, "/", [], {})

    @pytest.mark.parametrize(("form", "location"), [(b"country=zz&src=a", "/?src=a"), (b"", "/"), (b"lang=fr", "/")])
    def test_invalid_country_leads_home(self, client: Client, counts: Counts, form: bytes, location: str) -> None:
        reply = wish(client, form)
        assert (reply.status, reply.header("location"), cookies(reply), counts()) == (303, location, [], {})

    @pytest.mark.parametrize("code", ["BR", "MX", "PM", "CA"])
    def test_country_with_the_service_is_not_counted(self, client: Client, counts: Counts, code: str) -> None:
        reply = wish(client, f"country={code}".encode())
        assert (reply.status, reply.header("location"), cookies(reply)) == (303, f"/?country={code}", [])
        assert counts() == {}

    @pytest.mark.parametrize("headers", [{"user_agent": "Googlebot/2.1"}, {"sec_purpose": "prefetch"}])
    def test_crawlers_and_prefetches_are_not_counted(
        self, client: Client, counts: Counts, headers: dict[str, str]
    ) -> None:
        reply = client.post(b"country=JP", path="/wish", **headers)
        assert (reply.status, cookies(reply), counts()) == (303, [], {})

    def test_unreadable_forms_are_refused(self, client: Client, counts: Counts) -> None:
        assert wish(client, b"country=JP", content_type="application/json").status == 400
        assert wish(client, b"country=JP&x=" + b"x" * 9_000).status == 413
        assert client.get("/wish").status == 405
        assert client.get("/wish").header("allow") == "POST"
        assert counts() == {}

    def test_flood_from_one_address_is_limited(
        self, client: Client, counts: Counts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rate_limit, "FILL_S", 5 / rate_limit.PER_SECOND)
        replies = [client.post(b"country=JP", path="/wish", peer="192.0.2.77") for _ in range(20)]
        assert {reply.status for reply in replies} == {303}
        assert len([reply for reply in replies if cookies(reply)]) == sum(counts().values()) < 20
        assert cookies(client.post(b"country=JP", path="/wish", peer="192.0.2.78"))

    def test_visitor_is_thanked_only_for_what_is_on_disk(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        async def full(*_: object) -> bool:
            return False

        monkeypatch.setattr("renvoi.ledger.writer.Ledger.append", full)
        reply = wish(client)
        assert (reply.status, reply.header("location"), cookies(reply)) == (303, "/?country=JP&lang=fr", [])
