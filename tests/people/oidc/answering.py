"""A provider that answers what a test wants: also what no provider should."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.console.browsing import Browsing, Page
from tests.people.oidc.provider import CALLBACK, START

DISCOVERY = "/.well-known/openid-configuration"
Answers = dict[str, Any]


@contextmanager
def answering(answers: Answers) -> Iterator[str]:
    """A provider that answers each path with a status and a text, or with what a function writes."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path.partition("?")[0], (404, ""))
            if callable(answer):
                answer(self)
                return
            status, text = answer
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET  # noqa: N815 (the name of the method)

        def log_message(self, *_args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        issuer = f"http://127.0.0.1:{server.server_port}"
        answers[DISCOVERY] = answers.get(DISCOVERY, (200, json.dumps(discovery_of(issuer))))
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()


def discovery_of(issuer: str, **changed: Any) -> Answers:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
        **changed,
    }


def come_back(stranger: Browsing) -> Page:
    """Start, and come back from the provider with a code."""
    state = parse_qs(urlsplit(stranger.open(START).location).query)["state"][0]
    return stranger.open(f"{CALLBACK}?{urlencode({'state': state, 'code': 'a code'})}")
