"""Read the countries, which partners and visitors have by their codes."""

from django.http import HttpResponseBase

from renvoi.api.operation import ApiRequest
from renvoi.api.problems import json_response
from renvoi.domain.places import COUNTRIES, country_name, country_sort_key


def list_countries(request: ApiRequest) -> HttpResponseBase:
    """Answer with the code and the names of every country, in the order of the language that was asked for."""
    codes = sorted(COUNTRIES, key=lambda code: country_sort_key(code, language=request.language))
    countries = [
        {"code": code, "name_en": country_name(code, language="en"), "name_fr": country_name(code, language="fr")}
        for code in codes
    ]
    return json_response({"count": len(countries), "countries": countries})
