"""Update the operator and its coverage area."""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace

from renvoi.domain.golden.visitors import GoldenList
from renvoi.domain.table import Logo
from renvoi.history.models import Change
from renvoi.history.recording import Changes, Channel
from renvoi.partners.actions.recording import OPERATOR, StaleVersion, change_set
from renvoi.partners.models import CoveredArea, Operator
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User
from renvoi.publication.logos import store_logo

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
    credential: str = "",
) -> SavedOperator:
    """Update the fields `edited` of the operator, coverage area included.

    Saving equal values changes nothing. Raises StaleVersion if one of these fields was saved since `expected_version`,
    or if another field, saved meanwhile, does not go with them.
    """
    with change_set(actor=actor, channel=channel, idempotency_key=idempotency_key, credential=credential) as changes:
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


def update_logo(
    *,
    logo: Logo | None,
    png: bytes = b"",
    expected_version: int,
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
) -> SavedOperator:
    """Give the operator a logo with this PNG, or none. Raises StaleVersion if it was changed since `expected_version`.

    The PNG stays stored when the logo is removed: the history leads back to it.
    """
    if logo is not None:
        # Before the action, so that the bytes are there once a table names them. Nothing names them if it fails.
        store_logo(logo, png)
    values = replace(OperatorValues.of(Operator.objects.get(id=1)), logo=logo.digest if logo else "")
    return update_operator(
        values=values,
        edited=("logo",),
        expected_version=expected_version,
        actor=actor,
        channel=channel,
        idempotency_key=idempotency_key,
    )


def update_golden_visitors(
    *,
    edit: Callable[[GoldenList], GoldenList],
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
    credential: str = "",
) -> SavedOperator:
    """Replace the golden visitors by what `edit` returns for those of this moment, while no other action can write.

    Two edits at once are both made. An equal list changes nothing. What `edit` raises is raised, and nothing written.
    One idempotency key makes one edit.
    """
    with change_set(actor=actor, channel=channel, idempotency_key=idempotency_key, credential=credential) as changes:
        operator = Operator.objects.select_for_update().get(id=1)
        if changes.repeats is not None:
            return SavedOperator(operator, changes.repeats)
        current = OperatorValues.of(operator)
        updated = replace(current, golden_visitors=edit(current.golden_visitors))
        if current == updated:
            return SavedOperator(operator, None)
        write_operator(changes, operator, updated, verb="update", before=current)
    return SavedOperator(operator, changes.id)


def write_operator(
    changes: Changes, operator: Operator, values: OperatorValues, *, verb: str, before: OperatorValues
) -> None:
    """Give the operator, as it was read in this transaction, these values, and record it."""
    recorded = values.to_json()
    for name in OPERATOR_FIELDS - {"areas"}:
        setattr(operator, name, recorded[name])
    operator.version += 1
    operator.save()
    CoveredArea.objects.all().delete()
    CoveredArea.objects.bulk_create(CoveredArea(country=country, region=region) for country, region in values.areas)
    changes.record(verb, OPERATOR, operator.id, before=before.to_json(), after=recorded)


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
