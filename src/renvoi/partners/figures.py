"""Numbers as they are written: 10 000 in French, 10,000 in English. Used for every number of a sentence."""

from django.utils.translation import get_language


def figure(value: int) -> str:
    """Return the number as the active language writes it, with a no-break space or a comma between thousands."""
    grouped = f"{int(value):,}"
    return grouped if get_language() == "en" else grouped.replace(",", "\u00a0")


class Figure(int):
    """A number for a sentence that is translated later, such as an error's: `%(limit)s` writes it as `figure` does.

    It is an int, because ngettext_lazy chooses the form of the sentence by it.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return figure(self)
