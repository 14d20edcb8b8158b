"""The partners' own sites: one small server to which the browser resolves their host names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

HOSTS = ("partnername.com", "*.partnername.com", "*.example")
"""The hosts of the server, over http: the manual's own examples, and names reserved for examples."""

_PAGE = b'<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A partner</title><h1>A partner</h1>'


@dataclass(frozen=True, slots=True)
class PartnerSites:
    """The port of the server."""

    port: int

    @property
    def rules(self) -> str:
        """Chromium's argument that resolves the hosts to the server."""
        return "--host-resolver-rules=" + ",".join(f"MAP {host} 127.0.0.1:{self.port}" for host in HOSTS)


@contextmanager
def partner_sites() -> Iterator[PartnerSites]:
    """Run the server for the duration of the block."""
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
    """Returns the same page for each address."""

    def do_GET(self) -> None:
        """Called by the server."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(_PAGE)))
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, *_: object) -> None:
        """Discard the log."""
