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
    def test_what_is_understood(self, client: Client, form: bytes, expected: list[str]) -> None:
        reply = client.post(form)
        assert (reply.status, reply.header("location"), reply.body) == (303, "/", b"")
        assert cookies(reply) == [cookie + ATTRIBUTES for cookie in expected]

    def test_the_source_goes_along(self, client: Client) -> None:
        assert client.post(b"country=BR&src=spring").header("location") == "/?src=spring"
        assert client.post(b"country=BR&src=//evil.example").header("location") == "/"

    def test_it_is_kept_from_caches(self, client: Client) -> None:
        assert client.post(b"country=BR").header("cache-control") == "no-store"

    def test_https(self, open_gateway: Open) -> None:
        client = open_gateway(public_url="https://renvoi.example")
        reply = client.post(b"country=BR", origin="https://renvoi.example", host="renvoi.example")
        assert cookies(reply) == [f"__Host-renvoi_country=BR{ATTRIBUTES}; Secure"]

    def test_the_next_visit_knows(self, client: Client) -> None:
        [cookie] = cookies(client.post(b"country=BR"))
        assert "au Brésil" in client.get(cookie=cookie.partition(";")[0]).text


class TestForgottenRegion:
    """A new country forgets the region of another."""

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
    def test_cases(self, client: Client, form: bytes, remembered: str, is_forgotten: bool) -> None:  # noqa: FBT001
        reply = client.post(form, cookie=f"renvoi_region={remembered}")
        assert (DELETED_REGION in cookies(reply)) == is_forgotten


class TestOrigin:
    """Only a page of ours may choose for a visitor."""

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
    def test_cases(self, client: Client, origin: str, sec_fetch_site: str, is_accepted: bool) -> None:  # noqa: FBT001
        reply = client.post(b"country=BR&src=x", origin=origin, sec_fetch_site=sec_fetch_site)
        assert reply.status == 303
        assert bool(cookies(reply)) == is_accepted
        assert reply.header("location") == ("/?src=x" if is_accepted else "/")

    def test_the_public_address_is_the_origin(self, open_gateway: Open) -> None:
        client = open_gateway(public_url="https://Renvoi.example:443/")
        assert cookies(client.post(b"country=BR", origin="https://renvoi.example", host="renvoi.example"))
        assert not cookies(client.post(b"country=BR", origin="http://localhost"))

    def test_the_port_is_part_of_it(self, client: Client) -> None:
        assert cookies(client.post(b"country=BR", origin="http://localhost:8000", host="localhost:8000"))

    def test_two_origins_are_none(self, client: Client) -> None:
        kind = ("content-type", "application/x-www-form-urlencoded")
        headers = [("origin", "http://localhost"), ("origin", "http://localhost"), kind]
        assert not cookies(client.send(scope(method="POST", headers=headers), body=[b"country=BR"]))


class TestBody:
    @pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data; boundary=x", "application/json"])
    def test_another_kind_is_refused(self, client: Client, kind: str) -> None:
        reply = client.post(b"country=BR", content_type=kind)
        assert (reply.status, cookies(reply)) == (400, [])

    def test_the_kind_may_name_its_charset(self, client: Client) -> None:
        assert client.post(b"country=BR", content_type="Application/X-WWW-Form-Urlencoded; charset=UTF-8").status == 303

    @pytest.mark.parametrize("size", [8 * 1024 + 1, 100_000])
    def test_too_large(self, client: Client, size: int) -> None:
        assert client.post(b"country=BR&x=" + b"x" * (size - 13)).status == 413

    def test_as_large_as_may_be(self, client: Client) -> None:
        assert cookies(client.post(b"country=BR&x=" + b"x" * (8 * 1024 - 13)))

    @pytest.mark.parametrize(
        ("length", "status"), [("8193", 413), ("9" * 40, 413), ("-1", 303), ("x", 303), ("10", 303)]
    )
    def test_an_announced_length(self, client: Client, length: str, status: int) -> None:
        assert client.post(b"country=BR", content_length=length).status == status

    def test_in_pieces(self, client: Client) -> None:
        headers = {"origin": "http://localhost", "content-type": "application/x-www-form-urlencoded"}
        asgi_scope = scope(method="POST", headers=headers)
        assert cookies(client.send(asgi_scope, body=[b"coun", b"try=", b"BR"])) == [f"renvoi_country=BR{ATTRIBUTES}"]
        assert client.send(asgi_scope, body=[b"x" * 5000, b"x" * 5000]).status == 413
