"""Save, rename and delete an account's views of the list of partners."""

from django.core.exceptions import ValidationError
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
    return saved_views.save_view(
        views_of(account),
        new=SavedView(account=account),
        name=_parse_view_name(name),
        query=listing.saved_query,
        replaces=replaces,
    )


def rename_view(*, account: User, view_id: int, name: str) -> SavedView:
    """Rename a view, and return it. Raises SavedView.DoesNotExist; ValidationError if the name is wrong or taken."""
    return saved_views.rename_view(views_of(account), view_id=view_id, name=_parse_view_name(name))


def _parse_view_name(text: str) -> str:
    try:
        return parse_name(text, limit=VIEW_NAME_LENGTH)
    except ValidationError as error:
        raise ValidationError({"name": error.error_list}) from error
