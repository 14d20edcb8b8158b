"""`renvoi history undo`: show what undoing a step would do, and do it."""

import json
import uuid
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from renvoi.cli.foreseen_output import cells_as_json, lines_of_cells
from renvoi.cli.setup import configure, counted, operator_today, printable, require_migrated

if TYPE_CHECKING:
    from renvoi.partners.actions import Skipped, Undone, UndoPlan
    from renvoi.partners.actions.undoing.proof import Proof

_NOT_POSSIBLE, _NOT_APPLIED = 1, 3
_WHY = {
    "changed": "was changed since",
    "name_taken": "another partner has its name now",
    "destroyed": "no longer exists",
    "unreadable": "what was recorded can't be stored by this version",
}


@click.command("undo")
@click.argument("step_id", metavar="ID", type=click.UUID)
@click.option("--apply", "applies", is_flag=True, help="Undo the step. Without it the changes are only shown.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def undo(step_id: uuid.UUID, applies: bool, as_json: bool) -> None:  # noqa: FBT001 (click's flags)
    """Show what undoing a step of `renvoi history list` would change; with --apply, undo it.

    Each partner is put back exactly as it was, or left with the reason: it was changed since, another one has its name,
    or it no longer exists. A created partner goes to the trash. An undo is a step, which can be undone too.

    Exits with 0 if the step was undone or there is nothing to undo, with 3 if the changes were only shown, and with 1
    if nothing can be put back.
    """
    require_migrated(configure(reads_only=not applies))
    from renvoi.history.models import ChangeSet
    from renvoi.partners.actions import plan_undo

    if not ChangeSet.objects.filter(id=step_id).exists():
        raise click.BadParameter(f"There is no step {step_id} in the history.", param_hint="ID")
    today = operator_today()
    plan, undone, obstacle = plan_undo([step_id], today=today), None, ""
    if plan.count and applies:
        plan, undone, obstacle = _apply(step_id, plan, today=today)
    elif plan.count:
        obstacle = "Nothing was changed yet: --apply undoes the step."
    elif plan.skipped:
        obstacle = "Nothing was changed: nothing can be put back as it was."
    proof = _proof(undone, today=today)
    if as_json:
        click.echo(json.dumps(_as_json(step_id, plan, undone, proof, today=today), ensure_ascii=False))
    else:
        for line in _lines(plan, undone, proof, today=today):
            click.echo(printable(line))
    if obstacle:
        click.echo(obstacle, err=True)
        raise SystemExit(_NOT_APPLIED if plan.count else _NOT_POSSIBLE)


def _apply(step_id: uuid.UUID, plan: "UndoPlan", *, today: date) -> tuple["UndoPlan", "Undone | None", str]:
    from renvoi.partners.actions import UndoChanged, undo_steps

    try:
        undone = undo_steps(step_ids=[step_id], digest=plan.digest, today=today, actor=None, channel="cli")
    except UndoChanged as error:
        return error.plan, None, "Nothing was changed: the partners were changed meanwhile. This is the undo now."
    return plan, undone, ""


def _proof(undone: "Undone | None", *, today: date) -> "Proof | None":
    from renvoi.partners.actions.undoing.proof import prove

    return prove(undone.change_set_id, today=today) if undone and undone.change_set_id else None


def _as_json(
    step_id: uuid.UUID, plan: "UndoPlan", undone: "Undone | None", proof: "Proof | None", *, today: date
) -> dict[str, Any]:
    from renvoi.partners.consequences import names_in

    names = _names_of(plan)
    return {
        "id": str(step_id),
        "change_set": str(undone.change_set_id) if undone else None,
        "count": plan.count,
        "reversals": [
            {"subject": one.key.subject, "subject_id": one.key.subject_id, "before": one.before, "after": one.after}
            for one in plan.reversals
        ],
        "skipped": [_skipped_as_json(one) for one in plan.skipped],
        "consequences": cells_as_json(plan.foreseen.cells, names, today=today),
        "identical_to": proof.generation if proof and proof.is_identical else None,
        "compared_with": proof.generation if proof else None,
        "differences": cells_as_json(proof.cells, names | names_in(proof.cells), today=today) if proof else [],
        "differing": [
            {"subject": key.subject, "subject_id": key.subject_id, "later": str(step) if step else None}
            for key, step in (proof.differing if proof else ())
        ],
    }


def _skipped_as_json(skipped: "Skipped") -> dict[str, Any]:
    return {
        "subject": skipped.key.subject,
        "subject_id": skipped.key.subject_id,
        "name": skipped.name,
        "reason": skipped.why,
        "later": str(skipped.later) if skipped.later else None,
        "holder": skipped.holder[0] if skipped.holder else None,
    }


def _lines(plan: "UndoPlan", undone: "Undone | None", proof: "Proof | None", *, today: date) -> Iterator[str]:
    if not plan.steps:
        yield "There is nothing to undo: the step was undone before."
    yield f"Put back: {plan.count:,}, left as they are: {len(plan.skipped):,}"
    for one in plan.reversals:
        yield f"{one.key.subject} {one.key.subject_id}: {one.name}"
        for name in sorted(one.before.keys() | one.after.keys()):
            before, after = one.before.get(name), one.after.get(name)
            if before != after:
                yield f"    {name}: {_text(before)} → {_text(after)}"
    for skipped in plan.skipped:
        later = f" (step {skipped.later})" if skipped.later else ""
        holder = f" ({skipped.holder[0]} {skipped.holder[1]})" if skipped.holder else ""
        yield f"left: {skipped.key.subject} {skipped.key.subject_id} {skipped.name}: {_WHY[skipped.why]}{later}{holder}"
    if undone is None:
        yield from lines_of_cells(plan.foreseen.cells, _names_of(plan), today=today)
    elif proof is not None and proof.is_identical:
        published_at = f"{proof.published_at:%Y-%m-%dT%H:%M:%SZ}"
        yield f"The routing table is identical to number {proof.generation}, of {published_at}."
    elif proof is not None:
        cells = counted(len(proof.cells), one="answer", many="answers")
        yield f"The routing table differs from number {proof.generation}, in {cells} to prospects:"
        for key, step in proof.differing:
            yield f"    {key.subject} {key.subject_id}: step {step or 'unknown'}"


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value) if value not in {None, ""} else "-"


def _names_of(plan: "UndoPlan") -> dict[int, str]:
    """Return the names of the partners in the consequences, as they would be."""
    from renvoi.partners.consequences import names_in

    return names_in(plan.foreseen.cells) | {one.key.subject_id: one.name for one in plan.reversals}
