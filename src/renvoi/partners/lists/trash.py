"""The list of the trash: its columns, and the source of its rows."""

from typing import Any

from django.db.models import Case, Expression, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Left, NullIf, StrIndex
from django.utils.translation import gettext_lazy as _

from renvoi.domain.names.keys import fold, sort_key
from renvoi.domain.places import Language
from renvoi.history.models import Change
from renvoi.lists.columns import Column, Source
from renvoi.lists.matching import has_moment, moment_text
from renvoi.partners.lists.columns import COLUMNS
from renvoi.partners.models import Partner


def trash_source() -> Source[Partner]:
    """Return what the trash shows: the deleted partners, the last one first. `deleted_by` is who did it, if known."""
    rows = _trash().alias(deleted_on=moment_text("trashed_at"))
    return Source(rows, TRASH_COLUMNS, default_sort="-deleted_on", ties=("name_sort", "id"), prefetched=("served",))


def _trash() -> QuerySet[Any]:
    email = F("trashed_by__email")
    account = Coalesce(NullIf("trashed_by__name", Value("")), Left(email, StrIndex(email, Value("@")) - 1))
    # The history has the name of an account that was deleted since.
    deletions = Change.objects.filter(subject="partner", subject_id=OuterRef("id"), verb="trash").order_by("-id")
    recorded = Subquery(deletions.values("change_set__actor_name")[:1])
    return Partner.objects.exclude(trashed_at=None).annotate(deleted_by=Coalesce(account, recorded, Value("")))


def _names() -> set[str]:
    return {"", *_trash().order_by().values_list("deleted_by", flat=True).distinct()}


def _was_deleted_by(keyword: str) -> Q:
    return Q(deleted_by__in=[name for name in _names() if fold(keyword) in fold(name)])


def _rank_of_name(_language: Language) -> tuple[Expression]:
    names = sorted(_names(), key=sort_key)
    return (Case(*(When(deleted_by=name, then=rank) for rank, name in enumerate(names)), output_field=IntegerField()),)


TRASH_COLUMNS = (
    *(column for column in COLUMNS if column.name in {"name", "countries"}),
    Column(
        "deleted_on",
        _("Deleted on"),
        _("Search in Deleted on"),
        has_moment("trashed_at", "deleted_on"),
        lambda _language: ("trashed_at",),
        css_name="when",
        hint=_("Type a day or a part of it: 2026\u201112\u201103, 2026\u201112, December 2026"),
    ),
    Column("deleted_by", _("By"), _("Search in By"), _was_deleted_by, _rank_of_name, css_name="who"),
)
