"""A slow or broken connection between the browser and the server, and the list as it is used over one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import CDPSession, Page, Route, expect

from tests.browser.people import Staff

LATENCY_MS = 800


class Connection:
    """The connection of one page. Chromium itself delays its answers, or cuts it."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff
        self._session: CDPSession = staff.page.context.new_cdp_session(staff.page)
        self._session.send("Network.enable")

    @contextmanager
    def slow(self) -> Iterator[None]:
        """Delay each answer by LATENCY_MS within the block."""
        self._emulate(latency=LATENCY_MS)
        yield
        self._emulate()

    @contextmanager
    def cut(self) -> Iterator[None]:
        """No request gets through within the block."""
        self._staff.watch.expects_failures = True
        self._emulate(offline=True)
        yield
        self._emulate()

    def _emulate(self, *, latency: int = 0, offline: bool = False) -> None:
        conditions: dict[str, Any] = {"downloadThroughput": -1, "uploadThroughput": -1}
        self._session.send("Network.emulateNetworkConditions", conditions | {"latency": latency, "offline": offline})


@contextmanager
def holding(staff: Staff) -> Iterator[None]:
    """Hold back each form that is sent within the block until its end, however long the machine takes for it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    staff.page.route("**/console/**", hold)
    yield
    assert held, "no form was sent"
    for route in held:
        route.continue_()
    staff.page.unroute("**/console/**", hold)


@contextmanager
def answering(
    staff: Staff, status: int, *, path: str = "/console/", body: str = "<h1>Bad gateway</h1>"
) -> Iterator[None]:
    """Requests of scripts are answered with that status within the block, by a proxy, as while Renvoi restarts."""
    staff.watch.expected_statuses.add(status)
    staff.watch.expects_failures = True

    def refuse(route: Route) -> None:
        if route.request.resource_type == "xhr" and path in route.request.url:
            route.fulfill(status=status, body=body, content_type="text/html")
        else:
            route.continue_()

    staff.page.route("**/*", refuse)
    yield
    staff.page.unroute("**/*", refuse)


@contextmanager
def losing_answers(staff: Staff) -> Iterator[None]:
    """Within the block the server receives the requests of scripts, but the connection is cut before its answers."""
    staff.watch.expects_failures = True

    def lose(route: Route) -> None:
        if route.request.resource_type == "xhr":
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    staff.page.route("**/*", lose)
    yield
    staff.page.unroute("**/*", lose)


def checked_ids(page: Page) -> list[str]:
    """The partners whose box is ticked on this page."""
    ticked: list[str] = page.eval_on_selector_all(
        "#rows [name=selected]:checked", "boxes => boxes.map(box => box.value)"
    )
    return ticked


def query(page: Page) -> dict[str, list[str]]:
    """The list's address, parsed."""
    return parse_qs(urlsplit(page.url).query)


def row_box(page: Page, number: int) -> None:
    """Click the box of that row, without waiting for the answer."""
    page.locator("#rows [name=selected]").nth(number).click()


def expect_query(on: Page, **parts: list[str]) -> None:
    """Wait until the address, without the search, is that one; the list on the screen is at rest."""
    on.wait_for_function(
        """parts => {
          const query = new URLSearchParams(location.search);
          query.delete("name");
          const wanted = Object.entries(parts).flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
          return [...query].map(([name, value]) => `${name}=${value}`).sort().join() === wanted.sort().join();
        }""",
        arg=parts,
    )
    expect(on.locator("#list-form.htmx-request")).to_have_count(0)
