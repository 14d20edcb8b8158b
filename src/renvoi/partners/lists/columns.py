"""The columns of the list: their labels, what a keyword matches in each, and what each sorts by."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, CharField, F, IntegerField, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from renvoi.domain.places import Language, find_countries, fold
from renvoi.domain.table import State
from renvoi.partners.models import Partner, ServedCountry

STATE_DAY = "state_day"

STATE_LABELS: Mapping[State, Promise] = {
    "active": _("Active"),
    "paused": _("Paused"),
    "to_come": _("Agreement to come"),
    "ended": _("Agreement ended"),
}

SOON = timedelta(days=30)
ENDS_SOON = _("Ends soon")
"""A label that a search in State also matches: an active partner whose agreement ends within SOON."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list.

    `name` is its query parameter, `label` its heading, followed by `note` where there is room. `matching` returns the
    condition for a keyword; `ordering` returns the fields to sort by, in a language.
    """

    name: str
    label: Promise
    search_label: Promise
    matching: Callable[[str], Q]
    ordering: Callable[[Language], tuple[str, ...]]
    note: Promise | str = ""
    is_number: bool = False


def _contains(folded_field: str) -> Callable[[str], Q]:
    return lambda keyword: Q(**{f"{folded_field}__contains": fold(keyword)})


def _serves(keyword: str) -> Q:
    served = ServedCountry.objects.filter(country__in=find_countries(keyword))
    return Q(id__in=served.values("partner_id"))


def _has_state(keyword: str) -> Q:
    folded = fold(keyword)
    in_state = Q(state__in=[state for state, label in STATE_LABELS.items() if _label_contains(label, folded)])
    return in_state | Q(is_ending=1) if _label_contains(ENDS_SOON, folded) else in_state


def _label_contains(label: Promise, folded: str) -> bool:
    for language in ("en", "fr"):
        with override(language):
            if folded in fold(str(label)):
                return True
    return False


_NUMBER = re.compile(
    r"(?P<operator><=|>=|≤|≥|<|>|=)?\s*(?P<number>[0-9]{1,9})|(?P<low>[0-9]{1,9})\s*\.\.\s*(?P<high>[0-9]{1,9})"
)
_LOOKUPS = {"<": "lt", "<=": "lte", "≤": "lte", ">": "gt", ">=": "gte", "≥": "gte", "=": "exact", None: "exact"}
_THOUSANDS_SEPARATOR = re.compile(r"(?<=[0-9])\s(?=[0-9]{3}(?![0-9]))|(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")


def _sent_count(keyword: str) -> Q:
    """Match `5`, `>5`, `<=5`, `2..9` or `10 000`. Anything else matches no partner."""
    match = _NUMBER.fullmatch(_THOUSANDS_SEPARATOR.sub("", keyword.strip()))
    if match is None:
        return Q(pk__in=())
    if match["low"]:
        return Q(sent_30_days__range=(int(match["low"]), int(match["high"])))
    return Q(**{f"sent_30_days__{_LOOKUPS[match['operator']]}": int(match["number"])})


COLUMNS: tuple[Column, ...] = (
    Column("name", _("Name"), _("Search in Name"), _contains("name_key"), lambda _language: ("name_sort",)),
    Column(
        "url_en",
        _("URL in English"),
        _("Search in URL in English"),
        _contains("url_en_key"),
        lambda _l: ("url_en_key",),
    ),
    Column(
        "url_fr", _("URL in French"), _("Search in URL in French"), _contains("url_fr_key"), lambda _l: ("url_fr_key",)
    ),
    Column(
        "countries",
        _("Countries"),
        _("Search in Countries"),
        _serves,
        lambda language: (f"countries_sort_{language}",),
    ),
    Column(
        "state", _("State"), _("Search in State"), _has_state, lambda language: (f"state_rank_{language}", STATE_DAY)
    ),
    Column(
        "sent",
        _("Prospects sent"),
        _("Search in Prospects sent"),
        _sent_count,
        lambda _language: ("sent_30_days",),
        note=_("(30 days)"),
        is_number=True,
    ),
)


def with_state(partners: QuerySet[Partner], *, today: date) -> QuerySet[Partner]:
    """Annotate partners with their effective state, as in `domain.table.effective_state`, and with values to sort by.

    `state_day` is the first day of an agreement to come, otherwise the last day. `state_rank_en` and `state_rank_fr`
    are the rank of the state's label in alphabetical order. `is_ending` is 1 if the partner is active and its agreement
    ends within SOON, else 0.
    """
    state = Case(
        When(status=Partner.Status.PAUSED, then=Value("paused")),
        When(agreement_starts_on__gt=today, then=Value("to_come")),
        When(agreement_ends_on__lt=today, then=Value("ended")),
        default=Value("active"),
        output_field=CharField(),
    )
    ranks = {
        f"state_rank_{language}": Case(
            *(When(state=name, then=Value(rank)) for rank, name in enumerate(_states_by_label(language))),
            output_field=IntegerField(),
        )
        for language in ("en", "fr")
    }
    state_day = Case(When(state="to_come", then=F("agreement_starts_on")), default=F("agreement_ends_on"))
    is_soon = When(state="active", agreement_ends_on__lte=today + SOON, then=Value(1))
    is_ending = Case(is_soon, default=Value(0), output_field=IntegerField())
    return partners.annotate(state=state).annotate(state_day=state_day, is_ending=is_ending, **ranks)


def _states_by_label(language: str) -> list[State]:
    with override(language):
        return sorted(STATE_LABELS, key=lambda state: fold(str(STATE_LABELS[state])))
