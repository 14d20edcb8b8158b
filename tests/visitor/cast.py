"""The cast of the visitor tests: an operator in Québec, its partners, and ASGI scopes of visitors' requests."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from renvoi.config import Config
from renvoi.domain.places import CountryCode, RegionCode
from renvoi.domain.routing import Decision, Visitor, decide
from renvoi.domain.table import Bilingual, Candidate, Mode, Operator, Period
from renvoi.domain.table_codec.routing_table import RoutingTable, encode_table

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
SECRET = "s" * 40
STRANGER = "81.2.69.160"
"""An address in the United Kingdom that is not a trusted proxy."""
PROXY = "10.0.0.7"

SIGN_UP = Bilingual(en="https://boreale.example/en/signup", fr="https://boreale.example/fr/inscription")


def country(code: str) -> CountryCode:
    return CountryCode(code)


def operator(*, mode: Mode = "present", name: str = "Téléphonie Boréale") -> Operator:
    """Return an operator that covers Saint-Pierre-et-Miquelon and, in Canada, Québec and Ontario."""
    return Operator(
        name=name,
        signup_url=SIGN_UP,
        mode=mode,
        default_language="fr",
        time_zone="America/Toronto",
        covered_countries=frozenset({country("PM")}),
        covered_regions={country("CA"): (RegionCode("CA-ON"), RegionCode("CA-QC"))},
    )


def partner(
    id_: int,
    name: str,
    *,
    url: Bilingual | None = None,
    description: Bilingual | None = None,
    priority: int = 5,
    active: bool = True,
    ends_on: date | None = None,
) -> Candidate:
    site = f"https://partner{id_}.example"
    return Candidate(
        id=id_,
        name=name,
        url=url or Bilingual(en=f"{site}/en", fr=f"{site}/fr"),
        description=description if description is not None else Bilingual(en=f"{name} answers.", fr=f"{name} répond."),
        priority=priority,
        active=active,
        agreements=(Period(ends_on=ends_on),),
    )


ALO_BRASIL = partner(7, "Aló Brasil")
AZULEJO = partner(8, "Azulejo", url=Bilingual(en="https://azulejo.example/en"), description=Bilingual(en="Lisbon."))
TARDE = partner(9, "Tarde", priority=9)
DORMANT = partner(10, "Dormant", active=False)
PAST = partner(11, "Past", ends_on=date(2026, 11, 22))
PRAIRIE = partner(12, "Prairie")
EQUALS = tuple(partner(number, f"Equal {number}") for number in range(100, 115))

PARTNERS: tuple[tuple[Candidate, tuple[str, ...]], ...] = (
    (ALO_BRASIL, ("BR",)),
    (TARDE, ("BR",)),
    (AZULEJO, ("PT", "AO")),
    (DORMANT, ("FR", "DE")),
    (PAST, ("DE", "IT")),
    (PRAIRIE, ("CA", "PM")),
    *((equal, ("MX",)) for equal in EQUALS),
)

STORED = {
    SIGN_UP.en,
    SIGN_UP.fr,
    *(url for candidate, _ in PARTNERS for url in (candidate.url.en, candidate.url.fr) if url),
}
"""Every URL to which a visitor may be redirected."""


def table_bytes(
    *,
    generation: int = 3,
    operator_: Operator | None = None,
    partners: Iterable[tuple[Candidate, Sequence[str]]] = PARTNERS,
) -> bytes:
    served = ((candidate, [country(code) for code in codes]) for candidate, codes in partners)
    return encode_table(generation=generation, operator=operator_ or operator(), partners=served)


def table(*, operator_: Operator | None = None) -> RoutingTable:
    return RoutingTable(table_bytes(operator_=operator_))


@cache
def config(**values: Any) -> Config:
    """Return a configuration that reads no file; `values` are as in the environment."""
    return Config.model_validate({"secret_key": SECRET, **values})


def decision(
    code: str | None, *, language: str = "fr", region: str | None = None, operator_: Operator | None = None
) -> Decision:
    """Return the decision for a visitor in that country. Equal partners are ordered by id."""
    visitor = Visitor(
        country=country(code) if code else None,
        country_source="parameter" if code else "unknown",
        region=RegionCode(region) if region else None,
        language="en" if language == "en" else "fr",
    )
    return decide(table(operator_=operator_), visitor, at=NOON, draw=lambda id_: id_.to_bytes(8, "big"))


def scope(
    path: str = "/",
    *,
    query: str | bytes = b"",
    method: str = "GET",
    headers: dict[str, str] | Iterable[tuple[str, str]] = (),
    peer: str = STRANGER,
) -> dict[str, Any]:
    """Return a request as an ASGI server passes it on. Without a Host in `headers` it is for an allowed host."""
    pairs = list(headers.items() if isinstance(headers, dict) else headers)
    if not any(name.lower() == "host" for name, _ in pairs):
        pairs.insert(0, ("host", "localhost"))
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode("utf-8", "surrogateescape") if isinstance(query, str) else query,
        "headers": [
            (name.lower().encode("latin-1", "replace"), value.encode("utf-8", "replace")) for name, value in pairs
        ],
        "client": (peer, 50000),
        "scheme": "http",
    }
