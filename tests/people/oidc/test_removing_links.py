"""The way back for a person whose id at the provider has changed: `renvoi accounts remove-provider-link`."""

import pytest
from allauth.socialaccount.models import SocialAccount

from renvoi.people.models import SecurityEvent, User
from tests.cli.test_accounts import OK, output, run
from tests.console.browsing import Browsing
from tests.people.oidc.provider import Provider, sign_in
from tests.people.oidc.test_signing_in import HOME, alert, events, is_signed_in

EMAIL = "odile@boreale.example"


def known_as(provider: Provider, *subjects: str) -> None:
    for subject in subjects:
        provider.knows(subject, email=EMAIL, email_verified=True, groups=["renvoi-admins"])


def test_person_with_a_new_id_gets_in_after_the_link_is_removed(
    odile: User, stranger: Browsing, provider: Provider
) -> None:
    known_as(provider, "old", "new")
    before = Browsing()
    sign_in(before, provider, "old")
    refused = sign_in(stranger, provider, "new")
    assert (refused.status, "une autre personne" in alert(refused)) == (403, True)
    result = run("remove-provider-link", "--email", EMAIL)
    assert (result.exit_code, output(result)[0]) == (
        OK,
        f"{EMAIL} is separated from the provider. All sessions of the account have ended.",
    )
    assert not is_signed_in(before)
    assert sign_in(stranger, provider, "new").location == HOME
    assert is_signed_in(stranger)
    assert sign_in(before, provider, "old").status == 403
    assert SocialAccount.objects.get().uid == "new"
    (removed,) = events(SecurityEvent.Kind.PROVIDER_UNLINKED)
    assert (removed.account, removed.channel) == (odile, "cli")
    assert len(events(SecurityEvent.Kind.PROVIDER_LINKED)) == 2


@pytest.mark.usefixtures("odile")
def test_account_without_a_link_is_left_as_it_is(console: Browsing) -> None:
    assert output(run("remove-provider-link", "--email", EMAIL)) == [f"{EMAIL} is not joined to a provider."]
    assert is_signed_in(console)
    assert not events(SecurityEvent.Kind.PROVIDER_UNLINKED)
