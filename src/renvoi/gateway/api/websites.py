"""The addresses that other websites load from the gateway: the decision, and the script that shows it."""

from collections.abc import Callable
from datetime import datetime

from renvoi.config import Config
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.gateway.api.decision import DECISION_PATH, DecisionApi
from renvoi.visitor.coding import choose_codings
from renvoi.visitor.embed.script import SCRIPT_PATH, script
from renvoi.visitor.request import RequestReader
from renvoi.visitor.responses import Header, Response, content_response, if_changed, text_response
from renvoi.web.headers import ANY_SITE, Headers, Scope
from renvoi.web.origins import OwnSite

WEBSITE_PATHS = frozenset({DECISION_PATH, SCRIPT_PATH})

# A new version of the script reaches every website within five minutes.
_SCRIPT_HEADERS: tuple[Header, ...] = (
    (b"cache-control", b"public, max-age=300"),
    (b"vary", b"Accept-Encoding"),
    (b"access-control-allow-origin", b"*"),
    ANY_SITE,
)
_SCRIPT_TYPE = b"text/javascript; charset=utf-8"


class Websites:
    """What the gateway serves at `WEBSITE_PATHS`. `clock` returns the current moment (aware)."""

    def __init__(self, config: Config, *, reader: RequestReader, site: OwnSite, clock: Callable[[], datetime]) -> None:
        self.decisions = DecisionApi(config, reader=reader, site=site, clock=clock)
        # Made now, so that no visitor waits for it.
        script()

    def respond(self, table: RoutingTable, scope: Scope) -> Response:
        """Return the response to a request for one of `WEBSITE_PATHS`, with any method."""
        return self.decisions.respond(table, scope) if scope.get("path") == DECISION_PATH else _send_script(scope)


def _send_script(scope: Scope) -> Response:
    """Return the script, the same under each name of this site: it takes its origin from its own address."""
    if scope.get("method") not in {"GET", "HEAD"}:
        return text_response("The script can only be read.\n", status=405, extra_headers=((b"allow", b"GET, HEAD"),))
    made = script()
    coding = choose_codings(Headers(scope).joined(b"accept-encoding")).whole
    etag = f'"{made.etag}"' if coding == "identity" else f'"{made.etag}-{coding}"'
    own = (*_SCRIPT_HEADERS, (b"etag", etag.encode()))
    encoding = ((b"content-encoding", coding.encode()),) if coding != "identity" else ()
    headers = (*own, *encoding)
    return if_changed(content_response(made.encoded[coding], content_type=_SCRIPT_TYPE, extra_headers=headers), scope)
