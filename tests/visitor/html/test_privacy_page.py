"""The page /privacy/: it names all that is recorded of a visit, and each cookie, in both languages."""

import ast
import re
from dataclasses import asdict, make_dataclass
from pathlib import Path

import pytest
from jinja2 import UndefinedError

import renvoi
from renvoi.domain.ledger_entry import FIELDS, Entry
from renvoi.domain.places import LANGUAGES, Language, RegionCode
from renvoi.gateway.choice import choice_cookies
from renvoi.visitor.cookies import WISH_DAYS, CookieNames, set_cookie
from renvoi.visitor.html import privacy_page
from renvoi.visitor.html.pages import Pages
from renvoi.visitor.params import QueryParams
from tests.visitor.cast import config, country, operator

COOKIES = CookieNames.from_config(config())
# What answers visitors.
SOURCES = [
    path for room in ("visitor", "gateway", "web") for path in Path(renvoi.__file__).parent.joinpath(room).rglob("*.py")
]


def rendered(language: Language = "fr", cookies: CookieNames = COOKIES) -> str:
    return privacy_page.render_page(Pages(operator()), language=language, cookies=cookies).decode()


def terms(html: str) -> list[str]:
    return re.findall(r"<dt[^>]*>(.+?)</dt>\s*<dd>[^<]*\S", html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_has_a_row_for_each_field_of_an_entry_and_each_cookie(language: Language) -> None:
    rows = terms(rendered(language))
    assert Entry._fields == FIELDS
    assert len({*rows}) == len(FIELDS) + len(asdict(COOKIES))
    assert rows[len(FIELDS) :] == list(asdict(COOKIES).values())


def test_field_that_is_added_to_an_entry_needs_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy_page, "FIELDS", (*FIELDS, "postcode"))
    with pytest.raises(UndefinedError, match="postcode"):
        rendered()


def test_cookie_that_is_added_needs_a_row() -> None:
    more = make_dataclass("MoreCookies", ["postcode"], bases=(CookieNames,), frozen=True)
    with pytest.raises(UndefinedError, match="postcode"):
        rendered(cookies=more(**asdict(COOKIES), postcode="renvoi_postcode"))


def test_every_cookie_of_visitors_is_one_that_the_page_names() -> None:
    """One function makes Set-Cookie, and it is only given names that are fields of CookieNames."""
    setting, given = set(), set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value in {b"set-cookie", "set-cookie"}:
                setting.add(source.name)
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "set_cookie":
                given.add(ast.unparse(node.args[0]).rpartition(".")[2])
    assert setting == {"cookies.py"}
    assert given == {*asdict(COOKIES)}


def test_cookies_last_as_long_as_the_page_says() -> None:
    params = QueryParams(country=country("CA"), region=RegionCode("CA-QC"), language="fr")
    headers = [*choice_cookies(params, remembered_region=None, names=COOKIES)]
    headers.append(set_cookie(COOKIES.wish, "JP", days=WISH_DAYS))
    sent = [value.decode() for _, value in headers]
    days = {cookie.partition("=")[0]: int(re.findall(r"Max-Age=(\d+)", cookie)[0]) // 86_400 for cookie in sent}
    rows = re.findall(r">(renvoi_\w+)</dt>\s*<dd>.*?Il reste (\d+)\u00a0jours\.", rendered(), re.DOTALL)
    assert {name: int(number) for name, number in rows} == days


def test_names_of_cookies_are_those_of_an_https_site() -> None:
    names = CookieNames.from_config(config(public_url="https://renvoi.example"))
    assert "__Host-renvoi_country" in terms(rendered(cookies=names))
