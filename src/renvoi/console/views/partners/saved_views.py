"""Hides how a search and an order of the list get a name, and become a tab above it."""

from typing import cast

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from renvoi.console.forms import TypedForm
from renvoi.console.notices import Notice, add_notice
from renvoi.console.views.partners.partner_list import list_path, list_query_of, listing_of
from renvoi.partners.lists.saved_views import delete_view, rename_view, save_view, views_of
from renvoi.partners.models import SavedView
from renvoi.people.models import User

_LABELS = {"name": gettext_lazy("Name of the view")}


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Names the list as it is in `list`. `replaces`: the view of that name holds this list from now on."""
    query = list_query_of(request)
    form = TypedForm(_LABELS, list_query=query)
    if request.method != "POST":
        return _page(request, form, None)
    form.fill(request.POST)
    try:
        view = save_view(
            account=_account(request),
            name=form["name"].value,
            listing=listing_of(request, QueryDict(query)),
            replaces="replaces" in request.POST,
        )
    except ValidationError as error:
        return _refused(request, form, None, error)
    return _done(request, view, _("View %(name)s saved."))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, view_id: int) -> HttpResponse:
    """Another name for the view."""
    view = _view(request, view_id)
    form = TypedForm(_LABELS, list_query=view.query)
    form.fill({"name": view.name} if request.method != "POST" else request.POST)
    if request.method != "POST":
        return _page(request, form, view)
    try:
        renamed = rename_view(account=_account(request), view_id=view.id, name=form["name"].value)
    except ValidationError as error:
        return _refused(request, form, view, error)
    return _done(request, renamed, _("View %(name)s saved."))


@require_POST
def delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """Forgets the view. The list stays as it was: it can be saved again."""
    view = delete_view(account=_account(request), view_id=_view(request, view_id).id)
    return _done(request, view, _("View %(name)s deleted. The partners are still there."))


def _done(request: HttpRequest, view: SavedView, sentence: str) -> HttpResponse:
    add_notice(request, Notice(sentence % {"name": view.name}))
    return HttpResponseRedirect(list_path(view.query))


def _refused(request: HttpRequest, form: TypedForm, view: SavedView | None, error: ValidationError) -> HttpResponse:
    form.refuse(error)
    is_taken = view is None and error.error_dict["name"][0].code == "taken"
    return _page(request, form, view, is_taken=is_taken, status=422)


def _page(
    request: HttpRequest, form: TypedForm, view: SavedView | None, *, is_taken: bool = False, status: int = 200
) -> HttpResponse:
    context = {"form": form, "view": view, "is_taken": is_taken, "list_path": list_path(form.list_query)}
    template = "_view_window" if request.headers.get("HX-Request") else "view"
    return render(request, f"console/partners/{template}.html", context, status=status)


def _view(request: HttpRequest, view_id: int) -> SavedView:
    view = views_of(_account(request)).filter(id=view_id).first()
    if view is None:
        raise Http404
    return view


def _account(request: HttpRequest) -> User:
    return cast("User", request.user)
