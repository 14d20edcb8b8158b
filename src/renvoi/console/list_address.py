"""Read the state of a list from a request, and build its address.

The address is the state of the list: its search, its order, its page and its selection are a query string. The pages
that are opened from a list carry that query string in `list`, so that they can lead back to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from renvoi.console.forms.typed_form import read_typed
from renvoi.console.http import ConsoleRequest
from renvoi.console.sentences import current_language
from renvoi.history.models import ChangeSet
from renvoi.lists.listing import Listing
from renvoi.partners.lists.history import history_source
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.lists.trash import trash_source
from renvoi.partners.models import Partner
from renvoi.people.models import SecurityEvent
from renvoi.people.security.listing import log_source

AnyListing = TypeVar("AnyListing", bound=Listing[Any])


@dataclass(frozen=True, slots=True)
class ListAddress(Generic[AnyListing]):
    """Where a list is: its page is the URL `console:<name>`, and `parse` makes the listing of a query string.

    `title` is what links back to it say. `of` are the arguments of its URL.
    """

    name: str
    title: Promise | str
    parse: Callable[[QueryDict], AnyListing]
    of: tuple[int, ...] = ()

    def read(self, request: ConsoleRequest, *, is_from_list_form: bool = False) -> AnyListing:
        """Return the listing in `list`, from the body or else from the query string; without one, the plain list.

        A page that the buttons of the list's own form lead to (`is_from_list_form`) gets the fields of that form
        instead of `list`. The `list` of another one (`of`) is none. Only a query string is read, and it is
        rebuilt: no address is ever taken from a request.
        """
        typed = read_typed(request) or QueryDict()
        if typed.get("of", self.name) != self.name:
            return self.parse(QueryDict())
        if is_from_list_form and "list" not in typed and "list" not in request.GET:
            return self.parse(typed or request.GET)
        return self.parse(QueryDict(typed.get("list") or request.GET.get("list", "")))

    def path(self, query: str = "") -> str:
        """Return the path of the list in the state that the query string describes."""
        path = reverse(f"console:{self.name}", args=self.of)
        return f"{path}?{query}" if query else path

    def path_to_row(self, listing: AnyListing, *, row_id: int) -> str:
        """Return the path of the page of the list that has this row; of the same page if its search hides it."""
        number = listing.page_of(row_id)
        return self.path(listing.query() if number is None else listing.query(page_number=number))


def parse_listing(query: QueryDict) -> PartnerListing:
    """Return the list of partners that a query string asks for, in the active language, on the operator's day."""
    return PartnerListing.from_query(query, language=current_language(), today=timezone.localdate())


def _parse_trash(query: QueryDict) -> Listing[Partner]:
    return Listing.parse(query, source=trash_source(), language=current_language())


def _parse_history(query: QueryDict) -> Listing[ChangeSet]:
    return Listing.parse(query, source=history_source(), language=current_language())


def _parse_security_log(query: QueryDict) -> Listing[SecurityEvent]:
    return Listing.parse(query, source=log_source(), language=current_language())


PARTNERS = ListAddress("partners", gettext_lazy("Partners"), parse_listing)
TRASH = ListAddress("trash", gettext_lazy("Trash"), _parse_trash)
HISTORY = ListAddress("history", gettext_lazy("History"), _parse_history)
SECURITY_LOG = ListAddress("account_log", gettext_lazy("Security log"), _parse_security_log)
_LISTS: Mapping[str, ListAddress[Any]] = {address.name: address for address in (PARTNERS, TRASH, HISTORY)}
# Most pages come from the list of partners, and lead back to it.
read_listing, list_path, path_to_row = PARTNERS.read, PARTNERS.path, PARTNERS.path_to_row


def list_of(request: ConsoleRequest) -> ListAddress[Any]:
    """Return the list that a form was sent from, by its name in `of`; without one, the list of partners."""
    return _LISTS.get(request.POST.get("of", ""), PARTNERS)
