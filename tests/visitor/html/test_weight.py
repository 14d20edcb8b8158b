"""How many bytes a visitor's page takes on the wire, compressed: `pytest -s` prints each figure."""

from dataclasses import replace

import pytest

from renvoi.domain.places import LANGUAGES, Language
from renvoi.domain.routing import Decision
from renvoi.domain.table import Bilingual
from renvoi.visitor.coding import Coding, Codings, encode
from renvoi.visitor.html.pages import FIRST_CARDS
from renvoi.visitor.params import QueryParams
from renvoi.visitor.request import RequestReader
from renvoi.visitor.responses import Response, Responses
from tests.visitor.cast import config, decision, operator
from tests.visitor.reading import country_of

MAX_BYTES = 6 * 1024
"""Status line, headers and compressed body of a page with one partner, or without any."""
ORDINARY = (
    "Une équipe de Montréal relie votre standard à une assistante qui répond, "
    "note les messages et fixe vos rendez-vous."
)
"""A description of ordinary length."""
LONGEST = (
    "Fondée à Rimouski en 1998, notre équipe installe, héberge et soutient des standards infonuagiques : accueil vocal "
    "en sept langues, file d’attente, boîte vocale transcrite, agenda partagé, rapports mensuels et soutien bilingue "
    "jour et nuit, sans contrat."
)[:255]
"""One of the greatest length."""
_OTHER_HEADERS = "HTTP/1.1 200 OK\r\nrenvoi-ref: {}\r\ndate: {}\r\n\r\n".format("0" * 36, "0" * 29)
"""What the server adds."""


def responses() -> Responses:
    consulted = RequestReader(config(), country_of=country_of).consulted
    return Responses(operator(), consulted=consulted, public_url="https://renvoi.boreale.example")


def wire_bytes(response: Response) -> int:
    return (
        len(_OTHER_HEADERS) + sum(len(name) + len(value) + 4 for name, value in response.headers) + len(response.body)
    )


def weight(outcome: Decision, coding: Coding = "gzip") -> int:
    params = QueryParams(country_ignored=True, source="spring")
    return wire_bytes(responses().page(outcome, params=params, codings=Codings(coding, "gzip")))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", [None, "CA", "BR", "PT", "VC"])
@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_page_is_at_most_six_kilobytes_on_the_wire(code: str | None, language: Language, coding: Coding) -> None:
    measured = weight(decision(code, language=language), coding)
    print(f"{code or 'no country'} {language} {coding}: {measured} bytes")  # noqa: T201  the figure is what this is for
    assert measured <= MAX_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("description", "limit"), [(ORDINARY, MAX_BYTES), (LONGEST, MAX_BYTES + 1_400)])
def test_page_of_a_dozen_partners(description: str, limit: int, language: Language) -> None:
    outcome = decision("MX", language=language)
    assert len(outcome.partners) > FIRST_CARDS
    text = Bilingual(en=description, fr=description)
    measured = weight(replace(outcome, partners=tuple(replace(one, description=text) for one in outcome.partners)))
    print(f"MX {language}, {len(description)} characters: {measured} bytes")  # noqa: T201
    assert measured <= limit


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusal_is_at_most_three_kilobytes(language: Language) -> None:
    measured = wire_bytes(responses().refused("not_found", language=language, coding="gzip"))
    print(f"not found {language}: {measured} bytes")  # noqa: T201
    assert measured <= MAX_BYTES / 2


def test_heavier_page_exceeds_the_limit() -> None:
    page = responses().page(decision(None), params=QueryParams())
    padding = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(500)).encode()
    bodies = [encode(body, "gzip") for body in (page.body, page.body + padding)]
    usual, heavier = (wire_bytes(page._replace(body=body)) for body in bodies)
    assert usual <= MAX_BYTES < heavier
