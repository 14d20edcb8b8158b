"""Run the nginx and the HAProxy of docs/deployment.md in front of a server, without their certificates.

A client begins each connection with `proxy_line(address)`, and has that address for the proxy, as behind a balancer
that speaks the PROXY protocol. So one machine can be visitors from everywhere.
"""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.running import free_port

DOCUMENT = Path(__file__).parents[1] / "docs" / "deployment.md"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"

_WEBSOCKETS = """
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_of_upgrade;
"""
_MAP = "map $http_upgrade $connection_of_upgrade { default upgrade; '' ''; }\n"


def proxy_line(address: str) -> bytes:
    """The line that states the client's address, IPv4 or IPv6, in version 1 of the PROXY protocol."""
    family, own = ("TCP6", "::1") if ":" in address else ("TCP4", "127.0.0.1")
    return f"PROXY {family} {address} {own} 1024 80\r\n".encode()


@contextmanager
def nginx(
    folder: Path, *, gateway: int, console: int, proxy_protocol: bool = True, passes_upgrade: bool = False
) -> Iterator[int]:
    """Run the documented nginx in front of those ports; yield its own.

    `passes_upgrade`: with the two lines of every recipe for WebSockets, which pass Upgrade on.
    """
    port = free_port()
    listens = f"127.0.0.1:{port}" + (" proxy_protocol" if proxy_protocol else "")
    site = re.sub(r"\n +ssl_[^\n]*", "", documented("nginx"))
    site = _replaced(site, (("443 ssl", listens), (":8000", f":{gateway}"), (":8001", f":{console}")))
    if proxy_protocol:
        site = "set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;\n" + site
    if passes_upgrade:
        site = _MAP + _replaced(site, (('\n  proxy_set_header Connection "";', _WEBSOCKETS),))
    with _running(_nginx_command(folder, f"access_log off;\n{site}"), port):
        yield port


@contextmanager
def nginx_of_hosts(folder: Path, *, gateways: Sequence[int], consoles: Sequence[int], port: int = 0) -> Iterator[int]:
    """Run the nginx that is documented for two hosts, given by their ports; yield its own, by default a free one.

    `folder`/upstreams has a line for each request: the address of each server that it was sent to, and its path.
    """
    port = port or free_port()
    one_host, upstreams, directives = _blocks("nginx")
    ports = (
        (f"{host}:{side}", f"127.0.0.1:{own}")
        for host, side, own in (
            ("10.0.0.11", 8000, gateways[0]),
            ("10.0.0.12", 8000, gateways[1]),
            ("10.0.0.11", 8001, consoles[0]),
            ("10.0.0.12", 8001, consoles[1]),
        )
    )
    site = re.sub(r"\n +ssl_[^\n]*", "", re.sub(r"upstream .*\n", "", one_host))
    site = _replaced(site, (("443 ssl", f"127.0.0.1:{port}"),)).replace(
        "\n  location", f"\n{directives}\n  location", 1
    )
    log = f"log_format upstreams '$upstream_addr $uri'; access_log {folder}/upstreams upstreams;\n"
    with _running(_nginx_command(folder, log + _replaced(upstreams, tuple(ports)) + site), port):
        yield port


def _nginx_command(folder: Path, site: str) -> Sequence[str]:
    """Write the configuration of an nginx in that folder; return the command that runs it."""
    temp_paths = "\n".join(
        f"{name}_path {folder}/{name};"
        for name in ("client_body_temp", "proxy_temp", "fastcgi_temp", "uwsgi_temp", "scgi_temp")
    )
    config = f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;\n"
    config += "worker_rlimit_nofile 8192; events { worker_connections 4096; }\n"
    config += f"http {{ {temp_paths}\n{site} }}\n"
    (folder / "nginx.conf").write_text(config, encoding="utf-8")
    return [NGINX, "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")]


@contextmanager
def haproxy(folder: Path, *, gateway: int, console: int) -> Iterator[int]:
    """Run the documented HAProxy in front of those ports; yield its own."""
    port = free_port()
    config = re.sub(r" ssl crt [^\n]*", " accept-proxy", documented("haproxy"))
    config = _replaced(config, ((":443", f"127.0.0.1:{port}"), (":8000", f":{gateway}"), (":8001", f":{console}")))
    (folder / "haproxy.cfg").write_text(config, encoding="utf-8")
    with _running([HAPROXY, "-db", "-f", str(folder / "haproxy.cfg")], port):
        yield port


def documented(language: str) -> str:
    """The first code block of that language in docs/deployment.md."""
    return _blocks(language)[0]


def _blocks(language: str) -> list[str]:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    return blocks


def _replaced(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_until_up(port)
            yield
        finally:
            process.terminate()


def _wait_until_up(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
            return
        time.sleep(0.05)
    raise AssertionError("the proxy did not come up")
