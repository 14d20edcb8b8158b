"""Read the state of the partner list from a request, and build its address.

The address is the state of the list: its search, its order, its page and its selection are a query string. The pages
that are opened from the list carry that query string in `list`, so that they can lead back to it.
"""

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from renvoi.console.forms.typed_form import read_typed
from renvoi.console.http import ConsoleRequest
from renvoi.console.sentences import current_language
from renvoi.partners.lists.listing import PartnerListing


def parse_listing(query: QueryDict) -> PartnerListing:
    """Return the listing that a query string asks for, in the active language and on the operator's day."""
    return PartnerListing.from_query(query, language=current_language(), today=timezone.localdate())


def read_listing(request: ConsoleRequest, *, is_from_list_form: bool = False) -> PartnerListing:
    """Return the listing in `list`, from the body or else from the query string; without one, the plain list.

    A page that the buttons of the list's own form lead to (`is_from_list_form`) gets the fields of that form instead
    of `list`. Only a query string is read, and it is rebuilt: no address is ever taken from a request.
    """
    typed = read_typed(request) or QueryDict()
    if is_from_list_form and "list" not in typed and "list" not in request.GET:
        return parse_listing(typed or request.GET)
    return parse_listing(QueryDict(typed.get("list") or request.GET.get("list", "")))


def list_path(query: str) -> str:
    """Return the path of the list in the state that the query string describes."""
    path = reverse("console:partners")
    return f"{path}?{query}" if query else path


def path_to_row(listing: PartnerListing, *, partner_id: int) -> str:
    """Return the path of the page of the list that has this partner's row; of the same page if its search hides it."""
    number = listing.page_of(partner_id)
    return list_path(listing.query() if number is None else listing.query(page_number=number))
