"""Describe a decision as JSON, for `renvoi route --json` and the API."""

from collections.abc import Callable
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


class _Decided(TypedDict):
    """What each description of a decision begins with."""

    decision: str
    reason: str
    country: str | None
    region: str | None
    language: str


class DecisionSummary(_Decided):
    """A decision as JSON. The keys are a public interface. `destination` is None unless there is exactly one."""

    destination: str | None
    partners: list[PartnerSummary]
    generation: int


class PublicPartner(TypedDict):
    """A partner as the public API describes it. The keys are a public interface.

    `go` is the address of the click on it, which is counted. `url_language` is the language of the website at `url`,
    `description_language` that of the description: it is there only if it was asked for.
    """

    id: int
    name: str
    description: str
    url: str
    url_language: str
    go: str
    description_language: NotRequired[str]


class PublicDecision(_Decided):
    """A decision as the public API describes it. The keys are a public interface."""

    generation: int
    partners: list[PublicPartner]


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
        **_begin(decision),
        "destination": decision.destination,
        "partners": [_summarize_partner(candidate, language=decision.language) for candidate in decision.partners],
        "generation": decision.generation,
    }


def public_decision_as_dict(
    decision: Decision, *, link: Callable[[int], str], with_description_language: bool = False
) -> PublicDecision:
    """Return the decision as any website may read it. `link` returns the address of the click on a partner's id."""
    return {
        **_begin(decision),
        "generation": decision.generation,
        "partners": [
            _describe_partner(candidate, decision.language, link(candidate.id), with_description_language)
            for candidate in decision.partners
        ],
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


def _begin(decision: Decision) -> _Decided:
    return {
        "decision": decision.kind,
        "reason": decision.reason,
        "country": decision.country,
        "region": decision.region,
        "language": decision.language,
    }


def _summarize_partner(candidate: Candidate, *, language: Language) -> PartnerSummary:
    url, url_language = candidate.url.address_in(language)
    return {"id": candidate.id, "name": candidate.name, "url": url, "url_language": url_language}


def _describe_partner(
    candidate: Candidate,
    language: Language,
    go: str,
    with_description_language: bool,  # noqa: FBT001 (called for each partner, so by position)
) -> PublicPartner:
    url, url_language = candidate.url.address_in(language)
    description, description_language = candidate.description.in_language(language)
    partner: PublicPartner = {
        "id": candidate.id,
        "name": candidate.name,
        "description": description,
        "url": url,
        "url_language": url_language,
        "go": go,
    }
    if with_description_language:
        partner["description_language"] = description_language
    return partner
