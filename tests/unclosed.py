"""Makes what a test leaves open fail that test's module: connections, files, sockets and processes.

A ResourceWarning comes when an object that is still open is collected. Objects in reference cycles, such as the
connections of sqlite3, wait for a garbage collection, which may happen in the middle of an unrelated test.
"""

import gc
import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from pysqlite3 import dbapi2


@pytest.fixture(scope="module", autouse=True)
def unclosed_resources_warn() -> Iterator[None]:
    """Collects garbage at the end of each module, while pytest still turns its warnings into errors."""
    yield
    gc.collect()


@pytest.fixture(scope="session", autouse=True)
def unclosed_connections_warn() -> Iterator[None]:
    """Makes the connections of pysqlite3 warn as those of sqlite3 do from Python 3.13 on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbapi2, "connect", partial(dbapi2.connect, factory=WarningConnection))
        yield


class WarningConnection(dbapi2.Connection):  # type: ignore[misc]  # pysqlite3 has no types
    """A connection that warns if it is collected before it is closed."""

    is_open = False

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.is_open = True

    def close(self) -> None:
        """Closes the connection."""
        super().close()
        self.is_open = False

    def __del__(self, warn: Any = warnings.warn) -> None:
        if self.is_open:
            warn(f"unclosed database in {self!r}", ResourceWarning, source=self, stacklevel=2)
