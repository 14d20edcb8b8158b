"""The account model. Accounts are identified by their email address."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Manager of accounts. Emails are stored in lower case, so that one person has one account."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the email as it is stored and compared: in lower case, without spaces around it."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the account with that email. Raises User.DoesNotExist."""
        return self.get(email=self.normalize_email(username))

    def create_user(self, *, email: str, password: str, name: str = "", language: str = "fr") -> "User":
        """Create an active account. Raises IntegrityError if the email is taken."""
        user = self.model(email=self.normalize_email(email), name=name, language=language)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """An account of a member of the operator's staff."""

    class Language(models.TextChoices):
        """The console's languages."""

        FR = "fr", "Français"
        EN = "en", "English"

    class Theme(models.TextChoices):
        """The console's color schemes. AUTO follows the browser."""

        AUTO = "auto"
        LIGHT = "light"
        DARK = "dark"

    class Separator(models.TextChoices):
        """Separators of columns in a CSV file."""

        COMMA = ",", ","
        SEMICOLON = ";", ";"

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.FR)
    theme = models.CharField(max_length=5, choices=Theme, default=Theme.AUTO)
    csv_separator = models.CharField(max_length=1, default=Separator.COMMA, choices=Separator)
    saves_pdf_copy = models.BooleanField(default=True)
    uses_keys = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return display_name(self)

    def clean(self) -> None:
        """Normalize the email."""
        self.email = UserManager.normalize_email(self.email)


def display_name(user: Any) -> str:
    """Return the name shown to colleagues: the account's name, or else the part of its email before the @."""
    name: str = user.name or user.email.partition("@")[0]
    return name
