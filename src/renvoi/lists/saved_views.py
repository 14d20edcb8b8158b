"""Saved views: the search, order and page size of a list under a name of an account's own.

A list's model derives from `NamedQuery`, with the account and whatever else its views depend on.
"""

from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from renvoi.domain.names.keys import fold

VIEW_NAME_LENGTH = 40
MAX_VIEWS = 20


class NamedQuery(models.Model):
    """A name, its folded form, and `query`, the canonical query string of the list."""

    name = models.CharField(max_length=VIEW_NAME_LENGTH)
    name_key = models.CharField(max_length=2000)
    query = models.TextField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


View = TypeVar("View", bound=NamedQuery)


def save_view(views: QuerySet[View], *, new: View, name: str, query: str, replaces: bool) -> View:
    """Save the query under a checked name as one of `views`, those of an account, and return it.

    `new` is the row to insert, with the id of a deleted view if that one comes back. If `replaces`, overwrite a view
    with the same name. Saving it once more changes nothing.

    Raises ValidationError, by field, if the name is taken, or if there are MAX_VIEWS already.
    """
    with transaction.atomic():
        present = list(views.select_for_update())
        existing = next((view for view in present if view.name_key == fold(name)), None)
        if existing is not None and not replaces and existing.query != query:
            raise _name_taken(existing)
        if existing is None and len(present) >= MAX_VIEWS:
            sentence = _("You have %(count)s views already: delete one first.")
            raise ValidationError({"name": [ValidationError(sentence, code="full", params={"count": MAX_VIEWS})]})
        view = existing or new
        view.name, view.name_key, view.query = name, fold(name), query
        view.save(force_insert=existing is None)
    return view


def rename_view(views: QuerySet[View], *, view_id: int, name: str) -> View:
    """Give one of `views` a checked name, and return it. Raises DoesNotExist; ValidationError if the name is taken."""
    with transaction.atomic():
        view = views.select_for_update().get(id=view_id)
        other = views.filter(name_key=fold(name)).exclude(id=view_id).first()
        if other is not None:
            raise _name_taken(other)
        view.name, view.name_key = name, fold(name)
        view.save(update_fields=["name", "name_key"])
    return view


def delete_view(views: QuerySet[View], *, view_id: int) -> View:
    """Delete one of `views`, and return it. What it shows is not changed. Raises DoesNotExist."""
    with transaction.atomic():
        view = views.select_for_update().get(id=view_id)
        views.filter(id=view_id).delete()
    return view


def _name_taken(view: NamedQuery) -> ValidationError:
    sentence = _("You already have a view named %(name)s.")
    return ValidationError({"name": [ValidationError(sentence, code="taken", params={"name": view.name})]})
