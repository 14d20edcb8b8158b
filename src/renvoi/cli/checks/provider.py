"""Ask the OpenID Connect provider for its discovery document and its keys, as a sign-in does."""

from collections.abc import Iterator

from renvoi.cli.checks import Finding
from renvoi.config import Config


def check_provider(config: Config) -> Iterator[Finding]:
    """Check that the provider answers, if one is configured, and say which address has to be registered there."""
    if not config.oidc_issuer:
        return
    from django.urls import reverse

    from renvoi.people.oidc.documents import ProviderDocuments
    from renvoi.people.oidc.fetching import Deadline, ProviderError

    subject = f"The provider {config.oidc_issuer} answers"
    documents, deadline = ProviderDocuments(config.oidc_issuer), Deadline()
    try:
        documents.discovery(deadline)
        keys = documents.keys(deadline, key_id=None)
    except ProviderError as error:
        yield Finding(subject, f"{error}; accounts with a password can sign in")
        return
    yield Finding(subject, "" if keys else "it publishes no key that signs")
    yield Finding(f"Address to register at the provider: {config.public_url}{reverse('provider_callback')}")
