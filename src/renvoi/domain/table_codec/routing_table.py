"""Encode a routing table to bytes and decode it.

`content` has the form of the bytes. Each partner and each country's list of candidates is JSON, and is decoded
when the country is first used, so that loading a large table does not block the interpreter for long. See
docs/adr/0005.
"""

import json
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, cast

from renvoi.domain.places import CountryCode
from renvoi.domain.table import Bilingual, Candidate, Logo, Operator, Period
from renvoi.domain.table_codec.content import TableContent, TableDamaged, as_json, partner_line, split_table

# json.loads() also detects the encoding and looks for trailing blanks, which takes as long as reading a partner.
_read_json = json.JSONDecoder().decode


class RoutingTable:
    """An immutable routing table, decoded from bytes. Equal bytes lead to equal decisions on every host."""

    __slots__ = ("_body", "_by_partner", "_candidates", "_index", "_partners", "generation", "operator")

    def __init__(self, content: bytes) -> None:
        """Raises TableDamaged if the bytes are truncated, altered or of another version."""
        header, self._body = split_table(content)
        try:
            self.generation: int = int(header["generation"])
            self.operator: Operator = _operator_of(header["operator"])
            self._index: dict[str, tuple[int, int]] = {
                country: (start, end) for country, (start, end) in header["countries"].items()
            }
        except (KeyError, TypeError, ValueError) as error:
            raise TableDamaged(f"the header of the routing table can't be read: {error!r}") from error
        self._candidates: dict[CountryCode, tuple[Candidate, ...]] = {}
        # Partners by where they begin in the body, so that each is decoded once.
        self._partners: dict[int, Candidate] = {}
        self._by_partner: dict[int, list[CountryCode]] | None = None

    @property
    def countries(self) -> frozenset[CountryCode]:
        """The countries that at least one partner in the table serves, in whatever state the partner is."""
        return frozenset(cast("Iterable[CountryCode]", self._index))

    def candidates(self, country: CountryCode) -> tuple[Candidate, ...]:
        """Return the partners that serve a country, in whatever state, sorted by priority and id."""
        candidates = self._candidates.get(country)
        if candidates is None:
            candidates = self._candidates[country] = self._decode(country)
        return candidates

    def countries_served_by(self, partner_ids: Collection[int]) -> frozenset[CountryCode]:
        """Return the countries that at least one of these partners serves. Ids that are not in the table serve none."""
        if self._by_partner is None:
            self._by_partner = self._invert()
        return frozenset(country for id_ in partner_ids for country in self._by_partner.get(id_, ()))

    def _invert(self) -> dict[int, list[CountryCode]]:
        """Return the countries of each partner by id, without decoding the partners."""
        by_start: dict[int, list[CountryCode]] = {}
        for country in self.countries:
            for start, _ in self._spans(country):
                by_start.setdefault(start, []).append(country)
        return {int(self._body[start + 1 : self._body.index(b",", start)]): by_start[start] for start in by_start}

    def _spans(self, country: CountryCode) -> list[tuple[int, int]]:
        """Return where each candidate of a country begins and ends in the body."""
        span = self._index.get(country)
        return json.loads(self._body[span[0] : span[1]]) if span else []

    def _decode(self, country: CountryCode) -> tuple[Candidate, ...]:
        partners = (self._partner(start, end) for start, end in self._spans(country))
        return tuple(sorted(partners, key=lambda partner: (partner.priority, partner.id)))

    def _partner(self, start: int, end: int) -> Candidate:
        partner = self._partners.get(start)
        if partner is None:
            partner = self._partners[start] = _decode_candidate(_read_json(self._body[start:end].decode()))
        return partner


def encode_table(
    *, generation: int, operator: Operator, partners: Iterable[tuple[Candidate, Iterable[CountryCode]]]
) -> bytes:
    """Return the bytes of a table of partners, each with its countries. The caller leaves out trashed partners.

    Raises ValueError if a partner has several agreements.
    """
    return content_of(operator=operator, partners=partners).to_table(generation)


def content_of(*, operator: Operator, partners: Iterable[tuple[Candidate, Iterable[CountryCode]]]) -> TableContent:
    """Return the content of a table of partners, each with its countries, sorted by id.

    Raises ValueError if a partner has several agreements.
    """
    lines = {
        candidate.id: partner_line(candidate.id, countries, _encode_candidate(candidate))
        for candidate, countries in partners
    }
    return TableContent(operator=as_json(_encode_operator(operator)), partners=lines)


def decode_operator(operator: bytes) -> Operator:
    """Return the operator of a content. Raises TableDamaged."""
    try:
        return _operator_of(_read_json(operator.decode()))
    except (KeyError, TypeError, ValueError) as error:
        raise TableDamaged(f"the operator of a routing table can't be read: {error!r}") from error


def decode_line(line: bytes) -> tuple[Candidate, tuple[CountryCode, ...]]:
    """Return the partner of a content's line, and its countries, sorted by code. Raises TableDamaged."""
    try:
        _, countries, candidate = line.decode().split("\t", 2)
        return _decode_candidate(_read_json(candidate)), tuple(map(CountryCode, countries.split()))
    except (TypeError, ValueError) as error:
        raise TableDamaged(f"a partner of a routing table can't be read: {error!r}") from error


def _encode_operator(operator: Operator) -> dict[str, object]:
    # What is empty is left out: the table then has the bytes, and thus the digest, that earlier versions gave it.
    logo = operator.logo
    for_pages: dict[str, object] = {
        "site_url": [operator.site_url.en, operator.site_url.fr] if operator.site_url != Bilingual() else None,
        "text": [operator.text.en, operator.text.fr] if operator.text != Bilingual() else None,
        "contact": operator.contact,
        "privacy_url": [operator.privacy_url.en, operator.privacy_url.fr]
        if operator.privacy_url != Bilingual()
        else None,
        "logo": [logo.digest, logo.width, logo.height] if logo else None,
    }
    return {
        "name": operator.name,
        "signup_url": [operator.signup_url.en, operator.signup_url.fr],
        "mode": operator.mode,
        "default_language": operator.default_language,
        "time_zone": operator.time_zone,
        "whole": sorted(operator.covered_countries),
        "partial": {country: list(regions) for country, regions in sorted(operator.covered_regions.items())},
        **{name: value for name, value in for_pages.items() if value},
    }


def _operator_of(value: dict[str, Any]) -> Operator:
    return Operator(
        name=value["name"],
        signup_url=Bilingual(*value["signup_url"]),
        # Another version may have published other values.
        mode="direct" if value["mode"] == "direct" else "present",
        default_language="en" if value["default_language"] == "en" else "fr",
        time_zone=value["time_zone"],
        covered_countries=frozenset(value["whole"]),
        covered_regions={country: tuple(regions) for country, regions in value["partial"].items()},
        site_url=Bilingual(*value.get("site_url", ())),
        text=Bilingual(*value.get("text", ())),
        contact=value.get("contact", ""),
        privacy_url=Bilingual(*value.get("privacy_url", ())),
        logo=Logo(*value["logo"]) if "logo" in value else None,
    )


def _encode_candidate(candidate: Candidate) -> list[object]:
    # This version of the form has the two days of one agreement.
    (days,) = candidate.agreements
    return [
        candidate.id,
        candidate.name,
        [candidate.url.en, candidate.url.fr],
        [candidate.description.en, candidate.description.fr],
        candidate.priority,
        candidate.active,
        *(day.isoformat() if day else None for day in days),
    ]


def _decode_candidate(value: list[Any]) -> Candidate:
    # A newer version may append further fields.
    id_, name, url, description, priority, active, starts_on, ends_on, *_ = value
    return Candidate(
        id=id_,
        name=name,
        url=Bilingual(*url),
        description=Bilingual(*description),
        priority=priority,
        active=active,
        agreements=(
            Period(
                date.fromisoformat(starts_on) if starts_on else None, date.fromisoformat(ends_on) if ends_on else None
            ),
        ),
    )
