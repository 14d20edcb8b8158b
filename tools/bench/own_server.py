"""Set up and start the Renvoi servers that the bench measures, with or without their ledger.

`python -m tools.bench.own_server …` is `renvoi serve …` without a ledger: each entry is reported as recorded at once,
and written nowhere. The product has no option that does this.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from renvoi.cli import main
from renvoi.cli.serving import serve as serve_module
from renvoi.config import Config, read_config
from renvoi.domain.table import Mode
from renvoi.ledger.engines import open_store
from renvoi.ledger.protocol import Recorded
from tests.gateway.client import publish
from tests.running import EMAIL, PASSWORD
from tools.bench.cast import table
from tools.bench.machine import Running, free_port

_BATCH_SIZE = 20_000


class BenchRenvoi:
    """A data folder, and the servers that are started on it."""

    def __init__(
        self, folder: Path, *, country_data: Path, database_url: str = "", settings: Mapping[str, str] | None = None
    ) -> None:
        """`settings` are further environment variables of its servers."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        prefixes = ("RENVOI_", "DJANGO_")
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
        self.environ |= {
            "RENVOI_DATA_DIR": str(folder),
            "RENVOI_DATABASE_URL": database_url,
            "RENVOI_TRUSTED_PROXIES": "127.0.0.1",
            "RENVOI_GEOIP_DB": str(country_data),
            **(settings or {}),
        }

    def publish(self, *, partners: int, mode: Mode = "direct") -> None:
        """Publish a routing table of that many partners, without business rows."""
        publish(self.config, content=table(partners=partners, generation=3, mode=mode))

    def fill(self, *, partners: int) -> None:
        """Create that many partners, publish them, and create an account for staff."""
        password = self._folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        self._run("renvoi.cli", "migrate")
        self._run("tools.fill", str(partners))
        self._run("renvoi.cli", "create-admin", "--email", EMAIL, "--password-file", str(password))

    @property
    def config(self) -> Config:
        """The configuration of its servers."""
        return read_config(self.environ)

    def gateway(self) -> Running:
        """Return `renvoi serve --only gateway`, with one worker."""
        return self._serve("renvoi.cli", "--only", "gateway")

    def gateway_without_ledger(self) -> Running:
        """Return the same, but it records nothing."""
        return self._serve("tools.bench.own_server", "--only", "gateway")

    def console(self) -> Running:
        """Return `renvoi serve --only console`, with one worker of low priority."""
        return self._serve("renvoi.cli", "--only", "console", low_priority=True)

    def gateway_and_console(self) -> Running:
        """Return `renvoi serve`: gateway and console in one process."""
        return self._serve("renvoi.cli")

    def position(self) -> int:
        """Return the number of entries in the ledger."""
        with closing(open_store(self.config)) as store:
            store.prepare()
            return store.head().position

    def entries_after(self, position: int) -> list[Recorded]:
        """Return every entry after that position."""
        entries: list[Recorded] = []
        with closing(open_store(self.config)) as store:
            while batch := store.read(after=entries[-1].position if entries else position, limit=_BATCH_SIZE):
                entries += batch
        return entries

    def _serve(self, module: str, *options: str, low_priority: bool = False) -> Running:
        port = free_port()
        command = [sys.executable, "-m", module, "serve", *options, "--port", str(port)]
        log = self._folder / "server.log"
        return Running(command, port=port, log=log, environ=self.environ, low_priority=low_priority)

    def _run(self, module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", module, *arguments]
        subprocess.run(command, env=self.environ, check=True, stdout=subprocess.DEVNULL, timeout=1800)


def create_without_ledger() -> object:
    """Application factory for the worker: a gateway that reports each entry as recorded at once."""
    from renvoi.domain.ledger_entry import Entry  # noqa: PLC0415 (in the worker alone)
    from renvoi.ledger.batch import OnRecorded  # noqa: PLC0415 (as above)
    from renvoi.ledger.writer import Ledger  # noqa: PLC0415 (as above)
    from renvoi.server import asgi  # noqa: PLC0415 (as above)

    def append_soon(_ledger: Ledger, _entry: Entry, on_recorded: OnRecorded) -> None:
        on_recorded(True)  # noqa: FBT003 (the callback's own signature)

    setattr(Ledger, "append_soon", append_soon)  # noqa: B010 (a switch of the harness, not of the product)
    return asgi.create_gateway_only()


if __name__ == "__main__":
    serve_module._FACTORIES["gateway"] = "tools.bench.own_server:create_without_ledger"  # noqa: SLF001 (as above)
    main()
