"""The sign-in form. It renames allauth's field `login` to `email`."""

from typing import Any

from allauth.account.forms import LoginForm
from django.utils.translation import gettext_lazy as _


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """Email and password. The field that allauth calls `login` is named `email` in the HTML form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Email")
        self.fields["password"].label = _("Password")

    def add_prefix(self, field_name: str) -> str:
        """Return the name of the field in the HTML form."""
        return super().add_prefix("email" if field_name == "login" else field_name)  # type: ignore[no-any-return]
