"""Drafts: forms that were sent after the session had ended, stored for the account that filled them."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from renvoi.people.models import DRAFT_PATH_LENGTH, Draft, User

LIFETIME = timedelta(hours=2)
MAX_CHARACTERS = 200_000
"""The length of one draft as JSON. A longer one is not stored."""
MAX_DRAFTS = 5
"""How many drafts an account has. A further one replaces the oldest."""

Fields = Mapping[str, Sequence[str]]


def keep_draft(*, account: User, path: str, fields: Fields) -> bool:
    """Store the fields of the form at `path`, in place of an older draft of that form. Return whether they are stored.

    They are not if they are too long, or if the account has been switched off or deleted.
    """
    text = json.dumps(dict(fields), ensure_ascii=False, separators=(",", ":"))
    if len(text) > MAX_CHARACTERS or len(path) > DRAFT_PATH_LENGTH:
        return False
    with transaction.atomic():
        # The lock makes requests of one account take turns, so that they can't exceed the number together.
        if not User.objects.select_for_update().filter(id=account.pk, is_active=True).exists():
            return False
        drafts = Draft.objects.filter(account=account)
        drafts.filter(path=path).delete()
        Draft.objects.create(account=account, path=path, fields=text)
        newest = drafts.order_by("-typed_at", "-id").values_list("id", flat=True)[:MAX_DRAFTS]
        drafts.exclude(id__in=list(newest)).delete()
    return True


def has_draft(*, account: User, path: str) -> bool:
    """Return whether the account has a draft of the form at `path`."""
    return Draft.objects.filter(account=account, path=path, typed_at__gt=timezone.now() - LIFETIME).exists()


def take_draft(*, account: User, path: str) -> dict[str, list[str]] | None:
    """Remove the account's draft of the form at `path` and return its fields; None without one."""
    draft = Draft.objects.filter(account=account, path=path, typed_at__gt=timezone.now() - LIFETIME).first()
    if draft is None:
        return None
    draft.delete()
    fields: dict[str, list[str]] = json.loads(draft.fields)
    return fields


def delete_expired_drafts() -> None:
    """Delete the drafts that nobody will see any more."""
    Draft.objects.filter(typed_at__lte=timezone.now() - LIFETIME).delete()
