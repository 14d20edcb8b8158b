"""Say in words how a simulated visit was answered: each rung of the decision, and what became of each partner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.urls import reverse
from django.utils.translation import gettext as _

from renvoi.console.views.simulation.answering import Simulated
from renvoi.console.wording.decisions import FATE_ICONS, FATES, SOURCES, fate_details, place_name
from renvoi.domain.explanation import Explanation, Standing
from renvoi.domain.routing import coverage_of
from renvoi.partners.figures import figure
from renvoi.visitor.sources import negotiate_language

_COVERAGE_ICONS = {"own": "house", "undetermined": "map", "outside": "arrow-right"}


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: what it is about, what was found out, and from what. `is_decisive`: it settled the decision."""

    label: str
    icon: str
    words: str
    details: str = ""
    is_decisive: bool = False


@dataclass(frozen=True, slots=True)
class ShownStanding:
    """A partner that serves the country, what becomes of it, and the address that this visitor would get."""

    name: str
    path: str
    icon: str
    fate: str
    is_taken: bool
    details: str
    address: str


def rungs_of(simulated: Simulated) -> list[Rung]:
    """Return the rungs in the order in which the gateway climbs them. No query."""
    return [*_found_out(simulated), _coverage(simulated), _partners(simulated.explanation), _answer(simulated)]


def shown_standings(standings: Sequence[Standing], explanation: Explanation) -> list[ShownStanding]:
    """Return these partners in words. No query."""
    language = explanation.decision.language
    return [
        ShownStanding(
            name=standing.partner.name,
            path=reverse("console:partner", args=[standing.partner.id]),
            icon=FATE_ICONS[standing.fate],
            fate=str(FATES[standing.fate]),
            is_taken=standing.fate == "taken",
            details=fate_details(standing, explanation),
            address=standing.partner.url.address_in(language)[0] if standing.fate == "taken" else "",
        )
        for standing in standings
    ]


def _found_out(simulated: Simulated) -> Iterator[Rung]:
    visitor = simulated.request.visitor
    source = str(SOURCES[visitor.country_source])
    yield Rung(
        label=_("Country"),
        icon="map-pin",
        words=place_name(visitor.country, visitor.region),
        details=_("Country known from: %(source)s") % {"source": source},
        is_decisive=simulated.explanation.step == "country",
    )
    yield Rung(
        label=_("Language"),
        icon="languages",
        words=_("French") if visitor.language == "fr" else _("English"),
        details=_("Language known from: %(source)s") % {"source": _language_source(simulated)},
    )


def _language_source(simulated: Simulated) -> str:
    request = simulated.request
    if request.params.language:
        return str(SOURCES["parameter"])
    if request.remembered.language:
        return str(SOURCES["cookie"])
    values = [value for name, value in simulated.visit.headers if name.lower() == "accept-language"]
    header = ", ".join(values)
    # Where the header decides, the default makes no difference.
    if negotiate_language(header, "fr") == negotiate_language(header, "en"):
        return _("the header Accept-Language")
    return _("your default language")


def _coverage(simulated: Simulated) -> Rung:
    decision, step = simulated.explanation.decision, simulated.explanation.step
    label = _("Coverage area")
    if decision.country is None:
        return Rung(label, "minus", _("Not considered: the country is not known"))
    where = coverage_of(simulated.table.operator, decision.country, decision.region)
    words = {
        "own": _("In your coverage area"),
        "undetermined": _("In your coverage area or outside of it, according to the region"),
        "outside": _("Outside of your coverage area"),
    }
    return Rung(label, _COVERAGE_ICONS[where], words[where], is_decisive=step in {"coverage", "region"})


def _partners(explanation: Explanation) -> Rung:
    label, count = _("Partners"), len(explanation.standings)
    if explanation.step != "candidates":
        return Rung(label, "minus", _("Not considered: this was decided before"))
    if not count:
        return Rung(label, "handshake", _("No partner serves this country."), is_decisive=True)
    taken = len(explanation.decision.partners)
    words = _("Serving this country: %(count)s; taken: %(taken)s")
    return Rung(label, "handshake", words % {"count": figure(count), "taken": figure(taken)}, is_decisive=True)


def _answer(simulated: Simulated) -> Rung:
    status = HTTPStatus(simulated.response.status)
    if simulated.request.is_prefetch:
        words = _("Nothing yet: the browser loads the page in advance")
    elif simulated.has_page:
        words = _("A page")
    else:
        words = _("A redirect")
    if simulated.request.is_crawler:
        counted = _("not counted: the headers are those of a program")
    else:
        counted = _("counted") if simulated.is_counted else _("not counted")
    return Rung(_("Answer"), "send", words, f"{status.value} {status.phrase}; {counted}")
