"""`renvoi serve` as a process: workers, signals, and failed starts."""

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
from click import ClickException

from renvoi.cli.serving.listening import format_address, listen
from tests.databases import on_sqlite
from tests.running import RunningRenvoi, children_of, free_port

ROOT = Path(__file__).parents[2]
_SERVE_SCRIPT = """
import socket
import sys
from renvoi.server.serving import serve_application

serve_application(sys.argv[1], socket.create_server(("127.0.0.1", int(sys.argv[2]))), workers=2)
"""

pytestmark = on_sqlite


def create_failing_app() -> object:
    """An application factory that fails."""
    raise ZeroDivisionError


def create_app_that_fails_slowly() -> object:
    """An application factory that fails after the time in which a worker proves itself, as on a busy machine."""
    time.sleep(6)
    raise ZeroDivisionError


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningRenvoi]:
    with RunningRenvoi(tmp_path, command=("serve", "--only", "gateway", "--workers", "2")) as running:
        yield running


def is_healthy(server: RunningRenvoi) -> bool:
    with suppress(OSError), closing(HTTPConnection("127.0.0.1", server.port, timeout=5)) as connection:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False


def test_worker_that_exits_is_restarted(server: RunningRenvoi) -> None:
    before = children_of(server.pid)
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while len(children_of(server.pid) - {min(before)}) < 2:
        assert time.monotonic() < deadline
        # The other worker responds meanwhile.
        assert is_healthy(server)
        time.sleep(0.05)
    assert max(before) in children_of(server.pid)
    assert "1 of 2 workers exited; restarting." in server.log


def test_workers_exit_when_their_parent_is_killed(server: RunningRenvoi) -> None:
    workers = children_of(server.pid)
    os.kill(server.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def low_descriptor_limit() -> Iterator[None]:
    """The limit that shells and service managers set."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("low_descriptor_limit")
def test_descriptor_limit_is_raised(tmp_path: Path) -> None:
    with RunningRenvoi(tmp_path, command=("serve", "--only", "gateway")) as server:
        soft, hard = resource.prlimit(min(children_of(server.pid)), resource.RLIMIT_NOFILE)
    assert soft == (65_536 if hard == resource.RLIM_INFINITY else min(65_536, hard))


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_all_processes_without_messages(signal_number: signal.Signals, server: RunningRenvoi) -> None:
    workers = children_of(server.pid)
    os.killpg(server.pid, signal_number)
    assert server._process is not None
    assert server._process.wait(20) == 0
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    assert "Traceback" not in server.log
    assert "exited" not in server.log


def test_port_in_use_is_reported(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = str(listener.getsockname()[1])
        result = RunningRenvoi(tmp_path).run("serve", "--only", "gateway", "--port", port, check=False)
    assert result.returncode == 1
    assert result.stderr.endswith(f"Renvoi can't listen at 127.0.0.1, port {port}: Address already in use.\n")
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("host", "printed", "clients"),
    [
        ("::", "[::]", {"127.0.0.1", "::1"}),
        ("[0::0]", "[0::0]", {"127.0.0.1", "::1"}),
        ("::1", "[::1]", {"::1"}),
        ("::ffff:127.0.0.1", "127.0.0.1", {"127.0.0.1"}),
        ("0.0.0.0", "0.0.0.0", {"127.0.0.1"}),
        ("localhost", "localhost", {"127.0.0.1"}),
    ],
)
def test_host_is_listened_at_and_printed(host: str, printed: str, clients: set[str]) -> None:
    port = free_port()
    assert format_address(host, port) == f"http://{printed}:{port}"
    with listen(host, port):
        reached = set()
        for address in ("127.0.0.1", "::1"):
            with suppress(OSError), closing(socket.create_connection((address, port), timeout=5)):
                reached.add(address)
    assert reached == clients


@pytest.mark.parametrize("host", ["nowhere.invalid", "[::1", "1.2.3.4.5", "192.0.2.1", ""])
def test_host_that_cannot_be_listened_at_is_named(host: str) -> None:
    with pytest.raises(ClickException, match=f"^Renvoi can't listen at {re.escape(host)}, port 80: .*[a-z]\\.$"):
        listen(host, 80).close()


def test_server_at_every_address_answers_ipv4_and_ipv6(tmp_path: Path) -> None:
    with RunningRenvoi(tmp_path, command=("serve", "--only", "gateway", "--host", "::")) as server:
        assert f"http://[::]:{server.port}/\n" in server.log
        for host, name in (("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("::1", "[::]"), ("127.0.0.1", "localhost.")):
            with closing(HTTPConnection(host, server.port, timeout=5)) as connection:
                connection.request("GET", "/?country=BR", headers={"Host": f"{name}:{server.port}"})
                assert connection.getresponse().status == 200, name


@pytest.mark.parametrize("factory", ["create_failing_app", "create_app_that_fails_slowly"])
def test_server_exits_if_its_application_cannot_be_created(factory: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _SERVE_SCRIPT, f"tests.cli.test_serving:{factory}", str(free_port())]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "RENVOI_DATA_DIR": str(tmp_path)},
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == 1
    assert b"ZeroDivisionError" in result.stderr
