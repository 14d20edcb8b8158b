"""Fixtures of the Django tests: a database with real commits, staff accounts, and signed-in browsing sessions."""

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from renvoi.partners.models import Partner
from renvoi.people.models import User
from renvoi.publication.models import Generation
from tests.cast import ALO_BRASIL, colleague, stored
from tests.console.browsing import Browsing
from tests.databases import SERVER, drop_databases
from tests.engine_use import barred_from_engine, depends_on_engine
from tests.programs import require_marked
from tests.settings import FOLDER
from tests.unclosed import unclosed_connections_warn, unclosed_resources_warn

__all__ = ["unclosed_connections_warn", "unclosed_resources_warn"]

# The time that an example takes depends on the machine, not only on the product.
settings.register_profile("renvoi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("renvoi")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Repeat on PostgreSQL only the tests that depend on the engine."""
    if SERVER:
        repeated = [item for item in items if depends_on_engine(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(repeated)])
        items[:] = repeated


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Bar the tests that do not depend on the engine from it."""
    with nullcontext() if depends_on_engine(item) else barred_from_engine():
        return (yield)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test if a program that it needs is missing."""
    require_marked(item)


def pytest_unconfigure() -> None:
    """Clean up here: a worker of xdist exits without running functions registered with `atexit`."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    drop_databases()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,  # noqa: ARG001 (required by pytest-django)
    django_db_modify_db_settings: None,  # noqa: ARG001 (required by pytest-django)
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Create the test databases. pytest-django's own fixture creates none if only `committed` requests them."""
    with django_db_blocker.unblock():
        databases = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        teardown_databases(databases, verbosity=0)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001 (required by pytest-django)
    """A database with real commits, for tests with threads. Afterwards it holds only the rows of the migrations."""
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
            first_rows = import_module("renvoi.partners.migrations.0002_first_rows")
            Generation.objects.create(id=1)
            with connection.schema_editor() as editor:
                first_rows.make_operator(apps, editor)
            connection.close()


@pytest.fixture
def odile(db: None) -> User:  # noqa: ARG001 (required by pytest-django)
    """An account whose language is French."""
    return colleague("odile@boreale.example", name="Odile", language="fr")


@pytest.fixture
def wendy(db: None) -> User:  # noqa: ARG001 (required by pytest-django)
    """An account whose language is English."""
    return colleague("wendy@boreale.example", name="Wendy", language="en")


@pytest.fixture
def console(odile: User) -> Browsing:
    """A browsing session of Odile, signed in to the console."""
    return Browsing.signed_in(odile)


@pytest.fixture
def english_console(wendy: User) -> Browsing:
    """A browsing session of Wendy, signed in to the console."""
    return Browsing.signed_in(wendy)


@pytest.fixture
def stranger(db: None) -> Browsing:  # noqa: ARG001 (required by pytest-django)
    """A browsing session that is not signed in."""
    return Browsing()


@pytest.fixture
def alo_brasil(db: None) -> Partner:  # noqa: ARG001 (required by pytest-django)
    """A stored partner that serves Brazil and Portugal."""
    return stored(ALO_BRASIL)
