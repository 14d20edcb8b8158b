"""Values of a table that this version or machine can't use: visitors are served without, and /readyz names them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from renvoi.config import Config
from renvoi.domain.table import Bilingual, Candidate, Operator
from renvoi.domain.table_codec import routing_table
from renvoi.gateway.app import create_app
from tests.gateway.client import Client, configured, publish, running
from tests.visitor.cast import NOON, PARTNERS, operator, table_bytes

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BRAZILIAN = next(candidate for candidate, codes in PARTNERS if "BR" in codes)
UNREADABLE = Bilingual(en="https://", fr="https://alo.example/\r\nX: y")
OPERATORS: dict[str, tuple[Operator, str]] = {
    "zone": (replace(operator(), time_zone="Mars/Olympus"), "the time zone 'Mars/Olympus': days begin and end in UTC."),
    "retired zone": (
        replace(operator(), time_zone="US/Pacific-New"),
        "the time zone 'US/Pacific-New': days begin and end in America/Los_Angeles.",
    ),
    "sign-up address": (replace(operator(), signup_url=UNREADABLE), "A sign-up address can't be read: "),
    "covered region": (
        replace(operator(), covered_regions={"CA": ("CA-QC", "CA-XX"), "QQ": ("QQ-1",)}),  # type: ignore[dict-item]
        "The coverage area has codes that are of no country or region: QQ, CA-XX, QQ-1.",
    ),
    "mode": (replace(operator(), mode=cast("Any", "roulette")), ""),
    "language": (replace(operator(), default_language=cast("Any", "de")), ""),
}


def serve(folder: Path, content: bytes) -> Config:
    gateway_config = configured(folder)
    publish(gateway_config, content=content)
    return gateway_config


def reasons(client: Client) -> list[str]:
    report = json.loads(client.get("/readyz").text)
    assert report["status"] == ("degraded" if report["reasons"] else "ready")
    return cast("list[str]", report["reasons"])


@pytest.mark.parametrize("name", OPERATORS)
def test_value_of_the_operator(name: str, tmp_path: Path) -> None:
    stored, reason = OPERATORS[name]
    with running(create_app(serve(tmp_path, table_bytes(operator_=stored)), clock=lambda: NOON)) as client:
        for query in ("", "country=BR", "country=PM", "country=CA", "country=CA&region=CA-QC", "country=AQ"):
            reply = client.get(query=query, user_agent=BROWSER)
            assert reply.status in {200, 302}, query
            # The last resort has none: it is not counted.
            assert reply.header("renvoi-ref"), query
        assert bool(reasons(client)) == bool(reason)
        assert reason in " ".join(reasons(client))


@pytest.mark.parametrize("mode", ["present", "direct"])
def test_address_of_a_partner(mode: str, tmp_path: Path) -> None:
    half = replace(BRAZILIAN, id=90, name="Half", url=replace(BRAZILIAN.url, fr=UNREADABLE.fr), priority=1)
    none = replace(BRAZILIAN, id=91, name="None", url=UNREADABLE, priority=1)
    for partners, name, status in (((half,), "Half", 302), ((none, half), "Half", 302), ((none,), "None", 200)):
        folder = tmp_path / f"{len(partners)}{name}"
        folder.mkdir()
        with running(create_app(serve(folder, _table(partners, mode)), clock=lambda: NOON)) as client:
            reply = client.get(query="country=BR&lang=fr", user_agent=BROWSER)
            assert reply.header("renvoi-ref")
            assert reply.status == (status if mode == "direct" else 200)
            assert (name in reply.text) == (mode == "present" and status == 302)
            click = client.get(f"/go/{partners[-1].id}", query="country=BR&lang=fr", user_agent=BROWSER)
            assert click.status == (302 if status == 302 else 303)
            ids = ", ".join(str(partner.id) for partner in sorted(partners, key=lambda partner: partner.id))
            assert reasons(client) == [f"Partners have an address that can't be read, and is not used: {ids}."]


def test_field_of_a_newer_version_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encode = routing_table._encode_candidate
    monkeypatch.setattr(routing_table, "_encode_candidate", lambda candidate: [*encode(candidate), {"logo": "x"}])
    with running(create_app(serve(tmp_path, table_bytes()), clock=lambda: NOON)) as client:
        assert BRAZILIAN.name in client.get(query="country=BR", user_agent=BROWSER).text


def _table(partners: tuple[Candidate, ...], mode: str) -> bytes:
    return table_bytes(operator_=operator(mode=cast("Any", mode)), partners=[(one, ("BR",)) for one in partners])
