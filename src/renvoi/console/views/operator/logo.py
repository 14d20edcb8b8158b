"""The page Logo of the general settings: upload the operator's logo, replace it, remove it; and its image."""

from collections.abc import Mapping
from http import HTTPStatus

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from renvoi.console.forms.typed_form import TypedForm, parse_idempotency_key, parse_version, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.notices import Notice, add_notice
from renvoi.console.views.operator.general_settings import last_editor
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.figures import Figure
from renvoi.partners.models import Operator
from renvoi.publication.logo_images import (
    MAX_UPLOAD_BYTES,
    MAX_UPLOAD_PIXELS,
    MIN_SIDE,
    LogoRefusal,
    LogoRefused,
    make_logo,
)
from renvoi.publication.logos import read_logo, stored_logo

_FILE = "file"
_LABELS = {_FILE: gettext_lazy("PNG, JPEG, WebP or GIF file")}
_REFUSALS: Mapping[LogoRefusal, Promise] = {
    "too_large": gettext_lazy("This file is over %(megabytes)s MB. Choose a smaller one."),
    "not_an_image": gettext_lazy(
        "This is not a PNG, JPEG, WebP or GIF file. Export your logo in one of these formats."
    ),
    "too_many_pixels": gettext_lazy(
        "This image has over %(megapixels)s million pixels. Choose a smaller one: 640 × 160 pixels are enough."
    ),
    "damaged": gettext_lazy("This image is damaged or incomplete. Export it again, or choose another."),
    "too_small": gettext_lazy(
        "This image is too small or too long: at 640 × 160 pixels at most, its short side has under %(side)s pixels."
    ),
    "empty": gettext_lazy("Nothing can be seen in this image: it is transparent everywhere."),
}
"""Why a file is no logo, by reason."""


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: StaffRequest) -> HttpResponse:
    """Show the logo and the form that replaces it. POST: replace it with a file, or remove it."""
    form = TypedForm(_LABELS, version=Operator.objects.get(id=1).version)
    typed = read_typed(request)
    if typed is not None:
        form.version, form.idempotency_key = parse_version(typed.get("version", "")), typed.get("idempotency_key", "")
    if request.method == "POST":
        return _change(request, form)
    if typed is not None and "remove" not in typed:
        form[_FILE].error = _("Choose the file again: it was not received, because your session had ended.")
    return _page(request, form)


@require_safe
def image(request: StaffRequest, digest: str) -> HttpResponse:  # noqa: ARG001 (a view)
    """Return the PNG of any logo that there has been, by its digest."""
    png = read_logo(digest)
    if png is None:
        raise Http404
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return HttpResponse(png, content_type="image/png", headers=headers)


def _change(request: StaffRequest, form: TypedForm) -> HttpResponse:
    logo, png = None, b""
    is_removed = "remove" in request.POST
    try:
        if not is_removed:
            logo, png = make_logo(_received(request))
        saved = actions.update_logo(
            logo=logo,
            png=png,
            expected_version=form.version,
            actor=request.user,
            channel="console",
            idempotency_key=parse_idempotency_key(form.idempotency_key),
        )
    except LogoRefused as refused:
        form[_FILE].error = str(_REFUSALS[refused.reason]) % _FIGURES
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except _NoFile:
        form[_FILE].error = _("Choose a file.")
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleVersion:
        return _conflict(request, form)
    if saved.change_set_id:
        sentence = _("Logo removed. You can bring it back from the history.") if is_removed else _("Logo saved.")
        add_notice(request, Notice(sentence))
    return HttpResponseRedirect(reverse("console:settings"))


class _NoFile(Exception):
    """The form was sent without a file."""


def _received(request: StaffRequest) -> bytes:
    """Return the content of the file. Raises _NoFile."""
    file = request.FILES.get(_FILE)
    if not isinstance(file, UploadedFile):
        raise _NoFile
    return bytes(file.read(MAX_UPLOAD_BYTES + 1))


def _conflict(request: StaffRequest, form: TypedForm) -> HttpResponse:
    sentence = _("%(who)s has changed the logo meanwhile: it is the one above. Choose your file again to replace it.")
    form[_FILE].error = sentence % {"who": last_editor() or _("Somebody")}
    form.version = Operator.objects.get(id=1).version
    return _page(request, form, status=HTTPStatus.CONFLICT)


def _page(request: StaffRequest, form: TypedForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    context = {
        "form": form,
        "logo": stored_logo(Operator.objects.values_list("logo", flat=True).get(id=1)),
        "megabytes": MAX_UPLOAD_BYTES // 1024**2,
    }
    return render(request, "console/general/logo.html", context, status=status)


_FIGURES = {
    "megabytes": MAX_UPLOAD_BYTES // 1024**2,
    "megapixels": MAX_UPLOAD_PIXELS // 1_000_000,
    "side": Figure(MIN_SIDE),
}
