"""Save, rename and delete the named views of an account: a search and an order of the list."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from renvoi.domain.names.keys import fold
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.lists.selection import NOTHING
from renvoi.partners.models import VIEW_NAME_LENGTH, SavedView
from renvoi.partners.parsing import parse_name
from renvoi.people.models import User

MAX_VIEWS = 20


def views_of(account: User) -> QuerySet[SavedView]:
    """Return the account's views, oldest first."""
    return SavedView.objects.filter(account=account).order_by("id")


def saved_query(listing: PartnerListing) -> str:
    """Return the part of a listing that a view saves: search, order and page size, but not page or selection."""
    return listing.query(page_number=1, selection=NOTHING)


def save_view(*, account: User, name: str, listing: PartnerListing, replaces: bool) -> SavedView:
    """Save the listing as a view with that name, and return it. If `replaces`, overwrite a view with the same name.

    Saving it once more changes nothing.

    Raises ValidationError, by field, if the name is wrong or taken, or if there are MAX_VIEWS already.
    """
    valid_name = _parse_view_name(name)
    with transaction.atomic():
        views = list(views_of(account).select_for_update())
        existing = next((view for view in views if view.name_key == fold(valid_name)), None)
        if existing is not None and not replaces and existing.query != saved_query(listing):
            raise _name_taken(existing)
        if existing is None and len(views) >= MAX_VIEWS:
            sentence = _("You have %(count)s views already: delete one first.")
            raise ValidationError({"name": [ValidationError(sentence, code="full", params={"count": MAX_VIEWS})]})
        view = existing or SavedView(account=account)
        view.name, view.name_key, view.query = valid_name, fold(valid_name), saved_query(listing)
        view.save()
    return view


def rename_view(*, account: User, view_id: int, name: str) -> SavedView:
    """Rename a view, and return it. Raises SavedView.DoesNotExist; ValidationError if the name is wrong or taken."""
    valid_name = _parse_view_name(name)
    with transaction.atomic():
        view = views_of(account).select_for_update().get(id=view_id)
        other = views_of(account).filter(name_key=fold(valid_name)).exclude(id=view.id).first()
        if other is not None:
            raise _name_taken(other)
        view.name, view.name_key = valid_name, fold(valid_name)
        view.save(update_fields=["name", "name_key"])
    return view


def delete_view(*, account: User, view_id: int) -> SavedView:
    """Delete a view, and return it. Its partners are not changed. Raises SavedView.DoesNotExist."""
    with transaction.atomic():
        view = views_of(account).select_for_update().get(id=view_id)
        SavedView.objects.filter(id=view.id).delete()
    return view


def _parse_view_name(text: str) -> str:
    try:
        return parse_name(text, limit=VIEW_NAME_LENGTH)
    except ValidationError as error:
        raise ValidationError({"name": error.error_list}) from error


def _name_taken(view: SavedView) -> ValidationError:
    sentence = _("You already have a view named %(name)s.")
    return ValidationError({"name": [ValidationError(sentence, code="taken", params={"name": view.name})]})
