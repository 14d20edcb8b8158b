"""The steps by which an empty installation becomes one that refers prospects, each done by what is stored."""

from contextlib import closing
from dataclasses import dataclass, fields

from django.conf import settings

from renvoi.ledger.engines import open_store
from renvoi.ledger.protocol import LedgerUnavailable, Recorded
from renvoi.partners.models import CoveredArea, Operator, Partner

_FIRST_ENTRIES = 1_000
"""Entries among which one that came from a site is looked for. It is among the first, or there is none yet."""

_MANY_PARTNERS = 10


@dataclass(frozen=True, slots=True)
class Steps:
    """Whether each step is done, in the order of the page.

    `site`: a prospect has come by an address with a source, or without a country in it, which a trial has. `visit`: the
    ledger has an entry.
    """

    company: bool
    coverage: bool
    partners: bool
    site: bool
    visit: bool

    @property
    def count(self) -> int:
        """The number of steps."""
        return len(fields(self))

    @property
    def done(self) -> int:
        """The number of steps that are done."""
        return sum(getattr(self, field.name) for field in fields(self))

    @property
    def next(self) -> str:
        """The name of the first step that is not done; empty if all are."""
        return next((field.name for field in fields(self) if not getattr(self, field.name)), "")


def find_steps() -> Steps:
    """Return the steps as they are now. A ledger that can't be read counts as empty."""
    entries = _first_entries(_FIRST_ENTRIES) or []
    return Steps(
        company=Operator.objects.exclude(name="").exclude(signup_url_en="", signup_url_fr="").exists(),
        coverage=CoveredArea.objects.exists(),
        partners=partner_count() > 0,
        site=any(recorded.entry.source or recorded.entry.country_source != "parameter" for recorded in entries),
        visit=bool(entries),
    )


def is_setting_up() -> bool:
    """Return whether this installation has not been in use yet, so that the console begins with these steps.

    One that has partners and has answered a prospect is in use, whatever it lacks; and so is one with many partners,
    which were brought from elsewhere. A ledger that can't be read is no reason to send staff back to the beginning.
    """
    count = partner_count()
    return count == 0 or (count < _MANY_PARTNERS and _first_entries(1) == [])


def partner_count() -> int:
    """Return the number of partners, without those in the trash."""
    return Partner.objects.filter(trashed_at=None).count()


def _first_entries(limit: int) -> list[Recorded] | None:
    """Return the oldest entries of the ledger; None if it can't be read."""
    try:
        with closing(open_store(settings.CONFIG)) as store:
            return store.read(after=0, limit=limit)
    except LedgerUnavailable:
        return None
