"""Say what a finding is about in a sentence, what it rests on, and which page mends it."""

from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from renvoi.console.sentences import and_more, by_name, current_language, of
from renvoi.domain.findings.finding import Finding
from renvoi.domain.places import CountryCode, country_name, in_country, is_plural, the_country
from renvoi.domain.table import Candidate
from renvoi.partners.figures import figure

_NAMED = 4


class Mend(NamedTuple):
    """The page that mends a finding: its address, and what the link to it says."""

    path: str
    label: str


def subject_name(finding: Finding) -> str:
    """Return the name of what the finding is about: a country, a partner, or the coverage area."""
    if finding.partners and finding.kind not in {"no_partner", "choice"}:
        return finding.partners[0].name
    if finding.kind in {"no_partner", "choice"}:
        return country_name(CountryCode(finding.subject), language=current_language())
    return _("Coverage area") if finding.kind == "territories" else _("Country data")


def title(finding: Finding) -> str:
    """Return the finding as a sentence."""
    match finding.kind:
        case "no_partner":
            return _without_partner(CountryCode(finding.subject))
        case "choice":
            return _to_choose(CountryCode(finding.subject), len(finding.partners))
        case "unreached":
            return _("%(name)s receives no prospect.") % {"name": finding.partners[0].name}
        case "one_language":
            return _lacking(finding)
        case "ending":
            day = finding.ends_on.isoformat() if finding.ends_on else ""
            params = {"name": finding.partners[0].name, "day": day}
            return _("The agreement with %(name)s ends on %(day)s, and nobody takes over.") % params
        case "territories":
            return _without_territories(finding)
        case "no_source":
            return _("Nothing tells Renvoi the country of a prospect.")


def detail(finding: Finding) -> str:
    """Return what the finding rests on, as a sentence; empty if its title says it all."""
    match finding.kind:
        case "no_partner":
            return _why_nobody(finding)
        case "choice":
            return _names(finding.partners)
        case "unreached":
            return _why_unreached(finding)
        case "ending":
            return _("Left without a partner: %(countries)s.") % {"countries": _countries(finding)}
        case "territories":
            return _("Nobody serves: %(countries)s.") % {"countries": _countries(finding)}
        case "no_source":
            return _("Each one is asked for it first.")
    return ""


def mend(finding: Finding) -> Mend:
    """Return the page that mends the finding, at the field that does."""
    match finding.kind:
        case "no_partner" if not finding.partners:
            query = urlencode({"country": finding.subject})
            return Mend(f"{reverse('console:partner_new')}?{query}", _("New partner"))
        case "no_partner":
            partner = finding.partners[0]
            return _settings(partner, "agreement_ends_on" if partner.active else "status")
        case "choice":
            return _settings(finding.partners[0], "priority")
        case "unreached":
            return _settings(finding.partners[0], "priority" if "behind" in finding.lacking else "countries")
        case "one_language":
            return _settings(finding.partners[0], f"{finding.lacking[0]}_{finding.languages[0]}")
        case "ending":
            return _settings(finding.partners[0], "agreement_ends_on")
        case "territories" if finding.partners:
            return _settings(finding.partners[0], "countries", query=f"?{urlencode({'territories': finding.state})}")
        case "territories":
            query = urlencode({"add": ",".join(finding.countries)})
            return Mend(f"{reverse('console:coverage')}?{query}#areas", _("Add them"))
        case "no_source":
            return Mend(f"{reverse('console:settings')}#country-data", _("See Country data"))


def _settings(partner: Candidate, field: str, *, query: str = "") -> Mend:
    path = reverse("console:partner", args=[partner.id])
    return Mend(f"{path}{query}#{field}", _("Settings %(of_name)s") % {"of_name": of(partner.name)})


def _without_partner(country: CountryCode) -> str:
    language = current_language()
    # The verb differs in French only (a, ont).
    sentence = (
        pgettext("several countries", "%(country)s has no partner.")
        if is_plural(country, language=language)
        else pgettext("one country", "%(country)s has no partner.")
    )
    return sentence % {"country": _capitalised(the_country(country, language=language))}


def _to_choose(country: CountryCode, count: int) -> str:
    # They are always several.
    sentence = _("%(in_country)s, prospects must choose between %(shown)s partners.")
    place = _capitalised(in_country(country, language=current_language()))
    return sentence % {"in_country": place, "shown": figure(count)}


def _lacking(finding: Finding) -> str:
    sentences = {
        ("fr", "url"): _("%(name)s has no address in French."),
        ("en", "url"): _("%(name)s has no address in English."),
        ("fr", "description"): _("%(name)s has no description in French."),
        ("en", "description"): _("%(name)s has no description in English."),
        ("fr", "url", "description"): _("%(name)s has neither an address nor a description in French."),
        ("en", "url", "description"): _("%(name)s has neither an address nor a description in English."),
    }
    return sentences[finding.languages[0], *finding.lacking] % {"name": finding.partners[0].name}


def _without_territories(finding: Finding) -> str:
    state = finding.state or CountryCode("")
    language = current_language()
    params = {"state": the_country(state, language=language)}
    # The possessive differs in French only (ses, leurs).
    if not finding.partners:
        if is_plural(state, language=language):
            return pgettext("several", "Your coverage area has %(state)s without its territories.") % params
        return pgettext("one", "Your coverage area has %(state)s without its territories.") % params
    params["name"] = finding.partners[0].name
    if is_plural(state, language=language):
        return pgettext("several", "%(name)s serves %(state)s without its territories.") % params
    return pgettext("one", "%(name)s serves %(state)s without its territories.") % params


def _why_nobody(finding: Finding) -> str:
    if not finding.partners:
        return ""
    sentences = {
        "all_paused": ngettext(
            "The only one is on pause: %(names)s.", "All of them are on pause: %(names)s.", len(finding.partners)
        ),
        "outside_agreement": ngettext(
            "The only one is outside its agreement: %(names)s.",
            "All of them are outside their agreements: %(names)s.",
            len(finding.partners),
        ),
    }
    other = _("None of them is available: %(names)s.")
    return sentences.get(str(finding.facts[0]), other) % {"names": _names(finding.partners)}


def _why_unreached(finding: Finding) -> str:
    if finding.lacking == ("behind",):
        return _("In each of its countries, another partner has a better priority.")
    if finding.lacking == ("hidden",):
        return _("Your coverage area has all of its countries.")
    return _("In each of its countries, another partner has a better priority or your coverage area comes first.")


def _names(partners: tuple[Candidate, ...]) -> str:
    return and_more([partner.name for partner in partners], shown=_NAMED)


def _countries(finding: Finding) -> str:
    language = current_language()
    return and_more([country_name(code, language=language) for code in by_name(finding.countries)], shown=_NAMED)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
