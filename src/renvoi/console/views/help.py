"""The page Help: a chapter of the guide in the reader's language, and a search in all chapters."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from renvoi.console.guide import chapters_in, find_sections
from renvoi.console.http import StaffRequest
from renvoi.console.sentences import current_language

_MAX_QUERY_CHARACTERS = 100


@require_safe
def show(request: StaffRequest, chapter: str) -> HttpResponse:
    """Show a chapter. The first is not found under its own name: it is the page Help itself."""
    addresses = [candidate.address for candidate in chapters_in(current_language())]
    if chapter not in addresses[1:]:
        raise Http404
    return _page(request, addresses.index(chapter))


@require_safe
def index(request: StaffRequest) -> HttpResponse:
    """Show the first chapter or, with `q`, the sections that match."""
    query = " ".join(request.GET.get("q", "").split())[:_MAX_QUERY_CHARACTERS]
    if not query:
        return _page(request, 0)
    language = current_language()
    context = {"chapters": chapters_in(language), "query": query, "results": find_sections(query, language=language)}
    return render(request, "console/help/results.html", context)


def _page(request: StaffRequest, index: int) -> HttpResponse:
    chapters = chapters_in(current_language())
    context = {
        "chapters": chapters,
        "chapter": chapters[index],
        "previous": chapters[index - 1] if index else None,
        "next": chapters[index + 1] if index + 1 < len(chapters) else None,
    }
    return render(request, "console/help/chapter.html", context)
