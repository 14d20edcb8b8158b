"""Firefox without a screen, driven over Marionette: Firefox's own protocol, which geckodriver speaks to it as well.

A packet is JSON after its length, and the commands are WebDriver's: this needs no package. Playwright drives Firefox
over WebDriver BiDi with commands that Debian's release lacks, and marionette_driver depends on a dozen packages.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

ENTER = "\ue007"
WAIT_S = 60.0
_EXECUTABLE = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or "firefox-esr"
_REFERENCE = "element-6066-11e4-a52e-4f735466cecf"
"""WebDriver's name of an element in JSON."""
_TAGS = {
    "button": "button",
    "link": "a[href]",
    "textbox": "input:not([type=hidden], [type=checkbox], [type=radio]), textarea",
    "checkbox": "input[type=checkbox]",
    "combobox": "select",
    "option": "option",
}
"""The elements of each role."""
# Besides what Marionette itself switches off. Every host but this machine is looked for at the proxy.
_PREFERENCES: dict[str, str | int | bool] = {
    "marionette.port": 0,
    "intl.accept_languages": "fr-CA, fr",
    "browser.download.folderList": 2,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.ssl": "127.0.0.1",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.update.disabledForTesting": True,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.server": "",
}
T = TypeVar("T")


class FirefoxError(Exception):
    """Firefox refused a command, or what was waited for did not come."""


class Firefox:
    """One Firefox with a profile and a folder for downloads of its own, for the duration of a `with` block."""

    def __init__(self, folder: Path, *, proxy_port: int) -> None:
        self.downloads, self._profile = folder / "downloads", folder / "profile"
        self._ports = {f"network.proxy.{scheme}_port": proxy_port for scheme in ("http", "ssl")}
        self._last = 0

    def __enter__(self) -> Self:
        self.downloads.mkdir(parents=True)
        self._profile.mkdir()
        chosen = _PREFERENCES | self._ports | {"browser.download.dir": str(self.downloads)}
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in chosen.items())
        (self._profile / "user.js").write_text("".join(lines), encoding="utf-8")
        command = [_EXECUTABLE, "--headless", "--no-remote", "--marionette", "--profile", str(self._profile)]
        with (self._profile / "firefox.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            self._connect()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._socket.close()
        self._end()

    def _connect(self) -> None:
        port = self._profile / "MarionetteActivePort"
        wait_for(lambda: port.exists() and port.read_text())
        self._socket = socket.create_connection(("127.0.0.1", int(port.read_text())), timeout=WAIT_S)
        self._stream = self._socket.makefile("rwb")
        self._read()
        self.send("NewSession")
        self.send("SetWindowRect", width=1440, height=985)

    def _end(self) -> None:
        """End the process, and those that it has started: they are in a session of their own."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=20)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def send(self, command: str, **parameters: Any) -> Any:
        """Send a WebDriver command; return its value. Raises FirefoxError."""
        self._last += 1
        packet = json.dumps([0, self._last, f"WebDriver:{command}", parameters]).encode()
        self._stream.write(b"%d:%s" % (len(packet), packet))
        self._stream.flush()
        _, _, error, result = self._read()
        if error:
            raise FirefoxError(f"{command} {parameters}: {error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and "value" in result else result

    def _read(self) -> Any:
        length = b""
        while (digit := self._stream.read(1)) not in {b":", b""}:
            length += digit
        return json.loads(self._stream.read(int(length)))

    @property
    def windows(self) -> set[str]:
        """The handles of the windows and tabs."""
        return {*self.send("GetWindowHandles")}

    def switch(self, window: str) -> None:
        """Send the next commands to this window, without bringing it to the front."""
        self.send("SwitchToWindow", handle=window, focus=False)

    def all(self, selector: str, *, within: "Element | None" = None) -> list["Element"]:
        """The elements that a CSS selector matches."""
        scope = {"element": within.id} if within else {}
        elements = self.send("FindElements", using="css selector", value=selector, **scope)
        return [Element(self, one[_REFERENCE]) for one in elements]

    def texts(self, selector: str) -> list[str]:
        """The texts of the elements that a CSS selector matches, as a person sees them."""
        return [element.text for element in self.all(selector)]

    def find(self, role: str, name: str, *, within: "Element | None" = None) -> "Element":
        """Wait for the control with that role and accessible name, complete or up to the mark after it."""

        def look() -> "Element | None":
            controls = self.all(_TAGS[role], within=within)
            return next((one for one in controls if one.label.partition(" · ")[0] == name), None)

        return wait_for(look)

    def one(self, selector: str, text: str) -> "Element":
        """Wait for an element that the selector matches and that shows the text."""
        return wait_for(lambda: next((element for element in self.all(selector) if text in element.text), None))


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a page of Firefox."""

    firefox: Firefox
    id: str

    def click(self) -> None:
        """Click, and wait for the page that this opens in the same window."""
        self.firefox.send("ElementClick", id=self.id)

    def fill(self, text: str) -> None:
        """Replace the text of a field; ENTER at the end is the key."""
        self.firefox.send("ElementClear", id=self.id)
        self.firefox.send("ElementSendKeys", id=self.id, text=text)

    @property
    def label(self) -> str:
        """The accessible name."""
        return " ".join(self.firefox.send("GetComputedLabel", id=self.id).split())

    @property
    def text(self) -> str:
        """The text that a person sees."""
        return str(self.firefox.send("GetElementText", id=self.id))

    @property
    def value(self) -> str:
        """The text in a field."""
        return str(self.firefox.send("GetElementProperty", id=self.id, name="value"))


def wait_for(look: Callable[[], T | None]) -> T:
    """Look until the result is true, and return it. An element may go away meanwhile. Raises FirefoxError."""
    deadline, last = time.monotonic() + WAIT_S, ""
    while time.monotonic() < deadline:
        try:
            if result := look():
                return result
        except FirefoxError as error:
            last = str(error)
        time.sleep(0.1)
    raise FirefoxError(f"not there after {WAIT_S} s. {last}")
