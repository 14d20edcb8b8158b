"""Fixtures of the gateway's tests: gateways that serve the cast's routing table."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from renvoi.domain.table import Operator
from renvoi.gateway.app import create_app
from tests.gateway.client import Client, configured, publish, running
from tests.gateway.fast_path import Harness, open_harness
from tests.visitor.cast import NOON, table_bytes

Open = Callable[..., Client]


@contextmanager
def serving(folder: Path, *, operator_: Operator | None = None, **values: Any) -> Iterator[Client]:
    """Run a gateway whose database holds the table of `operator_`; `values` go into its configuration."""
    gateway_config = configured(folder, **values)
    publish(gateway_config, content=table_bytes(operator_=operator_))
    with running(create_app(gateway_config, clock=lambda: NOON)) as client:
        yield client


@pytest.fixture
def open_gateway(tmp_path: Path) -> Iterator[Open]:
    """Return a function that opens a gateway for this test alone; see `serving`."""
    with ExitStack() as stack:
        yield lambda **values: stack.enter_context(serving(tmp_path, **values))


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The client of a gateway that tests share if they don't change its state."""
    with serving(tmp_path_factory.mktemp("gateway")) as shared:
        yield shared


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    """The harness of a gateway for this test alone."""
    with open_harness(tmp_path / "data") as new_harness:
        yield new_harness
