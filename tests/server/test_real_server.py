"""Real servers: console and gateway in one process or in two, shutdown, and cookies over HTTPS."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running import EMAIL, PASSWORD, RunningRenvoi
from tests.server.serving import Staff, fill

MAX_SHUTDOWN_S = 10.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RunningRenvoi]:
    """A server with two workers, each of which serves both sides."""
    with RunningRenvoi(folder, command=("serve", "--workers", "2")) as server:
        yield server


class TestOneProcess:
    """Console and gateway in one process."""

    def test_each_side_responds_to_its_own_urls(self, server: RunningRenvoi) -> None:
        with httpx.Client(base_url=server.address) as http:
            assert "Jabuticaba" in http.get("/?country=BR&lang=fr").text
            assert http.get("/healthz").status_code == 200
            assert http.get("/console").status_code == http.get("/console/").status_code - 1 == 301
            assert "Ouvrir une session" in http.get("/console/sign-in/").text
            assert http.get("/nothing").status_code == 404

    def test_static_files_are_cached_as_immutable(self, server: RunningRenvoi) -> None:
        with httpx.Client(base_url=server.address) as http:
            page = http.get("/console/sign-in/").text
            paths = [part.split('"')[0] for part in page.split('="') if part.startswith("/static/")]
            assert len(paths) > 5
            for path in paths:
                response = http.get(path)
                assert response.status_code == 200, path
                assert "immutable" in response.headers["Cache-Control"], path
                assert response.headers["X-Content-Type-Options"] == "nosniff", path

    def test_partner_may_not_lead_to_the_port_of_the_server(self, server: RunningRenvoi) -> None:
        with Staff(server) as staff:
            staff.sign_in()
            for address in (f"http://localhost.:{server.port}/go/1", f"http://[::ffff:7f00:1]:{server.port}/"):
                fields = {"name": "Loop", "url_en": address, "countries": "BR"}
                response = staff.send("/console/partners/new/", **fields)
                assert response.status_code == 422, address
                assert "Cette adresse ramène à Renvoi lui-même." in response.text, address


@pytest.mark.parametrize(
    ("side", "served_paths", "missing_paths"),
    [
        ("gateway", ["/", "/healthz", "/?country=BR"], ["/console/", "/console/sign-in/", "/static/renvoi/mark.svg"]),
        ("console", ["/console/sign-in/", "/healthz"], ["/", "/go/1", "/robots.txt"]),
    ],
)
def test_one_side_alone_responds_to_its_own_urls_only_and_shuts_down(
    side: str, served_paths: list[str], missing_paths: list[str], folder: Path
) -> None:
    server = RunningRenvoi(folder, command=("serve", "--only", side))
    # The connection stays open until the server has ended.
    with httpx.Client(base_url=server.address) as http:
        with server:
            assert [http.get(path).status_code for path in served_paths] == [200] * len(served_paths)
            assert [http.get(path).status_code for path in missing_paths] == [404] * len(missing_paths)
            stopped_at = time.monotonic()
        assert time.monotonic() - stopped_at < MAX_SHUTDOWN_S


def test_cookies_over_https_are_secure_and_bound_to_the_host(folder: Path) -> None:
    """The server runs behind a trusted proxy that terminates TLS."""
    host = "renvoi.example"
    environ = {"RENVOI_PUBLIC_URL": f"https://{host}", "RENVOI_TRUSTED_PROXIES": "127.0.0.1"}
    forwarded = {"Host": host, "X-Forwarded-Proto": "https", "Origin": f"https://{host}"}
    with (
        RunningRenvoi(folder, command=("serve", "--only", "console"), **environ) as server,
        httpx.Client(base_url=server.address, headers=forwarded) as http,
    ):
        page = http.get("/console/sign-in/")
        token = page.text.split('csrfmiddlewaretoken" value="')[1].partition('"')[0]
        response = http.post(
            "/console/sign-in/",
            data={"csrfmiddlewaretoken": token, "email": EMAIL, "password": PASSWORD},
            # httpx sends no secure cookie over plain HTTP.
            headers={"Cookie": page.headers["Set-Cookie"].partition(";")[0]},
        )
        assert http.get("/console/sign-in/", headers={"Host": "evil.example"}).status_code == 400
    assert response.status_code == 302
    cookies = [*page.headers.get_list("Set-Cookie"), *response.headers.get_list("Set-Cookie")]
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert names >= {"__Host-renvoi_session", "__Host-renvoi_csrf", "__Host-renvoi_device"}
    assert {name for name in names if not name.startswith("__Host-renvoi_")} == set()
    for cookie in cookies:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes, cookie
        assert not any(attribute.startswith("domain") for attribute in attributes), cookie
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
