"""Hides the page Aide: a chapter of the guide in the reader's language, and the search in all of them."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from renvoi.console.guide import chapters_in, find_sections
from renvoi.console.http import StaffRequest
from renvoi.console.sentences import current_language

_QUERY_CHARACTERS = 100


@require_safe
def show(request: StaffRequest, chapter: str) -> HttpResponse:
    """The chapter at that address; the first has the address of the page itself."""
    addresses = [one.address for one in chapters_in(current_language())]
    if chapter not in addresses[1:]:
        raise Http404
    return _page(request, addresses.index(chapter))


@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """The first chapter; with `q`, the sections that hold these words."""
    query = " ".join(request.GET.get("q", "").split())[:_QUERY_CHARACTERS]
    if not query:
        return _page(request, 0)
    language = current_language()
    context = {"chapters": chapters_in(language), "query": query, "found": find_sections(query, language=language)}
    return render(request, "console/help/found.html", context)


def _page(request: StaffRequest, place: int) -> HttpResponse:
    chapters = chapters_in(current_language())
    context = {
        "chapters": chapters,
        "chapter": chapters[place],
        "previous": chapters[place - 1] if place else None,
        "next": chapters[place + 1] if place + 1 < len(chapters) else None,
    }
    return render(request, "console/help/chapter.html", context)
