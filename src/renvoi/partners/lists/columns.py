"""The list of partners: its columns, what a keyword matches in each, what each sorts by, and the source of its rows."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import reduce
from operator import or_

from django.db.models import Case, CharField, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast, StrIndex, Substr
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from renvoi.domain.days.written import with_iso_days
from renvoi.domain.names.keys import fold
from renvoi.domain.places import find_countries
from renvoi.domain.table import State
from renvoi.lists.columns import Column, Source
from renvoi.lists.matching import contains, is_number
from renvoi.partners.fields import LABELS
from renvoi.partners.models import Partner, ServedCountry

STATE_DAY = "state_day"

STATE_LABELS: Mapping[State, Promise] = {
    "active": _("Active"),
    "paused": _("Paused"),
    "to_come": _("Agreement to come"),
    "ended": _("Agreement ended"),
}

_PREPOSITIONS: Mapping[State, Promise] = {
    "active": pgettext_lazy("day", "until"),
    "to_come": pgettext_lazy("day", "from"),
    "ended": pgettext_lazy("day", "on"),
}
"""The word between a state and its day, as in “Active until 2026-12-03”."""

_DAY = re.compile(r"[0-9][0-9-]*$")

SOON = timedelta(days=30)
ENDS_SOON = _("Ends soon")
"""A label that a search in State also matches: an active partner whose agreement ends within SOON."""


def _serves(keyword: str) -> Q | None:
    countries = find_countries(keyword)
    served = ServedCountry.objects.filter(country__in=countries)
    return Q(id__in=served.values("partner_id")) if countries else None


def _has_state(keyword: str) -> Q | None:
    """Match the words of a state, in either language, and its day: all or a part of “Active until 2026-12-03”."""
    folded = with_iso_days(fold(keyword))
    conditions = [Q(state__in=[state]) for state, label in STATE_LABELS.items() if _label_contains(label, folded)]
    conditions += [Q(is_ending=1)] if _label_contains(ENDS_SOON, folded) else []
    conditions += _dated_states(folded)
    return reduce(or_, conditions) if conditions else None


def _dated_states(folded: str) -> Iterator[Q]:
    """Yield the conditions under which a state with its day contains the text."""
    words, day = _split_day(folded)
    for language in ("en", "fr"):
        with override(language):
            for state, preposition in _PREPOSITIONS.items():
                shown = fold(f"{STATE_LABELS[state]} {preposition}")
                if not day and folded in shown:
                    yield Q(state=state, state_day__isnull=False)
                elif day and not words:
                    yield Q(state=state, state_day_text__contains=day)
                elif day and shown.endswith(words):
                    yield Q(state=state, state_day_text__startswith=day)


def _split_day(folded: str) -> tuple[str, str]:
    """Split off the day, or the beginning of a day, at the end of a text: `2026-12-03`, `2026-12`, `2026`."""
    match = _DAY.search(folded)
    return (folded[: match.start()].rstrip(), match[0]) if match else (folded, "")


def _label_contains(label: Promise, folded: str) -> bool:
    for language in ("en", "fr"):
        with override(language):
            if folded in fold(str(label)):
                return True
    return False


COLUMNS: tuple[Column, ...] = (
    Column("name", LABELS["name"], _("Search in Name"), contains("name_key"), lambda _language: ("name_sort",)),
    Column(
        "url_en",
        LABELS["url_en"],
        _("Search in URL in English"),
        contains("url_en_key"),
        lambda _language: ("url_en_shown",),
        css_name="url",
    ),
    Column(
        "url_fr",
        LABELS["url_fr"],
        _("Search in URL in French"),
        contains("url_fr_key"),
        lambda _language: ("url_fr_shown",),
        css_name="url",
    ),
    Column(
        "countries",
        LABELS["countries"],
        _("Search in Countries"),
        _serves,
        lambda language: (f"countries_sort_{language}",),
        hint=_("No country has this name or code. Type, for example, Canada or CA."),
    ),
    Column(
        "state",
        _("State"),
        _("Search in State"),
        _has_state,
        lambda language: (f"state_rank_{language}", STATE_DAY),
        nullable=(STATE_DAY,),
        hint=_("Type a state or a day: Active, Paused, Agreement to come, Agreement ended, 2026\u201112\u201103"),
    ),
    Column(
        "sent",
        _("Redirects"),
        _("Search in Redirects"),
        is_number("sent_30_days"),
        lambda _language: ("sent_30_days",),
        note=_("(30 days)"),
        is_number=True,
        hint=_("Type a number: 5, >5, <=5 or 2..9"),
    ),
)


def partner_source(*, today: date) -> Source[Partner]:
    """Return what the list shows: the partners outside the trash, in their state of that day, sorted by name."""
    rows = with_shown_urls(with_state(Partner.objects.filter(trashed_at=None), today=today))
    return Source(rows=rows, columns=COLUMNS, default_sort="name", ties=("name_sort", "id"), prefetched=("served",))


def with_state(partners: QuerySet[Partner], *, today: date) -> QuerySet[Partner]:
    """Annotate partners with their effective state, as in `domain.table.effective_state`, and with values to sort by.

    `state_day` is the first day of an agreement to come, otherwise the last day. `state_rank_en` and `state_rank_fr`
    are the rank of the state's label in alphabetical order. `is_ending` is 1 if the partner is active and its agreement
    ends within SOON, else 0. `state_day_text` is the day as YYYY-MM-DD, for conditions only.
    """
    state = Case(
        # As everywhere, only an active partner receives visitors: a newer version may have stored another status.
        When(~Q(status=Partner.Status.ACTIVE), then=Value("paused")),
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
    dated = partners.annotate(state=state).annotate(state_day=state_day, is_ending=is_ending, **ranks)
    # Not selected, only searched.
    return dated.alias(state_day_text=Cast("state_day", CharField()))


def with_shown_urls(partners: QuerySet[Partner]) -> QuerySet[Partner]:
    """Add `url_en_shown` and `url_fr_shown` to sort by: the folded URLs without the scheme, which the list hides."""
    return partners.alias(url_en_shown=_without_scheme("url_en_key"), url_fr_shown=_without_scheme("url_fr_key"))


def _without_scheme(field_name: str) -> Substr:
    separator = "://"
    return Substr(field_name, StrIndex(field_name, Value(separator)) + len(separator))


def _states_by_label(language: str) -> list[State]:
    with override(language):
        return sorted(STATE_LABELS, key=lambda state: fold(str(STATE_LABELS[state])))
