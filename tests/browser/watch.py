"""Record what goes wrong on a page during a test: errors, failed requests, violations of the policy, dialogs."""

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, Response, WebError

# The status of each response is checked separately; the console only repeats it.
_REPEATED = "Failed to load resource: the server responded with a status of"
# If two boxes are ticked quickly, the second request replaces the first, which htmx aborts with an error.
_ABORTED = ("htmx:sendAbort,", "htmx:afterRequest,")
# What the console says of a request that fails, where a test makes it fail.
_FAILED = ("htmx:sendError,", "htmx:timeout,", "Response Status Error Code", "Failed to load resource: net::")


@dataclass  # without slots: Playwright sets attributes on the object of the handlers
class Watch:
    """The faults of a context's pages. A test that expects a status or a dialog declares it beforehand."""

    faults: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    expected_statuses: set[int] = field(default_factory=set)
    expects_failures: bool = False
    accepts: bool | None = None

    def follow(self, context: BrowserContext) -> None:
        """Listen to every page that the context has or will have."""
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("requestfailed", self._on_failure)
        context.on("response", self._on_response)
        context.on("dialog", self._on_dialog)

    def expect_dialog(self, *, accept: bool) -> None:
        """Accept or dismiss the browser's own dialogs, such as the one before leaving, from now on."""
        self.accepts = accept

    def require_nothing(self) -> None:
        """Raise AssertionError with all faults."""
        assert not self.faults, "Faults of the page:\n" + "\n".join(self.faults)

    def _on_console(self, message: ConsoleMessage) -> None:
        expected = (_REPEATED, *_ABORTED, *(_FAILED if self.expects_failures else ()))
        if message.type == "error" and not message.text.startswith(expected):
            self.faults.append(f"console: {message.text}")

    def _on_error(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")

    def _on_failure(self, request: Request) -> None:
        # A request aborted because the page was left is not a fault of the page.
        if request.failure != "net::ERR_ABORTED" and not self.expects_failures:
            self.faults.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected_statuses:
            self.faults.append(f"{response.status}: {response.request.method} {response.url}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.type)
        if self.accepts is None:
            self.faults.append(f"window: {dialog.type} {dialog.message}")
        if self.accepts or (self.accepts is None and dialog.type == "beforeunload"):
            dialog.accept()
        else:
            dialog.dismiss()
