"""Order the check of a file, read what has become of it, and confirm its import (ADR 37)."""

from http import HTTPStatus

from django.http import HttpResponse, HttpResponseBase, UnreadablePostError
from django.utils.translation import gettext as _

from renvoi.api.json_bodies import Body, read_object
from renvoi.api.operation import ROOT, ApiRequest
from renvoi.api.operations.imports.described import count_to_confirm, etag_of, representation
from renvoi.api.problems import Problem, error_at, json_response, pointer_to
from renvoi.api.writing import by, errors_of_count, key_of_content, tags_in
from renvoi.partners.figures import Figure
from renvoi.partners.importing.headings import is_heading
from renvoi.partners.importing.reading.problems import FileRefused
from renvoi.partners.importing.reading.rows import MAX_BYTES, require_readable
from renvoi.partners.imports.jobs import TooManyImports, confirm_import, order_check, recent_imports, state_of
from renvoi.partners.models import PartnerImport

TYPES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_FIELDS = {"confirm_count", "confirm_replaced"}
_UNDER_WAY = {"checking", "importing"}
_CHECK_S, _SOON_S = "5", "1"


def order(request: ApiRequest) -> HttpResponseBase:
    """Store a file and have it checked, in a process of its own: 201 with the address of its plan."""
    content = _read(request)
    key = key_of_content(request, content)
    try:
        require_readable(content, is_heading=is_heading)
    except FileRefused as error:
        refused = error_at("", error.problem.reason)
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, error.problem.reason, errors=[refused]) from error
    try:
        job = order_check(
            content,
            file_name=request.token.name,
            language=request.language,
            account=request.token.owner,
            idempotency_key=key,
        )
    except TooManyImports as error:
        sentence = _("Several files of this account are still being checked. Wait until one of them is, and try again.")
        headers = {"Retry-After": _CHECK_S}
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, sentence, headers=headers) from error
    response = _response(request, job, status=HTTPStatus.CREATED)
    response.headers["Location"] = f"{ROOT}/imports/{job.id}"
    return response


def read(request: ApiRequest) -> HttpResponseBase:
    """Answer with what has become of a file, and with its plan."""
    return _response(request, _find(request))


def apply(request: ApiRequest) -> HttpResponseBase:
    """Have the plan with the ETag in If-Match carried out: 202. Again, answer with what has become of it."""
    job = _find(request)
    tags = tags_in(request)
    body = read_object(request.http) if request.http.body.strip() else {}
    if tags != ["*"] and etag_of(job) not in tags:
        more = {"current": representation(job, language=request.language, today=request.today)}
        sentence = _("The plan is another one now. Nothing was imported.")
        raise Problem(HTTPStatus.PRECONDITION_FAILED, sentence, more=more | {"differs": []})
    _require_fields(body)
    state = state_of(job)
    if state in {"importing", "imported"}:
        return _response(request, job, status=HTTPStatus.ACCEPTED)
    _require_applicable(job, state)
    _require_confirmation(request, job, body)
    replaces = body.get("confirm_replaced") is True
    if not confirm_import(job, digest=job.digest, confirms_replacements=replaces, **by(request)):
        raise Problem(HTTPStatus.CONFLICT, _("Somebody else is importing this file."))
    return _response(request, _find(request), status=HTTPStatus.ACCEPTED)


def _read(request: ApiRequest) -> bytes:
    """Return the file in the body. Raises Problem: 415 if it is declared as another one, 413 if it is too large."""
    if (request.http.content_type or "") not in TYPES:
        sentence = _("Send a CSV or XLSX file, with Content-Type text/csv or %(workbook)s.")
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, sentence % {"workbook": TYPES[1]})
    try:
        content: bytes = request.http.read(MAX_BYTES + 1)
    except UnreadablePostError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, _("The body could not be read to its end.")) from error
    if len(content) > MAX_BYTES:
        sentence = _("A file has at most %(megabytes)s MB.") % {"megabytes": Figure(MAX_BYTES // 1024**2)}
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
    return content


def _find(request: ApiRequest) -> PartnerImport:
    job = recent_imports().filter(id=request.key).first()
    if job is None:
        raise Problem(HTTPStatus.NOT_FOUND, _("There is no such import. A file is kept for a day."))
    return job


def _response(request: ApiRequest, job: PartnerImport, *, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    described = representation(job, language=request.language, today=request.today)
    response = json_response(described, status=status)
    response.headers["ETag"] = etag_of(job)
    if described["state"] in _UNDER_WAY:
        response.headers["Retry-After"] = _SOON_S
    return response


def _require_applicable(job: PartnerImport, state: str) -> None:
    """Raise Problem (409) if there is no plan yet, or none that can be carried out."""
    if state == "checking":
        raise Problem(HTTPStatus.CONFLICT, _("The file is still being checked."))
    if state != "checked":
        raise Problem(HTTPStatus.CONFLICT, _("This import has failed. Send the file again."))
    if job.report["errors"]:
        raise Problem(HTTPStatus.CONFLICT, _("The file has errors. Correct them, and send it again."))
    if not job.report["created"] + job.report["changed"]:
        raise Problem(HTTPStatus.CONFLICT, _("There is nothing to import: the file changes nothing."))


def _require_fields(body: Body) -> None:
    errors = [error_at(pointer_to(name), _("There is no such field.")) for name in body.keys() - _FIELDS]
    errors += errors_of_count(body)
    if not isinstance(body.get("confirm_replaced", False), bool):
        errors.append(error_at("/confirm_replaced", _("This is neither true nor false.")))
    if errors:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _("Nothing was imported. Correct the fields."), errors=errors)


def _require_confirmation(request: ApiRequest, job: PartnerImport, body: Body) -> None:
    """Ask for the number of partners of a large import, and for a word about rows that replace partners.

    Raises Problem (422) if one is missing.
    """
    count, errors = count_to_confirm(job.report, today=request.today), []
    if count is not None and body.get("confirm_count") != count:
        sentence = _("This import is large. To confirm it, send the number of partners: %(count)s.")
        errors.append(error_at("/confirm_count", sentence % {"count": Figure(count)}))
    if job.report["replaced"] and not body.get("confirm_replaced"):
        sentence = _(
            "Some rows replace partners of which neither the name nor an address stays. To confirm, send true."
        )
        errors.append(error_at("/confirm_replaced", sentence))
    if errors:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _("Nothing was imported. Confirm the import."), errors=errors)
