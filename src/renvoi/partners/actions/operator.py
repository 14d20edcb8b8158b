"""Update the operator and its coverage area."""

import uuid
from dataclasses import fields

from renvoi.partners.actions.history import OPERATOR, Channel, StaleVersion, change_set, jsonable
from renvoi.partners.models import CoveredArea, Operator
from renvoi.partners.values import OperatorValues
from renvoi.people.models import User


def update_operator(
    *,
    values: OperatorValues,
    expected_version: int,
    actor: User | None,
    channel: Channel,
    idempotency_key: uuid.UUID | None = None,
) -> Operator:
    """Update the operator and its coverage area, and return the operator.

    Saving equal values changes nothing. Raises StaleVersion if the operator is no longer at `expected_version`.
    """
    with change_set(actor=actor, channel=channel, idempotency_key=idempotency_key) as changes:
        operator = Operator.objects.select_for_update().get(id=1)
        if changes.find_repeated(OPERATOR, values) == operator.id:
            return operator
        if operator.version != expected_version:
            raise StaleVersion(operator)
        current = OperatorValues.of(operator)
        if current == values:
            return operator
        for field in fields(values):
            if field.name != "areas":
                setattr(operator, field.name, getattr(values, field.name))
        operator.version += 1
        operator.save()
        CoveredArea.objects.all().delete()
        CoveredArea.objects.bulk_create(CoveredArea(country=country, region=region) for country, region in values.areas)
        changes.record("update", OPERATOR, operator.id, before=jsonable(current), after=jsonable(values))
    return operator
