"""Access to every route, by method and signed in or not. A route that is not listed here fails."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from renvoi.people.models import User
from tests.cast import ALO_BRASIL, stored
from tests.console.browsing import Browsing, is_sign_in

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
TO_SIGN_IN = "sign in"
NOWHERE = 10**9

# Route → method → the status that staff get. A method that is not listed gets 405.
# Without a session every route but those in OPEN redirects to the sign-in page, whatever the method.
STAFF: dict[str, dict[str, int | str]] = {
    "console/": dict.fromkeys(METHODS, 302),
    "console/sign-in/": {"GET": 302, "HEAD": 302, "POST": 302, "PUT": 302, "OPTIONS": 302, "PATCH": 302, "DELETE": 302},
    "console/sign-out/": {"GET": 200, "HEAD": 200, "POST": TO_SIGN_IN, "OPTIONS": 200},
    "console/inactive/": dict.fromkeys(METHODS, 403),
    "console/partners/": {"GET": 200, "HEAD": 200},
    "console/partners/new/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/partners/<int:partner_id>/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/partners/<int:partner_id>/delete/": {"GET": 200, "HEAD": 200, "POST": 302},
    "console/partners/<int:partner_id>/replace/": {"GET": 200, "HEAD": 200, "POST": 200},
    "console/partners/<int:partner_id>/restore/": {"POST": 302},
    "console/partners/pause/": {"GET": 200, "HEAD": 200, "POST": 409},
    "console/partners/resume/": {"GET": 200, "HEAD": 200, "POST": 409},
    "console/partners/delete/": {"GET": 200, "HEAD": 200, "POST": 409},
    "console/partners/views/new/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/partners/views/<int:view_id>/": {"GET": 404, "HEAD": 404, "POST": 404},
    "console/partners/views/<int:view_id>/delete/": {"POST": 302},
    "console/partners/views/<int:view_id>/restore/": {"POST": 302},
    "console/steps/<uuid:change_set_id>/undo/": {"POST": 404},
    "console/partners/export/csv/": {"GET": 200, "HEAD": 200, "POST": 200},
    "console/partners/export/pdf/": {"GET": 200, "HEAD": 200, "POST": 302},
    "console/partners/export/pdf/<uuid:export_id>/": {"GET": 404, "HEAD": 404},
    "console/partners/export/pdf/<uuid:export_id>/cancel/": {"POST": 302},
    "console/partners/export/pdf/<uuid:export_id>/Partners.pdf": {"GET": 404, "HEAD": 404},
    "console/import/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/import/template.<str:extension>": {"GET": 404, "HEAD": 404},
    "console/import/<uuid:import_id>/": {"GET": 404, "HEAD": 404, "POST": 404},
    "console/import/<uuid:import_id>/problems/": {"GET": 404, "HEAD": 404},
    "console/history/": {"GET": 200, "HEAD": 200},
    "console/history/export/": {"GET": 200, "HEAD": 200, "POST": 200},
    "console/history/undo/": {"GET": 200, "HEAD": 200, "POST": 200},
    "console/history/<uuid:change_set_id>/undo/": {"GET": 404, "HEAD": 404, "POST": 404},
    "console/history/why/": {"GET": 200, "HEAD": 200},
    "console/history/then/": {"GET": 200, "HEAD": 200},
    "console/partners/<int:partner_id>/then/": {"GET": 200, "HEAD": 200},
    "console/history/<uuid:change_set_id>/": {"GET": 404, "HEAD": 404, "POST": 404},
    "console/partners/<int:partner_id>/history/": {"GET": 200, "HEAD": 200},
    "console/trash/": {"GET": 200, "HEAD": 200},
    "console/trash/restore/": {"GET": 200, "HEAD": 200, "POST": 409},
    "console/trash/purge/": {"GET": 200, "HEAD": 200, "POST": 409},
    # Without a country it is what is stored.
    "console/coverage/": {"GET": 200, "HEAD": 200, "POST": 302},
    "console/settings/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/getting-started/": {"GET": 200, "HEAD": 200},
    "console/help/": {"GET": 200, "HEAD": 200},
    "console/help/<slug:chapter>/": {"GET": 200, "HEAD": 200},
    "console/account/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/account/security/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/account/security/sessions/end/": {"POST": 302},
    "console/account/security/sessions/<str:session_id>/end/": {"POST": 404},
    "console/keys/": {"GET": 200, "HEAD": 200},
    "console/preferences/": {"POST": 302},
    "console/notices/<str:notice_id>/dismiss/": {"POST": 302},
}
OPEN: dict[str, dict[str, int | str]] = {
    "console/sign-in/": {"GET": 200, "HEAD": 200, "POST": 200, "PUT": 200, "OPTIONS": 200},
    "console/inactive/": dict.fromkeys(METHODS, 403),
    "console/preferences/": {"POST": 302},
    # Here too GET, HEAD and POST redirect to the sign-in page.
    "console/sign-out/": {"GET": TO_SIGN_IN, "HEAD": TO_SIGN_IN, "POST": TO_SIGN_IN, "OPTIONS": 200},
}


def addresses(patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[str]:
    """Return every route of the console."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            yield route


def test_every_route_is_listed() -> None:
    assert sorted(addresses()) == sorted(STAFF)


def ask(client: Client, route: str, method: str, *, partner_id: int) -> int | str:
    path = "/" + route.replace("<int:partner_id>", str(partner_id)).replace("<str:notice_id>", "none")
    path = path.replace("<slug:chapter>", "partners").replace("<uuid:export_id>", str(UUID(int=0)))
    path = path.replace("<int:view_id>", str(NOWHERE))
    path = path.replace("<uuid:change_set_id>", str(UUID(int=0))).replace("<uuid:import_id>", str(UUID(int=0)))
    response = client.generic(method, path)
    return TO_SIGN_IN if is_sign_in(response) and "sign-in" not in path else response.status_code


@pytest.mark.parametrize("route", STAFF)
def test_staff_get_the_listed_status(route: str, odile: User) -> None:
    client, partner = Client(), stored(ALO_BRASIL)
    expected = {method: STAFF[route].get(method, 405) for method in METHODS}
    got = {}
    for method in METHODS:
        odile.refresh_from_db()  # an earlier request may have ended her other sessions
        client.force_login(odile)
        got[method] = ask(client, route, method, partner_id=partner.id)
    assert got == expected


@pytest.mark.django_db
@pytest.mark.parametrize("route", STAFF)
def test_anonymous_request_redirects_to_sign_in(route: str) -> None:
    partner = stored(ALO_BRASIL)
    listed = OPEN.get(route)
    expected = {method: TO_SIGN_IN if listed is None else listed.get(method, 405) for method in METHODS}
    got = {method: ask(Client(), route, method, partner_id=partner.id) for method in METHODS}
    assert got == expected
    partner.refresh_from_db()
    assert partner.trashed_at is None


@pytest.mark.parametrize(
    "path",
    [
        "/console/partners/{nowhere}/",
        "/console/partners/{nowhere}/delete/",
        "/console/nothing/",
        "/console/partners/x/",
    ],
)
def test_404_page_has_the_frame_and_its_language(path: str, console: Browsing, english_console: Browsing) -> None:
    for browsing, title in ((console, "Page introuvable"), (english_console, "Page not found")):
        page = browsing.open(path.format(nowhere=NOWHERE))
        assert (page.status, page.title) == (404, title)
        assert page.one("nav", class_="menu").all("a")


def test_deactivated_account_is_signed_out_at_once(console: Browsing, odile: User) -> None:
    assert console.open("/console/partners/").status == 200
    odile.is_active = False
    odile.save()
    assert is_sign_in(console.open("/console/partners/"))


def test_post_without_csrf_token_is_refused(console: Browsing, odile: User) -> None:
    """Every route that writes refuses a POST without the CSRF token."""
    partner = stored(ALO_BRASIL)
    for route, methods in STAFF.items():
        if "POST" in methods and route not in {"console/", "console/inactive/"}:
            assert ask(console.client, route, "POST", partner_id=partner.id) == 403, route
    partner.refresh_from_db()
    assert partner.trashed_at is None
    assert User.objects.get(id=odile.id).language == "fr"
