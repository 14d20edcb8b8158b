"""Answer with one page of a list, whatever its rows are."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from renvoi.api.operation import ApiRequest
from renvoi.api.problems import Problem, error_at, json_response
from renvoi.lists.columns import Column
from renvoi.lists.listing import PER_PAGE, Listing, Page, parse_positive


def page_response(
    listing: Listing[Any], page: Page[Any], *, rows: Mapping[str, list[dict[str, Any]]], path: str
) -> HttpResponse:
    """Return the page. `rows` has the described rows under their name, `path` is the address of the list."""
    return json_response(
        {
            "count": page.count,
            "page": page.number,
            "pages": page.last,
            "per_page": listing.per_page,
            "sort": listing.sort,
            "misunderstood": sorted(listing.misunderstood),
            **rows,
            "links": _links(listing, page, path),
        }
    )


def require_known(request: ApiRequest, columns: Sequence[Column]) -> None:
    """Raise Problem (422) for an order, a page or a size that the screen would ignore: a program should know."""
    query, names = request.http.GET, [column.name for column in columns]
    sizes = ", ".join(map(str, PER_PAGE))
    checks: dict[str, tuple[Callable[[str], bool], str]] = {
        "sort": (
            lambda text: text.removeprefix("-") in names,
            _("Sort by one of: %(columns)s; with - before it, in descending order.") % {"columns": ", ".join(names)},
        ),
        "page": (lambda text: parse_positive(text, default=0) > 0, _("A page is a number from 1.")),
        "per_page": (lambda text: text in map(str, PER_PAGE), _("A page has one of these sizes: %s.") % sizes),
    }
    errors = [
        error_at(f"?{name}", sentence)
        for name, (is_known, sentence) in checks.items()
        if name in query and not is_known(query[name])
    ]
    if errors:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _("A parameter has a wrong value."), errors=errors)


def moment_text(moment: datetime | None) -> str | None:
    """Return a moment in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def _links(listing: Listing[Any], page: Page[Any], path: str) -> Mapping[str, str | None]:
    def at(number: int) -> str | None:
        query = listing.query(page_number=number)
        return (f"{path}?{query}" if query else path) if 1 <= number <= page.last else None

    return {
        "self": at(page.number),
        "first": at(1),
        "previous": at(page.number - 1),
        "next": at(page.number + 1),
        "last": at(page.last),
    }
