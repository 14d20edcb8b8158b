"""Read who changed an object before a routing table was published, and how the object stood then."""

from collections.abc import Collection

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from renvoi.history.models import Change
from renvoi.history.recording import Fields, changes_of


def newest_until(subject: str, subject_ids: Collection[int], *, generation: int, each: int) -> dict[int, list[Change]]:
    """Return the newest changes of each object that led to that generation or an earlier one, newest first.

    At most `each` of an object, with their change sets and actors. One query.
    """
    rank = Window(RowNumber(), partition_by=F("subject_id"), order_by=F("id").desc())
    changes = (
        Change.objects.filter(subject=subject, subject_id__in=subject_ids, change_set__generation__lte=generation)
        .select_related("change_set__actor")
        .annotate(rank=rank)
        .filter(rank__lte=each)
        .order_by("-id")
    )
    by_subject: dict[int, list[Change]] = {}
    for change in changes:
        by_subject.setdefault(change.subject_id, []).append(change)
    return by_subject


def fields_at(subject: str, subject_id: int, *, generation: int) -> tuple[Fields | None, bool]:
    """Return all fields of an object in a generation, None if it did not exist; and whether that is known.

    It is not known if the history has no change of the object. Two queries at most.
    """
    before = changes_of(subject, subject_id).filter(change_set__generation__lte=generation).first()
    if before is not None:
        return before.after, True
    # What the history began with is what its first change by_subject.
    after = changes_of(subject, subject_id).filter(change_set__generation__gt=generation).order_by("id").first()
    return (after.before, True) if after is not None else (None, False)
