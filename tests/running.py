"""Run a real server with a data folder, a process and a port of its own."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.databases import url_for

PASSWORD = "a password of the tests"
EMAIL = "demo@renvoi.example"


class RunningRenvoi:
    """`renvoi demo` (or `renvoi serve …`) on a folder, for the duration of a `with` block.

    Its database is a file in the folder; on PostgreSQL it is a schema. RENVOI_DATABASE_URL overrides this.
    """

    def __init__(self, folder: Path, *, command: tuple[str, ...] = ("demo",), script: str = "", **environ: str) -> None:
        """Take `script`, Python code that is run instead of the program `renvoi`, with the same arguments."""
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._command = command
        self._program = [sys.executable, "-c", script] if script else [_executable()]
        self._environ = {name: value for name, value in os.environ.items() if not name.startswith("RENVOI_")}
        self._environ |= {"RENVOI_DATA_DIR": str(folder), "RENVOI_DEMO_PASSWORD": PASSWORD}
        if "RENVOI_DATABASE_URL" not in environ:
            environ["RENVOI_DATABASE_URL"] = url_for(folder)
        self._environ |= environ
        self.environ.pop("DJANGO_SETTINGS_MODULE", None)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environ(self) -> dict[str, str]:
        """The environment for a command that works on the same folder."""
        return self._environ

    @property
    def pid(self) -> int:
        """The server's main process, which leads a session of its own."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """The output of the server so far."""
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `renvoi …` on the same folder."""
        return subprocess.run(
            [_executable(), *arguments], env=self._environ, check=check, capture_output=True, text=True, timeout=120
        )

    def run_module(self, name: str, *arguments: str) -> None:
        """Run `python -m …` on the same folder."""
        subprocess.run([sys.executable, "-m", name, *arguments], env=self._environ, check=True, timeout=600)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._program, *self._command, "--port", str(self.port)],
                env=self._environ,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.wait_until_ready()
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._kill()
            raise

    def kill(self) -> None:
        """Kill the server with all its processes, and the processes that it started to make PDFs: its host dies."""
        for pid in self._makers():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._kill()

    def _makers(self) -> list[int]:
        own = f"\0RENVOI_DATA_DIR={self.folder}\0".encode()
        commands = {path.parent: _read(path) for path in Path("/proc").glob("[0-9]*/cmdline")}
        makers = [process for process, command in commands.items() if b"\0make-pdf\0" in command]
        return [int(process.name) for process in makers if own in b"\0" + _read(process / "environ")]

    def _kill(self) -> None:
        assert self._process is not None
        # The server's process may have ended without the rest of its group.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait_until_ready(self) -> None:
        """Wait until the server responds. Raises RuntimeError if it ends, or does not respond within a minute."""
        assert self._process is not None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended with {self._process.returncode}:\n{self.log}")
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            try:
                connection.request("GET", "/healthz" if "console" not in self._command else "/console/sign-in/")
                connection.getresponse().read()
            except OSError:
                time.sleep(0.1)
            else:
                return
            finally:
                connection.close()
        raise RuntimeError(f"the server did not respond within a minute:\n{self.log}")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def free_port() -> int:
    """A TCP port of this machine that is not in use."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def children_of(pid: int) -> set[int]:
    """The processes that a process has started and that are still running."""
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def _executable() -> str:
    return str(Path(sys.executable).with_name("renvoi"))
