"""RedirectCache never serves a redirect that another visitor, another day or another request would change."""

from datetime import UTC, date, datetime, timedelta

import pytest

from renvoi.domain.routing import Decision
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.gateway import redirect_cache
from renvoi.gateway.redirect_cache import RedirectCache
from renvoi.visitor.request import Request
from renvoi.visitor.responses import Response, Responses
from tests.visitor.cast import NOON, operator, partner, scope, table_bytes
from tests.visitor.reading import CONFIGURED, read

LAST_DAY = date(2026, 11, 23)
# In Toronto, five hours behind.
MIDNIGHT = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def make_cache() -> RedirectCache:
    partners = [(partner(1, "Until midnight", ends_on=LAST_DAY), ("BR",)), (partner(2, "After", priority=9), ("BR",))]
    partners += [(partner(number, f"Equal {number}"), ("MX",)) for number in (3, 4)]
    operator_ = operator(mode="direct")
    table = RoutingTable(table_bytes(operator_=operator_, partners=partners))
    return RedirectCache(table, Responses(operator_, consulted=()))


def request(code: str, **headers: str) -> Request:
    return read(scope("/", query=f"country={code}", headers=headers), configured=CONFIGURED)


def respond(cache: RedirectCache, visit: Request, *, at: datetime = NOON) -> tuple[Decision, Response]:
    return cache.respond(visit, at=at, draw=lambda id_: id_.to_bytes(8, "big"))


def partner_ids(decision: Decision) -> list[int]:
    return [candidate.id for candidate in decision.partners]


def test_repeated_request_gets_the_cached_redirect() -> None:
    cache = make_cache()
    (first, response), (second, other) = respond(cache, request("BR")), respond(cache, request("BR"))
    assert (first is second, response is other) == (True, True)
    assert partner_ids(respond(cache, request("BR"))[0]) == [1]


def test_full_cache_evicts_the_oldest_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that fills the cache does not disable it for others."""
    monkeypatch.setattr(redirect_cache, "MAX_REDIRECTS", 2)
    cache, requests = make_cache(), [request("BR", **{"accept-language": language}) for language in ("fr", "en")]
    other = request("BR", cookie="renvoi_country=BR")._replace(
        visitor=requests[0].visitor._replace(country_source="cookie")
    )
    for each in (*requests, other):
        respond(cache, each)
    assert [cache.get(each.visitor, at=NOON) is not None for each in (*requests, other)] == [False, True, True]
    respond(cache, requests[0])
    assert cache.get(requests[0].visitor, at=NOON) is not None


def test_another_language_gets_another_redirect() -> None:
    cache = make_cache()
    responses = [respond(cache, request("BR", **{"accept-language": language}))[1] for language in ("fr", "en")]
    assert responses[0].headers != responses[1].headers


def test_redirect_expires_at_the_operators_midnight_to_the_microsecond() -> None:
    cache = make_cache()
    moments = (MIDNIGHT - timedelta(microseconds=1), MIDNIGHT, NOON)
    assert [partner_ids(respond(cache, request("BR"), at=at)[0]) for at in moments] == [[1], [2], [1]]


def test_order_of_equal_partners_is_not_cached() -> None:
    cache, visit = make_cache(), request("MX")
    one, _ = cache.respond(visit, at=NOON, draw=lambda id_: bytes([id_]))
    other, _ = cache.respond(visit, at=NOON, draw=lambda id_: bytes([9 - id_]))
    assert [partner_ids(decision) for decision in (one, other)] == [[3, 4], [4, 3]]


def test_crawler_gets_the_page_where_people_are_redirected() -> None:
    cache = make_cache()
    statuses = [
        respond(cache, request("BR")._replace(is_crawler=is_crawler))[1].status for is_crawler in (False, True, False)
    ]
    assert statuses == [302, 200, 302]
