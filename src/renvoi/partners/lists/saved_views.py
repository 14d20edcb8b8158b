"""Save, rename and restore an account's views of the list of partners."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from renvoi.lists import saved_views
from renvoi.lists.saved_views import VIEW_NAME_LENGTH
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.models import SavedView
from renvoi.partners.parsing import parse_name
from renvoi.people.models import User


def views_of(account: User) -> QuerySet[SavedView]:
    """Return the account's views, oldest first."""
    return SavedView.objects.filter(account=account).order_by("id")


def save_view(*, account: User, name: str, listing: PartnerListing, replaces: bool) -> SavedView:
    """Save the listing as a view with that name, and return it. If `replaces`, overwrite a view with the same name.

    Saving it once more changes nothing.

    Raises ValidationError, by field, if the name is wrong or taken, or if there are MAX_VIEWS already.
    """
    checked = _parse_view_name(name)
    with _turn_of(account) as views:
        new = SavedView(account=account)
        return saved_views.save_view(views, new=new, name=checked, query=listing.saved_query, replaces=replaces)


def restore_view(*, account: User, view_id: int, name: str, query: str) -> SavedView:
    """Bring a deleted view back with its id, and so with its place among the others, and return it.

    If it is back already, or if a view with that name and query was saved meanwhile, return that one, unchanged. Raises
    ValidationError, by field, if the name was taken meanwhile, or if there are MAX_VIEWS already.
    """
    with _turn_of(account) as views:
        present = views.filter(id=view_id).first()
        if present is not None:
            return present
        new = SavedView(id=view_id, account=account)
        return saved_views.save_view(views, new=new, name=name, query=query, replaces=False)


def rename_view(*, account: User, view_id: int, name: str) -> SavedView:
    """Rename a view, and return it. Raises SavedView.DoesNotExist; ValidationError if the name is wrong or taken."""
    return saved_views.rename_view(views_of(account), view_id=view_id, name=_parse_view_name(name))


@contextmanager
def _turn_of(account: User) -> Iterator[QuerySet[SavedView]]:
    """Give the account's views to one request at a time: a form may be sent twice at once."""
    with transaction.atomic():
        User.objects.select_for_update().get(id=account.id)
        yield views_of(account)


def _parse_view_name(text: str) -> str:
    try:
        return parse_name(text, limit=VIEW_NAME_LENGTH)
    except ValidationError as error:
        raise ValidationError({"name": error.error_list}) from error
