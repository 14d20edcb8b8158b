"""Say in words what was decided or would be, what became of each partner, and why that can’t be explained."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renvoi.console.sentences import current_language
from renvoi.domain.explanation import Explanation, Fate, Standing
from renvoi.domain.places import CountryCode, RegionCode, country_name, elsewhere, region_name
from renvoi.domain.routing import CountrySource, DecisionKind, Reason
from renvoi.partners.past.explaining import Refusal

DECISIONS: Mapping[DecisionKind, Promise] = {
    "unknown": gettext_lazy("The page asked for the country"),
    "own": gettext_lazy("The prospect was sent to your sign-up address"),
    "region": gettext_lazy("The page asked for the region"),
    "partner": gettext_lazy("%(partner)s was proposed"),
    "choice": gettext_lazy("The page let the prospect choose"),
    "none": gettext_lazy("Nobody was proposed"),
}
REASONS: Mapping[Reason, Promise] = {
    "no_country": gettext_lazy("The country was not known."),
    "in_coverage": gettext_lazy("The place was in your coverage area."),
    "no_region": gettext_lazy("Your company covered a part of this country, and the region was not known."),
    "only_candidate": gettext_lazy("No other partner could receive prospects from there."),
    "best_priority": gettext_lazy(
        "Several partners could receive prospects from there; this one had the best priority."
    ),
    "same_priority": gettext_lazy("Several partners could receive prospects from there, with the same priority."),
    "visitor_chose": gettext_lazy("The prospect chose this partner."),
    "no_partner": gettext_lazy("No partner served this country."),
    "all_paused": gettext_lazy("Each partner who served this country was paused."),
    "outside_agreement": gettext_lazy(
        "The agreements of the partners who served this country had not begun, or had ended."
    ),
    "none_available": gettext_lazy(
        "Of the partners who served this country, some were paused. The agreements of the others had not begun, or had"
        " ended."
    ),
}
DECISIONS_NOW: Mapping[DecisionKind, Promise] = {
    "unknown": gettext_lazy("The page asks for the country"),
    "own": gettext_lazy("The prospect is sent to your sign-up address"),
    "region": gettext_lazy("The page asks for the region"),
    "partner": gettext_lazy("%(partner)s is proposed"),
    "choice": gettext_lazy("The page lets the prospect choose"),
    "none": gettext_lazy("Nobody is proposed"),
}
"""What is decided for a visit that has not taken place."""
REASONS_NOW: Mapping[Reason, Promise] = {
    "no_country": gettext_lazy("The country is not known."),
    "in_coverage": gettext_lazy("The place is in your coverage area."),
    "no_region": gettext_lazy("Your company covers a part of this country, and the region is not known."),
    "only_candidate": gettext_lazy("No other partner can receive prospects from there."),
    "best_priority": gettext_lazy("Several partners can receive prospects from there; this one has the best priority."),
    "same_priority": gettext_lazy("Several partners can receive prospects from there, with the same priority."),
    "visitor_chose": gettext_lazy("The prospect chose this partner."),
    "no_partner": gettext_lazy("No partner serves this country."),
    "all_paused": gettext_lazy("Each partner who serves this country is paused."),
    "outside_agreement": gettext_lazy(
        "The agreements of the partners who serve this country have not begun, or have ended."
    ),
    "none_available": gettext_lazy(
        "Of the partners who serve this country, some are paused. The agreements of the others have not begun, or have"
        " ended."
    ),
}
KIND_ICONS: Mapping[DecisionKind, str] = {
    "own": "house",
    "partner": "handshake",
    "choice": "split",
    "none": "circle-slash",
    "region": "map",
    "unknown": "circle-question-mark",
}
SOURCES: Mapping[CountrySource, Promise] = {
    "parameter": gettext_lazy("the link (parameter)"),
    "cookie": gettext_lazy("the prospect’s choice (cookie)"),
    "header": gettext_lazy("the HTTP header of a proxy"),
    "address": gettext_lazy("the IP address"),
    "unknown": gettext_lazy("nothing"),
}
FATES: Mapping[Fate, Promise] = {
    "taken": gettext_lazy("Taken"),
    "paused": gettext_lazy("Refused: paused"),
    "to_come": gettext_lazy("Refused: agreement to come"),
    "ended": gettext_lazy("Refused: agreement ended"),
    "no_address": gettext_lazy("Refused: no address to which one can be sent"),
    "lower_priority": gettext_lazy("Refused: others came first"),
    "not_chosen": gettext_lazy("Not chosen by the prospect"),
    "not_asked": gettext_lazy("Not considered: the coverage area decided"),
}
FATE_ICONS: Mapping[Fate, str] = {
    "taken": "circle-check",
    "paused": "circle-pause",
    "to_come": "calendar-clock",
    "ended": "calendar-x",
    "no_address": "circle-alert",
    "lower_priority": "arrow-down",
    "not_chosen": "minus",
    "not_asked": "minus",
}

REFUSALS: Mapping[Refusal, Promise] = {
    "unknown_reference": gettext_lazy(
        "The ledger has no entry with this reference. Compare it with the one that you received; an answer of the last"
        " minutes may still be on its way to the ledger."
    ),
    "ledger_away": gettext_lazy("The ledger can’t be read at the moment. Try again in a few minutes."),
    "damaged_entry": gettext_lazy(
        "The entry with this reference can’t be read. Ask the person in charge of Renvoi to check the ledger."
    ),
    "no_table": gettext_lazy("The archive does not have this version, so its decisions can’t be explained."),
    "too_early": gettext_lazy("The archive has no version as old as that."),
    "damaged_table": gettext_lazy(
        "The archived version that decided is damaged, so its decisions can’t be explained. Ask the person in charge of"
        " Renvoi to check the ledger."
    ),
}


def decision_words(explanation: Explanation, sentences: Mapping[DecisionKind, Promise] = DECISIONS) -> str:
    """Return what was done, “Aló Brasil was proposed”; with DECISIONS_NOW, “Aló Brasil is proposed”."""
    decision = explanation.decision
    name = decision.partners[0].name if decision.partners else ""
    words = sentences[decision.kind]
    return str(words % {"partner": name}) if decision.kind == "partner" else str(words)


def fate_details(standing: Standing, explanation: Explanation) -> str:
    """Return the days or the priority that decided about a partner; empty if nothing is to be added."""
    partner, fate = standing
    starts = [period.starts_on for period in partner.agreements if period.starts_on]
    ends = [period.ends_on for period in partner.agreements if period.ends_on]
    day = explanation.day.isoformat()
    if fate == "to_come" and starts:
        return _("First day: %(first)s; day of the decision: %(day)s.") % {"first": min(starts).isoformat(), "day": day}
    if fate == "ended" and ends:
        return _("Last day: %(last)s; day of the decision: %(day)s.") % {"last": max(ends).isoformat(), "day": day}
    if fate == "lower_priority" and explanation.decision.partners:
        best = explanation.decision.partners[0].priority
        return _("Priority %(priority)s; the best one: %(best)s.") % {
            "priority": partner.priority,
            "best": best,
        }
    if fate == "taken":
        return _("Priority %(priority)s") % {"priority": partner.priority}
    return ""


def place_name(country: CountryCode | None, region: RegionCode | None) -> str:
    """Return “Ontario (Canada)”, “Brésil” or “Inconnu”."""
    language = current_language()
    if country is None:
        return _("Unknown")
    name = country_name(country, language=language)
    if region is None:
        return name
    # « Ailleurs au Canada » names the country.
    shown = region_name(region, language=language)
    return shown if region == elsewhere(country) else f"{shown} ({name})"
