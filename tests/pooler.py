"""PgBouncer between Renvoi and the PostgreSQL server of the tests, as a process of its own on a port of its own."""

import getpass
import os
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.databases import SERVER
from tests.running import free_port

Mode = Literal["session", "transaction"]

# It refuses to run as root.
_UNPRIVILEGED = "nobody"
_SETTINGS = """[databases]
* = {server}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 500
logfile = {folder}/log
"""


class PgBouncer:
    """PgBouncer in one of its modes, with as many sessions of PostgreSQL as `size` for each database."""

    def __init__(self, mode: Mode, *, size: int = 20) -> None:
        params = conninfo_to_dict(SERVER)
        known = {name: params.get(name) for name in ("host", "port", "password") if params.get(name)}
        known["user"] = params.get("user") or getpass.getuser()
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="renvoi-pgbouncer-")
        folder = Path(self._folder.name)
        folder.chmod(0o777)
        server = " ".join(f"{name}={value}" for name, value in known.items())
        settings = _SETTINGS.format(server=server, port=self.port, mode=mode, size=size, folder=folder)
        (folder / "pgbouncer.ini").write_text(settings, encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str, **parameters: str) -> str:
        """The URL of a database, through PgBouncer."""
        params = {"host": "127.0.0.1", "port": str(self.port), "dbname": database, **parameters}
        return "postgresql:///?" + "&".join(f"{name}={value}" for name, value in params.items())

    def __enter__(self) -> Self:
        folder = Path(self._folder.name)
        command = ["pgbouncer", "--quiet", str(folder / "pgbouncer.ini")]
        if os.geteuid() == 0:
            command[1:1] = ["--user", _UNPRIVILEGED]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (folder / "log").read_text(encoding="utf-8")
                time.sleep(0.05)
            else:
                return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=20)
        self._folder.cleanup()
