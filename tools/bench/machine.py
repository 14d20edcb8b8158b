"""What a measurement depends on besides the program: cores, load, CPU steal, versions; servers bound to a core."""

import os
import platform
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

SERVER_CORE, VISITORS_CORE = 0, 1
PACKAGES = ("uvicorn", "httptools", "uvloop", "pysqlite3", "psycopg", "maxminddb")

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """The machine's CPU counters at one moment, in ticks. `steal` is the part of `total` that the hypervisor took."""

    steal: int
    total: int

    @classmethod
    def read(cls) -> Self:
        """Read them from /proc/stat."""
        # user nice system idle iowait irq softirq steal; guest time is part of user.
        ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return cls(steal=ticks[7], total=sum(ticks))

    def stolen_since(self, before: Self) -> float:
        """Return the share of the machine's time that was stolen since then, from 0 to 1."""
        return (self.steal - before.steal) / max(1, self.total - before.total)


def pin_to_core(core: int) -> list[str]:
    """Return the command prefix that binds a program to a core."""
    return ["taskset", "--cpu-list", str(core)]


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def describe() -> dict[str, object]:
    """Return the machine and the versions, for the JSON."""
    versions = {name: version(name) for name in PACKAGES}
    nginx = subprocess.run([nginx_program(), "-v"], capture_output=True, text=True, check=True).stderr.strip()
    return {
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "nginx": nginx.rpartition("/")[2],
        **versions,
    }


def nginx_program() -> str:
    """Return the path of nginx. /usr/sbin is not on every user's PATH."""
    return shutil.which("nginx") or "/usr/sbin/nginx"


class Running:
    """A server bound to a core, in a process group of its own. It runs as long as the `with` block."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        port: int,
        log: Path,
        environ: Mapping[str, str] | None = None,
        low_priority: bool = False,
    ) -> None:
        """`low_priority` starts it with nice 19."""
        self.port = port
        self._command = command
        self._log = log
        self._environ = environ
        self._gives_way = low_priority
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def core_s(self) -> float:
        """CPU seconds that it has used since its start, its children included."""
        return sum(_core_s(pid) for pid in _process_tree(self._started.pid))

    @property
    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("this server was not started")
        return self._process

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            nice = ["nice", "-n", "39"] if self._gives_way else []
            command = [*pin_to_core(SERVER_CORE), *nice, *self._command]
            self._process = subprocess.Popen(
                command, env=self._environ, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            _set_priority(self._process.pid, low_priority=self._gives_way)
            self._wait()
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.send_signal(signal.SIGTERM)
        try:
            self._started.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._kill()
            raise

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._started.pid, signal.SIGKILL)
        self._started.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._started.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"a server did not start to listen:\n{self._log.read_text(errors='replace')[-2000:]}")


def _set_priority(pid: int, *, low_priority: bool) -> None:
    """Give the session of a new process the priority of this one, or the lowest.

    Where the kernel schedules sessions as groups (autogroup), `nice` counts only within a group.
    """
    own_group, server_group = Path("/proc/self/autogroup"), Path(f"/proc/{pid}/autogroup")
    try:
        server_group.write_text("19" if low_priority else own_group.read_text().rpartition(" ")[2])
    except OSError:
        return  # autogroup is disabled, or this is not root


def _process_tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _process_tree(int(child)))]


def _core_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
