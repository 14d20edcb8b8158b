"""Render the visitor's pages for one routing table. Each part is rendered once, at its first use, and cached."""

from collections.abc import Sequence
from functools import cache
from typing import Literal, NamedTuple

from markupsafe import Markup, escape

from renvoi.domain.addresses import view_address
from renvoi.domain.names.keys import sort_key
from renvoi.domain.places import (
    COUNTRIES,
    LANGUAGES,
    CountryCode,
    Language,
    RegionCode,
    country_name,
    country_of_region,
    country_sort_key,
    elsewhere,
    in_country,
    in_region,
    region_name,
)
from renvoi.domain.routing import Decision, Visitor
from renvoi.domain.table import Candidate, Logo, Operator
from renvoi.visitor.html.fragments import Fragment, render
from renvoi.visitor.html.icon import ICON_URL
from renvoi.visitor.html.page_mark import mark_bytes
from renvoi.visitor.html.texts import environments, script, style
from renvoi.visitor.params import QueryParams

# Stands for the cards while a shell is filled. HTML can't contain it.
_CARDS = b"\0"

FIRST_CARDS = 12
"""How many cards a page of equal partners shows before "see all"."""

Refusal = Literal["bad_request", "bad_host", "not_found", "not_allowed", "too_large"]
PageKind = Literal["unknown", "region", "partner", "choice", "none", "countries"]

_OTHER_LANGUAGE: dict[Language, Language] = {"fr": "en", "en": "fr"}


class ShownLogo(NamedTuple):
    """The path of the operator's logo, and the size in which pages show it, in CSS pixels."""

    path: str
    width: int
    height: int

    @classmethod
    def of(cls, logo: Logo) -> "ShownLogo":
        """Return the logo, made smaller if it is larger than the header allows. The path changes with the image."""
        return cls(logo.path, *logo.shown_size)


class Pages:
    """The pages of one routing table. A part is rendered at its first use, in a fraction of a millisecond."""

    def __init__(self, operator: Operator, *, public_url: str = "") -> None:
        """Render the page without a country, so that a broken template raises before the table is served.

        `public_url` is that of this site, without a slash at its end; links in the head are absolute if there is one.
        """
        self._operator = operator
        self._public_url = public_url
        self._shells: dict[tuple[PageKind, CountryCode | None, RegionCode | None, Language], Fragment] = {}
        self._cards: dict[tuple[int, Language, str], Fragment] = {}
        self._wishes: dict[tuple[CountryCode, Language, bool], Fragment] = {}
        self._see_all: dict[tuple[int, Language], Fragment] = {}
        for language in LANGUAGES:
            self._shell("unknown", country=None, region=None, language=language)

    def page(self, decision: Decision, *, params: QueryParams, has_wished: bool = False) -> bytes:
        """Return the HTML page of a decision; see `parts`."""
        return b"".join(self.parts(decision, params=params, has_wished=has_wished))

    def parts(self, decision: Decision, *, params: QueryParams, has_wished: bool = False) -> Sequence[bytes]:
        """Return the HTML page of a decision in the parts that pages in another order have, too: what precedes the
        partners, each partner, and what follows them. `params` are the parameters of the page's URL.

        `has_wished`: the page without a partner thanks for the wish that it otherwise asks for.
        A decision of kind "own", which is normally a redirect, gets the page that asks for the country.
        """
        kind: PageKind = "unknown" if decision.kind == "own" else decision.kind
        values = _common_slots(params, language=decision.language)
        values["region"] = f"region={decision.region}&amp;".encode() if decision.region else b""
        values["mark"] = mark_bytes(decision.generation, decision.country, decision.region, decision.language)
        cards: Sequence[bytes] = ()
        if kind in {"partner", "choice"}:
            cards, values["cards"] = self._render_cards(decision, params=params), _CARDS
            values["more"] = self._render_see_all_link(decision, params=params)
        if kind == "none":
            values["wish"] = self._render_wish(decision, params=params, has_wished=has_wished)
        country = None if kind == "unknown" else decision.country
        region = self._shown_region(country, decision.region)
        shell = self._shell(kind, country=country, region=region, language=decision.language).fill(values)
        before, _, after = shell.partition(_CARDS)
        return (before, *cards, after)

    def countries(self, visitor: Visitor, *, params: QueryParams) -> bytes:
        """Return the HTML page that asks for the country whatever is known, and for the region where that matters."""
        country = visitor.country if visitor.country in self._operator.covered_regions else None
        shell = self._shell("countries", country=country, region=None, language=visitor.language)
        return shell.fill(_common_slots(params, language=visitor.language))

    def refused(self, refusal: Refusal, *, language: Language) -> bytes:
        """Return the HTML page of a 4xx response."""
        return self.undecided("refused.html", language=language, refusal=refusal)

    def undecided(self, template: str, *, language: Language, **values: object) -> bytes:
        """Return the HTML of a page that shows no decision, rendered from a template that extends the base of all."""
        shell = render(environments()[language], template, **self._base_context(language), **values)
        return shell.fill(_common_slots(QueryParams(), language=language))

    def _base_context(self, language: Language) -> dict[str, object]:
        operator = self._operator
        text, text_language = operator.text.in_language(language)
        return {
            "icon": ICON_URL,
            "language": language,
            "other_language": _OTHER_LANGUAGE[language],
            "operator": operator.name,
            "public_url": self._public_url,
            "site_url": operator.site_url.address_in(language)[0],
            "contact": operator.contact_url,
            "privacy_url": operator.privacy_url.address_in(language)[0],
            "logo": operator.logo and ShownLogo.of(operator.logo),
            "text": text,
            "text_language": text_language,
            "country": "",
            "region": "",
        }

    def _shown_region(self, country: CountryCode | None, region: RegionCode | None) -> RegionCode | None:
        """Return the region that a page names, or "elsewhere"; None where regions do not matter or none is known."""
        if country not in self._operator.covered_regions or region is None or country_of_region(region) != country:
            return None
        return region if in_region(region, language="en") else elsewhere(country)

    def _shell(
        self, kind: PageKind, *, country: CountryCode | None, region: RegionCode | None, language: Language
    ) -> Fragment:
        key = (kind, country, region, language)
        shell = self._shells.get(key)
        if shell is None:
            place = {} if country is None else self._place_context(country, region, language=language)
            context = {**self._base_context(language), **place}
            shell = self._shells[key] = render(environments()[language], f"{kind}.html", **context)
        return shell

    def _place_context(
        self, country: CountryCode, region: RegionCode | None, *, language: Language
    ) -> dict[str, object]:
        regions = (
            (code, region_name(code, language=language)) for code in self._operator.covered_regions.get(country, ())
        )
        sorted_regions = sorted(regions, key=lambda region: sort_key(region[1]))
        other = elsewhere(country)
        return {
            "country": country,
            "region": region,
            "is_elsewhere": region == other,
            "in_place": (region and in_region(region, language=language)) or in_country(country, language=language),
            "regions": [*sorted_regions, (other, region_name(other, language=language))],
        }

    def _render_cards(self, decision: Decision, *, params: QueryParams) -> Sequence[bytes]:
        element = "li" if decision.kind == "choice" else "div"
        partners = decision.partners if params.show_all else decision.partners[:FIRST_CARDS]
        country = decision.country or CountryCode("")
        values = {
            "country": country.encode(),
            "country_name": escape(country_name(country, language=decision.language)).encode(),
            "click_params": (_more_params(region=decision.region or "", src=params.source)).encode(),
        }
        cards = (self._card(partner, language=decision.language, element=element) for partner in partners)
        return [card.fill(values) for card in cards]

    def _card(self, partner: Candidate, *, language: Language, element: str) -> Fragment:
        key = (partner.id, language, element)
        card = self._cards.get(key)
        if card is None:
            card = self._cards[key] = _render_card(partner, language=language, element=element)
        return card

    def _render_wish(self, decision: Decision, *, params: QueryParams, has_wished: bool) -> bytes:
        """Return the button of the wish, which is for the whole country, or the thanks for it."""
        country, language = decision.country or CountryCode(""), decision.language
        key = country, language, has_wished
        wish = self._wishes.get(key)
        if wish is None:
            values = {"country": country, "in_country": in_country(country, language=language)}
            wish = render(environments()[language], "wish.html", has_wished=has_wished, **values)
            self._wishes[key] = wish
        fields = _fields(lang=params.language or language, region=decision.region, src=params.source)
        return wish.fill({"more_fields": fields.encode()})

    def _render_see_all_link(self, decision: Decision, *, params: QueryParams) -> bytes:
        count, language = len(decision.partners), decision.language
        if params.show_all or count <= FIRST_CARDS:
            return b""
        link = self._see_all.get((count, language))
        if link is None:
            link = self._see_all[count, language] = render(environments()[language], "see_all.html", count=count)
        return link.fill({"current_params": _all_params(params).encode()})


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
        "script": script().encode(),
        "countries": _country_options(language),
        "notice": _ignored_notice(language) if params.country_ignored else b"",
        "current_params": _current_params(params).encode(),
        "all_params": _all_params(params).removeprefix("&amp;").encode(),
        "hidden_fields": _hidden_fields(params).encode(),
    }


@cache
def _country_options(language: Language) -> bytes:
    option = Markup("<option value={}>{}")  # HTML allows both; 250 times, it counts
    by_name = sorted(COUNTRIES, key=lambda code: country_sort_key(code, language=language))
    return "".join(option.format(code, country_name(code, language=language)) for code in by_name).encode()


@cache
def _ignored_notice(language: Language) -> bytes:
    return render(environments()[language], "ignored.html").fill({})


def _current_params(params: QueryParams) -> str:
    """Return the query parameters that links to the same page repeat: those of the request, and no derived values."""
    return _more_params(
        country=params.country or "", region=params.region or "", src=params.source, all="1" if params.show_all else ""
    )


def _all_params(params: QueryParams) -> str:
    """Return those parameters, and the language if the visitor has chosen it."""
    return _current_params(params) + _more_params(lang=params.language or "")


def _hidden_fields(params: QueryParams) -> str:
    """Return the hidden fields of the page's forms: the source, and a language that was chosen by a link."""
    return _fields(lang=params.language, src=params.source)


def _fields(**values: str | None) -> str:
    field = Markup('<input type="hidden" name="{}" value="{}">\n')
    return "".join(field.format(name, value) for name, value in values.items() if value)


def _more_params(**values: str) -> str:
    """Return further query parameters as HTML. Codes and sources are validated: none needs URL encoding."""
    return "".join(f"&amp;{name}={value}" for name, value in values.items() if value)
