"""The partners' own sites: one small server to which the browser resolves their host names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

HOSTS = ("partnername.com", "*.partnername.com", "*.example")
"""The names that lead there, over http: the manual's own examples, and those that no stranger can own."""

_PAGE = b'<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A partner</title><h1>A partner</h1>'


@dataclass(frozen=True, slots=True)
class PartnerSites:
    """The port at which they answer."""

    port: int

    @property
    def rules(self) -> str:
        """Chromium's argument that sends the names there."""
        return "--host-resolver-rules=" + ",".join(f"MAP {host} 127.0.0.1:{self.port}" for host in HOSTS)


@contextmanager
def partner_sites() -> Iterator[PartnerSites]:
    """The sites, from `with` to the end of its block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield PartnerSites(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Site(BaseHTTPRequestHandler):
    """Answers each address alike."""

    def do_GET(self) -> None:
        """Called by the server."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(_PAGE)))
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
