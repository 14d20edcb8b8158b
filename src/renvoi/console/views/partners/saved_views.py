"""Saved views: name the search and order of the list, rename, replace and delete them, and undo a deletion."""

from contextlib import suppress
from typing import Any

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
from renvoi.console.notices import Notice, add_notice, dismiss_notice
from renvoi.lists.saved_views import delete_view
from renvoi.partners.lists.saved_views import rename_view, restore_view, save_view, views_of
from renvoi.partners.models import SavedView
from renvoi.people.sessions import change_entry

_DELETED = "deleted_views"
"""The entry of the session with the views that were deleted in it, the newest last: nobody else can name them."""
_MAX_DELETED = 20
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
    """Delete the view, and return to the list in the state that it named. The message can undo it.

    If it is gone already, return to the list: the form may have been sent again because its response was lost.
    """
    view = views_of(request.user).filter(id=view_id).first()
    if view is None:
        deleted = _deleted(request, view_id)
        return HttpResponseRedirect(list_path(deleted["query"] if deleted else ""))
    _remember(request, view)
    with suppress(SavedView.DoesNotExist):
        delete_view(views_of(request.user), view_id=view_id)
    sentence = _("View %(name)s deleted. The partners are still there.")
    return _done(request, view, sentence, undo_path=reverse("console:view_restore", args=[view_id]))


@require_POST
def restore(request: StaffRequest, view_id: int) -> HttpResponse:
    """Bring back a view that was deleted in this session, and return to the list in the state that it names.

    If its name was taken meanwhile, or if there is no room, show the form with its name and that error (422).
    """
    deleted = _deleted(request, view_id)
    if deleted is None:
        add_notice(request, Notice(_("This view can’t be restored any more."), kind="warn"))
        return HttpResponseRedirect(list_path(read_listing(request).query()))
    name, query = deleted["name"], deleted["query"]
    try:
        view = restore_view(account=request.user, view_id=view_id, name=name, query=query)
    except ValidationError as error:
        form = TypedForm(_LABELS, list_query=query)
        form.fill({"name": name})
        return _refused(request, form, None, error)
    dismiss_notice(request, notice_id=request.POST.get("notice", ""))
    return _done(request, view, _("View %(name)s restored."))


def _remember(request: StaffRequest, view: SavedView) -> None:
    deleted = {"id": view.id, "name": view.name, "query": view.query}

    def add(views: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [*(other for other in views if other["id"] != view.id), deleted][-_MAX_DELETED:]

    change_entry(request, _DELETED, add)


def _deleted(request: StaffRequest, view_id: int) -> dict[str, Any] | None:
    return next((view for view in request.session.get(_DELETED, []) if view["id"] == view_id), None)


def _done(request: StaffRequest, view: SavedView, sentence: str, *, undo_path: str = "") -> HttpResponse:
    undo_label = _("Undo the deletion of the view") if undo_path else ""
    add_notice(request, Notice(sentence % {"name": view.name}, undo_path=undo_path, undo_label=undo_label))
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
