"""Every reason for which a field is refused has a sentence, in both languages: closed lists, no sample."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import get_args
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.test import RequestFactory
from django.utils.translation import override
from pytest_django import Settings

import renvoi
from renvoi.config import read_config
from renvoi.domain.addresses import AddressRefused, RefusalReason, parse_address
from renvoi.domain.places import LANGUAGES
from renvoi.lists.saved_views import MAX_VIEWS
from renvoi.partners.actions import require_free_name
from renvoi.partners.actions.accepting import parse_reason
from renvoi.partners.fields import FIELDS
from renvoi.partners.importing.cells import parse_cell, parse_number
from renvoi.partners.importing.golden_visitors import parse_golden
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.lists.saved_views import save_view
from renvoi.partners.models import Partner
from renvoi.partners.values import parse_coverage, parse_operator, parse_partner
from renvoi.people.actions import create_account, invite, update_account, update_preferences
from renvoi.people.addresses.changing import change_email
from renvoi.people.models import User
from renvoi.people.security.origins import COMMAND
from tests.cast import ALO_BRASIL, BOREALE, PASSWORD, only, stored, today, typed

ROOMS = ("lists", "partners", "people")
SOURCES = [path for room in ROOMS for path in Path(renvoi.__file__).parent.joinpath(room).rglob("*.py")]
OWN_HOST = "renvoi.boreale.example"
ADDRESSES: Mapping[RefusalReason, str] = {
    "empty": "\x01",
    "no_scheme": "www.alobrasil.example",
    "scheme": "ftp://alobrasil.example/",
    "unparsable": "https://[::1/",
    "no_host": "https://",
    "punycode": "https://a.xn--zzzzzzzz99999/",
    "credentials": "https://ana@alobrasil.example/",
    "own_host": f"https://{OWN_HOST}/",
    "too_long": f"https://alobrasil.example/{'a' * 2000}",
}
"""An address for each reason."""


def partner_with(*, countries: tuple[str, ...] = ("BR",), **changes: str) -> None:
    parse_partner(typed(ALO_BRASIL, **changes), countries=countries)


def operator_with(*, areas: tuple[str, ...] = ("CA-QC",), **changes: str) -> None:
    parse_operator(typed(BOREALE, **changes), areas=areas)


def imported(name: str, text: str) -> None:
    parse_cell(next(field for field in FIELDS if field.name == name), text)


def golden(**changes: str) -> None:
    expected = {"country": "BR", "region": "", "language": "fr", "day": "", "decision": "partner", "partner": ""}
    parse_golden(expected | changes, partners={"7": 7})


def saved_views(*names: str) -> None:
    for name in names:
        listing = PartnerListing.from_query(QueryDict(urlencode({"name": name})), language="fr", today=today())
        save_view(account=User.objects.get(), name=name, listing=listing, replaces=False)


def invited(*, name: str) -> User:
    return invite(email="remi@boreale.example", role="reader", name=name, language="fr", origin=COMMAND)


def renamed(*, email: str) -> None:
    account = create_account(role=User.Role.READER, email="remi@boreale.example", password=PASSWORD)
    change_email(request=RequestFactory().get("/"), account=account, email=email)


REFUSED: Mapping[str, Callable[[], object]] = {
    "parsing.py required name": lambda: partner_with(name=" "),
    "values.py required address": lambda: partner_with(url_en="", url_fr="\x01"),
    "parsing.py required country": lambda: partner_with(countries=()),
    "values.py required sign-up address": lambda: operator_with(signup_url_en="", signup_url_fr=""),
    "values.py required sign-up address of an area": lambda: parse_coverage(
        ["CA"], current=replace(BOREALE, signup_url_en="", signup_url_fr="")
    ),
    "values.py order": lambda: partner_with(agreement_ends_on="2020-01-01"),
    "parsing.py character": lambda: partner_with(name="a\0b"),
    "parsing.py too_long": lambda: partner_with(description_fr="é" * 256),
    "parsing.py email": lambda: operator_with(contact="info@"),
    "parsing.py unknown country": lambda: partner_with(countries=("QC",)),
    "values.py unknown area": lambda: operator_with(areas=("CA-XX",)),
    "parsing.py unknown choice": lambda: partner_with(status="\x01"),
    "parsing.py range": lambda: partner_with(priority="\u0663"),
    "parsing.py day": lambda: partner_with(agreement_starts_on="2026-02-30"),
    "values.py unknown zone": lambda: operator_with(time_zone="America/Montréal"),
    "writing.py taken": lambda: require_free_name(Partner(), ALO_BRASIL.name),
    "cells.py number": lambda: parse_number("12x"),
    "cells.py required": lambda: imported("countries", " ; "),
    "cells.py unknown country": lambda: imported("countries", "Brsil"),
    "cells.py unknown state": lambda: imported("status", "Entente échue"),
    "cells.py ambiguous_country": lambda: imported("countries", "Congo"),
    "cells.py ambiguous_day": lambda: imported("agreement_starts_on", "03/04/2026"),
    "golden_visitors.py required": lambda: golden(decision=""),
    "golden_visitors.py country": lambda: golden(country="Congo"),
    "golden_visitors.py region": lambda: golden(region="Ontario"),
    "golden_visitors.py region elsewhere": lambda: golden(region="CA-ON"),
    "golden_visitors.py language": lambda: golden(language="pt"),
    "golden_visitors.py decision": lambda: golden(decision="unknown"),
    "golden_visitors.py unknown partner": lambda: golden(partner="Fado"),
    "golden_visitors.py no_partner": lambda: golden(decision="none", partner="7"),
    "accepting.py required": lambda: parse_reason(" "),
    "saved_views.py taken": lambda: saved_views("Brésil", "bresil"),
    "saved_views.py full": lambda: saved_views(*map(str, range(MAX_VIEWS + 1))),
    "actions.py taken": lambda: create_account(role=User.Role.READER, email="odile@boreale.example", password=PASSWORD),
    "changing.py taken": lambda: renamed(email="odile@boreale.example"),
    "actions.py password_too_long": lambda: create_account(
        role=User.Role.READER, email="a@boreale.example", password="x" * 5000
    ),
    "actions.py null_characters": lambda: invited(name="Re\x1bmi"),
    "actions.py last": lambda: update_account(
        account=User.objects.get(), role="reader", name="", language="fr", origin=COMMAND
    ),
    "actions.py unknown": lambda: update_preferences(user=User.objects.get(), theme="\x01"),
}
"""What is refused, by the module and the code of the refusal."""


@pytest.fixture
def own_host(settings: Settings) -> None:
    settings.CONFIG = read_config({"RENVOI_ALLOWED_HOSTS": OWN_HOST})


def sentences(refused: Callable[[], object]) -> set[str]:
    """The sentences of a refusal, in each language."""
    words: set[str] = set()
    for language in LANGUAGES:
        with override(language):
            with pytest.raises(ValidationError) as caught:
                refused()
            error = caught.value
            messages = chain(*error.message_dict.values()) if hasattr(error, "error_dict") else error.messages
            words |= {f"{language} {message}" for message in messages}
    return words


def assert_in_both_languages(words: set[str]) -> None:
    english, french = ({word[3:] for word in words if word.startswith(language)} for language in ("en", "fr"))
    assert len(english) == len(french)
    assert english.isdisjoint(french), "no French sentence"
    assert all(re.search(r"\w.*[.!?)]$", word) and "%(" not in word for word in english | french), words


@pytest.mark.parametrize("reason", get_args(RefusalReason))
@pytest.mark.usefixtures("own_host")
def test_each_reason_to_refuse_an_address_has_a_sentence(reason: RefusalReason) -> None:
    address = ADDRESSES[reason]
    with pytest.raises(AddressRefused) as caught:
        parse_address(address, is_own=lambda host, _port: host == OWN_HOST)
    assert caught.value.reason == reason
    if reason == "empty":
        # Nothing is left of it in a browser: the field is empty, which is no error by itself.
        partner_with(url_en=address)
        return
    for field in ("url_en", "url_fr"):
        assert_in_both_languages(sentences(partial(partner_with, **only(field, address))))
        for prefix in ("signup", "site", "privacy"):
            assert_in_both_languages(sentences(partial(operator_with, **only(f"{prefix}_{field}", address))))


@pytest.mark.parametrize("name", REFUSED)
def test_each_refusal_of_a_field_has_a_sentence(name: str, odile: User) -> None:
    stored(ALO_BRASIL, actor=odile)
    assert_in_both_languages(sentences(REFUSED[name]))


def test_no_refusal_is_missing_from_these_tests() -> None:
    """A new ValidationError in a package that parses fields needs a case above."""
    raised = {f"{path.name} {code}" for path in SOURCES for code in codes_in(path)}
    assert raised == {" ".join(name.split()[:2]) for name in REFUSED}


def codes_in(source: Path) -> Iterator[str]:
    """Yield the codes of the ValidationErrors in a module."""
    for call in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "ValidationError":
            for code in (*call.args[1:], *(keyword.value for keyword in call.keywords if keyword.arg == "code")):
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value
