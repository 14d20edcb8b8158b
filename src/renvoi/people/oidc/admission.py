"""Find or create the account of an identity, and give it the role that the provider's claim maps to.

An account is found by the provider's id of the person; the first time, by its verified email. Its row of allauth's
SocialAccount has in `extra_data` the role that the claim gave last: without one, the role was never managed by the
provider, and a claim without a mapped value leaves it alone.
"""

import logging
from enum import StrEnum

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language

from renvoi.people.actions import LastAdministratorError, change_role, disable_account, invite
from renvoi.people.models import SecurityEvent, User
from renvoi.people.oidc.identity import Identity, Roles, highest_role
from renvoi.people.security.origins import COMMAND, Origin
from renvoi.people.security.recording import record
from renvoi.people.sessions import end_all_sessions

Kind = SecurityEvent.Kind
_ROLE = "role"
_logger = logging.getLogger(__name__)


class Refusal(StrEnum):
    """Why a person that the provider knows does not get in."""

    UNVERIFIED = "unverified"
    NO_ROLE = "no_role"
    ENDED = "ended"
    SWITCHED_OFF = "switched_off"
    ANOTHER_IDENTITY = "another_identity"


class NotAdmitted(Exception):
    """The person does not get in. `email` is that of its account, or the verified one; empty if none is known."""

    def __init__(self, reason: Refusal, email: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.email = email


def admit(identity: Identity, *, roles: Roles, origin: Origin) -> User:
    """Return the active account of an identity, with its role of now. Raises NotAdmitted.

    `roles` are the pairs of the settings; empty: the provider manages no roles, and creates no accounts.
    """
    with transaction.atomic():
        link = _link(identity, roles=roles, origin=origin)
        account: User = link.user
        if not account.is_active:
            raise NotAdmitted(Refusal.SWITCHED_OFF, account.email)
        if roles:
            _apply_claim(link, identity, roles=roles, origin=origin)
        link.save()
    # After the commit: the account was switched off just now.
    if not account.is_active:
        raise NotAdmitted(Refusal.ENDED, account.email)
    return account


def signs_in_only_by_provider(account: User) -> bool:
    """Return whether the account is joined to a provider and has no password: nobody may give itself one by mail."""
    return not account.has_usable_password() and SocialAccount.objects.filter(user=account).exists()


def remove_links(*, account: User, origin: Origin = COMMAND) -> bool:
    """Separate the account from the provider, and end its sessions. Return whether it was joined to one.

    Its next sign-in by the provider joins it again, by a verified email: whoever has a new id there gets in.
    """
    with transaction.atomic():
        account = User.objects.select_for_update().get(id=account.pk)
        links = SocialAccount.objects.filter(user=account)
        if not links.exists():
            return False
        links.delete()
        end_all_sessions(account)
        account.save(update_fields=["session_stamp"])
        record(Kind.PROVIDER_UNLINKED, account=account, origin=origin)
    return True


def _link(identity: Identity, *, roles: Roles, origin: Origin) -> SocialAccount:
    """Return the row that joins the identity and its account, which is not saved yet if it is new."""
    links = SocialAccount.objects.select_for_update().filter(provider=identity.issuer)
    if (link := links.filter(uid=identity.subject).first()) is not None:
        return link
    if not identity.email:
        raise NotAdmitted(Refusal.UNVERIFIED, "")
    account = _existing(identity.email)
    if account is None and (created := _create(identity, roles=roles, origin=origin)):
        return SocialAccount(provider=identity.issuer, uid=identity.subject, user=created)
    # Another request has created the account this moment; or the email is one that can't be stored.
    account = account or _existing(identity.email)
    if account is None:
        raise NotAdmitted(Refusal.UNVERIFIED, "")
    # Looked up again: another request may have joined them while this one waited for the account.
    if (link := links.filter(user=account).first()) is not None:
        if link.uid == identity.subject:
            return link
        # The email was given to another person since.
        raise NotAdmitted(Refusal.ANOTHER_IDENTITY, account.email)
    if account.is_active:
        record(Kind.PROVIDER_LINKED, account=account, origin=origin)
    return SocialAccount(provider=identity.issuer, uid=identity.subject, user=account)


def _existing(email: str) -> User | None:
    """Return the account with an email. Other requests wait for it until the end of the transaction."""
    return User.objects.select_for_update().filter(email=email).first()


def _create(identity: Identity, *, roles: Roles, origin: Origin) -> User | None:
    """Create the account of an identity. None if that can't be: the email is taken, or not one that can be stored."""
    role = highest_role(identity.values or (), roles)
    if role is None:
        raise NotAdmitted(Refusal.NO_ROLE, identity.email)
    language = get_language() or ""
    try:
        return invite(
            email=identity.email,
            role=role,
            name=identity.name,
            language=language if language in User.Language else User.Language.FR,
            origin=origin,
        )
    except ValidationError:
        return None


def _apply_claim(link: SocialAccount, identity: Identity, *, roles: Roles, origin: Origin) -> None:
    account = link.user
    if identity.values is None:
        _logger.warning("The provider sends no role claim for %s: its role stays %s.", account.email, account.role)
        record(Kind.CLAIM_MISSING, account=account, origin=origin, details={"after": account.role})
        return
    role = highest_role(identity.values, roles)
    if role is None and not link.extra_data.get(_ROLE):
        return
    try:
        if role is None:
            disable_account(account=account, origin=origin)
            return
        _change_role(account, role, origin)
        link.extra_data = {_ROLE: role.value}
    except LastAdministratorError:
        _logger.warning("The provider would demote %s, the last active administrator: its role stays.", account.email)
        record(Kind.ADMINISTRATOR_KEPT, account=account, origin=origin, details={"after": account.role})


def _change_role(account: User, role: User.Role, origin: Origin) -> None:
    """Give the account the role, and end its sessions if it had another."""
    if account.role == role:
        return
    change_role(account=account, role=role, origin=origin)
    end_all_sessions(account)
    account.save(update_fields=["session_stamp"])
