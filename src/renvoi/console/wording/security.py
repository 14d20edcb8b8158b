"""Say in words what an entry of the security log is about, and where it came from."""

from django.utils.translation import gettext, ngettext_lazy

from renvoi.console.sentences import counted
from renvoi.console.wording.roles import ROLE_NAMES, SCOPE_NAMES
from renvoi.partners.figures import figure
from renvoi.people.models import SecurityEvent
from renvoi.people.security.listing import CHANNELS, KINDS

_OF_TOKENS = frozenset(
    {SecurityEvent.Kind.TOKEN_CREATED, SecurityEvent.Kind.TOKEN_RESTRICTED, SecurityEvent.Kind.TOKEN_REVOKED}
)
_TIMES = ngettext_lazy("%(shown)s time", "%(shown)s times", "count")


def event_text(event: SecurityEvent) -> str:
    """Return what happened: “Role changed”. A kind that this version does not know is its own word."""
    return str(KINDS.get(event.kind, event.kind))


def event_more(event: SecurityEvent) -> str:
    """Return what else is known of it: the roles, the token, or how often it happened; empty if nothing is."""
    if event.kind in _OF_TOKENS:
        return _token(event)
    before, after = (_role(event, name) for name in ("before", "after"))
    if before and after:
        return f"{before} → {after}"
    if event.count > 1:
        return counted(_TIMES, event.count, shown=figure(event.count))
    return after


def event_origin(event: SecurityEvent) -> str:
    """Return the browser, or the channel if it is not the console."""
    return event.browser if event.channel == "console" else str(CHANNELS.get(event.channel, event.channel))


def _role(event: SecurityEvent, name: str) -> str:
    code = _detail(event, name)
    return str(ROLE_NAMES.get(code, code))


def _token(event: SecurityEvent) -> str:
    """Return the name of the token with its scope and last day, or with what of these, and of its owner, changed."""
    texts = [_detail(event, "token")]
    if event.kind == SecurityEvent.Kind.TOKEN_CREATED:
        last_day = gettext("last day: %(day)s") % {"day": _detail(event, "expires_on")}
        texts += [_scope(_detail(event, "scope")), last_day]
    if event.kind == SecurityEvent.Kind.TOKEN_RESTRICTED:
        for name in ("scope", "expires_on", "owner"):
            before, after = _detail(event, f"{name}_before"), _detail(event, name)
            texts += [f"{_scope(before)} → {_scope(after)}"] if before != after else []
    return " · ".join(filter(None, texts))


def _scope(code: str) -> str:
    return str(SCOPE_NAMES.get(code, code))


def _detail(event: SecurityEvent, name: str) -> str:
    details = event.details if isinstance(event.details, dict) else {}
    return str(details.get(name, ""))
