"""Describe a decision as JSON, for `renvoi route --json` and the API."""

from typing import NotRequired, TypedDict

from renvoi.domain.places import Language
from renvoi.domain.routing import Decision
from renvoi.domain.table import Candidate


class PartnerSummary(TypedDict):
    """A partner of the decision. `url` is the URL for this visitor, in the language `url_language`."""

    id: int
    name: str
    url: str
    url_language: str


class DecisionSummary(TypedDict):
    """A decision as JSON. The keys are a public interface. `destination` is None unless there is exactly one."""

    decision: str
    reason: str
    country: str | None
    region: str | None
    language: str
    destination: str | None
    partners: list[PartnerSummary]
    generation: int


class CellSummary(TypedDict):
    """A cell of the grid as JSON. The keys are a public interface. `partners` are ids.

    `region` is there in a grid with regions only.
    """

    country: str | None
    region: NotRequired[str | None]
    language: str
    decision: str
    reason: str
    partners: list[int]
    destination: str | None


def decision_as_dict(decision: Decision) -> DecisionSummary:
    """Return the decision as values that JSON can hold."""
    return {
        "decision": decision.kind,
        "reason": decision.reason,
        "country": decision.country,
        "region": decision.region,
        "language": decision.language,
        "destination": decision.destination,
        "partners": [_summarize_partner(candidate, language=decision.language) for candidate in decision.partners],
        "generation": decision.generation,
    }


def cell_as_dict(decision: Decision, *, with_region: bool) -> CellSummary:
    """Return the decision of a cell of the grid as values that JSON can hold."""
    cell: CellSummary = {
        "country": decision.country,
        "language": decision.language,
        "decision": decision.kind,
        "reason": decision.reason,
        "partners": [candidate.id for candidate in decision.partners],
        "destination": decision.destination,
    }
    if with_region:
        cell["region"] = decision.region
    return cell


def _summarize_partner(candidate: Candidate, *, language: Language) -> PartnerSummary:
    url, url_language = candidate.url.address_in(language)
    return {"id": candidate.id, "name": candidate.name, "url": url, "url_language": url_language}
