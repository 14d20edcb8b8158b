"""Models of partners, the operator, saved views and imports. Only `renvoi.partners.actions` writes partners."""

import uuid
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone

from renvoi.domain.places import CountryCode
from renvoi.domain.table import Period, State, effective_state
from renvoi.downloads.models import Job
from renvoi.history.models import ACTOR_NAME_LENGTH, CREDENTIAL_LENGTH, OBJECT_NAME_LENGTH, REASON_LENGTH
from renvoi.lists.folded_fields import FoldedCharField, FoldedTextField
from renvoi.lists.saved_views import NamedQuery

NAME_LENGTH = 100
DESCRIPTION_LENGTH = 255
ADDRESS_LENGTH = 2000
REFERENCE_LENGTH = 100
TEXT_LENGTH = 500


class Partner(models.Model):
    """A company to which prospects are sent. The columns `…_key` and `…_sort…` are folded (`domain.names.keys`)."""

    class Status(models.TextChoices):
        """The state chosen by staff. The effective state also depends on the days of the agreement."""

        ACTIVE = "active"
        PAUSED = "paused"

    name = models.CharField(max_length=NAME_LENGTH)
    name_key = FoldedCharField(max_length=2000)
    name_sort = FoldedCharField(max_length=4000)
    url_en = models.CharField(max_length=ADDRESS_LENGTH, blank=True)
    url_fr = models.CharField(max_length=ADDRESS_LENGTH, blank=True)
    url_en_key = FoldedCharField(max_length=ADDRESS_LENGTH, blank=True)
    url_fr_key = FoldedCharField(max_length=ADDRESS_LENGTH, blank=True)
    description_en = models.CharField(max_length=DESCRIPTION_LENGTH, blank=True)
    description_fr = models.CharField(max_length=DESCRIPTION_LENGTH, blank=True)
    countries_sort_en = FoldedTextField(blank=True)
    countries_sort_fr = FoldedTextField(blank=True)
    status = models.CharField(max_length=6, choices=Status, default=Status.ACTIVE)
    priority = models.PositiveSmallIntegerField(default=5)
    agreement_reference = models.CharField(max_length=REFERENCE_LENGTH, blank=True)
    agreement_starts_on = models.DateField(null=True, blank=True)
    agreement_ends_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    # `reports` counts it from the ledger. Staff do not set it: it has no version and no history.
    sent_30_days = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    trashed_at = models.DateTimeField(null=True, blank=True)
    trashed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name_key"], condition=Q(trashed_at=None), name="partner_name_unique"),
            models.CheckConstraint(condition=Q(priority__gte=1, priority__lte=9), name="partner_priority_1_to_9"),
            models.CheckConstraint(condition=~Q(url_en="", url_fr=""), name="partner_has_an_address"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name_sort", "id"], condition=Q(trashed_at=None), name="partner_in_order"),
            # A partial index: SQLite used a full one for partners outside the trash, and sorted them in memory.
            models.Index(fields=["-trashed_at"], condition=Q(trashed_at__isnull=False), name="partner_in_trash"),
            models.Index(
                fields=["sent_30_days", "name_sort", "id"], condition=Q(trashed_at=None), name="partner_by_sent"
            ),
            models.Index(fields=["agreement_ends_on"], condition=Q(trashed_at=None), name="partner_by_last_day"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def countries(self) -> tuple[CountryCode, ...]:
        """Sorted codes of the countries served. One query unless `served` is prefetched."""
        return tuple(sorted(CountryCode(served.country) for served in self.served.all()))

    def state_on(self, day: date) -> State:
        """Return the effective state on `day`, a date in the operator's time zone."""
        return effective_state(
            active=self.status == self.Status.ACTIVE,
            agreements=[Period(self.agreement_starts_on, self.agreement_ends_on)],
            day=day,
        )


class ServedCountry(models.Model):
    """A country that a partner serves (ISO 3166-1 alpha-2, or XK)."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="served")
    country = FoldedCharField(max_length=2)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["partner", "country"], name="served_once")]
        indexes: ClassVar = [models.Index(fields=["country", "partner"], name="served_country_partner")]

    def __str__(self) -> str:
        return self.country


class Operator(models.Model):
    """The company that runs this instance. There is exactly one row, with id 1."""

    class Mode(models.TextChoices):
        """PRESENT: show a page that names the partner. DIRECT: redirect at once if one partner is the best."""

        PRESENT = "present"
        DIRECT = "direct"

    class Paper(models.TextChoices):
        """The paper of PDFs. BY_COVERAGE: Letter if the operator serves Canada or the United States, else A4."""

        BY_COVERAGE = ""
        LETTER = "letter"
        A4 = "a4"

    class TrashPeriod(models.IntegerChoices):
        """After how many days a partner in the trash is deleted for good."""

        NEVER = 0
        MONTH = 30
        QUARTER = 90
        HALF_YEAR = 180
        YEAR = 365

    class SessionIdle(models.IntegerChoices):
        """After how many minutes without a page a session of the staff ends."""

        QUARTER_HOUR = 15
        HALF_HOUR = 30
        HOUR = 60
        FOUR_HOURS = 240
        WORKING_DAY = 480
        DAY = 1_440
        WEEK = 10_080

    class SecondFactor(models.TextChoices):
        """The least role whose accounts must have a second factor."""

        NONE = "none"
        ADMINISTRATOR = "administrator"
        MANAGER = "manager"
        READER = "reader"

    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    signup_url_en = models.CharField(max_length=ADDRESS_LENGTH, blank=True)
    signup_url_fr = models.CharField(max_length=ADDRESS_LENGTH, blank=True)
    mode = models.CharField(max_length=7, choices=Mode, default=Mode.PRESENT)
    default_language = models.CharField(max_length=2, default="fr")
    time_zone = models.CharField(max_length=64, default="America/Toronto")
    paper = models.CharField(max_length=6, choices=Paper, default=Paper.BY_COVERAGE, blank=True)
    trash_period = models.PositiveSmallIntegerField(
        choices=TrashPeriod, default=TrashPeriod.NEVER, db_default=TrashPeriod.NEVER
    )
    session_idle_minutes = models.PositiveSmallIntegerField(
        choices=SessionIdle, default=SessionIdle.WEEK, db_default=SessionIdle.WEEK
    )
    second_factor_from = models.CharField(
        max_length=13, choices=SecondFactor, default=SecondFactor.NONE, db_default=SecondFactor.NONE
    )
    site_url_en = models.CharField(max_length=ADDRESS_LENGTH, default="", db_default="", blank=True)
    site_url_fr = models.CharField(max_length=ADDRESS_LENGTH, default="", db_default="", blank=True)
    text_en = models.CharField(max_length=TEXT_LENGTH, default="", db_default="", blank=True)
    text_fr = models.CharField(max_length=TEXT_LENGTH, default="", db_default="", blank=True)
    contact = models.CharField(max_length=ADDRESS_LENGTH, default="", db_default="", blank=True)
    privacy_url_en = models.CharField(max_length=ADDRESS_LENGTH, default="", db_default="", blank=True)
    privacy_url_fr = models.CharField(max_length=ADDRESS_LENGTH, default="", db_default="", blank=True)
    # The digest of a StoredLogo (renvoi.publication); empty without a logo.
    logo = models.CharField(max_length=64, default="", db_default="", blank=True)
    # The golden visitors, as `domain.golden.visitors` records each.
    golden_visitors = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="operator_is_one")]

    def __str__(self) -> str:
        return self.name


class CoveredArea(models.Model):
    """A country that the operator covers entirely (`region` is empty), or one region of a country covered in part."""

    country = FoldedCharField(max_length=2)
    region = FoldedCharField(max_length=6, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["country", "region"], name="covered_once")]

    def __str__(self) -> str:
        return self.region or self.country


class AcceptedFinding(models.Model):
    """A finding about the coverage (`domain.findings`) that staff accepted with a reason.

    It is accepted as long as its facts have the digest `facts`; empty once it was reopened. The row then stays. `name`
    is what the history calls it, and `accepted_by` the name of the account.
    """

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=OBJECT_NAME_LENGTH, blank=True)
    facts = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    accepted_by = models.CharField(max_length=ACTOR_NAME_LENGTH, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key


class SavedView(NamedQuery):
    """A named search and order of the list of partners, of one account."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name_key = FoldedCharField(max_length=2000)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "name_key"], name="saved_view_name_unique"),
        ]


class PartnerImport(Job):
    """A file of partners that an account uploaded or pasted: its check, and its import (`renvoi.partners.imports`).

    The stage is that of the check or, if `is_applying`, of the import that `confirmed_by` wants. `report` is what the
    plan shows, and `digest` the plan's; both are empty until the file has been checked. `has_changed`: the import
    was refused, because the plan is not the one that was shown. The change set of the import has the job's id.
    `channel` and `credential` are those of the confirmation.
    """

    command = "run-import"

    file_name = models.CharField(max_length=255, blank=True)
    is_applying = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    confirms_replacements = models.BooleanField(default=False)
    has_changed = models.BooleanField(default=False)
    channel = models.CharField(max_length=10, default="console", db_default="console")
    credential = models.CharField(max_length=CREDENTIAL_LENGTH, blank=True, default="", db_default="")
    digest = models.CharField(max_length=64, blank=True)
    report = models.JSONField(default=dict)


class ImportPiece(models.Model):
    """A piece of the uploaded file (attempt 0), or of the file with its problems that an attempt at the check made."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    job = models.ForeignKey(PartnerImport, on_delete=models.CASCADE, db_index=False)
    attempt = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "attempt", "number"], name="import_piece_once")]

    def __str__(self) -> str:
        return f"{self.job_id}, attempt {self.attempt}, piece {self.number}"
