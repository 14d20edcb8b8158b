"""The fields of a new password, and what is wrong with what was typed."""

from collections.abc import Iterator, Mapping

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from renvoi.people.actions import check_new_password
from renvoi.people.models import User

CURRENT, NEW, AGAIN = "current_password", "new_password", "new_password_again"
PASSWORD_LABELS = {
    CURRENT: gettext_lazy("Current password"),
    NEW: gettext_lazy("New password"),
    AGAIN: gettext_lazy("New password, once more"),
}
_WEAK: Mapping[str, str | Promise] = {
    "password_too_common": gettext_lazy("This password is one of the easiest to guess. Choose another one."),
    "password_too_similar": gettext_lazy("This password resembles your name or your email. Choose another one."),
}


def new_password_errors(typed: QueryDict, *, account: User) -> Iterator[tuple[str, ValidationError]]:
    """Yield the error of each of the fields NEW and AGAIN that has one."""
    new, again = typed.get(NEW, ""), typed.get(AGAIN, "")
    for name, text in ((NEW, new), (AGAIN, again)):
        if not text:
            yield name, ValidationError(_("This field is required."))
    if new and (sentence := _weakness(account, new, current=typed.get(CURRENT, ""))):
        yield NEW, ValidationError(sentence)
    if new and again and new != again:
        yield AGAIN, ValidationError(_("The two new passwords differ. Type the same one twice."))


def _weakness(account: User, password: str, *, current: str) -> str:
    """Return why the password can't be the new one; empty if it can."""
    if password == current:
        return _("This is your current password. Choose another one.")
    try:
        check_new_password(account, password)
    except ValidationError as error:
        return _sentence(error.error_list[0])
    return ""


def _sentence(weakness: ValidationError) -> str:
    params = weakness.params or {}
    if weakness.code == "password_too_short":
        length = int(params["min_length"])
        return ngettext("Type at least %d character.", "Type at least %d characters.", length) % length
    return str(_WEAK.get(weakness.code or "", weakness.messages[0]))
