"""Read requests in tests: three addresses have a country, and one proxy is trusted."""

from typing import Any

from renvoi.config import Config
from renvoi.domain.places import CountryCode
from renvoi.visitor.request import Request, RequestReader
from renvoi.web.headers import Scope
from renvoi.web.trusted_proxies import Address
from tests.visitor.cast import PROXY, STRANGER, config, country

HOMES = {STRANGER: "GB", "89.160.20.112": "SE", "2001:218::1": "JP"}


def country_of(address: Address) -> CountryCode | None:
    code = HOMES.get(str(address))
    return country(code) if code else None


def behind_proxy(**values: Any) -> Config:
    networks = f"{PROXY}, 10.1.0.0/16"
    return config(trusted_proxies=networks, country_header="CF-IPCountry", region_header="X-Region", **values)


def country_of_text(text: bytes) -> CountryCode | None:
    code = HOMES.get(text.decode("latin-1"))
    return country(code) if code else None


CONFIGURED = behind_proxy()


def read(asgi_scope: Scope, *, configured: Config | None = None) -> Request:
    reader = RequestReader(configured or config(), country_of=country_of)
    return reader.read(asgi_scope, default_language="fr")


def place(asgi_scope: Scope, *, configured: Config | None = None) -> tuple[str | None, str]:
    visitor = read(asgi_scope, configured=configured).visitor
    return visitor.country, visitor.country_source
