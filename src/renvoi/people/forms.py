"""The sign-in form. It renames allauth's field `login` to `email`."""

from typing import Any

from allauth.account.forms import LoginForm
from django.utils.translation import gettext_lazy as _


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """E-mail address and password. What allauth knows as `login` bears the name `email` on the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Email")
        self.fields["password"].label = _("Password")

    def add_prefix(self, field_name: str) -> str:
        """The name on the page."""
        return super().add_prefix("email" if field_name == "login" else field_name)  # type: ignore[no-any-return]
