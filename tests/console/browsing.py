"""A browser without JavaScript: open pages, parse them, and submit their forms, with CSRF checks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import urlsplit

from django.http import HttpResponseBase
from django.test import Client

from renvoi.people.models import User

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "rect"}
Typed = Mapping[str, str | list[str]]


@dataclass
class Element:
    """An element of a page."""

    tag: str
    attributes: dict[str, str]
    parts: list["Element | str"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    @property
    def raw_text(self) -> str:
        return "".join(part if isinstance(part, str) else part.raw_text for part in self.parts)

    @property
    def text(self) -> str:
        """The text with white space collapsed; no-break spaces stay."""
        return " ".join(word for word in self.raw_text.replace("\n", " ").split(" ") if word)

    def all(self, tag: str = "", **attributes: str) -> list["Element"]:
        """Return the descendants with this tag and these attributes. `class_` matches one of the classes."""
        return [element for element in self._within() if element._is(tag, attributes)]

    def one(self, tag: str = "", **attributes: str) -> "Element":
        matches = self.all(tag, **attributes)
        assert len(matches) == 1, f"{len(matches)} elements {tag} {attributes}, not one"
        return matches[0]

    def _within(self) -> Iterator["Element"]:
        for part in self.parts:
            if isinstance(part, Element):
                yield part
                # What scripts alone make visible.
                if part.tag != "template":
                    yield from part._within()

    def _is(self, tag: str, attributes: Mapping[str, str]) -> bool:
        return (not tag or self.tag == tag) and all(
            value in self.get("class").split()
            if name == "class_"
            else self.attributes.get(name.strip("_").replace("_", "-")) == value
            for name, value in attributes.items()
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].parts.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].parts.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].parts.append(data)


def parsed(html: str) -> Element:
    """Return an element that holds those of a page."""
    reader = _Reader()
    if "<" in html:
        reader.feed(html)
        reader.close()
    return reader.root


class Page(Element):
    """A response: its status, its headers, and its parsed page."""

    def __init__(self, response: Any) -> None:
        self.html: str = response.content.decode()
        super().__init__("", {}, parsed(self.html).parts)
        self.response = response
        self.status: int = response.status_code
        self.location: str = response.headers.get("Location", "")
        request = response.request
        self.path: str = request["PATH_INFO"] + (f"?{request['QUERY_STRING']}" if request["QUERY_STRING"] else "")

    @property
    def title(self) -> str:
        return self.one("h1").text

    @property
    def language(self) -> str:
        return self.one("html")["lang"]

    @property
    def errors(self) -> dict[str, str]:
        """The error message of each field, by name."""
        messages = {}
        for element in self.all("p", class_="error"):
            element.parts = [part for part in element.parts if isinstance(part, Element)]
            words = [span for span in element.all("span") if span.get("class") != "visually-hidden"]
            hidden = element.all("span", class_="visually-hidden")
            messages[element["id"].removesuffix("-error")] = words[0].text.removeprefix(hidden[0].text).strip()
        return messages

    @property
    def notices(self) -> list[str]:
        """The first sentence of each message."""
        return [
            paragraph.text
            for box in self.all("div", class_="messages")
            for paragraph in box.all("p")
            if paragraph.attributes.get("class") != "what-follows"
        ]

    @property
    def what_follows(self) -> list[str]:
        """What the messages say of the consequences for prospects."""
        return [
            paragraph.text
            for box in self.all("div", class_="messages")
            for paragraph in box.all("p", class_="what-follows")
        ]

    def form(self, action: str = "") -> Element:
        """Return the form with that action; without one, the form of class "form".

        A form that a button outside of it sends to that action has the button's value among its fields.
        """
        forms = self.all("form", action=action) if action else self.all("form", class_="form")
        if action and not forms:
            forms = [self._form_of(button, action) for button in self.all("button", formaction=action)]
        assert len(forms) == 1, f"{len(forms)} forms {action!r} on {self.path}"
        return forms[0]

    def _form_of(self, button: Element, action: str) -> Element:
        pressed = Element("input", {"name": button["name"], "value": button["value"]})
        return Element("form", {"action": action}, [*self.one("form", id=button["form"]).parts, pressed])


def contents(form: Element) -> dict[str, list[str]]:
    """Return the fields that a browser would send of the form if no button is pressed."""
    sent: dict[str, list[str]] = {}

    def add(control: Element, value: str) -> None:
        sent.setdefault(control["name"], []).append(value)

    for control in form.all():
        if not control.get("name"):
            continue
        if control.tag == "input" and (
            control.get("type") not in {"radio", "checkbox"} or "checked" in control.attributes
        ):
            add(control, control.get("value"))
        elif control.tag == "textarea":
            # A browser drops the line end that follows the tag, and sends CRLF.
            add(control, control.raw_text.removeprefix("\n").replace("\n", "\r\n"))
        elif control.tag == "select":
            options = control.all("option")
            chosen = [option for option in options if "selected" in option.attributes] or options[:1]
            add(control, chosen[0].get("value", chosen[0].text))
    return sent


class Browsing:
    """A browser session."""

    def __init__(self, *, secure: bool = False, **headers: str) -> None:
        self.client = Client(enforce_csrf_checks=True, headers=headers)
        self.secure = secure

    @classmethod
    def signed_in(cls, user: User) -> Self:
        browsing = cls()
        browsing.client.force_login(user)
        return browsing

    def open(self, path: str, *, htmx: bool = False, **headers: str) -> Page:
        """Request the page at that address."""
        more = {"HX-Request": "true"} if htmx else {}
        return Page(self.client.get(path, headers={**more, **headers}, secure=self.secure))

    def send(self, page: Page, *, action: str = "", press: str = "", follow: bool = True, **typed: Any) -> Page:
        """Submit the page's form with these values over its own, and one button ("name=value") pressed.

        A field that is None is not sent. Follows redirects unless `follow` is false.
        """
        form = page.form(action)
        sent: dict[str, Any] = contents(form) | typed
        name, _, value = press.partition("=")
        if name:
            assert form.all("button", name=name, value=value), f"no button {press} on {page.path}"
            sent |= {name: value}
        fields = {key: value for key, value in sent.items() if value is not None}
        response = self.post(form.get("action") or page.path, fields)
        return self.follow(response) if follow else response

    def post(self, path: str, fields: Mapping[str, Any], *, htmx: bool = False, **headers: str) -> Page:
        more = {"HX-Request": "true"} if htmx else {}
        return Page(self.client.post(path, fields, headers={**more, **headers}, secure=self.secure))

    def follow(self, page: Page) -> Page:
        while page.status in {302, 303}:
            target = urlsplit(page.location)
            page = self.open(target.path + (f"?{target.query}" if target.query else ""))
        return page

    def cookie(self, name: str) -> Any:
        return self.client.cookies[name]


def is_sign_in(response: HttpResponseBase | Page) -> bool:
    """Whether the response redirects to the sign-in page."""
    location = response.location if isinstance(response, Page) else response.headers.get("Location", "")
    return location.startswith("/console/sign-in/")
