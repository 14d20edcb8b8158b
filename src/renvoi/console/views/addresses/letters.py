"""The messages of a change of email: the link to the new one, and a notice to the present one."""

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from renvoi.partners.models import Operator
from renvoi.people.addresses.changing import VALID_HOURS
from renvoi.people.mail.sending import send
from renvoi.people.models import User


def send_messages(account: User, *, email: str, link: str) -> None:
    """Send the notice to the present email and, unless another account has it, the link to the new one.

    Raises NotSent.
    """
    is_taken = User.objects.filter(email=email).exists()
    with override(account.language):
        asked = _("Somebody who is signed in to your Renvoi account asked to change its email to %(email)s.")
        warning = _("If it was not you, change your password and tell an administrator. Nothing is changed yet.")
        _send(account, to=account.email, subject=_("Your email for Renvoi"), before=[asked % {"email": email}, warning])
        if not is_taken:
            why = _("You can confirm the change of your email for Renvoi, from %(email)s to this one, at this address:")
            _send(
                account,
                to=email,
                subject=_("Confirm your email for Renvoi"),
                before=[why % {"email": account.email}],
                link=link,
                after=[_once(), _("If you did not expect this message, ignore it: nothing changes.")],
            )


def _once() -> str:
    return ngettext(
        "The link serves once, for %(count)s hour.", "The link serves once, for %(count)s hours.", VALID_HOURS
    ) % {"count": VALID_HOURS}


def _send(
    account: User, *, to: str, subject: str, before: list[str], link: str = "", after: list[str] | None = None
) -> None:
    operator = Operator.objects.get(id=1).name
    # Names have no line breaks, but a header must not depend on that.
    title = " ".join((f"{subject} – {operator}" if operator else subject).split())
    first, last = [_("Hello,"), *before], [*(after or []), operator or "Renvoi"]
    context = {"subject": title, "before": first, "link": link, "after": last, "language": account.language}
    text = "\n\n".join(filter(None, [*first, link, *last, "\n"]))
    send(to=to, subject=title, text=text, html=render_to_string("console/mail/link.html", context))
