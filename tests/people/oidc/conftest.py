"""Fixtures of the tests with a provider."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.people.oidc.provider import CLIENT_ID, CLIENT_SECRET, PUBLIC_URL, ROLES, Provider


@pytest.fixture(scope="module")
def running_provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def provider(running_provider: Provider, settings: Settings) -> Provider:
    """A provider that is configured, with a claim that gives roles."""
    configure(settings, running_provider.issuer)
    return running_provider


def configure(settings: Settings, issuer: str) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(
        update={
            "public_url": PUBLIC_URL,
            "oidc_issuer": issuer,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": CLIENT_SECRET,
            "oidc_name": "Boréale",
            "oidc_role_claim": "groups",
            "oidc_roles": ROLES,
        }
    )
