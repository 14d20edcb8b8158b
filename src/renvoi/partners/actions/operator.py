"""Update the operator and its coverage area."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, fields, replace

from renvoi.history.models import Change
from renvoi.history.recording import Changes, Channel
from renvoi.partners.actions.recording import OPERATOR, StaleVersion, change_set
from renvoi.partners.models import CoveredArea, Operator
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User

OPERATOR_FIELDS = frozenset(field.name for field in fields(OperatorValues))


@dataclass(frozen=True, slots=True)
class SavedOperator:
    """The operator as an action has left it, and the change set of that action; None if it changed nothing.

    Of a form that was submitted before with the same values, it is the change set of that time.
    """

    operator: Operator
    change_set_id: uuid.UUID | None


def update_operator(
    *,
    values: OperatorValues,
    expected_version: int,
    actor: User | None,
    channel: Channel,
    edited: Collection[str] = OPERATOR_FIELDS,
    idempotency_key: uuid.UUID | None = None,
) -> SavedOperator:
    """Update the fields `edited` of the operator, coverage area included.

    Saving equal values changes nothing. Raises StaleVersion if one of these fields was saved since `expected_version`,
    or if another field, saved meanwhile, does not go with them.
    """
    with change_set(actor=actor, channel=channel, idempotency_key=idempotency_key) as changes:
        operator = Operator.objects.select_for_update().get(id=1)
        current = OperatorValues.of(operator)
        updated = replace(current, **{name: getattr(values, name) for name in edited})
        if changes.find_repeated(OPERATOR, updated.to_json()) == operator.id:
            return SavedOperator(operator, changes.earlier_id(OPERATOR))
        if current == updated:
            return SavedOperator(operator, None)
        is_homeless = updated.areas and not (updated.signup_url_en or updated.signup_url_fr)
        if is_homeless or _saved_since(operator, current, version=expected_version) & set(edited):
            raise StaleVersion(operator)
        write_operator(changes, operator, updated, verb="update", before=current)
    return SavedOperator(operator, changes.id)


def write_operator(
    changes: Changes, operator: Operator, values: OperatorValues, *, verb: str, before: OperatorValues
) -> None:
    """Give the operator, as it was read in this transaction, these values, and record it."""
    for name in OPERATOR_FIELDS - {"areas"}:
        setattr(operator, name, getattr(values, name))
    operator.version += 1
    operator.save()
    CoveredArea.objects.all().delete()
    CoveredArea.objects.bulk_create(CoveredArea(country=country, region=region) for country, region in values.areas)
    changes.record(verb, OPERATOR, operator.id, before=before.to_json(), after=values.to_json())


def _saved_since(operator: Operator, current: OperatorValues, *, version: int) -> frozenset[str]:
    """Return the fields that differ from those of a version; all of them if that version is not in the history."""
    if operator.version == version:
        return frozenset()
    newer = Change.objects.filter(subject=OPERATOR).order_by("-id")[: max(0, operator.version - version)]
    befores = list(newer.values_list("before", flat=True))
    if version < 1 or len(befores) != operator.version - version or befores[-1] is None:
        return OPERATOR_FIELDS
    now = current.to_json()
    return frozenset(name for name in OPERATOR_FIELDS if befores[-1].get(name, now[name]) != now[name])
