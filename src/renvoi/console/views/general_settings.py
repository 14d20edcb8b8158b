"""Hides the page Réglages généraux: for now, which country data are in force, whose they are, and of which day."""

from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from renvoi.config import Config
from renvoi.console.http import StaffRequest
from renvoi.geo.current import CountryData


@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """The page. It looks at the file as the gateway does, and keeps nothing of it."""
    data = _data_of(settings.CONFIG)
    data.refresh()
    known = data.status.provenance
    context = {
        "known": known,
        "problem": data.status.problem,
        "is_old": known is not None and known.is_old(datetime.now(UTC)),
    }
    return render(request, "console/general_settings.html", context)


@lru_cache(maxsize=1)
def _data_of(config: Config) -> CountryData:
    """The file that was read last: a page that is opened again does not read it again."""
    return CountryData(config, keep_copy=False)
