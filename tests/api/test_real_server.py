"""The API over the network: beside the decision of the gateway, from the console alone, not from the gateway alone."""

from pathlib import Path

import httpx
import pytest

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
