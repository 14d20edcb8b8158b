"""Which tests are repeated on PostgreSQL, and that no other test can depend on the engine unnoticed."""

import os
from pathlib import Path

import pytest
from django.db import connection

from renvoi.partners.models import Partner
from tests.databases import url_for
from tests.engine_use import _knows_engine, depends_on_engine
from tests.running import RunningRenvoi


@pytest.mark.usefixtures("db")
def test_test_with_the_test_database_depends_on_the_engine(request: pytest.FixtureRequest) -> None:
    assert depends_on_engine(request.node)
    assert connection.vendor in {"sqlite", "postgresql"}


@pytest.mark.django_db
def test_test_marked_for_the_test_database_depends_on_the_engine(request: pytest.FixtureRequest) -> None:
    assert depends_on_engine(request.node)


def test_test_whose_module_imports_the_databases_depends_on_the_engine(request: pytest.FixtureRequest) -> None:
    assert depends_on_engine(request.node)


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("tests.running", True),
        ("tests.server.serving", True),
        ("tests.gateway.conftest", True),
        ("tests.cli.test_starting", True),
        ("tests.ledger.conftest", False),
        ("tests.ledger.test_store", False),
        ("tests.server.test_limits", False),
    ],
)
def test_imports_are_followed_through_other_modules(module: str, expected: bool) -> None:  # noqa: FBT001 (a parameter)
    assert _knows_engine(module) is expected


@pytest.mark.own_databases
class TestBar:
    """A test that is not repeated fails once it asks for anything of the engine."""

    def test_it_is_not_repeated(self, request: pytest.FixtureRequest) -> None:
        assert not depends_on_engine(request.node)

    def test_it_gets_no_database_of_the_tests(self, tmp_path: Path) -> None:
        with pytest.raises(AssertionError, match="depends on the engine"):
            url_for(tmp_path)
        with pytest.raises(AssertionError, match="depends on the engine"):
            RunningRenvoi(tmp_path)
        assert RunningRenvoi(tmp_path, RENVOI_DATABASE_URL="").environ["RENVOI_DATABASE_URL"] == ""

    def test_it_gets_no_connection_of_django(self) -> None:
        with pytest.raises(AssertionError, match="depends on the engine"):
            _ = connection.vendor
        with pytest.raises(AssertionError, match="depends on the engine"):
            str(Partner.objects.all().query)

    def test_its_environment_names_a_database_that_no_server_has(self) -> None:
        assert "127.0.0.1:1/" in os.environ["RENVOI_DATABASE_URL"]
