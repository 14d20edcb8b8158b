"""What a person reads whom the provider could not sign in, and the status of the page that says so."""

from http import HTTPStatus
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renvoi.people.oidc.admission import Refusal


class Problem(NamedTuple):
    """A sentence with a place for the `name` of the provider, and a status."""

    sentence: Promise
    status: HTTPStatus


UNAVAILABLE = Problem(
    _("%(name)s does not answer. Try again in a few minutes, or sign in with your password if you have one."),
    HTTPStatus.SERVICE_UNAVAILABLE,
)
UNUSABLE = Problem(
    _("%(name)s sent an answer that can’t be used. Tell an administrator: the server’s log has the details."),
    HTTPStatus.BAD_GATEWAY,
)
CANCELLED = Problem(_("You cancelled the sign-in at %(name)s, or it was denied."), HTTPStatus.FORBIDDEN)
REFUSED = Problem(_("%(name)s did not confirm this sign-in. Start again."), HTTPStatus.BAD_REQUEST)
OVER = Problem(
    _("This sign-in took too long, or another one was started in this browser. Start again."), HTTPStatus.BAD_REQUEST
)
REFUSALS = {
    Refusal.UNVERIFIED: Problem(
        _("%(name)s does not confirm your email, so your account can’t be found by it. Ask those who manage %(name)s."),
        HTTPStatus.FORBIDDEN,
    ),
    Refusal.NO_ROLE: Problem(
        _(
            "You have no access to this console. Ask one of its administrators for an account, or those who manage "
            "%(name)s for a group that gives access."
        ),
        HTTPStatus.FORBIDDEN,
    ),
    Refusal.ENDED: Problem(
        _(
            "Your access has ended: at %(name)s, none of your groups gives access to this console any more. Ask those "
            "who manage %(name)s, then an administrator of this console to switch your account on."
        ),
        HTTPStatus.FORBIDDEN,
    ),
    Refusal.SWITCHED_OFF: Problem(
        _("Your account is switched off. Ask an administrator of this console."), HTTPStatus.FORBIDDEN
    ),
    Refusal.ANOTHER_IDENTITY: Problem(
        _("The account with your email belongs to another person at %(name)s. Ask an administrator of this console."),
        HTTPStatus.FORBIDDEN,
    ),
}
