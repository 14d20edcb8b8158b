"""The list of the history: the words for what its change sets did, its columns, and the source of its rows."""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import and_, or_

from django.db.models import Case, Expression, F, IntegerField, Q, TextField, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from renvoi.domain.names.keys import fold, sort_key
from renvoi.domain.places import LANGUAGES, Language
from renvoi.history.models import Change, ChangeSet
from renvoi.lists.columns import Column, Source
from renvoi.lists.matching import has_moment, is_number, moment_text
from renvoi.partners.fields import LABELS
from renvoi.partners.models import Partner
from renvoi.partners.values import OPERATOR_LABELS
from renvoi.people.models import User

CHANNELS: Mapping[str, Promise] = {
    "console": _("Console"),
    "cli": _("Command"),
    "api": _("API"),
    "demo": _("Demo"),
    "timer": _("Renvoi (automatic)"),
}
"""How a change came in. Of a change that no account made, it is also shown as who made it."""
VERBS: Mapping[str, Promise] = {
    "create": _("partners created"),
    "update": _("partners changed"),
    "pause": _("partners paused"),
    "resume": _("partners resumed"),
    "trash": _("partners deleted"),
    "purge": _("partners deleted for good"),
    "restore": _("partners restored"),
    "replace": _("partners replaced"),
}
"""What was done to several partners, by the verb of the changes."""
UNDO = _("Undoing")
IMPORT = pgettext_lazy("history", "Import")
GENERAL_SETTINGS = _("General settings")
# As in `partners.actions`, which no list imports.
PARTNER, OPERATOR = "partner", "operator"
_WORDS = 12
"""How many words of a keyword are searched for."""
_OWN_PAGES = (" areas ", " golden_visitors ")
"""The summed up fields of a step that only changed the operator's coverage area, or its golden visitors."""


def history_source(*, partner_id: int | None = None) -> Source[ChangeSet]:
    """Return what the history shows: the change sets, or those that changed one partner, the newest first.

    The order is that of writing.
    """
    rows = ChangeSet.objects.select_related("actor", "undoes").alias(at_text=moment_text("at"))
    if partner_id is not None:
        changes = Change.objects.filter(subject=PARTNER, subject_id=partner_id)
        rows = rows.filter(id__in=changes.values("change_set_id"))
    return Source(rows, HISTORY_COLUMNS, default_sort="-at", ties=("-position", "id"), is_selectable=False)


def _was_made_by(keyword: str) -> Q:
    """Match the present name of an account, the name of one that was deleted, or the channel of a change by nobody."""
    folded = fold(keyword)
    accounts = [account.pk for account in User.objects.all() if folded in fold(str(account))]
    nobody = Q(actor_name="", channel__in=_labelled(CHANNELS, folded))
    return Q(actor__in=accounts) | Q(Q(actor_sort__contains=folded) | nobody, actor=None)


def _by_actor(_language: Language) -> tuple[Expression]:
    names = (When(actor=account.pk, then=Value(sort_key(str(account)))) for account in User.objects.all())
    return (Case(*names, default=F("actor_sort"), output_field=TextField()),)


def _came_through(keyword: str) -> Q:
    folded = fold(keyword)
    return Q(channel__in=_labelled(CHANNELS, folded)) | Q(channel__contains=folded)


def _by_channel(language: Language) -> tuple[Expression]:
    with override(language):
        ordered = sorted(CHANNELS, key=lambda channel: fold(str(CHANNELS[channel])))
    ranks = (When(channel=channel, then=Value(rank)) for rank, channel in enumerate(ordered))
    return (Case(*ranks, default=Value(len(ordered)), output_field=IntegerField()),)


def _did(keyword: str) -> Q:
    """Match what the words of the keyword describe together, or the name of a partner among several."""
    words = [word.strip("«»“”\"':,.") for word in fold(keyword).split()]
    conditions = [_is_described_by(word) for word in words[:_WORDS] if word]
    named = Partner.objects.filter(name_key__contains=fold(keyword)[:1000])
    among = Change.objects.filter(subject=PARTNER, subject_id__in=named.values("id"))
    described = reduce(and_, conditions, Q())
    return described | Q(count__gt=1, id__in=among.values("change_set_id"))


def _is_described_by(word: str) -> Q:
    """Match a word of the sentence that says what a change set did, in either language.

    That of an undo is about the step that it undid.
    """
    conditions = [*_described(word, ""), *_described(word, "undoes__")]
    if _has(UNDO, word):
        conditions += [Q(undoes__isnull=False), Q(tally__contains="undo:")]
    return reduce(or_, conditions)


def _described(word: str, of: str) -> Iterator[Q]:
    """Yield conditions on a change set, or on the one in a relation of it that `of` names, with two underscores."""
    subject, fields = f"{of}subject", f"{of}fields"
    yield Q(**{f"{of}name_sort__contains": word})
    for verb in _labelled(VERBS, word):
        yield Q(**{f"{of}tally__contains": f"{verb}:"})
    for about, labels in ((PARTNER, LABELS), (OPERATOR, OPERATOR_LABELS)):
        for name in _labelled(labels, word):
            yield Q(**{f"{fields}__contains": f" {name} ", subject: about})
    if _has(IMPORT, word):
        yield Q(**{subject: PARTNER, f"{of}count__gt": 1, f"{of}tally__contains": "update:"})
        created = Q(**{subject: PARTNER, f"{of}count__gt": 1, f"{of}tally__contains": "create:"})
        yield created & ~Q(**{f"{of}channel": "demo"})
    if _has(GENERAL_SETTINGS, word):
        yield Q(**{subject: OPERATOR}) & ~Q(**{f"{fields}__in": _OWN_PAGES})
    if word.isascii() and word.isdecimal() and len(word) < 10:
        yield Q(**{f"{of}count": int(word)})


def _labelled(labels: Mapping[str, Promise], folded: str) -> list[str]:
    return [name for name, label in labels.items() if _has(label, folded)]


def _has(label: Promise, folded: str) -> bool:
    return any(folded in text for text in _in_both_languages(label))


def _in_both_languages(label: Promise) -> Iterator[str]:
    for language in LANGUAGES:
        with override(language):
            yield fold(str(label))


HISTORY_COLUMNS = (
    Column(
        "at",
        _("When"),
        _("Search in When"),
        has_moment("at", "at_text"),
        lambda _language: ("position",),
        css_name="when",
        hint=_("Type a day or a part of it: 2026\u201112\u201103, 2026\u201112, December 2026"),
    ),
    Column("actor", _("Who"), _("Search in Who"), _was_made_by, _by_actor, css_name="who"),
    Column("channel", _("Channel"), _("Search in Channel"), _came_through, _by_channel),
    Column("what", _("What"), _("Search in What"), _did, lambda _language: ("name_sort", "subject", "tally")),
    Column(
        "generation",
        _("Version"),
        _("Search in Version"),
        is_number("generation"),
        lambda _language: ("generation",),
        nullable=("generation",),
        hint=_("Type a number: 5, >5, <=5 or 2..9"),
    ),
    Column(
        "reason",
        pgettext_lazy("change", "Reason"),
        _("Search in Reason"),
        lambda keyword: Q(reason_sort__contains=fold(keyword)[:1000]),
        lambda _language: ("reason_sort",),
    ),
)
