"""Describe a list in a sentence, for what is made of it: how many partners, which search, which order."""

from babel.numbers import format_decimal
from django.utils.translation import gettext, ngettext, override

from renvoi.partners.lists.columns import COLUMNS, Column
from renvoi.partners.lists.listing import PartnerListing


def describe_export(listing: PartnerListing, *, count: int, all_partners: int) -> str:
    """Describe an export in the listing's language: « 12 partenaires sur 312, triés par nom »."""
    with override(listing.language):
        numbers = {"found": count, "all": all_partners}
        figures = {name: format_decimal(number, locale=f"{listing.language}_CA") for name, number in numbers.items()}
        parts = [ngettext("%(found)s partner of %(all)s", "%(found)s partners of %(all)s", count) % figures]
        for column in COLUMNS:
            if column.name in listing.keywords:
                params = {"column": _label_in_sentence(column), "keyword": listing.keywords[column.name]}
                parts.append(gettext("%(column)s containing “%(keyword)s”") % params)
        if count == 1:
            return ", ".join(parts)
        column = next(column for column in COLUMNS if column.name == listing.sorted_by)
        order = (
            gettext("sorted by %(column)s, in reverse order")
            if listing.is_descending
            else gettext("sorted by %(column)s")
        )
        return ", ".join([*parts, order % {"column": _label_in_sentence(column)}])


def _label_in_sentence(column: Column) -> str:
    """Return the column's label as written within a sentence: « nom », but « URL en anglais »."""
    label = str(column.label)
    return label if label.split(maxsplit=1)[0].isupper() else label[:1].lower() + label[1:]
