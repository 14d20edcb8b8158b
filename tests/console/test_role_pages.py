"""No page shows an account a link, a form or a button that its role is refused."""

from collections import deque
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve

from renvoi.console.access.rights import least_role
from renvoi.domain.golden.visitors import Case, GoldenVisitor
from renvoi.partners import actions
from renvoi.partners.models import Partner
from renvoi.people.models import User
from tests.cast import ALO_BRASIL, AZULEJO, colleague, country, set_operator, stored
from tests.console.browsing import Browsing, Element, Page

pytestmark = pytest.mark.django_db
START = "/console/partners/"
# Pages of one route are alike: these many of each are opened.
PAGES_OF_A_ROUTE = 6


@pytest.fixture
def _everything() -> None:
    """Partners in the list and in the trash, a coverage area, an undone step, a golden visitor, and findings."""
    odile = colleague()
    alo, azulejo = stored(ALO_BRASIL), stored(AZULEJO)
    set_operator()
    actions.trash_partner(partner_id=azulejo.id, expected_version=azulejo.version, actor=odile, channel="console")
    browsing = Browsing.signed_in(odile)
    golden = GoldenVisitor(Case(country("BR"), None, "fr", None), "partner", alo.id)
    actions.update_golden_visitors(edit=lambda listed: (*listed, golden), actor=odile, channel="console")
    settings = browsing.open(f"/console/partners/{alo.id}/")
    browsing.send(settings, priority="3")


@pytest.mark.usefixtures("_everything")
@pytest.mark.parametrize("role", User.Role)
def test_no_page_leads_to_a_refusal(role: User.Role) -> None:
    opened, refused = crawl(colleague("wendy@boreale.example", role=role))
    assert not refused, "\n".join(sorted(refused))
    names = {name for name, _path in opened}
    assert {"console:partner", "console:trash", "console:history_step", "console:coverage", "console:findings"} < names
    assert ("console:partner_new" in names) == role.includes(User.Role.MANAGER)
    assert ("console:settings" in names) == role.includes(User.Role.ADMINISTRATOR)
    assert ("console:account_edit" in names) == role.includes(User.Role.ADMINISTRATOR)
    assert Partner.objects.filter(trashed_at=None).count() == 1


def crawl(account: User) -> tuple[set[tuple[str, str]], set[str]]:
    """Open every page that one can reach by links; return them, and what leads to a refusal and where it stands."""
    browsing = Browsing.signed_in(account)
    waiting, opened, refused = deque([START]), set[tuple[str, str]](), set[str]()
    while waiting:
        path = waiting.popleft()
        name = name_of(path)
        if (name, path) in opened or sum(name == other for other, _path in opened) >= PAGES_OF_A_ROUTE:
            continue
        opened.add((name, path))
        response = browsing.client.get(path)
        if response.status_code == 302:
            waiting.append(response.headers["Location"])
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = Page(response)
        assert page.status in {200, 302, 404}, (path, page.status)
        for method, target in actions_of(page, path):
            least = least_role(name_of(target), method)
            if least is None or not account.may(least):
                refused.add(f"{method} {target.partition('?')[0]} on {path.partition('?')[0]}")
            elif method == "GET":
                waiting.append(target)
    return opened, refused


def actions_of(page: Page, path: str) -> Iterator[tuple[str, str]]:
    """Yield the method and the address of whatever a page of the console can be left by."""
    for method, target in [*links(page), *forms(page, path)]:
        absolute = urljoin(path, target)
        split = urlsplit(absolute)
        if not split.netloc and split.path.startswith("/console/") and name_of(absolute).startswith("console:"):
            yield method, absolute.partition("#")[0]


def links(page: Element) -> Iterator[tuple[str, str]]:
    for element in page.all():
        if element.tag == "a" and element.get("href"):
            yield "GET", element["href"]
        for method in ("get", "post"):
            if target := element.get(f"hx-{method}"):
                yield method.upper(), target


def forms(page: Element, path: str) -> Iterator[tuple[str, str]]:
    buttons = [button for button in page.all("button") if button.get("formaction")]
    for form in page.all("form"):
        method = form.get("method", "get").upper()
        yield method, form.get("action") or path
        for button in buttons:
            if (
                button["form"] == form.get("id")
                if button.get("form")
                else any(button is one for one in form.all("button"))
            ):
                yield button.get("formmethod", method).upper(), button["formaction"]


def name_of(path: str) -> str:
    """Return the name of the route of an address, such as `console:partner`; empty without one."""
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return ""
