"""`renvoi doctor` says whether the provider answers, and which address has to be registered there."""

from renvoi.cli.checks.provider import check_provider
from renvoi.config import read_config
from tests.people.oidc.provider import CALLBACK, PUBLIC_URL, Provider
from tests.running import free_port


def findings(issuer: str) -> list[tuple[str, str]]:
    config = read_config({}).model_copy(update={"public_url": PUBLIC_URL, "oidc_issuer": issuer})
    return [(finding.subject, finding.remedy) for finding in check_provider(config)]


def test_provider_that_answers_passes() -> None:
    with Provider() as provider:
        assert findings(provider.issuer) == [
            (f"The provider {provider.issuer} answers", ""),
            (f"Address to register at the provider: {PUBLIC_URL}{CALLBACK}", ""),
        ]


def test_provider_that_is_down_is_reported() -> None:
    issuer = f"http://127.0.0.1:{free_port()}"
    ((subject, remedy),) = findings(issuer)
    assert subject == f"The provider {issuer} answers"
    assert "Connection refused" in remedy
    assert "accounts with a password can sign in" in remedy


def test_without_a_provider_there_is_nothing_to_check() -> None:
    assert findings("") == []
