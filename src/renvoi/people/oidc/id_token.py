"""Verify an ID token: who signed it, for whom, when, and for which sign-in."""

import hmac
from collections.abc import Callable

import jwt

from renvoi.people.oidc.fetching import Json, ProviderRefusal

LEEWAY_S = 60
"""By how much the provider's clock may differ."""

# No HS256: its key would be the client's secret. No "none".
_ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"},
)
_REQUIRED = ("iss", "sub", "aud", "exp", "iat")
# The column of allauth's table. The standard allows 255.
_MAX_SUBJECT = 191


def verify_id_token(
    token: str, *, keys: Callable[[str | None], list[Json]], issuer: str, client_id: str, nonce: str
) -> Json:
    """Return the claims of a token. `keys` returns the provider's keys with a `kid`. Raises ProviderError."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in _ALGORITHMS or not isinstance(key_id, str | None):
            raise ProviderRefusal(f"the ID token is signed by {algorithm!r}")
        claims = _decode(token, keys(key_id), algorithm=algorithm, issuer=issuer, client_id=client_id)
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise ProviderRefusal(f"the ID token is not valid: {error}") from error
    _check_claims(claims, client_id=client_id, nonce=nonce)
    return claims


def _decode(token: str, keys: list[Json], *, algorithm: str, issuer: str, client_id: str) -> Json:
    """Return the claims by the first key that has signed the token."""
    problem: jwt.PyJWTError = jwt.InvalidKeyError("no key has signed it")
    for key in keys:
        try:
            claims: Json = jwt.decode(
                token,
                jwt.PyJWK.from_dict(key, algorithm=algorithm).key,
                algorithms=[algorithm],
                issuer=issuer,
                audience=client_id,
                leeway=LEEWAY_S,
                options={"require": [*_REQUIRED]},
            )
        except jwt.PyJWTError as error:
            problem = error
        else:
            return claims
    raise problem


def _check_claims(claims: Json, *, client_id: str, nonce: str) -> None:
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise ProviderRefusal("the ID token is for another sign-in (nonce)")
    # OpenID Connect Core, section 3.1.3.7.
    is_for_several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if is_for_several else client_id) != client_id:
        raise ProviderRefusal("the ID token is for another client (azp)")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= _MAX_SUBJECT or "\0" in claims["sub"]:
        raise ProviderRefusal("the ID token names nobody (sub)")
