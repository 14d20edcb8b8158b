"""Browser contexts for members of staff and for visitors, and shortcuts that set data up without the page."""

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.watch import Watch
from tests.browser.words import Words

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_ROW = re.compile(r'id="partner-(\d+)"')
WIDE = {"width": 1440, "height": 900}


@dataclass(frozen=True, slots=True)
class Staff:
    """A page of the console with a user signed in, and the watch of its context."""

    page: Page
    watch: Watch
    words: Words
    has_script: bool = True

    def open_list(self, **query: str) -> None:
        """Open the list of partners, in the state of the query."""
        self.page.goto(f"/console/partners/?{urlencode(query)}" if query else "/console/partners/")

    def open_settings(self, partner_id: int) -> None:
        """Open the settings of a partner."""
        self.page.goto(f"/console/partners/{partner_id}/")

    def create(self, name: str, *, countries: Sequence[str] = ("UY",), **fields: str) -> int:
        """Create a partner without its page, for tests about something else; return its id."""
        values = {"name": name, "url_en": "http://signup.partnername.com/en/welcome", "countries": countries} | fields
        page = self.send("/console/partners/new/", values)
        # Following the redirect consumes the message, as the next page of a person does.
        assert page.startswith("<!doctype html>"), f"{name}: {page[:200]}"
        listed = self.page.context.request.get(f"/console/partners/?per_page=100&name={quote(name)}").text()
        ids = _ROW.findall(listed)
        assert len(ids) == 1, f"{name}: {len(ids)} rows"
        return int(ids[0])

    def trash(self, partner_id: int) -> None:
        """Delete a partner without its page, and dismiss the message with the undo button."""
        page = self.send(f"/console/partners/{partner_id}/delete/", {})
        for notice in re.findall(r"/console/notices/(\w+)/dismiss/", page):
            self.send(f"/console/notices/{notice}/dismiss/", {}, token_from="/console/trash/")

    def send(self, path: str, fields: dict[str, Any], *, token_from: str = "") -> str:
        """POST a form in the page's session, outside of the page; return the page that follows."""
        request = self.page.context.request
        token = _TOKEN.search(request.get(token_from or path).text())
        assert token, path
        pairs = [("csrfmiddlewaretoken", token[1])]
        for field, value in fields.items():
            pairs += [(field, value)] if isinstance(value, str) else [(field, one) for one in value]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        response = request.post(path, data=urlencode(pairs), headers=headers)
        assert response.ok, f"{response.status}: {path}: {re.findall(r'<h2[^>]*>.*?</ul>', response.text(), re.DOTALL)}"
        return response.text()


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor's page, and the watch of its context."""

    page: Page
    watch: Watch

    def arrive(self, country: str, *, sees: str) -> None:
        """Arrive from a country and wait for that text: the gateway has a change within 1 s."""
        for _ in range(20):
            self.page.goto(f"/?country={country}")
            if sees in self.page.locator("main").inner_text():
                return
            self.page.wait_for_timeout(100)
        expect(self.page.locator("main")).to_contain_text(sees)


class Site(Protocol):
    """What the browser visits: one server, or a proxy in front of several."""

    @property
    def address(self) -> str:
        """The origin, without a slash at its end."""


@dataclass(frozen=True, slots=True)
class Chromium:
    """Opens contexts on one site. The stack closes them, then raises the faults of their pages."""

    browser: Browser
    renvoi: Site
    stack: ExitStack
    timeout_ms: int

    def open_staff(self, *, session: str, words: Words, **options: Any) -> Staff:
        """Open a context with the owner of the session signed in."""
        context, watch = self.open({"locale": words.locale} | options)
        cookie = {"name": "renvoi_session", "value": session, "url": self.renvoi.address}
        context.add_cookies([cookie])  # type: ignore[list-item]  # Playwright's own type leaves no way to build it
        return Staff(context.new_page(), watch, words, has_script=options.get("java_script_enabled", True))

    def open_visitor(self, *, locale: str = "fr-CA", **options: Any) -> Visitor:
        """Open a context that has never visited Renvoi."""
        context, watch = self.open({"locale": locale} | options)
        return Visitor(context.new_page(), watch)

    @property
    def user_agent(self) -> str:
        """The user agent of a Chromium with a screen: the headless one is taken for a crawler."""
        major = self.browser.version.partition(".")[0]
        return (
            f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
        )

    def open(self, options: dict[str, Any]) -> tuple[BrowserContext, Watch]:
        """Open a context and watch it."""
        ordinary = {"viewport": WIDE, "reduced_motion": "reduce", "user_agent": self.user_agent}
        context = self.browser.new_context(base_url=self.renvoi.address, **(ordinary | options))
        context.set_default_timeout(self.timeout_ms)
        watch = Watch()
        watch.follow(context)
        self.stack.callback(watch.require_nothing)
        self.stack.callback(context.close)
        return context, watch


StaffMaker = Callable[..., Staff]
VisitorMaker = Callable[..., Visitor]
HostPageMaker = Callable[..., Page]
