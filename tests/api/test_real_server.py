"""The API over the network: beside the decision of the gateway, from the console alone, not from the gateway alone."""

import http.client
import json
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from renvoi.server.protocol.body_limits import STRANGER_BYTES
from tests.api.calling import DOCUMENT
from tests.api.schema import faults
from tests.partners.importing.files import csv_file
from tests.running import RunningRenvoi
from tests.server.serving import fill

EMAIL = "demo@renvoi.example"


@pytest.mark.parametrize(
    ("only", "partners", "decision"), [("", 200, 200), ("console", 200, 404), ("gateway", 404, 200)]
)
def test_each_process_answers_what_is_its_own(only: str, partners: int, decision: int, tmp_path: Path) -> None:
    command = ("serve", *(("--only", only) if only else ()))
    with RunningRenvoi(fill(tmp_path / "host"), command=command) as renvoi:
        token = renvoi.run("token", "create", "--email", EMAIL, "--name", "Test").stdout.strip()
        with httpx.Client(base_url=renvoi.address, headers={"Authorization": f"Bearer {token}"}) as client:
            assert client.get("/api/v1/decision?country=BR&lang=fr").status_code == decision
            replies = [client.get(path) for path in ("/api/v1/partners", "/api/v1/partners/1", "/api/v1/nothing")]
            replies.append(client.get(f"/api/v1/partners?token={token}"))
            head = client.head("/api/v1/partners/1")
        assert [reply.status_code for reply in replies] == [partners, partners, 404, 422 if partners == 200 else 404]
        assert (head.status_code, head.content) == (partners, b"")
        if partners == 200:
            assert replies[1].headers["etag"] == head.headers["etag"] == '"1"'
            assert "set-cookie" not in replies[0].headers
        assert [token for text in (renvoi.log, *(reply.text for reply in replies)) if token in text] == []


def refused(renvoi: RunningRenvoi, head: str, body: bytes = b"") -> tuple[int, str, dict[str, Any]]:
    """Send these bytes, and return the status, the type and the body of the answer."""
    with socket.create_connection(("127.0.0.1", renvoi.port), timeout=20) as connection:
        connection.sendall(head.encode() + b"\r\nHost: 127.0.0.1\r\n\r\n" + body)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.headers["content-type"], json.loads(answer.read())


def test_what_never_reaches_the_api_is_refused_in_its_form(tmp_path: Path) -> None:
    line = " /api/v1/partners HTTP/1.1"
    large = f"Content-Length: {STRANGER_BYTES + 1}"
    with RunningRenvoi(fill(tmp_path / "host"), command=("serve",)) as renvoi:
        answers = {
            "length": refused(renvoi, f"POST{line}\r\n{large}"),
            "chunks": refused(
                renvoi, f"POST{line}\r\nTransfer-Encoding: chunked", b"10001\r\n" + b"x" * 0x10001 + b"\r\n"
            ),
            "stranger": refused(renvoi, f"POST /api/v1/imports HTTP/1.1\r\n{large}"),
            "file": refused(renvoi, "POST /api/v1/imports HTTP/1.1\r\nContent-Length: 99999999"),
            "unreadable": refused(renvoi, f"GET{line}\r\nno header"),
            "target": refused(renvoi, f"GET /api/v1/partners?name={'x' * 70_000} HTTP/1.1"),
            "head": refused(renvoi, f"GET{line}\r\nX-Long: {'x' * 70_000}"),
        }
    expected = {
        "length": 413,
        "chunks": 413,
        "stranger": 413,
        "file": 413,
        "unreadable": 400,
        "target": 414,
        "head": 431,
    }
    assert {name: status for name, (status, _, _) in answers.items()} == expected
    assert {media_type for _, media_type, _ in answers.values()} == {"application/problem+json"}
    schema = {"$ref": "#/components/schemas/Problem"}
    for status, _, problem in answers.values():
        assert [*faults(problem, schema, document=DOCUMENT)] == []
        assert problem["status"] == status


def test_large_file_of_a_valid_token_is_checked_and_imported(tmp_path: Path) -> None:
    rows = [(f"Nova {number}", f"https://nova{number}.example/", "BR PT AO") for number in range(3_000)]
    content = csv_file(("name", "url_en", "countries"), *rows)
    assert len(content) > STRANGER_BYTES
    with RunningRenvoi(fill(tmp_path / "host"), command=("serve",)) as renvoi:
        token = renvoi.run("token", "create", "--email", EMAIL, "--name", "Test", "--scope", "write").stdout.strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
        with httpx.Client(base_url=renvoi.address, headers=headers, timeout=60) as client:
            sent = client.post("/api/v1/imports", content=content)
            assert sent.status_code == 201
            path = sent.headers["location"]
            plan = until_done(client, path)
            assert (plan.json()["state"], plan.json()["plan"]["created"]) == ("checked", 3_000)
            client.headers["Content-Type"] = "application/json"
            tag = {"If-Match": plan.headers["etag"]}
            confirmation = {"confirm_count": plan.json()["plan"]["confirm_count"]}
            assert client.post(f"{path}/apply", json=confirmation, headers=tag).status_code == 202
            assert until_done(client, path).json()["state"] == "imported"
            assert client.get("/api/v1/partners?name=Nova").json()["count"] == 3_000


def until_done(client: httpx.Client, path: str) -> httpx.Response:
    """Ask again as often as the answers say, and return the last one."""
    while "retry-after" in (reply := client.get(path)).headers:
        time.sleep(float(reply.headers["retry-after"]) / 4)
    return reply
