"""Saved views: name the search and order of the list, rename, replace and delete them."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from renvoi.console.forms.typed_form import TypedForm, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import list_path, read_listing
from renvoi.console.notices import Notice, add_notice
from renvoi.lists.saved_views import delete_view
from renvoi.partners.lists.saved_views import rename_view, save_view, views_of
from renvoi.partners.models import SavedView

_LABELS = {"name": gettext_lazy("Name of the view")}


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: StaffRequest) -> HttpResponse:
    """Save the listing in `list` under a name. With `replaces`, an existing view of that name is overwritten."""
    listing = read_listing(request)
    form = TypedForm(_LABELS, list_query=listing.query())
    typed = read_typed(request)
    form.fill(typed or {})
    if request.method != "POST":
        form.is_restored = typed is not None
        return _page(request, form, None)
    try:
        view = save_view(
            account=request.user,
            name=form["name"].value,
            listing=listing,
            replaces="replaces" in request.POST,
        )
    except ValidationError as error:
        return _refused(request, form, None, error)
    return _done(request, view, _("View %(name)s saved."))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, view_id: int) -> HttpResponse:
    """Rename the view."""
    view = _get_view(request, view_id)
    form = TypedForm(_LABELS, list_query=view.query)
    typed = read_typed(request)
    form.fill({"name": view.name} if typed is None else typed)
    if request.method != "POST":
        form.is_restored = typed is not None
        return _page(request, form, view)
    try:
        renamed = rename_view(account=request.user, view_id=view.id, name=form["name"].value)
    except ValidationError as error:
        return _refused(request, form, view, error)
    return _done(request, renamed, _("View %(name)s saved."))


@require_POST
def delete(request: StaffRequest, view_id: int) -> HttpResponse:
    """Delete the view, and return to the list in the state that it named, so that it can be saved again.

    If it is gone already, return to the list: the form may have been sent again because its response was lost.
    """
    if not views_of(request.user).filter(id=view_id).exists():
        return HttpResponseRedirect(list_path(""))
    view = delete_view(views_of(request.user), view_id=view_id)
    return _done(request, view, _("View %(name)s deleted. The partners are still there."))


def _done(request: StaffRequest, view: SavedView, sentence: str) -> HttpResponse:
    add_notice(request, Notice(sentence % {"name": view.name}))
    return HttpResponseRedirect(list_path(view.query))


def _refused(request: StaffRequest, form: TypedForm, view: SavedView | None, error: ValidationError) -> HttpResponse:
    form.refuse(error)
    is_taken = view is None and error.error_dict["name"][0].code == "taken"
    return _page(request, form, view, is_taken=is_taken, status=422)


def _page(
    request: StaffRequest, form: TypedForm, view: SavedView | None, *, is_taken: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "title": _("Rename or delete the view") if view else _("Save this view"),
        "action": reverse("console:view", args=[view.id]) if view else reverse("console:view_new"),
        "form": form,
        "view": view,
        "is_taken": is_taken,
        "list_path": list_path(form.list_query),
    }
    return render(request, "console/partners/view.html", context, status=status)


def _get_view(request: StaffRequest, view_id: int) -> SavedView:
    view = views_of(request.user).filter(id=view_id).first()
    if view is None:
        raise Http404
    return view
