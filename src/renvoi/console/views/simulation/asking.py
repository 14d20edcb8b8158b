"""Read which visit a simulation is about: the parameters of its URL, its client's address, its headers and its day."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renvoi.config import Config
from renvoi.console.forms.typed_form import TypedForm
from renvoi.console.views.operator.website import check_source
from renvoi.console.views.past.asking import read_form
from renvoi.domain.days.moments import YEARS
from renvoi.domain.days.zones import zone_of
from renvoi.domain.places import LANGUAGES, country_of_region, parse_country, parse_region
from renvoi.partners.models import Operator
from renvoi.partners.parsing import parse_day
from renvoi.web.headers import Scope
from renvoi.web.trusted_proxies import parse_address

LABELS = {
    "country": gettext_lazy("Country"),
    "region": gettext_lazy("Region"),
    "language": gettext_lazy("Language"),
    "day": gettext_lazy("Day"),
    "src": gettext_lazy("Source"),
    "address": gettext_lazy("IP address"),
    "headers": gettext_lazy("HTTP headers"),
}
# The names of the fields in the visitor's URL, in which `lang` is the visitor's language, not that of the console.
_PARAMETERS = {"country": "country", "region": "region", "lang": "language", "src": "src"}
# RFC 9110, sections 5.1 and 5.5: a token, and visible characters, blanks and tabs.
_HEADER = re.compile(r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?P<value>[^\x00-\x08\x0a-\x1f\x7f]*)")
_MAX_HEADERS_LENGTH = 8_000
_SHOWN_LENGTH = 60
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to "/". `params` are the parameters of its URL, `headers` its headers in order, by the typed names.

    `address` is the client's, empty for none. `at` is an aware datetime: now, or noon of another day (`is_now` tells).
    """

    params: Mapping[str, str]
    headers: tuple[tuple[str, str], ...]
    address: str
    at: datetime
    is_now: bool

    @property
    def target(self) -> str:
        """The path and the query of the visitor's URL."""
        return f"/?{urlencode(self.params)}" if self.params else "/"

    def without(self, header: str) -> "Visit":
        """Return the same visit without a header, whose name is in lower case."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() != header))

    def has(self, header: str) -> bool:
        """Return whether the visit has a header, whose name is in lower case."""
        return any(name.lower() == header for name, _value in self.headers)

    def scope(self, config: Config) -> Scope:
        """Return the request as the gateway gets it. Behind proxies that are trusted, it comes through one of them."""
        headers = [(name.lower().encode(), value.encode()) for name, value in self.headers]
        peer = self.address
        if config.trusted_proxies:
            peer = str(config.trusted_proxies[0][0])
            if self.address and not self.has("x-forwarded-for"):
                headers.append((b"x-forwarded-for", self.address.encode()))
        scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": headers}
        return scope | {"query_string": urlencode(self.params).encode(), "client": (peer, 0) if peer else None}

    def curl(self, address: str) -> str:
        """Return the shell command that asks the gateway at an address (without a final slash) the same, now."""
        words = ["curl", "--include"]
        # curl names itself, as a program whose visits are not counted, unless it is told to name nothing.
        words += [] if self.has("user-agent") else ["--user-agent", ""]
        for name, value in self.headers:
            words += ["--header", f"{name}: {value}" if value else f"{name};"]
        return shlex.join([*words, address + self.target])


def read_question(typed: QueryDict) -> TypedForm:
    """Return the form with what the query string has."""
    form = read_form(LABELS, typed)
    if form["language"].value not in LANGUAGES:
        form["language"].value = ""
    return form


def parse_visit(form: TypedForm, *, operator: Operator, now: datetime) -> Visit | None:
    """Return the visit that the form describes, or None with the errors set in it."""
    _check_place(form)
    check_source(form)
    headers = _parse_headers(form)
    address = form["address"].value.strip()
    if address and parse_address(address) is None:
        form["address"].error = _("This is not an IP address, such as 81.2.69.160 or 2a02:2e0::1.")
    at = _parse_moment(form, operator=operator, now=now)
    if form.errors or at is None:
        return None
    values = {name: form[field].value.strip() for name, field in _PARAMETERS.items()}
    return Visit({name: value for name, value in values.items() if value}, headers, address, at, is_now=at == now)


def _check_place(form: TypedForm) -> None:
    typed_country, typed_region = form["country"].value.strip(), form["region"].value.strip()
    country, region = parse_country(typed_country), parse_region(typed_region)
    if typed_country and country is None:
        form["country"].error = _("This is not a country. Select one in the list.")
    if typed_region and region is None:
        form["region"].error = _("This is not a region. Select one in the list.")
    elif region is not None and country is not None and country_of_region(region) != country:
        form["region"].error = _("This region is in another country. Select another one, or none.")


def _parse_headers(form: TypedForm) -> tuple[tuple[str, str], ...]:
    text = form["headers"].value
    if len(text) > _MAX_HEADERS_LENGTH:
        form["headers"].error = _("This is longer than any request of a browser. Shorten it.")
        return ()
    headers = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        match = _HEADER.fullmatch(line)
        if match is None:
            sentence = _("“%(line)s” is not a header. Write a name, a colon and a value on each line.")
            form["headers"].error = sentence % {"line": line[:_SHOWN_LENGTH]}
            return ()
        headers.append((match["name"], match["value"]))
    return tuple(headers)


def _parse_moment(form: TypedForm, *, operator: Operator, now: datetime) -> datetime | None:
    zone = zone_of(operator.time_zone)
    try:
        day = parse_day(form["day"].value)
    except ValidationError as error:
        form["day"].error = " ".join(error.messages)
        return None
    if day is None or day == now.astimezone(zone).date():
        return now
    if day.year not in YEARS:
        form["day"].error = _("Enter a day of this century.")
        return None
    return datetime.combine(day, _NOON, tzinfo=zone)
