"""What a PDF can be made of: a list, with the rows that a request wants, and its words on the pages of the PDF."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise

from renvoi.console.http import StaffRequest


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rows that a request wants in a PDF.

    `query` is the canonical query string by which the PDF selects them, and `list_query` that of the list as it was
    shown, with its page. `count` is the number of what the list shows, and `row_count` about that of the PDF's rows,
    where one of the list has several. `change` says in what they differ from those that a page counted before; it is
    empty if nothing differs. `context` is for the templates of the document.
    """

    query: str
    list_query: str
    count: int
    row_count: int | None = None
    change: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """About the number of rows of the PDF."""
        return self.count if self.row_count is None else self.row_count


@dataclass(frozen=True, slots=True)
class Document:
    """A list that can be printed.

    `name` is that of the setting DOCUMENTS. The list is the URL `console:<list_name>`, and the pages of its PDF are
    below `path`. `templates` is the folder with `_exported.html` and `_nothing.html`, which say what will be exported,
    or that nothing can be. `counted` returns a number of rows in words: “12 partners”. A PDF has at most `max_count`.
    """

    name: str
    title: Promise
    list_name: str
    path: str
    file_name: str
    templates: str
    wanted: Callable[[StaffRequest], Wanted]
    counted: Callable[[int], str]
    max_count: int | None = None

    def list_path(self, query: str) -> str:
        """Return the path of the list in the state that a query string describes."""
        path = reverse(f"console:{self.list_name}")
        return f"{path}?{query}" if query else path

    def address(self, page: str, **arguments: Any) -> str:
        """Return the path of a page of this document's PDFs: `pdf_order`, `pdf_progress`, `pdf_cancel`, `pdf_file`."""
        return reverse(f"console:{page}", kwargs={"document": self.name, **arguments})

    @property
    def exported_template(self) -> str:
        """The template that says what will be exported."""
        return f"{self.templates}/_exported.html"

    @property
    def nothing_template(self) -> str:
        """The template that says that there is nothing to export."""
        return f"{self.templates}/_nothing.html"
