"""Find everything that staff may have overlooked in a routing table, on one day."""

from collections.abc import Iterator
from datetime import date, timedelta

from renvoi.domain.country_search import STATES_WITH_TERRITORIES
from renvoi.domain.findings.finding import Finding
from renvoi.domain.findings.survey import Reach, Survey, survey_table
from renvoi.domain.places import LANGUAGES, CountryCode, Language, territories_of
from renvoi.domain.table import Bilingual, TableLike

SOON = timedelta(days=90)
"""How long before its last day an agreement without a successor is a finding."""
_OWN = "own"


def find_all(table: TableLike, *, today: date, has_source: bool) -> list[Finding]:
    """Return the findings about a table on a day of the operator's calendar, kind by kind. Total and pure.

    `has_source` is whether anything tells the country of a prospect who comes without one in the address: country data
    or a header.
    """
    survey = survey_table(table, day=today)
    reaches = [survey.reaches[id_] for id_ in sorted(survey.reaches)]
    findings = [*_about_countries(survey)]
    for reach in reaches:
        findings += _unreached(reach)
        findings += _one_language(reach)
        findings += _ending(reach, survey, today=today)
        findings += _territories(survey, frozenset(reach.countries), reach=reach)
    findings += _territories(survey, survey.operator.covered_countries)
    return findings if has_source else [*findings, Finding("no_source", "")]


def _about_countries(survey: Survey) -> Iterator[Finding]:
    for country in survey.countries.values():
        receivers = country.receivers
        if not receivers:
            ids = sorted(candidate.id for candidate in country.candidates)
            facts = (country.reason, ids)
            yield Finding("no_partner", country.code, (country.code,), partners=country.candidates, facts=facts)
        elif len(receivers) > 1:
            ids = sorted(candidate.id for candidate in receivers)
            yield Finding("choice", country.code, (country.code,), partners=receivers, facts=(ids,))


def _unreached(reach: Reach) -> Iterator[Finding]:
    if not reach.receives:
        countries = tuple(sorted(reach.behind))
        facts = (reach.partner.priority, countries, sorted(reach.hidden), sorted(reach.ahead))
        lacking = (*(["behind"] if reach.behind else []), *(["hidden"] if reach.hidden else []))
        yield Finding(
            "unreached", str(reach.partner.id), countries, partners=(reach.partner,), lacking=lacking, facts=facts
        )


def _one_language(reach: Reach) -> Iterator[Finding]:
    partner, countries = reach.partner, tuple(sorted(reach.receives))
    texts = {"url": partner.url, "description": partner.description}
    for language in LANGUAGES:
        lacking = tuple(name for name, text in texts.items() if _lacks(text, language))
        if lacking:
            yield Finding(
                "one_language",
                f"{partner.id}:{language}",
                countries,
                (language,),
                partners=(partner,),
                lacking=lacking,
                facts=(lacking, countries),
            )


def _lacks(text: Bilingual, language: Language) -> bool:
    own, other = (text.en, text.fr) if language == "en" else (text.fr, text.en)
    return bool(other) and not own


def _ending(reach: Reach, survey: Survey, *, today: date) -> Iterator[Finding]:
    partner = reach.partner
    last_days = [period.ends_on for period in partner.agreements if period.ends_on is not None]
    ends_on = min((day for day in last_days if timedelta(0) <= day - today <= SOON), default=None)
    if ends_on is None or ends_on == date.max:
        return
    after = ends_on + timedelta(days=1)
    left = tuple(
        code
        for code in sorted(reach.receives + reach.behind)
        if not any(survey.available(candidate, after) for candidate in survey.countries[code].candidates)
    )
    if left:
        facts = (ends_on.isoformat(), left)
        yield Finding("ending", str(partner.id), left, partners=(partner,), ends_on=ends_on, facts=facts)


def _territories(survey: Survey, chosen: frozenset[CountryCode], *, reach: Reach | None = None) -> Iterator[Finding]:
    for state in STATES_WITH_TERRITORIES:
        if state not in chosen:
            continue
        missing = tuple(code for code in territories_of(state) if code not in chosen and not survey.is_served(code))
        if missing:
            yield Finding(
                "territories",
                f"{reach.partner.id if reach else _OWN}:{state}",
                missing,
                partners=(reach.partner,) if reach else (),
                state=state,
                facts=(missing,),
            )
