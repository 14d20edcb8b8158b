"""The list of the security log: what happened in words, the columns, the source of the rows, and the newest ones."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Case, Expression, IntegerField, Q, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from renvoi.domain.names.keys import fold
from renvoi.domain.places import LANGUAGES, Language
from renvoi.lists.columns import Column, Source
from renvoi.lists.matching import contains, has_moment, moment_text
from renvoi.people.models import SecurityEvent

KINDS: Mapping[str, Promise] = {
    SecurityEvent.Kind.SIGNED_IN: _("Signed in"),
    SecurityEvent.Kind.SIGNED_OUT: _("Signed out"),
    SecurityEvent.Kind.SIGN_IN_FAILED: _("Sign-in failed"),
    SecurityEvent.Kind.ATTEMPTS_REFUSED: _("Too many attempts"),
    SecurityEvent.Kind.PASSWORD_CHANGED: _("Password changed"),
    SecurityEvent.Kind.LINK_MADE: _("Password link made"),
    SecurityEvent.Kind.LINK_USED: _("Password set by the link"),
    SecurityEvent.Kind.ACCOUNT_CREATED: _("Account created"),
    SecurityEvent.Kind.SWITCHED_OFF: _("Account switched off"),
    SecurityEvent.Kind.SWITCHED_ON: _("Account switched on"),
    SecurityEvent.Kind.ROLE_CHANGED: _("Role changed"),
    SecurityEvent.Kind.CURRENT_PASSWORD_WRONG: _("Current password wrong"),
    SecurityEvent.Kind.SESSION_ENDED: _("Session ended from another one"),
    SecurityEvent.Kind.OTHER_SESSIONS_ENDED: _("Other sessions ended"),
    SecurityEvent.Kind.TOKEN_CREATED: _("Token created"),
    SecurityEvent.Kind.TOKEN_RESTRICTED: _("Token restricted"),
    SecurityEvent.Kind.TOKEN_REVOKED: _("Token revoked"),
    SecurityEvent.Kind.EMAIL_CHANGE_ASKED: _("Change of email asked for"),
    SecurityEvent.Kind.EMAIL_CHANGED: _("Email changed"),
    SecurityEvent.Kind.FACTOR_SET_UP: _("Second factor set up"),
    SecurityEvent.Kind.FACTOR_REMOVED: _("Second factor removed"),
    SecurityEvent.Kind.PASSKEY_ADDED: _("Passkey added"),
    SecurityEvent.Kind.PASSKEY_REMOVED: _("Passkey removed"),
    SecurityEvent.Kind.RECOVERY_CODES_MADE: _("Recovery codes made"),
    SecurityEvent.Kind.RECOVERY_CODE_USED: _("Recovery code used"),
    SecurityEvent.Kind.CODE_REFUSED: _("Wrong code at sign-in"),
    SecurityEvent.Kind.PROVIDER_LINKED: _("Joined to the provider"),
    SecurityEvent.Kind.PROVIDER_UNLINKED: _("Separated from the provider"),
    SecurityEvent.Kind.CLAIM_MISSING: _("Role not sent by the provider"),
    SecurityEvent.Kind.ADMINISTRATOR_KEPT: _("Last administrator kept in spite of the provider"),
}
"""What happened, in words."""
CHANNELS: Mapping[str, Promise] = {
    "console": _("Console"),
    "cli": _("Command"),
    "api": _("API"),
    "oidc": _("Sign-in by the provider"),
}


def log_source() -> Source[SecurityEvent]:
    """Return what the list shows: every entry, the newest first."""
    rows = SecurityEvent.objects.alias(at_text=moment_text("at"))
    return Source(rows, LOG_COLUMNS, default_sort="-at", ties=("-id",), is_selectable=False)


def _labelled(labels: Mapping[str, Promise], keyword: str) -> list[str]:
    folded = fold(keyword)
    return [code for code, label in labels.items() if any(folded in text for text in _in_both_languages(label))]


def _in_both_languages(label: Promise) -> Iterator[str]:
    for language in LANGUAGES:
        with override(language):
            yield fold(str(label))


def _is_kind(keyword: str) -> Q:
    return Q(kind__in=_labelled(KINDS, keyword)) | Q(kind__contains=fold(keyword)[:20])


def _came_from(keyword: str) -> Q:
    text = keyword.strip()[:100]
    # Channels other than the console are shown in the place of a browser.
    channels = [code for code in _labelled(CHANNELS, keyword) if code != "console"]
    return Q(browser__icontains=text) | Q(address__icontains=text) | Q(channel__in=channels)


def _by_kind(language: Language) -> tuple[Expression]:
    with override(language):
        ordered = sorted(KINDS, key=lambda kind: fold(str(KINDS[kind])))
    ranks = (When(kind=kind, then=Value(rank)) for rank, kind in enumerate(ordered))
    return (Case(*ranks, default=Value(len(ordered)), output_field=IntegerField()),)


LOG_COLUMNS = (
    Column(
        "at",
        _("When"),
        _("Search in When"),
        has_moment("at", "at_text"),
        lambda _language: ("at",),
        css_name="when",
        hint=_("Type a day or a part of it: 2026\u201112\u201103, 2026\u201112, December 2026"),
    ),
    Column("what", _("What"), _("Search in What"), _is_kind, _by_kind),
    Column("account", _("Account"), _("Search in Account"), contains("account_key"), lambda _language: ("email",)),
    Column(
        "actor", _("Who"), _("Search in Who"), contains("actor_key"), lambda _language: ("actor_key",), css_name="who"
    ),
    Column("origin", _("From"), _("Search in From"), _came_from, lambda _language: ("channel", "browser", "address")),
)


def newest_events(*, limit: int | None) -> list[dict[str, Any]]:
    """Return the newest entries, all of them if `limit` is None. Moments are in UTC; roles and kinds are codes."""
    return [_values(event) for event in SecurityEvent.objects.order_by("-at", "-id")[:limit]]


def _values(event: SecurityEvent) -> dict[str, Any]:
    details = event.details if isinstance(event.details, dict) else {}
    return {
        "at": f"{event.at:%Y-%m-%dT%H:%M:%SZ}",
        "kind": event.kind,
        "email": event.email,
        "actor": event.actor_name,
        "channel": event.channel,
        "browser": event.browser,
        "address": event.address,
        "before": details.get("before", ""),
        "after": details.get("after", ""),
        "token": details.get("token", ""),
        "count": event.count,
    }
