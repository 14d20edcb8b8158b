"""The models: accounts, their sessions, drafts and tokens, the browsers that they have signed in with, password checks,
and the security log.

Accounts are identified by their email address.
"""

import secrets
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password, verify_password
from django.db import models
from django.utils import timezone

from renvoi.lists.folded_fields import FoldedTextField
from renvoi.people.hashing import hashing_thread

if TYPE_CHECKING:
    _JSONField = models.JSONField[Any, Any]
else:
    _JSONField = models.JSONField

DRAFT_PATH_LENGTH = 200
TOKEN_NAME_LENGTH = 100


class UserManager(BaseUserManager["User"]):
    """Manager of accounts. Emails are stored in lower case, so that one person has one account."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the email as it is stored and compared: in lower case, without spaces around it."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the account with that email. Raises User.DoesNotExist."""
        return self.get(email=self.normalize_email(username))

    def create_user(
        self, *, email: str, password: str, role: "User.Role", name: str = "", language: str = "fr"
    ) -> "User":
        """Create an active account. Raises IntegrityError if the email is taken."""
        user = self.model(email=self.normalize_email(email), name=name, language=language, role=role)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """An account of a member of the operator's staff.

    `session_stamp` is in each of its sessions: one with another stamp has ended.
    """

    class Role(models.TextChoices):
        """What an account may do. Each role has the rights of those before it."""

        READER = "reader"
        MANAGER = "manager"
        ADMINISTRATOR = "administrator"

        def includes(self, least: "User.Role") -> bool:
            """Return whether this role has the rights of `least`."""
            order = list(User.Role)
            return order.index(self) >= order.index(least)

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
    # The accounts of versions without roles are administrators: those that exist, and those that a host of such a
    # version creates.
    role = models.CharField(max_length=13, choices=Role, default=Role.READER, db_default=Role.ADMINISTRATOR)
    language = models.CharField(max_length=2, choices=Language, default=Language.FR)
    theme = models.CharField(max_length=5, choices=Theme, default=Theme.AUTO)
    csv_separator = models.CharField(max_length=1, default=Separator.COMMA, choices=Separator)
    saves_pdf_copy = models.BooleanField(default=True)
    uses_keys = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    session_stamp = models.CharField(max_length=64, default=secrets.token_hex)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return display_name(self)

    def may(self, least: Role) -> bool:
        """Return whether the account's role includes this one. A role that this version does not know includes none."""
        return self.role in User.Role and User.Role(self.role).includes(least)

    def clean(self) -> None:
        """Normalize the email."""
        self.email = UserManager.normalize_email(self.email)

    def set_password(self, raw_password: str | None) -> None:
        """Hash the password, in the process's only thread that does so. The account is not saved."""
        self.password = hashing_thread.run(make_password, raw_password)
        self._password = raw_password

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether this is the password. If it is and its hash has old parameters, save a new hash."""
        is_right, is_outdated = hashing_thread.run(verify_password, raw_password, self.password)
        if is_right and is_outdated:
            outdated = self.password
            self.set_password(raw_password)
            self._password = None
            # Whoever changes the password at this moment wins.
            User.objects.filter(id=self.id, password=outdated).update(password=self.password)
        return is_right

    def end_sessions(self) -> None:
        """Make all sessions of the account invalid, once the account is saved."""
        self.session_stamp = secrets.token_hex()

    def get_session_auth_hash(self) -> str:
        """Return the stamp. Django's own value changes with the hash of the password, even if the password does not."""
        return self.session_stamp

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield nothing: the stamp does not depend on the secret key."""
        return iter(())


class Draft(models.Model):
    """A form that was sent after the session had ended. `fields` is JSON: the values of each field by its name.

    Only `renvoi.people.drafts` reads and writes drafts.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=DRAFT_PATH_LENGTH)
    fields = models.TextField()
    typed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "path"], name="one_draft_of_a_form")]

    def __str__(self) -> str:
        return self.path


def display_name(user: Any) -> str:
    """Return the name shown to colleagues: the account's name, or else the part of its email before the @."""
    name: str = user.name or user.email.partition("@")[0]
    return name


class StaffSession(models.Model):
    """Whose session is the one with this key. The session itself is Django's, which has no column for it."""

    session_key = models.CharField(max_length=40, primary_key=True)
    account = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.account_id}"


class Device(models.Model):
    """A browser in which an account has signed in. Its cookie has the id, signed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    account = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    signed_in_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account_id}: {self.id}"


class PasswordCheck(models.Model):
    """A password check of the last minutes: in progress, or failed. Email and address are stored as digests."""

    account_digest = models.BigIntegerField(db_index=True)
    address_digest = models.BigIntegerField(db_index=True)
    device_id = models.UUIDField(null=True, db_index=True)
    checked_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.account_digest} at {self.checked_at:%H:%M:%S}"


class ApiToken(models.Model):
    """A token with which a program acts for an account. Only a digest of its secret is stored.

    `public_id` is the part of the token that lists show. It is valid until the end of the day `expires_on`, in the
    operator's time zone. Only `renvoi.people.tokens` reads and writes tokens.
    """

    class Scope(models.TextChoices):
        """What a token may do at most. WRITE includes READ."""

        READ = "read"
        WRITE = "write"

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=TOKEN_NAME_LENGTH)
    public_id = models.CharField(max_length=16, unique=True)
    secret_digest = models.CharField(max_length=64)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)
    expires_on = models.DateField()
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class SecurityEvent(models.Model):
    """An entry of the security log. `renvoi.people.security.recording` writes them.

    `account` is whose sign-in, password, rights or token it is about, `email` its email at the time, empty if an email
    without an account was typed. `actor` is the account that did it; `actor_name`, its name at the time, is empty for a
    command and for a stranger. `details` has the roles before and after, or the token with its scope and last day.
    `count` says how many times it happened within an hour if it is counted; `at` is then the last time. `bucket` is
    what is counted together, null for what is not.
    `account_key` and `actor_key` are folded.
    """

    class Kind(models.TextChoices):
        """What happened. ATTEMPTS_REFUSED: passwords or codes that were not checked any more."""

        SIGNED_IN = "signed_in"
        SIGNED_OUT = "signed_out"
        SIGN_IN_FAILED = "sign_in_failed"
        ATTEMPTS_REFUSED = "attempts_refused"
        PASSWORD_CHANGED = "password_changed"  # noqa: S105 (no password)
        LINK_MADE = "link_made"
        LINK_USED = "link_used"
        ACCOUNT_CREATED = "account_created"
        SWITCHED_OFF = "switched_off"
        SWITCHED_ON = "switched_on"
        ROLE_CHANGED = "role_changed"
        CURRENT_PASSWORD_WRONG = "password_wrong"  # noqa: S105 (no password)
        SESSION_ENDED = "session_ended"
        OTHER_SESSIONS_ENDED = "sessions_ended"
        TOKEN_CREATED = "token_created"  # noqa: S105 (no token)
        TOKEN_RESTRICTED = "token_restricted"  # noqa: S105 (no token)
        TOKEN_REVOKED = "token_revoked"  # noqa: S105 (no token)
        EMAIL_CHANGE_ASKED = "email_change_asked"
        EMAIL_CHANGED = "email_changed"
        FACTOR_SET_UP = "factor_set_up"
        FACTOR_REMOVED = "factor_removed"
        PASSKEY_ADDED = "passkey_added"
        PASSKEY_REMOVED = "passkey_removed"
        RECOVERY_CODES_MADE = "recovery_codes_made"
        RECOVERY_CODE_USED = "recovery_code_used"
        CODE_REFUSED = "code_refused"
        PROVIDER_LINKED = "provider_linked"
        PROVIDER_UNLINKED = "provider_unlinked"
        CLAIM_MISSING = "claim_missing"
        ADMINISTRATOR_KEPT = "administrator_kept"

    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=20, choices=Kind)
    account = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    email = models.CharField(max_length=254, blank=True)
    account_key = FoldedTextField(blank=True)
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=254, blank=True)
    actor_key = FoldedTextField(blank=True)
    channel = models.CharField(max_length=10)
    browser = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=64, blank=True)
    details = _JSONField(default=dict)
    count = models.PositiveIntegerField(default=1)
    bucket = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 (null, since it is unique)

    def __str__(self) -> str:
        return f"{self.kind} {self.email}"
