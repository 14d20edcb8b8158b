"""Describe in words what a listing shows: its search and its order.

Whoever makes something of a list (a file, a message) joins these phrases with its own, such as a number of rows.
"""

from collections.abc import Iterator

from django.utils.translation import gettext

from renvoi.lists.columns import Column, Row
from renvoi.lists.listing import Listing


def describe_search(listing: Listing[Row]) -> Iterator[str]:
    """Yield a phrase for each keyword, in the active language: “countries containing “Canada””."""
    for name, keyword in listing.keywords.items():
        params = {"column": _label_in_sentence(listing.source.column(name)), "keyword": keyword}
        yield gettext("%(column)s containing “%(keyword)s”") % params


def describe_order(listing: Listing[Row]) -> str:
    """Return the order as a phrase, in the active language: “sorted by name”."""
    params = {"column": _label_in_sentence(listing.sorted_by)}
    if listing.is_descending:
        return gettext("sorted by %(column)s, in reverse order") % params
    return gettext("sorted by %(column)s") % params


def _label_in_sentence(column: Column) -> str:
    """Return the column's label as written within a sentence: « nom », but « URL en anglais »."""
    label = str(column.label)
    return label if label.split(maxsplit=1)[0].isupper() else label[:1].lower() + label[1:]
