"""The messages by which a person gets the link that sets a password, in that person's language."""

from typing import Literal

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from renvoi.partners.models import Operator
from renvoi.people.mail.sending import send
from renvoi.people.models import User
from renvoi.people.passwords.links import VALID_DAYS

Letter = Literal["invitation", "password"]


def send_link(letter: Letter, *, account: User, link: str) -> None:
    """Send the link to its account. Raises NotSent. Not within a transaction."""
    operator = Operator.objects.get(id=1).name
    with override(account.language):
        subject, why = _words(letter, account)
        # Names have no line breaks, but a header must not depend on that.
        title = " ".join((f"{subject} – {operator}" if operator else subject).split())
        before, after = [_("Hello,"), why], [*_warnings(), operator or "Renvoi"]
        context = {"subject": title, "before": before, "link": link, "after": after, "language": account.language}
        html = render_to_string("console/mail/link.html", context)
    send(to=account.email, subject=title, text="\n\n".join([*before, link, *after, ""]), html=html)


def _words(letter: Letter, account: User) -> tuple[str, str]:
    if letter == "invitation":
        return _("Your Renvoi account"), _(
            "An account was created for you in Renvoi, the console of referral partners. "
            "Choose your password at this address:"
        )
    sentence = _("You can choose a new password for your account %(email)s at this address:")
    return _("Your password for Renvoi"), sentence % {"email": account.email}


def _warnings() -> tuple[str, str]:
    once = ngettext(
        "The link serves once, for %(count)s day.", "The link serves once, for %(count)s days.", VALID_DAYS
    ) % {"count": VALID_DAYS}
    return once, _("If you did not expect this message, ignore it: nothing changes.")
