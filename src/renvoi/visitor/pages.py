"""Render the visitor's pages for one routing table. Each part is rendered once, at its first use, and cached."""

from functools import cache
from typing import Literal

from markupsafe import Markup, escape

from renvoi.domain.addresses import view_address
from renvoi.domain.names.keys import sort_key
from renvoi.domain.places import (
    COUNTRIES,
    LANGUAGES,
    CountryCode,
    Language,
    country_name,
    country_sort_key,
    elsewhere,
    in_country,
    region_name,
)
from renvoi.domain.routing import Decision
from renvoi.domain.table import Candidate, Operator
from renvoi.visitor.fragments import Fragment, render
from renvoi.visitor.page_mark import mark_bytes
from renvoi.visitor.request import QueryParams
from renvoi.visitor.texts import environments, style

FIRST_CARDS = 12
"""How many cards a page of equal partners shows before "see all"."""

Refusal = Literal["bad_request", "bad_host", "not_found", "not_allowed", "too_large"]
PageKind = Literal["unknown", "region", "partner", "choice", "none"]

_OTHER_LANGUAGE: dict[Language, Language] = {"fr": "en", "en": "fr"}


class Pages:
    """The pages of one routing table. A part is rendered at its first use, in a fraction of a millisecond."""

    def __init__(self, operator: Operator) -> None:
        """Render the page without a country, so that a broken template raises before the table is served."""
        self._operator = operator
        self._shells: dict[tuple[PageKind, CountryCode | None, Language], Fragment] = {}
        self._cards: dict[tuple[int, Language, str], Fragment] = {}
        self._see_all: dict[tuple[int, Language], Fragment] = {}
        for language in LANGUAGES:
            self._shell("unknown", country=None, language=language)

    def page(self, decision: Decision, *, params: QueryParams) -> bytes:
        """Return the HTML page of a decision; `params` are the parameters of the page's URL.

        A decision of kind "own", which is normally a redirect, gets the page that asks for the country.
        """
        kind: PageKind = "unknown" if decision.kind == "own" else decision.kind
        values = _common_slots(params, language=decision.language)
        values["mark"] = mark_bytes(decision.generation, decision.country, decision.region, decision.language)
        if kind in {"partner", "choice"}:
            values["cards"] = self._render_cards(decision, params=params)
            values["more"] = self._render_see_all_link(decision, params=params)
        country = None if kind == "unknown" else decision.country
        return self._shell(kind, country=country, language=decision.language).fill(values)

    def refused(self, refusal: Refusal, *, language: Language) -> bytes:
        """Return the HTML page of a 4xx response."""
        context = self._base_context(language)
        shell = render(environments()[language], "refused.html", **context, refusal=refusal)
        return shell.fill(_common_slots(QueryParams(), language=language))

    def _base_context(self, language: Language) -> dict[str, str]:
        return {"language": language, "other_language": _OTHER_LANGUAGE[language], "operator": self._operator.name}

    def _shell(self, kind: PageKind, *, country: CountryCode | None, language: Language) -> Fragment:
        key = (kind, country, language)
        shell = self._shells.get(key)
        if shell is None:
            place = {} if country is None else self._country_context(country, language=language)
            context = self._base_context(language)
            shell = self._shells[key] = render(environments()[language], f"{kind}.html", **context, **place)
        return shell

    def _country_context(self, country: CountryCode, *, language: Language) -> dict[str, object]:
        regions = (
            (code, region_name(code, language=language)) for code in self._operator.covered_regions.get(country, ())
        )
        sorted_regions = sorted(regions, key=lambda region: sort_key(region[1]))
        other = elsewhere(country)
        return {
            "country": country,
            "in_country": in_country(country, language=language),
            "regions": [*sorted_regions, (other, region_name(other, language=language))],
        }

    def _render_cards(self, decision: Decision, *, params: QueryParams) -> bytes:
        element = "li" if decision.kind == "choice" else "div"
        partners = decision.partners if params.show_all else decision.partners[:FIRST_CARDS]
        country = decision.country or CountryCode("")
        values = {
            "country": country.encode(),
            "country_name": escape(country_name(country, language=decision.language)).encode(),
            "click_params": (_more_params(region=decision.region or "", src=params.source)).encode(),
        }
        cards = (self._card(partner, language=decision.language, element=element) for partner in partners)
        return b"".join(card.fill(values) for card in cards)

    def _card(self, partner: Candidate, *, language: Language, element: str) -> Fragment:
        key = (partner.id, language, element)
        card = self._cards.get(key)
        if card is None:
            card = self._cards[key] = _render_card(partner, language=language, element=element)
        return card

    def _render_see_all_link(self, decision: Decision, *, params: QueryParams) -> bytes:
        count, language = len(decision.partners), decision.language
        if params.show_all or count <= FIRST_CARDS:
            return b""
        link = self._see_all.get((count, language))
        if link is None:
            link = self._see_all[count, language] = render(environments()[language], "see_all.html", count=count)
        return link.fill(
            {"current_params": (_current_params(params) + _more_params(lang=params.language or "")).encode()}
        )


def _render_card(partner: Candidate, *, language: Language, element: str) -> Fragment:
    url, url_language = partner.url.address_in(language)
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


def _common_slots(params: QueryParams, *, language: Language) -> dict[str, bytes]:
    return {
        "style": style().encode(),
        "countries": _country_options(language),
        "notice": _ignored_notice(language) if params.country_ignored else b"",
        "current_params": _current_params(params).encode(),
        "hidden_fields": _hidden_fields(params).encode(),
    }


@cache
def _country_options(language: Language) -> bytes:
    option = Markup('<option value="{}">{}</option>')
    by_name = sorted(COUNTRIES, key=lambda code: country_sort_key(code, language=language))
    return "\n".join(option.format(code, country_name(code, language=language)) for code in by_name).encode()


@cache
def _ignored_notice(language: Language) -> bytes:
    return render(environments()[language], "ignored.html").fill({})


def _current_params(params: QueryParams) -> str:
    """Return the query parameters that links to the same page repeat: those of the request, and no derived values."""
    return _more_params(
        country=params.country or "", region=params.region or "", src=params.source, all="1" if params.show_all else ""
    )


def _hidden_fields(params: QueryParams) -> str:
    """Return the hidden fields of the page's forms: the source, and a language that was chosen by a link."""
    fields = {"lang": params.language, "src": params.source}
    field = Markup('<input type="hidden" name="{}" value="{}">\n')
    return "".join(field.format(name, value) for name, value in fields.items() if value)


def _more_params(**values: str) -> str:
    """Return further query parameters as HTML. Codes and sources are validated: none needs URL encoding."""
    return "".join(f"&amp;{name}={value}" for name, value in values.items() if value)
