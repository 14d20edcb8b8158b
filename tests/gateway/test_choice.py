"""Tests of `POST /`: which choices are remembered, and from which origins they are accepted."""

import pytest

from tests.gateway.client import Client, Reply
from tests.gateway.conftest import Open
from tests.visitor.cast import scope

ATTRIBUTES = "; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax"
DELETED_REGION = "renvoi_region=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"


def cookies(reply: Reply) -> list[str]:
    return reply.all("set-cookie")


class TestRemembered:
    @pytest.mark.parametrize(
        ("form", "expected"),
        [
            (b"country=BR", ["renvoi_country=BR"]),
            (b"country=uk", ["renvoi_country=GB"]),
            (b"country=CA&region=CA-ON&lang=en", ["renvoi_country=CA", "renvoi_region=CA-ON", "renvoi_lang=en"]),
            (b"country=CA&region=CA-ZZ", ["renvoi_country=CA", "renvoi_region=CA-ZZ"]),
            (b"lang=fr", ["renvoi_lang=fr"]),
            (b"region=CA-QC", ["renvoi_region=CA-QC"]),
            (b"country=BR&region=CA-ON", ["renvoi_country=BR"]),
            (b"country=Narnia&lang=tlh&region=x", []),
            (b"country=&src=", []),
            (b"", []),
            (b"\xff\x00%ff&&==&country", []),
        ],
    )
    def test_valid_fields_are_remembered(self, client: Client, form: bytes, expected: list[str]) -> None:
        reply = client.post(form)
        assert (reply.status, reply.header("location"), reply.body) == (303, "/", b"")
        assert cookies(reply) == [cookie + ATTRIBUTES for cookie in expected]

    def test_redirect_preserves_a_valid_source(self, client: Client) -> None:
        assert client.post(b"country=BR&src=spring").header("location") == "/?src=spring"
        assert client.post(b"country=BR&src=//evil.example").header("location") == "/"

    def test_response_is_not_cacheable(self, client: Client) -> None:
        assert client.post(b"country=BR").header("cache-control") == "no-store"

    def test_cookie_has_the_host_prefix_over_https(self, open_gateway: Open) -> None:
        client = open_gateway(public_url="https://renvoi.example")
        reply = client.post(b"country=BR", origin="https://renvoi.example", host="renvoi.example")
        assert cookies(reply) == [f"__Host-renvoi_country=BR{ATTRIBUTES}; Secure"]

    def test_next_visit_uses_the_remembered_country(self, client: Client) -> None:
        [cookie] = cookies(client.post(b"country=BR"))
        assert "au Brésil" in client.get(cookie=cookie.partition(";")[0]).text


class TestForgottenRegion:
    """A choice of country deletes a remembered region of another country."""

    @pytest.mark.parametrize(
        ("form", "remembered", "is_forgotten"),
        [
            (b"country=BR", "CA-ON", True),
            (b"country=CA", "CA-ON", False),
            (b"country=BR", "", False),
            (b"country=Narnia", "CA-ON", False),
            (b"lang=en", "CA-ON", False),
            (b"country=BR&region=CA-QC", "CA-ON", True),
            (b"country=CA&region=CA-QC", "US-NY", False),
        ],
    )
    def test_region_outside_the_new_country_is_deleted(
        self, client: Client, form: bytes, remembered: str, *, is_forgotten: bool
    ) -> None:
        reply = client.post(form, cookie=f"renvoi_region={remembered}")
        assert (DELETED_REGION in cookies(reply)) == is_forgotten


class TestOrigin:
    """Only a page of this site may choose for a visitor."""

    @pytest.mark.parametrize(
        ("origin", "sec_fetch_site", "is_accepted"),
        [
            ("http://localhost", "", True),
            ("", "same-origin", True),
            ("null", "same-origin", True),
            ("", "", False),
            ("null", "", False),
            ("https://localhost", "", False),
            ("http://localhost:8000", "", False),
            ("http://localhost.evil.example", "", False),
            ("https://evil.example", "cross-site", False),
            ("", "same-site", False),
            ("", "none", False),
        ],
    )
    def test_choice_is_accepted_from_the_same_origin_only(
        self, client: Client, origin: str, sec_fetch_site: str, *, is_accepted: bool
    ) -> None:
        reply = client.post(b"country=BR&src=x", origin=origin, sec_fetch_site=sec_fetch_site)
        assert reply.status == 303
        assert bool(cookies(reply)) == is_accepted
        assert reply.header("location") == ("/?src=x" if is_accepted else "/")

    def test_origin_is_that_of_the_public_url(self, open_gateway: Open) -> None:
        client = open_gateway(public_url="https://Renvoi.example:443/")
        assert cookies(client.post(b"country=BR", origin="https://renvoi.example", host="renvoi.example"))
        assert not cookies(client.post(b"country=BR", origin="http://localhost"))

    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            ("https://xn--rfrence-byab.example.:8443", "xn--rfrence-byab.example"),
            ("https://alias.example", "alias.example."),
            ("https://a.boreale.example", "a.boreale.example:443"),
        ],
    )
    def test_origin_is_own_in_every_spelling(self, origin: str, host: str, open_gateway: Open) -> None:
        client = open_gateway(
            public_url="https://référence.example:8443", allowed_hosts="alias.example .boreale.example"
        )
        assert cookies(client.post(b"country=BR", origin=origin, host=host))

    def test_origin_includes_the_port(self, client: Client) -> None:
        assert cookies(client.post(b"country=BR", origin="http://localhost:8000", host="localhost:8000"))

    def test_repeated_origin_header_is_refused(self, client: Client) -> None:
        kind = ("content-type", "application/x-www-form-urlencoded")
        headers = [("origin", "http://localhost"), ("origin", "http://localhost"), kind]
        assert not cookies(client.send(scope(method="POST", headers=headers), body=[b"country=BR"]))


class TestBody:
    @pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data; boundary=x", "application/json"])
    def test_other_content_type_is_400(self, client: Client, kind: str) -> None:
        reply = client.post(b"country=BR", content_type=kind)
        assert (reply.status, cookies(reply)) == (400, [])

    def test_content_type_may_have_a_charset(self, client: Client) -> None:
        assert client.post(b"country=BR", content_type="Application/X-WWW-Form-Urlencoded; charset=UTF-8").status == 303

    @pytest.mark.parametrize("size", [8 * 1024 + 1, 100_000])
    def test_too_large_body_is_413(self, client: Client, size: int) -> None:
        assert client.post(b"country=BR&x=" + b"x" * (size - 13)).status == 413

    def test_body_of_maximum_size_is_accepted(self, client: Client) -> None:
        assert cookies(client.post(b"country=BR&x=" + b"x" * (8 * 1024 - 13)))

    @pytest.mark.parametrize(
        ("length", "status"), [("8193", 413), ("9" * 40, 413), ("-1", 303), ("x", 303), ("10", 303)]
    )
    def test_too_large_content_length_is_413(self, client: Client, length: str, status: int) -> None:
        assert client.post(b"country=BR", content_length=length).status == status

    def test_too_many_fields_are_400(self, client: Client) -> None:
        assert cookies(client.post(b"country=BR" + b"&x=" * 99))
        for count in (100, 1000):
            reply = client.post(b"country=BR" + b"&x=" * count)
            assert (reply.status, cookies(reply)) == (400, [])

    def test_body_in_chunks_is_read_up_to_the_limit(self, client: Client) -> None:
        headers = {"origin": "http://localhost", "content-type": "application/x-www-form-urlencoded"}
        asgi_scope = scope(method="POST", headers=headers)
        assert cookies(client.send(asgi_scope, body=[b"coun", b"try=", b"BR"])) == [f"renvoi_country=BR{ATTRIBUTES}"]
        assert client.send(asgi_scope, body=[b"x" * 5000, b"x" * 5000]).status == 413
