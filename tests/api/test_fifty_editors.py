"""Fifty editors save one version of a partner at once, over the network: one wins, and nobody overwrites another."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.browsing import Element, contents, parsed
from tests.running import EMAIL, RunningRenvoi
from tests.server.serving import Staff, fill

EDITORS = 50
PAGE = "/console/partners/1/"


@pytest.fixture
def renvoi(tmp_path: Path) -> Iterator[RunningRenvoi]:
    with RunningRenvoi(fill(tmp_path / "host"), command=("serve",)) as running:
        yield running


def steps_of(renvoi: RunningRenvoi) -> list[dict[str, Any]]:
    """Return the steps that changed a partner since the sample was created."""
    listed: list[dict[str, Any]] = json.loads(renvoi.run("history", "list", "--json").stdout)
    return [step for step in listed if step["verb"] == "update" and step["subject"] == "partner"]


def test_one_program_wins(renvoi: RunningRenvoi) -> None:
    token = renvoi.run("token", "create", "--email", EMAIL, "--name", "Test", "--scope", "write").stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    tag = httpx.get(renvoi.address + "/api/v1/partners/1", headers=headers).headers["etag"]

    def save(number: int) -> httpx.Response:
        body = {"description_en": f"Version of {number}"}
        address = renvoi.address + "/api/v1/partners/1"
        return httpx.patch(address, json=body, headers=headers | {"If-Match": tag}, timeout=60)

    with ThreadPoolExecutor(EDITORS) as pool:
        replies = list(pool.map(save, range(EDITORS)))
    assert Counter(reply.status_code for reply in replies) == {200: 1, 412: EDITORS - 1}
    (winner,) = (reply.json()["description_en"] for reply in replies if reply.status_code == 200)
    for reply in replies:
        if reply.status_code == 412:
            assert reply.json()["differs"] == ["/description_en"]
            assert reply.json()["current"]["description_en"] == winner
    (step,) = steps_of(renvoi)
    assert (step["channel"], step["subject_id"]) == ("api", 1)


def test_one_form_wins(renvoi: RunningRenvoi) -> None:
    with Staff(renvoi) as staff:
        staff.sign_in()
        cookies = dict(staff.http.cookies)

        def opened(_: int) -> dict[str, list[str]]:
            return fields_of(parsed(httpx.get(renvoi.address + PAGE, cookies=cookies, timeout=60).text))

        def save(number: int) -> httpx.Response:
            fields = forms[number] | {"description_en": [f"Version of {number}"]}
            origin = {"Referer": renvoi.address + PAGE}
            return httpx.post(renvoi.address + PAGE, data=fields, cookies=cookies, headers=origin, timeout=60)

        with ThreadPoolExecutor(EDITORS) as pool:
            forms = list(pool.map(opened, range(EDITORS)))
            replies = list(pool.map(save, range(EDITORS)))
    assert Counter(reply.status_code for reply in replies) == {302: 1, 409: EDITORS - 1}
    (winner,) = (number for number, reply in enumerate(replies) if reply.status_code == 302)
    for number, reply in enumerate(replies):
        if number != winner:
            assert f"Version of {winner}" in reply.text
            assert f"Version of {number}" in reply.text
            asked = {box.get("name") for box in parsed(reply.text).all("input")}
            assert {name for name in asked if name.startswith("keep_")} == {"keep_description_en"}
    (step,) = steps_of(renvoi)
    assert (step["channel"], step["subject_id"]) == ("console", 1)


def fields_of(page: Element) -> dict[str, list[str]]:
    """Return what the form of the settings would send."""
    (form,) = (form for form in page.all("form") if "description_en" in contents(form))
    return contents(form)
