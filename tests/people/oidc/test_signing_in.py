"""Sign-in by the provider: whom it lets in, to which account, and where it leads."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from pytest_django import Settings

from renvoi.console.views.accounts import forgotten
from renvoi.people.actions import disable_account
from renvoi.people.drafts import keep_draft
from renvoi.people.models import SecurityEvent, User
from renvoi.people.oidc.journey import Journey
from renvoi.people.security.origins import COMMAND
from tests.cast import PASSWORD, colleague
from tests.console.browsing import Browsing, Page, is_sign_in
from tests.people.factors import CODE, code_now, with_app
from tests.people.oidc.conftest import configure
from tests.people.oidc.provider import CALLBACK, PUBLIC_URL, START, Provider, path_of, sign_in

SIGN_IN, HOME = "/console/sign-in/", "/console/"
PARTNER = "/console/partners/new/"

pytestmark = pytest.mark.usefixtures("provider")


def alert(page: Page) -> str:
    return page.one(role="alert").text


def is_signed_in(browsing: Browsing) -> bool:
    return not is_sign_in(browsing.open(HOME))


def events(kind: SecurityEvent.Kind) -> list[SecurityEvent]:
    return list(SecurityEvent.objects.filter(kind=kind).order_by("id"))


class TestWayThere:
    """The button, and what the provider is asked."""

    def test_button_leads_to_the_provider_and_keeps_the_page(self, stranger: Browsing, provider: Provider) -> None:
        page = stranger.follow(stranger.open("/console/coverage/"))
        (link,) = (link for link in page.all("a") if link.get("href").startswith(START))
        assert link.text == "Continuer avec Boréale"
        assert parse_qs(urlsplit(link["href"]).query) == {"next": ["/console/coverage/"]}
        there = stranger.open(link["href"])
        assert there.location.startswith(f"{provider.issuer}/oauth2/authorize?")
        assert page.form().all("input", name="password")

    def test_request_has_pkce_state_and_nonce(self, stranger: Browsing) -> None:
        asked = [parse_qs(urlsplit(stranger.open(START).location).query) for _ in range(2)]
        assert asked[0]["redirect_uri"] == [f"{PUBLIC_URL}{CALLBACK}"]
        assert asked[0]["response_type"] == ["code"]
        assert asked[0]["code_challenge_method"] == ["S256"]
        assert asked[0]["scope"] == ["openid email profile"]
        for name in ("state", "nonce", "code_challenge"):
            assert len(asked[0][name][0]) >= 43
            assert asked[0][name] != asked[1][name]

    def test_challenge_is_that_of_rfc_7636(self) -> None:
        """Its appendix B."""
        journey = Journey(verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        assert journey.challenge() == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    def test_stranger_who_starts_writes_no_session(self, stranger: Browsing) -> None:
        stranger.open(START)
        assert "renvoi_session" not in stranger.client.cookies
        cookie = stranger.cookie("renvoi_oidc")
        assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 600)

    def test_without_a_provider_there_is_no_button_and_no_route(self, stranger: Browsing, settings: Settings) -> None:
        configure(settings, "")
        assert not [link for link in stranger.open(SIGN_IN).all("a") if START in link.get("href")]
        assert [stranger.open(path).status for path in (START, CALLBACK)] == [404, 404]


class TestAccounts:
    """Which account a person of the provider gets."""

    def test_verified_email_finds_the_account_and_later_the_subject_does(
        self, odile: User, stranger: Browsing, provider: Provider
    ) -> None:
        provider.knows("s-1", email="Odile@Boreale.example", email_verified=True, groups=["renvoi-gestion"])
        assert sign_in(stranger, provider, "s-1").location == HOME
        assert is_signed_in(stranger)
        provider.knows("s-1", email="other@boreale.example", email_verified=False, groups=["renvoi-gestion"])
        other = Browsing()
        sign_in(other, provider, "s-1")
        assert is_signed_in(other)
        assert User.objects.get() == odile
        assert odile.check_password(PASSWORD)
        assert [event.account for event in events(SecurityEvent.Kind.PROVIDER_LINKED)] == [odile]
        assert len(events(SecurityEvent.Kind.SIGNED_IN)) == 2

    @pytest.mark.parametrize("verified", [{}, {"email_verified": False}, {"email_verified": "false"}])
    def test_email_that_is_not_verified_opens_no_account(
        self, odile: User, stranger: Browsing, provider: Provider, verified: dict[str, object]
    ) -> None:
        provider.knows("thief", email=odile.email, groups=["renvoi-admins"], **verified)
        page = sign_in(stranger, provider, "thief")
        assert (page.status, is_signed_in(stranger)) == (403, False)
        assert alert(page).startswith("Boréale ne confirme pas votre courriel")
        assert not SocialAccount.objects.exists()

    def test_email_given_to_another_person_does_not_open_the_account_of_the_first(
        self, odile: User, stranger: Browsing, provider: Provider
    ) -> None:
        provider.knows("first", email=odile.email, email_verified=True, groups=["staff"])
        sign_in(Browsing(), provider, "first")
        provider.knows("second", email=odile.email, email_verified=True, groups=["renvoi-admins"])
        page = sign_in(stranger, provider, "second")
        assert (page.status, is_signed_in(stranger)) == (403, False)

    def test_first_sign_in_with_a_mapped_value_creates_the_account(
        self, stranger: Browsing, provider: Provider
    ) -> None:
        provider.knows(
            "new", email="Nora@boreale.example", email_verified=True, name="Nora \x00Roy", groups=["staff", "other"]
        )
        assert sign_in(stranger, provider, "new").location == HOME
        account = User.objects.get()
        assert (account.email, account.role, account.name) == ("nora@boreale.example", "reader", "Nora Roy")
        assert not account.has_usable_password()
        (created,) = events(SecurityEvent.Kind.ACCOUNT_CREATED)
        assert (created.channel, created.actor_name, created.details) == ("oidc", "OIDC", {"after": "reader"})

    @pytest.mark.parametrize("claims", [{}, {"groups": []}, {"groups": ["sales"]}, {"groups": None}])
    def test_person_without_a_mapped_value_gets_no_account_but_is_told_whom_to_ask(
        self, stranger: Browsing, provider: Provider, claims: dict[str, object]
    ) -> None:
        provider.knows("nobody", email="nil@boreale.example", email_verified=True, **claims)
        page = sign_in(stranger, provider, "nobody")
        assert (page.status, page.title) == (403, "Ouvrir une session")
        assert "une personne responsable de Renvoi" in alert(page)
        assert not User.objects.exists()
        assert not SocialAccount.objects.exists()
        assert [event.email for event in events(SecurityEvent.Kind.SIGN_IN_FAILED)] == [""]

    def test_person_without_a_password_gets_no_link_to_set_one(self, stranger: Browsing, provider: Provider) -> None:
        provider.knows("new", email="nora@boreale.example", email_verified=True, groups=["staff"])
        sign_in(stranger, provider, "new")
        forgotten.send_to_account("nora@boreale.example", origin=COMMAND)
        assert not events(SecurityEvent.Kind.LINK_MADE)

    def test_account_that_is_switched_off_stays_out(self, odile: User, stranger: Browsing, provider: Provider) -> None:
        colleague("ada@boreale.example", role=User.Role.ADMINISTRATOR)
        provider.knows("s-1", email=odile.email, email_verified=True, groups=["renvoi-admins"])
        disable_account(account=odile)
        page = sign_in(stranger, provider, "s-1")
        assert (page.status, is_signed_in(stranger)) == (403, False)
        assert "désactivé" in alert(page)
        odile.refresh_from_db()
        assert not odile.is_active

    def test_without_managed_roles_only_existing_accounts_get_in(
        self, odile: User, stranger: Browsing, provider: Provider, settings: Settings
    ) -> None:
        settings.CONFIG = settings.CONFIG.model_copy(update={"oidc_roles": (), "oidc_role_claim": ""})
        role = odile.role
        provider.knows("s-1", email=odile.email, email_verified=True, groups=["staff"])
        provider.knows("new", email="nora@boreale.example", email_verified=True, groups=["staff"])
        assert sign_in(Browsing(), provider, "new").status == 403
        assert sign_in(stranger, provider, "s-1").location == HOME
        assert User.objects.get().role == role


class TestAuthenticatorApp:
    """An account with an authenticator app of Renvoi is asked for its code after the provider."""

    def test_code_of_the_app_completes_the_sign_in(self, odile: User, stranger: Browsing, provider: Provider) -> None:
        provider.knows("s-1", email=odile.email, email_verified=True, groups=["renvoi-admins"])
        with_app(odile)
        page = sign_in(stranger, provider, "s-1", start=f"{START}?next=/console/coverage/")
        assert urlsplit(page.location).path == CODE
        assert not is_signed_in(stranger)
        assert not events(SecurityEvent.Kind.SIGNED_IN)
        page = stranger.open(page.location)
        assert stranger.send(page, follow=False, code=code_now(steps=1000)).status == 422
        assert not is_signed_in(stranger)
        assert stranger.send(page, follow=False, code=code_now()).location == "/console/coverage/"
        assert is_signed_in(stranger)


class TestSession:
    """The session, and the page that it begins with."""

    @pytest.fixture(autouse=True)
    def known(self, odile: User, provider: Provider) -> None:
        provider.knows("s-1", email=odile.email, email_verified=True, groups=["renvoi-gestion"])

    def test_session_of_before_is_useless_after(self, stranger: Browsing, provider: Provider) -> None:
        planted = stranger.client.session
        planted["planted"] = "yes"
        planted.save()
        before = planted.session_key
        sign_in(stranger, provider, "s-1")
        assert stranger.client.session.session_key != before

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/elsewhere/", "/console/../x"])
    def test_next_leads_only_to_pages_of_the_console(self, stranger: Browsing, provider: Provider, target: str) -> None:
        assert sign_in(stranger, provider, "s-1", start=f"{START}?next={target}").location == HOME

    def test_next_leads_to_the_page_that_was_asked_for(self, stranger: Browsing, provider: Provider) -> None:
        page = sign_in(stranger, provider, "s-1", start=f"{START}?next=/console/coverage/%3Flang%3Den")
        assert page.location == "/console/coverage/?lang=en"

    def test_unsent_form_is_there_after_the_sign_in(self, odile: User, stranger: Browsing, provider: Provider) -> None:
        keep_draft(account=odile, path=PARTNER, fields={"name": ["Ateliers Nord"]})
        page = stranger.follow(sign_in(stranger, provider, "s-1", start=f"{START}?next={PARTNER}"))
        assert page.path == PARTNER
        assert page.form().one("input", name="name")["value"] == "Ateliers Nord"

    def test_password_still_signs_in(self, odile: User, stranger: Browsing) -> None:
        page = stranger.send(stranger.open(SIGN_IN), follow=False, email=odile.email, password=PASSWORD)
        assert page.location == HOME

    def test_answer_of_the_provider_serves_once(self, stranger: Browsing, provider: Provider) -> None:
        back = path_of(provider.authorize(stranger.open(START).location, "s-1"))
        assert stranger.open(back).status == 302
        stranger.client.cookies.pop("renvoi_session")
        assert stranger.open(back).status == 400
        assert not is_signed_in(stranger)

    def test_signed_in_person_is_led_home(self, console: Browsing) -> None:
        assert console.open(START).location == HOME
