"""A user without a mouse: the element that has the focus, whether it is visible, and the keys that move it."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

_FOCUSED = """() => {
  const one = document.activeElement;
  if (one === null || one === document.body) return null;
  const label = one.getAttribute('aria-label') ?? one.labels?.[0]?.innerText ?? one.innerText ?? '';
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const hidden = one.closest('.visually-hidden') !== null;
  // At a date field's last stop, the calendar icon, the browser draws the focus inside the field.
  const calendar = one.type === 'date' && !one.matches(':focus-visible');
  return {
    name: label.trim().replace(/\\s+/g, ' '),
    tag: one.localName,
    id: one.id,
    ring: calendar ? 2 : style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    uncovered: hidden || middle === one || one.contains(middle) || (middle !== null && middle.contains(one)),
    inside: one.closest('dialog') !== null,
    html: one.outerHTML.slice(0, 200),
  };
}"""
_MAX_STOPS = 250


@dataclass(frozen=True, slots=True)
class Stop:
    """The element that has the focus. `ring` is its outline's width in px; `uncovered`: no other element covers it."""

    name: str
    tag: str
    id: str
    ring: float
    uncovered: bool
    inside: bool
    html: str


@dataclass(frozen=True, slots=True)
class Keyboard:
    """Presses keys on a page."""

    page: Page

    @property
    def stop(self) -> Stop:
        """The element that has the focus. Raises AssertionError if there is none."""
        focused = self.page.evaluate(_FOCUSED)
        assert focused is not None, "nothing has the focus"
        return Stop(**focused)

    def press(self, keys: str, *, times: int = 1) -> None:
        """Press one key, or several held together."""
        for _ in range(times):
            self.page.keyboard.press(keys)

    def press_and_navigate(self, key: str = "Enter") -> None:
        """Press a key that opens another page."""
        with self.page.expect_navigation():
            self.press(key)

    def type_text(self, text: str) -> None:
        """Type text into the focused element."""
        self.page.keyboard.type(text)

    def tab(self, *, back: bool = False) -> Stop:
        """Move to the next stop, whose focus must be visible and uncovered."""
        self.press("Shift+Tab" if back else "Tab")
        stop = self.stop
        assert stop.ring >= 2, f"the focus can't be seen: {stop.html}"
        assert stop.uncovered, f"the focus is covered: {stop.html}"
        return stop

    def tab_to(self, name: str, *, back: bool = False, tag: str = "") -> Stop:
        """Press Tab until the stop with this name."""
        return self._tab_until(lambda stop: stop.name == name and (not tag or stop.tag == tag), name, back=back)

    def tab_to_id(self, id_: str, *, back: bool = False) -> Stop:
        """Press Tab until the stop with this id."""
        return self._tab_until(lambda stop: stop.id == id_, f"#{id_}", back=back)

    def _tab_until(self, is_target: Callable[[Stop], bool], name: str, *, back: bool) -> Stop:
        passed = []
        for _ in range(_MAX_STOPS):
            stop = self.tab(back=back)
            if is_target(stop):
                return stop
            passed.append(stop.name)
        raise AssertionError(f"no stop is called {name}: {passed[:60]}")
