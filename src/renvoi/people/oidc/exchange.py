"""The exchange with the provider: the address that a person is sent to, and what the code is worth that it sends back.

This is the authorization code flow with PKCE and a nonce. allauth's own client is not used: it stores a session for
each stranger, sends no nonce, and does not check the signature of the ID token.
"""

from urllib.parse import urlencode

from renvoi.config import Config
from renvoi.people.oidc.documents import Discovery, documents_of
from renvoi.people.oidc.fetching import Deadline, Json, ProviderRefusal, get_json, post_form
from renvoi.people.oidc.id_token import verify_id_token
from renvoi.people.oidc.identity import Identity, identity_of, needs_userinfo
from renvoi.people.oidc.journey import Journey


def authorization_url(config: Config, journey: Journey, *, redirect_uri: str) -> str:
    """Return the address of the provider that signs in. Raises ProviderError."""
    endpoint = documents_of(config.oidc_issuer).discovery(Deadline()).authorization_endpoint
    query = urlencode(
        {
            "response_type": "code",
            "client_id": config.oidc_client_id,
            "redirect_uri": redirect_uri,
            "scope": config.oidc_scopes,
            "state": journey.state,
            "nonce": journey.nonce,
            "code_challenge": journey.challenge(),
            "code_challenge_method": "S256",
        }
    )
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"


def redeem(config: Config, journey: Journey, *, code: str, redirect_uri: str) -> Identity:
    """Return the identity that a code stands for. Raises ProviderError."""
    documents, deadline = documents_of(config.oidc_issuer), Deadline()
    discovery = documents.discovery(deadline)
    answer = _tokens(config, discovery, deadline, code=code, redirect_uri=redirect_uri, verifier=journey.verifier)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise ProviderRefusal("the answer has no ID token")
    claims = verify_id_token(
        token,
        keys=lambda key_id: documents.keys(deadline, key_id=key_id),
        issuer=discovery.issuer,
        client_id=config.oidc_client_id,
        nonce=journey.nonce,
    )
    userinfo: Json = {}
    if needs_userinfo(claims, role_claim=config.oidc_role_claim):
        userinfo = _userinfo(discovery, deadline, answer=answer, subject=claims["sub"])
    return identity_of(claims, userinfo, issuer=config.oidc_issuer, role_claim=config.oidc_role_claim)


def _tokens(
    config: Config, discovery: Discovery, deadline: Deadline, *, code: str, redirect_uri: str, verifier: str
) -> Json:
    client = (config.oidc_client_id, config.oidc_client_secret)
    is_basic = discovery.sends_secret_as_basic()
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
        **({} if is_basic else {"client_id": client[0], "client_secret": client[1]}),
    }
    return post_form(discovery.token_endpoint, fields=fields, deadline=deadline, basic=client if is_basic else None)


def _userinfo(discovery: Discovery, deadline: Deadline, *, answer: Json, subject: str) -> Json:
    access_token = answer.get("access_token")
    if not discovery.userinfo_endpoint or not isinstance(access_token, str) or not access_token.isprintable():
        return {}
    userinfo = get_json(discovery.userinfo_endpoint, deadline=deadline, bearer=access_token)
    if userinfo.get("sub") != subject:
        raise ProviderRefusal("the userinfo is of another person")
    return userinfo
