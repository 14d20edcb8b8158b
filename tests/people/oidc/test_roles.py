"""Roles by the provider's claim: only what the settings map is managed, and an absent claim is not an empty one."""

import logging

import pytest
from allauth.socialaccount.models import SocialAccount

from renvoi.people.actions import change_role
from renvoi.people.models import SecurityEvent, StaffSession, User
from renvoi.people.oidc.identity import claim_values, highest_role
from tests.cast import colleague
from tests.console.browsing import Browsing, Page
from tests.people.oidc.provider import ROLES, Provider, sign_in
from tests.people.oidc.test_signing_in import alert, events, is_signed_in

Kind = SecurityEvent.Kind


@pytest.fixture
def ada(db: None) -> User:  # noqa: ARG001 (required by pytest-django)
    """Another administrator, so that nobody is the last one."""
    return colleague("ada@boreale.example", role=User.Role.ADMINISTRATOR)


@pytest.fixture
def rose(ada: User) -> User:  # noqa: ARG001 (so that there is an administrator)
    return colleague("rose@boreale.example", role=User.Role.READER)


def come(provider: Provider, account: User, **claims: object) -> tuple[Browsing, Page]:
    """Sign the account in with these claims, from a browser of its own. The account is read again."""
    provider.knows(f"id of {account.email}", email=account.email, email_verified=True, **claims)
    browsing = Browsing()
    page = sign_in(browsing, provider, f"id of {account.email}")
    account.refresh_from_db()
    return browsing, page


class TestClaim:
    """The value of a claim, and the role that it gives."""

    @pytest.mark.parametrize(
        ("values", "role"),
        [
            (["staff"], "reader"),
            (["staff", "renvoi-admins", "renvoi-gestion"], "administrator"),
            (["renvoi-gestion", "staff", "else"], "manager"),
            (["Staff"], None),
            ([], None),
        ],
    )
    def test_highest_mapped_value_decides(self, values: list[str], role: str | None) -> None:
        assert highest_role(values, ROLES) == role

    @pytest.mark.parametrize(
        ("claim", "values"),
        [
            ("staff", ("staff",)),
            (["a", "b"], ("a", "b")),
            ([], ()),
            ("", ("",)),
            (None, None),
            (3, None),
            (True, None),
            ({"a": 1}, None),
            ([{"name": "staff"}], None),
            (["staff", None], None),
        ],
    )
    def test_claim_that_cannot_be_read_is_an_absent_one(self, claim: object, values: tuple[str, ...] | None) -> None:
        assert claim_values(claim) == values


class TestRoles:
    """What a sign-in does to the role of the account."""

    def test_mapped_value_gives_the_role_and_says_so_in_the_log(self, rose: User, provider: Provider) -> None:
        browsing, _ = come(provider, rose, groups=["renvoi-gestion"])
        assert (rose.role, is_signed_in(browsing)) == ("manager", True)
        (event,) = events(Kind.ROLE_CHANGED)
        assert (event.channel, event.actor_name, event.actor) == ("oidc", "OIDC", None)
        assert event.details == {"before": "reader", "after": "manager"}

    def test_change_of_role_ends_the_other_sessions(self, rose: User, provider: Provider) -> None:
        first, _ = come(provider, rose, groups=["renvoi-gestion"])
        second, _ = come(provider, rose, groups=["renvoi-gestion"])
        assert is_signed_in(first)
        third, _ = come(provider, rose, groups=["staff"])
        assert rose.role == "reader"
        assert [is_signed_in(browsing) for browsing in (first, second, third)] == [False, False, True]
        assert StaffSession.objects.filter(account=rose).count() == 1

    def test_absent_claim_keeps_the_role_and_warns(
        self, rose: User, provider: Provider, caplog: pytest.LogCaptureFixture
    ) -> None:
        come(provider, rose, groups=["renvoi-gestion"])
        with caplog.at_level(logging.WARNING):
            browsing, _ = come(provider, rose)
        assert (rose.role, rose.is_active, is_signed_in(browsing)) == ("manager", True, True)
        (event,) = events(Kind.CLAIM_MISSING)
        assert (event.account, event.channel, event.details) == (rose, "oidc", {"after": "manager"})
        assert "no role claim for rose@boreale.example" in caplog.text

    @pytest.mark.parametrize("groups", [[], ["sales"]])
    def test_claim_without_a_mapped_value_ends_access_that_it_gave(
        self, rose: User, provider: Provider, groups: list[str]
    ) -> None:
        before, _ = come(provider, rose, groups=["renvoi-gestion"])
        browsing, page = come(provider, rose, groups=groups)
        assert (page.status, rose.is_active, rose.role) == (403, False, "manager")
        assert alert(page).startswith("Votre accès a pris fin")
        assert [is_signed_in(one) for one in (before, browsing)] == [False, False]
        (event,) = events(Kind.SWITCHED_OFF)
        assert (event.account, event.channel, event.actor_name) == (rose, "oidc", "OIDC")
        _, again = come(provider, rose, groups=["renvoi-gestion"])
        assert (again.status, rose.is_active) == (403, False)

    @pytest.mark.parametrize("groups", [[], ["sales"]])
    def test_role_that_was_never_managed_by_the_claim_stays(
        self, rose: User, provider: Provider, groups: list[str]
    ) -> None:
        browsing, _ = come(provider, rose, groups=groups)
        assert (rose.role, rose.is_active, is_signed_in(browsing)) == ("reader", True, True)
        assert not events(Kind.CLAIM_MISSING)

    def test_absent_claim_is_not_managed_from_then_on(self, rose: User, provider: Provider) -> None:
        come(provider, rose)
        assert SocialAccount.objects.get().extra_data == {}

    @pytest.mark.parametrize("groups", [[], ["staff"]])
    def test_last_administrator_is_neither_demoted_nor_switched_off(
        self, ada: User, provider: Provider, groups: list[str]
    ) -> None:
        come(provider, ada, groups=["renvoi-admins"])
        browsing, _ = come(provider, ada, groups=groups)
        assert (ada.role, ada.is_active, is_signed_in(browsing)) == ("administrator", True, True)
        assert [event.account for event in events(Kind.ADMINISTRATOR_KEPT)] == [ada]
        # As soon as somebody else is one, the claim applies.
        change_role(account=colleague("eva@boreale.example", role=User.Role.READER), role=User.Role.ADMINISTRATOR)
        come(provider, ada, groups=groups)
        assert (ada.role, ada.is_active) == (("reader", True) if groups else ("administrator", False))

    def test_claims_are_not_stored(self, rose: User, provider: Provider) -> None:
        come(provider, rose, groups=["staff", "a secret group"], name="Rose")
        assert SocialAccount.objects.get().extra_data == {"role": "reader"}
