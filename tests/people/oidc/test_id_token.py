"""ID tokens: signed by the provider's key, for this client, of now, and for this sign-in."""

import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils.http import urlsafe_base64_encode

from renvoi.people.oidc.fetching import Json, ProviderRefusal
from renvoi.people.oidc.id_token import LEEWAY_S, verify_id_token

ISSUER, CLIENT, NONCE = "https://login.example.com", "renvoi", "the nonce of this sign-in"
OURS = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
THEIRS = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


def jwk(key: Any, *, kid: str, **more: str) -> Json:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    described: Json = json.loads(algorithm.to_jwk(key.public_key()))
    return described | {"kid": kid, **more}


KEYS = [jwk(OURS, kid="a"), jwk(CURVE, kid="b", alg="ES256")]


def claims(**changed: Any) -> Json:
    now = int(time.time())
    whole = {"iss": ISSUER, "sub": "s-1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": NONCE, **changed}
    return {name: value for name, value in whole.items() if value is not None}


def verify(token: str) -> Json:
    def keys(key_id: str | None) -> list[Json]:
        return [key for key in KEYS if key_id in {None, key["kid"]}]

    return verify_id_token(token, keys=keys, issuer=ISSUER, client_id=CLIENT, nonce=NONCE)


def signed(content: Json, *, key: Any = OURS, algorithm: str = "RS256", kid: str | None = "a") -> str:
    return jwt.encode(content, key, algorithm=algorithm, headers={"kid": kid} if kid else {})


def unsigned(*, algorithm: Any) -> str:
    parts = ({"typ": "JWT", "alg": algorithm, "kid": "a"}, claims())
    return ".".join(urlsafe_base64_encode(json.dumps(part).encode()) for part in parts) + "."


def signed_with_public_key(*, algorithm: str) -> str:
    """A token with an HMAC whose key is the provider's public key, which everybody has: PyJWT refuses to make one."""
    pem = OURS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = unsigned(algorithm=algorithm).removesuffix(".")
    return f"{text}.{urlsafe_base64_encode(hmac.digest(pem, text.encode(), 'sha256'))}"


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(OURS, "RS256", "a"), (OURS, "PS256", "a"), (OURS, "RS256", None), (CURVE, "ES256", "b"), (CURVE, "ES256", None)],
)
def test_token_of_the_provider_is_accepted(key: Any, algorithm: str, kid: str | None) -> None:
    assert verify(signed(claims(), key=key, algorithm=algorithm, kid=kid))["sub"] == "s-1"


@pytest.mark.parametrize("changed", [{"aud": [CLIENT]}, {"aud": [CLIENT, "another"], "azp": CLIENT}])
def test_variant_that_the_standard_allows_is_accepted(changed: Json) -> None:
    assert verify(signed(claims(**changed)))["sub"] == "s-1"


def test_clock_of_the_provider_may_differ_by_a_minute() -> None:
    assert verify(signed(claims(exp=int(time.time()) - LEEWAY_S // 2)))["sub"] == "s-1"
    with pytest.raises(ProviderRefusal):
        verify(signed(claims(nbf=int(time.time()) + 3600)))


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ""},
        {"nonce": [NONCE]},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT, "another"]},
        {"azp": "another"},
        {"exp": 1_000},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "s" * 256},
        {"sub": "s\x00"},
    ],
)
def test_token_for_something_else_is_refused(changed: Json) -> None:
    with pytest.raises(ProviderRefusal):
        verify(signed(claims(**changed)))


@pytest.mark.parametrize(
    "forge",
    [
        lambda: signed(claims(), key=THEIRS),
        lambda: signed(claims(), key=THEIRS, kid=None),
        lambda: signed(claims(), kid="unknown"),
        lambda: signed(claims(), kid="b"),
        lambda: signed(claims(), key="the client's secret, long enough to be one", algorithm="HS256"),
        lambda: signed_with_public_key(algorithm="HS256"),
        lambda: signed_with_public_key(algorithm="RS256"),
        lambda: jwt.encode(claims(), "", algorithm="none", headers={"kid": "a"}),
        lambda: unsigned(algorithm="nOnE"),
        lambda: unsigned(algorithm=None),
        lambda: unsigned(algorithm=["RS256"]),
        lambda: signed(claims())[:-8] + "AAAAAAAA",
        lambda: ".".join((signed(claims()).split(".")[0], signed(claims(sub="s-2")).split(".")[1], "")),
        lambda: "",
        lambda: "a.b.c",
        lambda: "é.é.é",
    ],
)
def test_token_that_the_provider_has_not_signed_is_refused(forge: Callable[[], str]) -> None:
    with pytest.raises(ProviderRefusal):
        verify(forge())
