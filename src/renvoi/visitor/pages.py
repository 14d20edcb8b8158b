"""Hides what a visitor reads: the pages of one routing table, each piece rendered at its first use and kept."""

from functools import cache
from typing import Literal

from markupsafe import Markup, escape

from renvoi.domain.addresses import view_address
from renvoi.domain.places import (
    COUNTRIES,
    LANGUAGES,
    CountryCode,
    Language,
    country_name,
    elsewhere,
    in_country,
    region_name,
    sort_key,
)
from renvoi.domain.routing import Decision
from renvoi.domain.table import Candidate, Operator
from renvoi.visitor.fragments import Fragment, render
from renvoi.visitor.request import Given
from renvoi.visitor.texts import environments, style

FIRST_CARDS = 12
"""Cards that a page of equal partners shows before "see all"."""

Refusal = Literal["bad_request", "bad_host", "not_found", "not_allowed", "too_large"]
PageKind = Literal["unknown", "region", "partner", "choice", "none"]

_OTHER: dict[Language, Language] = {"fr": "en", "en": "fr"}


class Pages:
    """The pages of one routing table. A piece is rendered at its first use, in a fraction of a millisecond."""

    def __init__(self, operator: Operator) -> None:
        """Renders what is the same for everybody, so that a fault in it shows before the table is served."""
        self._operator = operator
        self._shells: dict[tuple[PageKind, CountryCode | None, Language], Fragment] = {}
        self._cards: dict[tuple[int, Language, str], Fragment] = {}
        self._see_all: dict[tuple[int, Language], Fragment] = {}
        for language in LANGUAGES:
            self._shell("unknown", country=None, language=language)

    def page(self, decision: Decision, *, given: Given) -> bytes:
        """The page of a decision, `given` being what the address of the page says.

        A decision that is only ever a redirect has the page that asks for the country.
        """
        kind: PageKind = "unknown" if decision.kind == "own" else decision.kind
        values = _common_slots(given, language=decision.language)
        if kind in {"partner", "choice"}:
            values["cards"] = self._filled_cards(decision, given=given)
            values["more"] = self._see_all_link(decision, given=given)
        country = None if kind == "unknown" else decision.country
        return self._shell(kind, country=country, language=decision.language).filled(values)

    def refused(self, refusal: Refusal, *, language: Language) -> bytes:
        """The page that says why there is no other."""
        frame = self._frame(language)
        shell = render(environments()[language], "refused.html", **frame, refusal=refusal)
        return shell.filled(_common_slots(Given(), language=language))

    def _frame(self, language: Language) -> dict[str, str]:
        return {"language": language, "other_language": _OTHER[language], "operator": self._operator.name}

    def _shell(self, kind: PageKind, *, country: CountryCode | None, language: Language) -> Fragment:
        key = (kind, country, language)
        found = self._shells.get(key)
        if found is None:
            place = {} if country is None else self._place(country, language=language)
            frame = self._frame(language)
            found = self._shells[key] = render(environments()[language], f"{kind}.html", **frame, **place)
        return found

    def _place(self, country: CountryCode, *, language: Language) -> dict[str, object]:
        covered = (
            (code, region_name(code, language=language)) for code in self._operator.covered_regions.get(country, ())
        )
        regions = sorted(covered, key=lambda region: sort_key(region[1]))
        other = elsewhere(country)
        return {
            "country": country,
            "in_country": in_country(country, language=language),
            "regions": [*regions, (other, region_name(other, language=language))],
        }

    def _filled_cards(self, decision: Decision, *, given: Given) -> bytes:
        element = "li" if decision.kind == "choice" else "div"
        shown = decision.partners if given.show_all else decision.partners[:FIRST_CARDS]
        country = decision.country or CountryCode("")
        values = {
            "country": country.encode(),
            "country_name": escape(country_name(country, language=decision.language)).encode(),
            "tail": (_query(region=decision.region or "", src=given.source)).encode(),
        }
        cards = (self._card(partner, language=decision.language, element=element) for partner in shown)
        return b"".join(card.filled(values) for card in cards)

    def _card(self, partner: Candidate, *, language: Language, element: str) -> Fragment:
        key = (partner.id, language, element)
        found = self._cards.get(key)
        if found is None:
            found = self._cards[key] = _render_card(partner, language=language, element=element)
        return found

    def _see_all_link(self, decision: Decision, *, given: Given) -> bytes:
        count, language = len(decision.partners), decision.language
        if given.show_all or count <= FIRST_CARDS:
            return b""
        found = self._see_all.get((count, language))
        if found is None:
            found = self._see_all[count, language] = render(environments()[language], "see_all.html", count=count)
        return found.filled({"carried": (_carried(given) + _query(lang=given.language or "")).encode()})


def _render_card(partner: Candidate, *, language: Language, element: str) -> Fragment:
    url, url_language = partner.url.in_language(language)
    description, description_language = partner.description.in_language(language)
    return render(
        environments()[language],
        "card.html",
        element=element,
        language=language,
        id=partner.id,
        name=partner.name,
        isolated_name=Markup("<bdi>{}</bdi>").format(partner.name),
        description=description,
        description_language=description_language,
        host=view_address(url).host,
        url_language=url_language,
    )


def _common_slots(given: Given, *, language: Language) -> dict[str, bytes]:
    return {
        "style": style().encode(),
        "countries": _country_options(language),
        "notice": _ignored_notice(language) if given.country_ignored else b"",
        "carried": _carried(given).encode(),
        "hidden": _hidden_fields(given).encode(),
    }


@cache
def _country_options(language: Language) -> bytes:
    named = ((country_name(code, language=language), code) for code in COUNTRIES)
    option = Markup('<option value="{}">{}</option>')
    listed = sorted(named, key=lambda country: sort_key(country[0]))
    return "\n".join(option.format(code, name) for name, code in listed).encode()


@cache
def _ignored_notice(language: Language) -> bytes:
    return render(environments()[language], "ignored.html").filled({})


def _carried(given: Given) -> str:
    """What a link to this same page, otherwise put, keeps of its address: what the visitor gave, no more."""
    return _query(
        country=given.country or "", region=given.region or "", src=given.source, all="1" if given.show_all else ""
    )


def _hidden_fields(given: Given) -> str:
    """What a choice made on this page takes along: the source, and a language chosen by a link."""
    fields = {"lang": given.language, "src": given.source}
    field = Markup('<input type="hidden" name="{}" value="{}">\n')
    return "".join(field.format(name, value) for name, value in fields.items() if value)


def _query(**values: str) -> str:
    """More of a query, as HTML. The values are checked codes, or a source: none needs to be encoded."""
    return "".join(f"&amp;{name}={value}" for name, value in values.items() if value)
