"""Access to every route, by method and signed in or not. A route that is not listed here fails."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from renvoi.console.access.rights import ACCESS
from renvoi.history.models import ChangeSet
from renvoi.partners.models import AcceptedFinding, CoveredArea, Operator, Partner, ServedCountry
from renvoi.people.models import User
from renvoi.publication.models import Generation
from tests.cast import ALO_BRASIL, colleague, stored
from tests.console.browsing import Browsing, is_sign_in

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
TO_SIGN_IN = "sign in"
NOWHERE = 10**9
LED_AWAY: dict[str, int | str] = {"GET": 302, "HEAD": 302, "POST": 302}

# The lists that can be printed, with the names of the files.
PRINTED = {
    "partners": "Partners.pdf",
    "simulation/grid": "Grid.pdf",
    "coverage/findings": "Findings.pdf",
    "history": "History.pdf",
    "accounts/log": "Security-log.pdf",
}
PDF: dict[str, dict[str, int | str]] = {
    "": {"GET": 200, "HEAD": 200, "POST": 302},
    "<uuid:export_id>/": {"GET": 404, "HEAD": 404},
    "<uuid:export_id>/cancel/": {"POST": 302},
}
PAGES = (
    *("partners", "history", "history/why", "history/then", "trash", "simulation/visitors"),
    *("simulation/visitors/export", "coverage/findings", "simulation", "simulation/page"),
    *("simulation/grid", "website", "website/preview", "getting-started", "accounts", "accounts/log"),
    *("tokens", "help", "keys"),
)
"""Pages that are only seen."""
# Route → method → the status that staff get. A method that is not listed gets 405.
# Without a session every route but those in OPEN redirects to the sign-in page, whatever the method.
STAFF: dict[str, dict[str, int | str]] = {
    **{f"console/{page}/": {"GET": 200, "HEAD": 200} for page in PAGES},
    "console/": dict.fromkeys(METHODS, 302),
    "console/sign-in/": dict.fromkeys(METHODS, 302),
    **{f"console/sign-in/provider/{end}": {"GET": 404, "HEAD": 404} for end in ("", "callback/")},
    "console/sign-out/": {"GET": 200, "HEAD": 200, "POST": TO_SIGN_IN, "OPTIONS": 200},
    "console/inactive/": dict.fromkeys(METHODS, 403),
    "console/partners/new/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/partners/<int:partner_id>/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/partners/<int:partner_id>/delete/": {"GET": 200, "HEAD": 200, "POST": 302},
    "console/partners/<int:partner_id>/replace/": {"GET": 200, "HEAD": 200, "POST": 200},
    "console/partners/<int:partner_id>/restore/": {"POST": 302},
    "console/partners/preview/": {"GET": 404, "HEAD": 404},
    "console/partners/pause/": {"GET": 200, "HEAD": 200, "POST": 409},
    "console/partners/resume/": {"GET": 200, "HEAD": 200, "POST": 409},
    "console/partners/delete/": {"GET": 200, "HEAD": 200, "POST": 409},
    "console/partners/views/new/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/partners/views/<int:view_id>/": {"GET": 404, "HEAD": 404, "POST": 404},
    "console/partners/views/<int:view_id>/delete/": {"POST": 302},
    "console/partners/views/<int:view_id>/restore/": {"POST": 302},
    "console/steps/<uuid:change_set_id>/undo/": {"POST": 404},
    "console/partners/export/csv/": {"GET": 200, "HEAD": 200, "POST": 200},
    **{f"console/{path}/export/pdf/{page}": PDF[page] for path in PRINTED for page in PDF},
    **{
        f"console/{path}/export/pdf/<uuid:export_id>/{name}": {"GET": 404, "HEAD": 404}
        for path, name in PRINTED.items()
    },
    "console/import/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/import/template.<str:extension>": {"GET": 404, "HEAD": 404},
    "console/import/<uuid:import_id>/": {"GET": 404, "HEAD": 404, "POST": 404},
    "console/import/<uuid:import_id>/problems/": {"GET": 404, "HEAD": 404},
    "console/history/export/": {"GET": 200, "HEAD": 200, "POST": 200},
    "console/history/undo/": {"GET": 200, "HEAD": 200, "POST": 200},
    "console/history/<uuid:change_set_id>/undo/": {"GET": 404, "HEAD": 404, "POST": 404},
    "console/partners/<int:partner_id>/then/": {"GET": 200, "HEAD": 200},
    "console/history/<uuid:change_set_id>/": {"GET": 404, "HEAD": 404, "POST": 404},
    "console/partners/<int:partner_id>/history/": {"GET": 200, "HEAD": 200},
    "console/trash/restore/": {"GET": 200, "HEAD": 200, "POST": 409},
    "console/trash/purge/": {"GET": 200, "HEAD": 200, "POST": 409},
    "console/simulation/visitors/edit/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/simulation/visitors/paste/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/simulation/visitors/remove/": {"POST": 302},
    "console/simulation/visitors/undo/<uuid:change_set_id>/": {"POST": 404},
    # Without a country it is what is stored.
    "console/coverage/": {"GET": 200, "HEAD": 200, "POST": 302},
    # Without a key, there is no finding to accept.
    "console/coverage/findings/accept/": {"GET": 302, "HEAD": 302, "POST": 302},
    "console/coverage/findings/reopen/": {"POST": 302},
    "console/coverage/findings/export/": {"GET": 200, "HEAD": 200, "POST": 200},
    "console/settings/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/settings/logo/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/settings/logo/<str:digest>.png": {"GET": 404, "HEAD": 404},
    # As a page, it leads to the simulation.
    "console/simulation/line/": {"GET": 302, "HEAD": 302},
    "console/simulation/grid/export/": {"GET": 200, "HEAD": 200, "POST": 200},
    "console/accounts/new/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/accounts/log/export/": {"GET": 200, "HEAD": 200, "POST": 200},
    "console/accounts/<int:account_id>/": {"GET": 404, "HEAD": 404, "POST": 404},
    **{f"console/accounts/<int:account_id>/{verb}/": {"POST": 404} for verb in ("switch", "link")},
    "console/tokens/new/": {"GET": 200, "HEAD": 200, "POST": 422},
    **{f"console/tokens/<int:token_id>/{end}": {"GET": 404, "HEAD": 404, "POST": 404} for end in ("", "revoke/")},
    "console/accounts/<int:account_id>/second-factor/": {"GET": 404, "HEAD": 404, "POST": 404},
    "console/password/<str:token>/": {"GET": 410, "HEAD": 410, "POST": 410},
    # Without a mail server there is no such page.
    "console/forgotten/": {"GET": 404, "HEAD": 404, "POST": 404},
    "console/help/<slug:chapter>/": {"GET": 200, "HEAD": 200},
    "console/account/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/account/security/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/account/security/app/": {"GET": 200, "HEAD": 200, "POST": 422},
    # An account without a second factor has none to change; whoever is signed in does not sign in.
    **{f"console/{path}/": LED_AWAY for path in ("account/security/app/remove", "account/security/recovery-codes")},
    **{f"console/sign-in/{path}/": LED_AWAY for path in ("code", "recovery-code")},
    "console/account/security/sessions/end/": {"POST": 302},
    "console/account/security/sessions/<str:session_id>/end/": {"POST": 404},
    "console/account/email/": {"GET": 200, "HEAD": 200, "POST": 422},
    "console/email/<str:token>/": {"GET": 410, "HEAD": 410, "POST": 410},
    "console/preferences/": {"POST": 302},
    "console/cancel/": {"GET": 302, "HEAD": 302, "POST": 302},
    "console/notices/<str:notice_id>/dismiss/": {"POST": 302},
}
OPEN: dict[str, dict[str, int | str]] = {
    "console/sign-in/": {"GET": 200, "HEAD": 200, "POST": 200, "PUT": 200, "OPTIONS": 200},
    **{f"console/sign-in/{path}/": LED_AWAY for path in ("code", "recovery-code")},
    **{f"console/sign-in/provider/{end}": {"GET": 404, "HEAD": 404} for end in ("", "callback/")},
    "console/inactive/": dict.fromkeys(METHODS, 403),
    "console/password/<str:token>/": {"GET": 410, "HEAD": 410, "POST": 410},
    # Without a mail server there is no such page.
    "console/forgotten/": {"GET": 404, "HEAD": 404, "POST": 404},
    "console/email/<str:token>/": {"GET": 410, "HEAD": 410, "POST": 410},
    "console/preferences/": {"POST": 302},
    # Here too GET, HEAD and POST redirect to the sign-in page.
    "console/sign-out/": {"GET": TO_SIGN_IN, "HEAD": TO_SIGN_IN, "POST": TO_SIGN_IN, "OPTIONS": 200},
}


# Routes of which an account needs more than the role of a reader: for each method, or for those that change anything.
ADMINISTERED = {
    "accounts/",
    "accounts/new/",
    "accounts/log/",
    "accounts/log/export/",
    *(f"accounts/log/export/pdf/{page}" for page in (*PDF, "<uuid:export_id>/Security-log.pdf")),
    *(f"accounts/<int:account_id>/{end}" for end in ("", "switch/", "link/")),
    *(f"tokens/{page}" for page in ("", "new/", "<int:token_id>/", "<int:token_id>/revoke/")),
    "accounts/<int:account_id>/second-factor/",
    "settings/",
    "settings/logo/",
    "trash/purge/",
}
MANAGED = {
    "partners/new/",
    "partners/<int:partner_id>/delete/",
    "partners/<int:partner_id>/replace/",
    "partners/<int:partner_id>/restore/",
    "partners/pause/",
    "partners/resume/",
    "partners/delete/",
    "steps/<uuid:change_set_id>/undo/",
    "import/",
    "import/template.<str:extension>",
    "import/<uuid:import_id>/",
    "import/<uuid:import_id>/problems/",
    "history/undo/",
    "history/<uuid:change_set_id>/undo/",
    "trash/restore/",
    "simulation/visitors/edit/",
    "simulation/visitors/paste/",
    "simulation/visitors/remove/",
    "simulation/visitors/undo/<uuid:change_set_id>/",
    "coverage/findings/accept/",
    "coverage/findings/reopen/",
}
CHANGED_BY_MANAGERS = {"partners/<int:partner_id>/", "history/<uuid:change_set_id>/", "coverage/"}


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
    path = path.replace("<int:view_id>", str(NOWHERE)).replace("<int:account_id>", str(NOWHERE))
    path = path.replace("<int:token_id>", str(NOWHERE))
    path = path.replace("<uuid:change_set_id>", str(UUID(int=0))).replace("<uuid:import_id>", str(UUID(int=0)))
    response = client.generic(method, path)
    return TO_SIGN_IN if is_sign_in(response) and "sign-in" not in path else response.status_code


def least_role(route: str, method: str) -> User.Role:
    """Return the least role that the rules of the product give a route."""
    name = route.removeprefix("console/")
    if name in ADMINISTERED:
        return User.Role.ADMINISTRATOR
    is_safe = method in {"GET", "HEAD", "OPTIONS"}
    is_managed = name in MANAGED or (name in CHANGED_BY_MANAGERS and not is_safe)
    return User.Role.MANAGER if is_managed else User.Role.READER


@pytest.mark.django_db
@pytest.mark.parametrize("role", User.Role)
@pytest.mark.parametrize("route", STAFF)
def test_staff_get_the_listed_status(route: str, role: User.Role) -> None:
    client, partner, odile = Client(), stored(ALO_BRASIL), colleague(role=role)
    before = state()
    expected = {
        method: STAFF[route].get(method, 405) if role.includes(least_role(route, method)) else 403 for method in METHODS
    }
    got = {}
    for method in METHODS:
        odile.refresh_from_db()  # an earlier request may have ended her other sessions
        client.force_login(odile)
        got[method] = ask(client, route, method, partner_id=partner.id)
    assert got == expected
    if role == User.Role.READER:
        assert state() == before


def state() -> list[object]:
    """Return what no reader may change."""
    models = (Partner, ServedCountry, Operator, CoveredArea, AcceptedFinding, ChangeSet, Generation)
    accounts = User.objects.order_by("id").values_list("email", "role", "is_active")
    return [*(list(model.objects.order_by("pk").values()) for model in models), list(accounts)]


def test_route_that_is_not_listed_is_refused_to_everybody(odile: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ACCESS, "partners")
    client = Client()
    client.force_login(odile)
    assert client.get("/console/partners/").status_code == 403
    assert client.get("/console/trash/").status_code == 200


def test_account_with_an_unknown_role_may_do_nothing(odile: User) -> None:
    User.objects.filter(id=odile.id).update(role="owner")
    client = Client()
    client.force_login(odile)
    assert client.get("/console/partners/").status_code == 403


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
