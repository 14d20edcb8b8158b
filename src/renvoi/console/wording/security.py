"""Say in words what an entry of the security log is about, and where it came from."""

from django.utils.translation import ngettext_lazy

from renvoi.console.sentences import counted
from renvoi.console.wording.roles import ROLE_NAMES
from renvoi.partners.figures import figure
from renvoi.people.models import SecurityEvent
from renvoi.people.security.listing import CHANNELS, KINDS

_TIMES = ngettext_lazy("%(shown)s time", "%(shown)s times", "count")


def event_text(event: SecurityEvent) -> str:
    """Return what happened: “Role changed”. A kind that this version does not know is its own word."""
    return str(KINDS.get(event.kind, event.kind))


def event_more(event: SecurityEvent) -> str:
    """Return what else is known of it: the roles, or how often it happened; empty if nothing is."""
    before, after = (_role(event, name) for name in ("before", "after"))
    if before and after:
        return f"{before} → {after}"
    if event.kind == SecurityEvent.Kind.SIGN_IN_FAILED and event.count > 1:
        return counted(_TIMES, event.count, shown=figure(event.count))
    return after


def event_origin(event: SecurityEvent) -> str:
    """Return the browser, or the channel if it is not the console."""
    return event.browser if event.channel == "console" else str(CHANNELS.get(event.channel, event.channel))


def _role(event: SecurityEvent, name: str) -> str:
    details = event.details if isinstance(event.details, dict) else {}
    code = details.get(name, "")
    return str(ROLE_NAMES.get(code, code))
