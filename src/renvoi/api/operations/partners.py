"""Read partners: the same list as the screen's, and one partner."""

from datetime import date
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from renvoi.api.operation import ROOT, ApiRequest
from renvoi.api.operations.pages import moment_text, page_response, require_known
from renvoi.api.problems import Problem, json_response
from renvoi.downloads.spooling import NoSpace
from renvoi.downloads.tables import spool_table
from renvoi.exports.table import Table
from renvoi.lists.listing import Listing
from renvoi.partners.exporting import data_table, estimate_size
from renvoi.partners.fields import PartnerValues
from renvoi.partners.lists.columns import COLUMNS
from renvoi.partners.lists.listing import PartnerListing
from renvoi.partners.lists.trash import TRASH_COLUMNS, trash_source
from renvoi.partners.models import Partner

_PATH, _CSV = f"{ROOT}/partners", "text/csv"


def list_partners(request: ApiRequest) -> HttpResponseBase:
    """Answer with one page of the partners outside the trash; as CSV, with all that match."""
    listing = PartnerListing.from_query(request.http.GET, language=request.language, today=request.today)
    require_known(request, COLUMNS)
    if _wants_csv(request):
        return _csv(listing)
    page = listing.page()
    rows = [_listed(partner, today=request.today) for partner in page.rows]
    return page_response(listing, page, rows={"partners": rows}, path=_PATH)


def list_trash(request: ApiRequest) -> HttpResponseBase:
    """Answer with one page of the partners in the trash, the one that was deleted last first."""
    listing = Listing.parse(request.http.GET, source=trash_source(), language=request.language)
    require_known(request, TRASH_COLUMNS)
    page = listing.page()
    rows = [representation(partner) | {"deleted_by": _deleted_by(partner)} for partner in page.rows]
    return page_response(listing, page, rows={"partners": rows}, path=f"{ROOT}/trash")


def read_partner(request: ApiRequest) -> HttpResponseBase:
    """Answer with one partner, also from the trash; 304 if the client has this version."""
    partner = find_partner(request.id)
    wanted = request.http.headers.get("If-None-Match", "")
    tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
    if etag_of(partner) in tags or wanted.strip() == "*":
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
        del response.headers["Content-Type"]
        response.headers["ETag"] = etag_of(partner)
        return response
    return partner_response(partner)


def find_partner(partner_id: int) -> Partner:
    """Return the partner with its countries. Raises Problem (404)."""
    partner = Partner.objects.prefetch_related("served").filter(id=partner_id).first()
    if partner is None:
        raise Problem(HTTPStatus.NOT_FOUND, _("There is no partner with this number."))
    return partner


def partner_response(partner: Partner, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    """Return the representation with its ETag."""
    response = json_response(representation(partner), status=status)
    response.headers["ETag"] = etag_of(partner)
    return response


def etag_of(partner: Partner) -> str:
    """Return the ETag: the version alone, so that it is the same on all hosts and in both languages."""
    return f'"{partner.version}"'


def representation(partner: Partner) -> dict[str, Any]:
    """Return a partner as JSON, under the names of the CSV's columns. All of it changes with the version only."""
    return {
        "id": partner.id,
        **PartnerValues.of(partner).to_json(),
        "version": partner.version,
        "created_at": moment_text(partner.created_at),
        "updated_at": moment_text(partner.updated_at),
        "trashed_at": moment_text(partner.trashed_at),
    }


def path_of(partner: Partner) -> str:
    """Return the address of a partner."""
    return f"{_PATH}/{partner.id}"


def _wants_csv(request: ApiRequest) -> bool:
    """Return whether the client prefers CSV to JSON. Raises Problem (406) if it accepts neither."""
    if not request.http.headers.get("Accept", "").strip():
        return False
    preferred = request.http.get_preferred_type(["application/json", _CSV])
    if preferred is None:
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, _("The list is available as JSON and as CSV."))
    return preferred == _CSV


def _csv(listing: PartnerListing) -> HttpResponseBase:
    partners, count = listing.rows(), listing.rows().order_by().count()

    def table() -> Table:
        return data_table(partners, count=count, language=listing.language, headings="names")

    size = estimate_size(partners, count=count)
    try:
        spool = spool_table(table, format="csv", separator=",", size=size, byte_order_mark=False)
    except NoSpace as error:
        sentence = _("There is no room for another file at the moment. Try again later.")
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, sentence) from error
    return StreamingHttpResponse(spool, content_type=f"{_CSV}; charset=utf-8")


def _deleted_by(partner: Any) -> str:
    name: str = partner.deleted_by
    return name


def _listed(partner: Partner, *, today: date) -> dict[str, Any]:
    return representation(partner) | {"state": partner.state_on(today), "sent": partner.sent_30_days}
