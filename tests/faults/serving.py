"""Gateway server for the fault harness, with or without a planted fault, and the examination of its ledger."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from renvoi.config import TABLE_COPY_NAME, Config, read_config
from renvoi.geo.importing import import_files
from renvoi.ledger.checkpoint import read_checkpoint
from renvoi.ledger.engines import open_store
from renvoi.ledger.spool import replay
from tests.geo.cast import IPV4, IPV6, range_file
from tests.running import RunningRenvoi, children_of
from tests.visitor.cast import operator, partner, table_bytes

ROOT = Path(__file__).parents[2]
BRAZIL = "3405774848,3405840383,BR"
"""203.0.0.0/16 as a line of the range file."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What became of the references that visitors received, after the spool was replayed."""

    received: int
    missing: int
    doubled: int
    faults: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not (self.missing or self.doubled or self.faults)


class Server:
    """A gateway in its own process group, on a data folder that contains only a copy of a routing table."""

    def __init__(
        self,
        folder: Path,
        *,
        url: str = "",
        fault: str = "",
        workers: int = 1,
        before: Sequence[str] = (),
        table: bytes = b"",
        ranges: Sequence[str] = (*IPV4, BRAZIL),
        **environ: str,
    ) -> None:
        """Take `fault`, a name from `tests.faults.planted`, and `before`, words put before the command.

        By default one partner serves Brazil, where 203.0.0.0/16 is. `table` and the lines `ranges` replace that.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / TABLE_COPY_NAME).write_bytes(table or _brazilian_table())
        settings = {"RENVOI_DATABASE_URL": url, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        # A visitor to "/" is then in Brazil, and takes the gateway's fast path.
        settings |= {"RENVOI_TRUSTED_PROXIES": "127.0.0.0/8", **environ}
        self._running = RunningRenvoi(
            folder, command=("serve", "--only", "gateway", "--workers", str(workers)), **settings
        )
        import_files([range_file(folder / "ranges", ranges), range_file(folder / "ranges6", IPV6)], config=self.config)
        self.folder = folder
        self.port = self._running.port
        self._command = [str(Path(sys.executable).with_name("renvoi")), "serve"]
        if fault:
            self._command = [sys.executable, "-m", "tests.faults.planted", fault]
        self._command = [*before, *self._command, "--only", "gateway", "--workers", str(workers)]
        self._is_traced = bool(before) and before[0] == "strace"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Config:
        return read_config(self._running.environ)

    @property
    def log(self) -> str:
        return self._running.log

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, "--port", str(self.port)],
                env=self._running.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running._process = self._process
        try:
            self._running.wait_until_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self.stop()

    def stop(self) -> float:
        """Send SIGTERM, and return the seconds until the server exited."""
        assert self._process is not None
        started_at = time.monotonic()
        # strace does not pass the signal on.
        (server,) = children_of(self.pid) if self._is_traced else [self.pid]
        os.kill(server, signal.SIGTERM)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return time.monotonic() - started_at

    def kill(self) -> None:
        """Send SIGKILL to the whole process group."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_workers(self) -> int:
        """Send SIGKILL to each worker but not to their parent, and return their number."""
        workers = [pid for pid in children_of(self.pid) if b"resource_tracker" not in _command_line(pid)]
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        return len(workers)

    def examine(self, refs: Sequence[str]) -> Examination:
        """Replay the spool, and return whether each reference is in the ledger exactly once."""
        with closing(open_store(self.config)) as store:
            store.prepare()
            replay(self.config.spool_dir, store.append_missing)
            refs_seen: Counter[str] = Counter()
            after = 0
            while records := store.read(after=after, limit=5_000):
                refs_seen.update(recorded.entry.ref for recorded in records)
                after = records[-1].position
            return Examination(
                received=len(refs),
                missing=sum(ref not in refs_seen for ref in refs),
                doubled=sum(count > 1 for count in refs_seen.values()) + len(refs) - len(set(refs)),
                faults=tuple(store.faults(checkpoint=read_checkpoint(self.folder))),
            )


def _brazilian_table() -> bytes:
    return table_bytes(partners=[(partner(1, "Aló Brasil"), ("BR",))], operator_=operator(mode="direct"))


def _command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
