"""Replace a partner: search for the one that takes its countries, or name a new one; show what follows; do it."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from renvoi.console.forms.countries import named_countries
from renvoi.console.forms.typed_form import TypedForm, parse_idempotency_key, read_typed
from renvoi.console.http import StaffRequest
from renvoi.console.list_address import list_path, path_to_row, read_listing
from renvoi.console.notices import Notice, add_notice
from renvoi.console.sentences import and_more
from renvoi.console.views.foreseeing.consequences import brake
from renvoi.console.views.partners.confirmation import changes_since, parse_asked
from renvoi.console.views.replacing.successors import NEW_NAME, new_form, new_values, search_context, warnings_of
from renvoi.console.wording.foreseen import consequences_of
from renvoi.history.models import Change, ChangeSet
from renvoi.lists.confirmation import Asked
from renvoi.partners import actions
from renvoi.partners.actions import Retirement, Succession
from renvoi.partners.consequences import foresee
from renvoi.partners.models import Partner

_COUNTRIES = 12


@require_http_methods(["GET", "HEAD", "POST"])
def replace(request: StaffRequest, partner_id: int) -> HttpResponse:
    """GET: search for the successor; with `by`, ask for confirmation. POST: replace the partner.

    A new successor is named in a form, which is posted to ask. If one of the two or the consequences are not those that
    were asked about, ask again and say what changed (409).
    """
    typed = read_typed(request) or request.GET
    key = parse_idempotency_key(typed.get("idempotency_key", ""))
    if request.method == "POST" and key and ChangeSet.objects.filter(id=key, actor=request.user).exists():
        # A second click, or a form that was sent again because its response was lost.
        return HttpResponseRedirect(list_path(read_listing(request).query()))
    partner = get_object_or_404(_present(), id=partner_id)
    form = new_form(typed)
    succession = _succession(partner, form, typed)
    if succession is None:
        return _search(request, partner, form, typed, status=422 if form.errors else 200)
    question = _question(succession, typed)
    if request.method == "POST" and "asked_about" in typed:
        question["change"] = changes_since(parse_asked(typed), question["asked_about"])
        if not question["change"] and not (question["count_field"] and question["count_field"].error):
            return _replace(request, succession, form, typed)
    return _ask(request, succession, form, question, typed)


def _succession(partner: Partner, form: TypedForm, typed: QueryDict) -> Succession | None:
    """Return what was chosen; None if nothing was, or if the new partner has errors, which are then in the form."""
    retirement = _retirement(typed)
    successor = _present().filter(id=_id(typed.get("by", ""))).exclude(id=partner.id).first()
    if successor is not None:
        return Succession.of(partner, successor, retirement=retirement)
    if "by" in typed or NEW_NAME not in typed:
        return None
    values = new_values(form, partner, is_name_free=retirement == "trash")
    return Succession.of(partner, values, retirement=retirement) if values else None


def _retirement(typed: QueryDict) -> Retirement:
    return "trash" if typed.get("retirement") == "trash" else "pause"


def _replace(request: StaffRequest, succession: Succession, form: TypedForm, typed: QueryDict) -> HttpResponse:
    partner, successor = succession.retired, succession.successor
    try:
        step = actions.replace_partner(
            partner_id=partner.id,
            expected_version=partner.version,
            successor=successor.id if successor else succession.successor_values,
            expected_successor_version=successor.version if successor else 0,
            retirement=_retirement(typed),
            actor=request.user,
            channel="console",
            idempotency_key=parse_idempotency_key(typed.get("idempotency_key", "")),
        )
    except (actions.StaleVersion, Partner.DoesNotExist):
        # Somebody changed one of them in this very moment.
        return replace(request, partner.id)
    except ValidationError as error:
        form[NEW_NAME].error = " ".join(error.error_dict["name"][0].messages)
        return _search(request, partner, form, typed, status=422)
    # The history has it, whatever somebody has done to the partner since.
    of_both = Change.objects.filter(change_set=step, subject=actions.PARTNER)
    successor_id = of_both.exclude(subject_id=partner.id).values_list("subject_id", flat=True)[0]
    add_notice(request, _notice(succession, step, successor_id=successor_id))
    return HttpResponseRedirect(path_to_row(read_listing(request), row_id=successor_id))


def _notice(succession: Succession, step: uuid.UUID, *, successor_id: int) -> Notice:
    names = {"name": succession.retired.name, "who": succession.successor_values.name}
    return Notice(
        _("Partner %(name)s is replaced by %(who)s.") % names,
        undo_path=reverse("console:step_undo", args=[step]),
        undo_label=_("Undo the replacement"),
        subject_id=successor_id,
    )


def _question(succession: Succession, typed: QueryDict) -> dict[str, Any]:
    partner, successor = succession.retired, succession.successor
    foreseen = foresee(succession.changed, today=timezone.localdate())
    consequences = consequences_of(foreseen, names={0: succession.successor_values.name})
    own = set(successor.countries) if successor else set()
    asked_about = Asked(versions={one.id: one.version for one in (partner, successor) if one})
    gained = [code for code in partner.countries if code not in own]
    return {
        "name": succession.successor_values.name,
        "gained": and_more([name for _code, name in named_countries(gained)], shown=_COUNTRIES),
        **consequences.to_context(),
        "asked_about": asked_about.with_consequences(foreseen.cells),
        "change": "",
        **brake(consequences.weight, typed, is_submitted="asked_about" in typed),
    }


def _ask(
    request: StaffRequest, succession: Succession, form: TypedForm, question: dict[str, Any], typed: QueryDict
) -> HttpResponse:
    names = {"name": succession.retired.name, "who": succession.successor_values.name}
    context = (
        question
        | _frame(request)
        | {
            "title": _("Replace %(name)s by %(who)s?") % names,
            "partner": succession.retired,
            "successor": succession.successor,
            "form": form,
            "warnings": [] if succession.successor else warnings_of(form),
            "action": request.path,
            "is_decision": True,
            "retirement": _retirement(typed),
            "idempotency_key": typed.get("idempotency_key") or uuid.uuid4(),
        }
    )
    status = 409 if question["change"] else 422 if question["count_field"] and question["count_field"].error else 200
    return render(request, "console/replacing/question.html", context, status=status)


def _search(request: StaffRequest, partner: Partner, form: TypedForm, typed: QueryDict, *, status: int) -> HttpResponse:
    context = (
        search_context(partner, typed)
        | _frame(request)
        | {
            "title": _("Replace %(name)s by…") % {"name": partner.name},
            "partner": partner,
            "form": form,
            # The one that was chosen is not there any more.
            "is_gone": bool(typed.get("by")),
            "path": request.path,
            "retirement": _retirement(typed),
        }
    )
    return render(request, "console/replacing/search.html", context, status=status)


def _frame(request: StaffRequest) -> dict[str, str]:
    query = read_listing(request).query()
    return {"list_query": query, "list_path": list_path(query)}


def _present() -> QuerySet[Partner]:
    return Partner.objects.filter(trashed_at=None)


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
