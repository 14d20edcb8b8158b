"""A website that is not Renvoi's: a server on another port whose pages embed <renvoi-partners>."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from tests.running import RunningRenvoi

HOSTILE = (
    "* { all: unset !important; --paper: red !important }"
    " html { color: red !important; font: 40px cursive !important; direction: rtl !important }"
    " renvoi-partners { display: none !important; float: left !important; opacity: 0 !important }"
)
"""A style sheet that undoes all styles that a page can reach."""

ELEMENT = "renvoi-partners"


@dataclass(slots=True)
class HostSite:
    """The pages of the site, by path: each is its Content-Security-Policy and its HTML."""

    port: int
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)

    def publish(self, html: str, *, policy: str, path: str = "/") -> str:
        """Publish a page; return its address."""
        self.pages[path] = (policy, html)
        return f"http://localhost:{self.port}{path}"


def strict_policy(origin: str, *, style: str = "") -> str:
    """Return the strictest policy under which the element works. `style` is a style sheet inside the page, if any."""
    directives = ["default-src 'none'", f"script-src {origin}", f"connect-src {origin}"]
    directives.append("require-trusted-types-for 'script'")
    if style:
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        directives.append(f"style-src 'sha256-{digest}'")
    return "; ".join(directives)


def host_page(body: str, *, language: str = "fr", style: str = "", head: str = "") -> str:
    """Return the HTML of a page with this body."""
    sheet = f"<style>{style}</style>" if style else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>A website</title>'
        f'<meta name="viewport" content="width=device-width">{sheet}{head}</head><body><main><h1>A website</h1>{body}'
        "</main></body></html>"
    )


def embed(renvoi: RunningRenvoi, *, attributes: str = "", inside: str = "", script: str = "") -> str:
    """Return the snippet, with the script first."""
    return f'<script src="{renvoi.address}/embed.js" {script}></script><{ELEMENT} {attributes}>{inside}</{ELEMENT}>'


@contextmanager
def host_site() -> Iterator[HostSite]:
    """Run the server for the duration of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    server.daemon_threads = True
    site = HostSite(server.server_port)
    server.site = site  # type: ignore[attr-defined]  # read by the handler
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Pages(BaseHTTPRequestHandler):
    """Answers with the published page, or 404."""

    def do_GET(self) -> None:
        """Called by the server."""
        site: HostSite = self.server.site  # type: ignore[attr-defined]  # set above
        policy, html = site.pages.get(urlsplit(self.path).path, ("default-src 'none'", ""))
        content = html.encode()
        self.send_response(200 if html else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Discard the log."""
