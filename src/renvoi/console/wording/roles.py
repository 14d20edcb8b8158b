"""Name the roles and the scopes of tokens, and say what each may do."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from renvoi.people.models import ApiToken, User

ROLE_NAMES: Mapping[str, str | Promise] = {
    User.Role.READER: pgettext_lazy("role", "Reader"),
    User.Role.MANAGER: pgettext_lazy("role", "Manager"),
    User.Role.ADMINISTRATOR: pgettext_lazy("role", "Administrator"),
}
ROLE_DESCRIPTIONS: Mapping[str, str | Promise] = {
    User.Role.READER: gettext_lazy("Sees everything but the general settings, exports and simulates. Changes nothing."),
    User.Role.MANAGER: gettext_lazy("Also changes partners and the coverage area, imports, and undoes changes."),
    User.Role.ADMINISTRATOR: gettext_lazy("Also manages accounts, tokens and general settings, and empties the trash."),
}
SCOPE_NAMES: Mapping[str, str | Promise] = {
    ApiToken.Scope.READ: pgettext_lazy("scope", "Read"),
    ApiToken.Scope.WRITE: pgettext_lazy("scope", "Read and write"),
}
SCOPE_DESCRIPTIONS: Mapping[str, str | Promise] = {
    ApiToken.Scope.READ: gettext_lazy("Reads partners, coverage and the history. Changes nothing."),
    ApiToken.Scope.WRITE: gettext_lazy("Also creates, changes and deletes partners, as a manager does."),
}
