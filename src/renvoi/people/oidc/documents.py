"""The provider's discovery document and signing keys: fetched when they are needed, then used for some minutes."""

import time
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, ValidationError

from renvoi.people.oidc.fetching import Deadline, Json, ProviderError, ProviderUnavailable, get_json
from renvoi.sign_in_provider import is_provider_url

FRESH_S = 300.0
"""For how long a document is used before it is fetched again."""

# While the provider is down, no thread waits for it again before that.
_RETRY_S = 5.0
# A token signed by a key that is not known yet has the keys fetched again, but not for each such token.
_KEYS_AGAIN_S = 30.0
_WELL_KNOWN = "/.well-known/openid-configuration"


class Discovery(BaseModel):
    """What is used of a discovery document."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)

    def sends_secret_as_basic(self) -> bool:
        """Return whether the client authenticates itself in the header, not in the form."""
        return "client_secret_basic" in self.token_endpoint_auth_methods_supported


class ProviderDocuments:
    """The documents of one provider, for all threads of the process: two that fetch at once replace each other's."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._discovery: tuple[float, Discovery] | None = None
        self._keys: tuple[float, list[Json]] | None = None
        self._failed: tuple[float, str] | None = None

    def discovery(self, deadline: Deadline) -> Discovery:
        """Return the discovery document. Raises ProviderError."""
        known, failed = self._discovery, self._failed
        if known is not None and _is_within(known[0], FRESH_S):
            return known[1]
        if failed is not None and _is_within(failed[0], _RETRY_S):
            raise ProviderUnavailable(failed[1])
        try:
            fetched = fetch_discovery(self._issuer, deadline)
        except ProviderUnavailable as error:
            self._failed = (time.monotonic(), str(error))
            raise
        self._discovery = (time.monotonic(), fetched)
        return fetched

    def keys(self, deadline: Deadline, *, key_id: str | None) -> list[Json]:
        """Return the keys that may have signed a token with this `kid`. Raises ProviderError."""
        keys = self._keys
        is_known = keys is not None and (key_id is None or any(key.get("kid") == key_id for key in keys[1]))
        if keys is None or not _is_within(keys[0], FRESH_S if is_known else _KEYS_AGAIN_S):
            self._keys = keys = (time.monotonic(), _fetch_keys(self.discovery(deadline).jwks_uri, deadline))
        return [key for key in keys[1] if key_id is None or key.get("kid") == key_id]


def fetch_discovery(issuer: str, deadline: Deadline) -> Discovery:
    """Fetch and check the discovery document of an issuer. Raises ProviderError."""
    content = get_json(f"{issuer.removesuffix('/')}{_WELL_KNOWN}", deadline=deadline)
    try:
        discovery = Discovery.model_validate(content)
    except ValidationError as error:
        raise ProviderError(f"the discovery document lacks {error.errors()[0]['loc'][0]}") from error
    if discovery.issuer.removesuffix("/") != issuer.removesuffix("/"):
        raise ProviderError(f"the discovery document is of another issuer: {discovery.issuer}")
    addresses = {discovery.authorization_endpoint, discovery.token_endpoint, discovery.jwks_uri}
    for url in sorted(addresses | ({discovery.userinfo_endpoint} if discovery.userinfo_endpoint else set())):
        if not is_provider_url(url.partition("?")[0], allows_http=issuer.startswith("http://")):
            raise ProviderError(f"the discovery document has an address that is not https: {url}")
    return discovery


@lru_cache(maxsize=4)
def documents_of(issuer: str) -> ProviderDocuments:
    """Return the process's documents of an issuer."""
    return ProviderDocuments(issuer)


def _fetch_keys(url: str, deadline: Deadline) -> list[Json]:
    keys = get_json(url, deadline=deadline).get("keys")
    if not isinstance(keys, list):
        raise ProviderError("the key set has no keys")
    return [key for key in keys if isinstance(key, dict) and key.get("use", "sig") == "sig"]


def _is_within(moment: float, seconds: float) -> bool:
    return time.monotonic() - moment < seconds
