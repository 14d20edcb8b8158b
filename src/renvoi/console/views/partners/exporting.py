"""Export the list of partners: the export window, CSV and XLSX streamed in the response, and what a PDF is made of."""

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.documents import Document, Wanted
from renvoi.console.forms.file_choices import chosen_file, file_response
from renvoi.console.forms.typed_form import read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import list_path, read_listing
from renvoi.console.sentences import counted, current_language
from renvoi.console.views.partners.confirmation import parse_asked, selection_change
from renvoi.exports.table import Table
from renvoi.exports.workbook import MAX_ROWS
from renvoi.lists.confirmation import Asked
from renvoi.partners.exporting import data_table, estimate_size
from renvoi.partners.lists.listing import PartnerListing


@require_http_methods(["GET", "HEAD", "POST"])
def csv(request: StaffRequest) -> HttpResponseBase:
    """GET: show the choices, in a window for htmx and on a page otherwise. POST: stream the file.

    If the partners are not those that the window counted, ask again and say what changed (409).
    """
    listing = read_listing(request, is_from_list_form=True)
    typed = read_typed(request) or QueryDict()
    asked_about = Asked.to_export(listing.exported())
    count, change = asked_about.count, _change(typed, asked_about)
    if request.method == "POST" and count and not change:
        return _file(request, listing, count)
    context = {
        "title": _("Export to a CSV file"),
        "asked_about": asked_about,
        "change": change,
        "file_name": typed.get("file_name", "Partners.csv"),
        "format": typed.get("format", "csv"),
        "action": request.path,
        "listing": listing,
        "count": count,
        "list_query": listing.query(),
        "list_path": list_path(listing.query()),
        "separator": typed.get("separator", request.user.csv_separator),
    }
    return render(request, "console/partners/export.html", context, status=409 if change else 200)


def _wanted(request: StaffRequest) -> Wanted:
    listing = read_listing(request, is_from_list_form=True)
    asked_about = Asked.to_export(listing.exported())
    return Wanted(
        query=listing.query(page_number=1),
        list_query=listing.query(),
        count=asked_about.count,
        change=_change(read_typed(request) or QueryDict(), asked_about),
        context={"listing": listing, "asked_about": asked_about},
    )


PARTNERS_PDF = Document(
    name="partners",
    title=gettext_lazy("Partners"),
    list_name="partners",
    path="partners/",
    file_name="Partners.pdf",
    templates="console/partners",
    wanted=_wanted,
    counted=lambda count: counted(ngettext_lazy("%(shown)s partner", "%(shown)s partners", "count"), count),
)


def _change(typed: QueryDict, now: Asked) -> str:
    """Return in what the exported partners differ from those that were counted; empty if no page counted them.

    Their contents may differ: the file has the newest.
    """
    asked = parse_asked(typed)
    return "" if asked is None else selection_change(asked, now, compares_versions=False)


def _file(request: StaffRequest, listing: PartnerListing, count: int) -> HttpResponseBase:
    choices = chosen_file(request)
    if choices.format == "xlsx" and count >= MAX_ROWS:
        context = {"is_too_long": True, "list_path": list_path(listing.query())}
        return render(request, "console/errors/export.html", context, status=422)
    language, partners = current_language(), listing.exported()

    def table() -> Table:
        return data_table(partners, count=count, language=language, headings="labels")

    size = estimate_size(partners, count=count)
    return file_response(request, table, choices=choices, size=size, list_path=list_path(listing.query()))
