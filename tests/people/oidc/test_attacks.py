"""Tokens and answers that belong to another person, client, time or sign-in: nobody is signed in by them."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from pytest_django import Settings

from renvoi.people.models import StaffSession, User
from renvoi.people.oidc.fetching import Json
from tests.cast import colleague
from tests.console.browsing import Browsing, Page
from tests.people.oidc.answering import DISCOVERY, Answers, answering, discovery_of
from tests.people.oidc.conftest import configure
from tests.people.oidc.provider import CALLBACK, CLIENT_ID, CLIENT_SECRET, START, Provider, path_of
from tests.people.oidc.test_id_token import OURS, THEIRS, jwk
from tests.people.oidc.test_signing_in import HOME, is_signed_in

Sign = Callable[[Json], str]


def signed(claims: Json) -> str:
    return jwt.encode(claims, OURS, algorithm="RS256", headers={"kid": "a"})


@pytest.fixture
def answers(settings: Settings) -> Iterator[Answers]:
    """What the provider answers. It knows Odile, and has a userinfo endpoint."""
    answers: Answers = {"/keys": (200, json.dumps({"keys": [jwk(OURS, kid="a")]}))}
    with answering(answers) as issuer:
        answers[DISCOVERY] = (200, json.dumps(discovery_of(issuer, userinfo_endpoint=f"{issuer}/userinfo")))
        configure(settings, issuer)
        yield answers


def come_back(stranger: Browsing, answers: Answers, *, sign: Sign = signed, **changed: Any) -> Page:
    """Start, and come back with a code for which the provider gives a token with these claims."""
    there = urlsplit(stranger.open(START).location)
    asked, now = parse_qs(there.query), int(time.time())
    claims = {
        "iss": f"{there.scheme}://{there.netloc}",
        "sub": "s-1",
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 300,
        "nonce": asked["nonce"][0],
        "email": "odile@boreale.example",
        "email_verified": True,
        "groups": ["renvoi-admins"],
        **changed,
    }
    token = sign({name: value for name, value in claims.items() if value is not None})
    answers["/token"] = (200, json.dumps({"id_token": token, "access_token": "an access token"}))
    return stranger.open(f"{CALLBACK}?{urlencode({'state': asked['state'][0], 'code': 'a code'})}")


@pytest.mark.usefixtures("odile")
class TestToken:
    """The whole way, with a token that the provider signs as a test wants."""

    def test_token_in_order_signs_in(self, stranger: Browsing, answers: Answers) -> None:
        assert come_back(stranger, answers).location == HOME
        assert is_signed_in(stranger)

    @pytest.mark.parametrize(
        "changed",
        [
            {"aud": "another client"},
            {"aud": [CLIENT_ID, "another client"]},
            {"iss": "https://login.example.com"},
            {"exp": 1_000_000_000},
            {"nonce": "that of another sign-in"},
        ],
    )
    def test_token_for_something_else_signs_nobody_in(
        self, stranger: Browsing, answers: Answers, changed: Json
    ) -> None:
        assert come_back(stranger, answers, **changed).status == 400
        assert not is_signed_in(stranger)

    @pytest.mark.parametrize(
        "sign",
        [
            lambda claims: jwt.encode(claims, "", algorithm="none"),
            lambda claims: jwt.encode(claims, CLIENT_SECRET, algorithm="HS256"),
            lambda claims: jwt.encode(claims, CLIENT_SECRET, algorithm="HS256", headers={"kid": "a"}),
            lambda claims: jwt.encode(claims, THEIRS, algorithm="RS256", headers={"kid": "a"}),
            lambda claims: jwt.encode(
                claims, THEIRS, algorithm="RS256", headers={"kid": "a", "jwk": jwk(THEIRS, kid="a")}
            ),
        ],
        ids=["none", "secret", "secret and kid", "another key", "key in the token"],
    )
    @pytest.mark.filterwarnings("ignore:The HMAC key:jwt.warnings.InsecureKeyLengthWarning")
    def test_token_that_the_provider_has_not_signed_signs_nobody_in(
        self, stranger: Browsing, answers: Answers, sign: Sign
    ) -> None:
        assert come_back(stranger, answers, sign=sign).status == 400
        assert not is_signed_in(stranger)
        assert not SocialAccount.objects.exists()


@pytest.mark.usefixtures("odile")
class TestUserinfo:
    """What the ID token lacks is asked for with the access token, which could be of somebody else."""

    def test_userinfo_of_the_person_completes_the_token(self, stranger: Browsing, answers: Answers) -> None:
        answers["/userinfo"] = (200, json.dumps({"sub": "s-1", "groups": ["renvoi-gestion"]}))
        colleague("ada@boreale.example")
        assert come_back(stranger, answers, groups=None).location == HOME
        assert User.objects.get(email="odile@boreale.example").role == "manager"

    @pytest.mark.parametrize("subject", ["s-2", "S-1", "", None, ["s-1"]])
    def test_userinfo_of_another_person_is_refused(self, stranger: Browsing, answers: Answers, subject: Any) -> None:
        userinfo = {"sub": subject, "email": "odile@boreale.example", "email_verified": True, "groups": ["staff"]}
        answers["/userinfo"] = (200, json.dumps(userinfo))
        assert come_back(stranger, answers, email=None).status == 400
        assert not is_signed_in(stranger)
        assert not SocialAccount.objects.exists()

    def test_userinfo_without_a_subject_is_refused(self, stranger: Browsing, answers: Answers) -> None:
        answers["/userinfo"] = (200, json.dumps({"groups": ["renvoi-admins"]}))
        assert come_back(stranger, answers, groups=None).status == 400


def test_code_that_was_used_is_refused_also_with_the_cookie_of_its_sign_in(
    odile: User, stranger: Browsing, provider: Provider
) -> None:
    """Somebody who has copied the browser's cookie and the address that the provider led back to."""
    provider.knows("s-1", email=odile.email, email_verified=True, groups=["renvoi-gestion"])
    back = path_of(provider.authorize(stranger.open(START).location, "s-1"))
    thief = Browsing()
    thief.client.cookies["renvoi_oidc"] = stranger.cookie("renvoi_oidc").value
    assert stranger.open(back).location == HOME
    assert (thief.open(back).status, is_signed_in(thief)) == (400, False)
    assert StaffSession.objects.count() == 1
