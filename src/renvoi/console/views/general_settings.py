"""The page General settings: the country data in use, with their source and their date."""

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
    """Show the page. It checks the file as the gateway does, but writes no copy of it."""
    data = _country_data(settings.CONFIG)
    data.refresh()
    known = data.status.provenance
    context = {
        "known": known,
        "problem": data.status.problem,
        "is_old": known is not None and known.is_old(datetime.now(UTC)),
    }
    return render(request, "console/general_settings.html", context)


@lru_cache(maxsize=1)
def _country_data(config: Config) -> CountryData:
    """Return the reader of the country data, kept so that an unchanged file is not read again."""
    return CountryData(config, keep_copy=False)
