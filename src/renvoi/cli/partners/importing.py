"""`renvoi partners import`: check a file of partners, and make the changes that it shows."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from renvoi.cli.partners.plan_output import plan_as_json, plan_as_text
from renvoi.cli.setup import configure, operator_today, pause_collection, require_migrated

if TYPE_CHECKING:
    from renvoi.partners.importing.plan import Plan

_HAS_ERRORS, _NOT_APPLIED = 1, 3


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", "applies", is_flag=True, help="Make the changes. Without it they are only shown.")
@click.option("--confirm", "confirmed", type=int, metavar="N", help="How many partners a large import writes.")
@click.option(
    "--confirm-replaced",
    "confirms_replacements",
    is_flag=True,
    help="Accept rows whose id is that of a partner with another name and other addresses.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_file(
    *, file: Path, applies: bool, confirmed: int | None, confirms_replacements: bool, as_json: bool
) -> None:
    """Check a CSV or XLSX file of partners, and show what it would change; with --apply, change it.

    The columns are those of `renvoi partners export`. A row changes the partner that has its id, else the one that has
    its name; else it creates one. Nothing is deleted. Either all changes are made or none.

    Exits with 0 if there is nothing to change or the changes were made, with 3 if they were only shown, and with 1 if
    the file has errors.
    """
    from django.utils.translation import override

    require_migrated(configure(reads_only=not applies))
    pause_collection()
    content, today = _read(file), operator_today()
    with override("en"):
        plan, obstacle = _import(
            content, today=today, applies=applies, confirmed=confirmed, confirms_replacements=confirms_replacements
        )
        shown = json.dumps(plan_as_json(plan, today=today), ensure_ascii=False) if as_json else ""
        click.echo(shown or plan_as_text(plan, today=today))
    if obstacle:
        click.echo(obstacle, err=True)
    if plan.errors:
        raise SystemExit(_HAS_ERRORS)
    if obstacle:
        raise SystemExit(_NOT_APPLIED)


def _read(file: Path) -> bytes:
    from renvoi.partners.importing.reading.rows import MAX_BYTES

    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"{file} can't be read: {error.strerror}.") from error


def _import(
    content: bytes, *, today: date, applies: bool, confirmed: int | None, confirms_replacements: bool
) -> tuple["Plan", str]:
    """Return the plan of a file, and why it was not applied; an empty text if it was, or has nothing to apply."""
    from renvoi.partners.actions import PlanChanged
    from renvoi.partners.importing.planning import make_plan

    plan = make_plan(content, today=today)
    if plan.errors:
        return plan, "Nothing was changed, because the file has errors."
    if not plan.count:
        return plan, ""
    if not applies:
        return plan, "Nothing was changed yet: --apply makes these changes."
    if _is_large(plan, today=today) and confirmed != plan.count:
        return plan, f"Nothing was changed: this import is large. Confirm it with --confirm {plan.count}."
    if plan.replacements and not confirms_replacements:
        return plan, "Nothing was changed: some rows replace a partner (see the warnings). Accept: --confirm-replaced."
    try:
        _apply(content, plan, today=today)
    except PlanChanged as error:
        return error.plan, "Nothing was changed: the partners were changed meanwhile. These are the changes now."
    return plan, ""


def _is_large(plan: "Plan", *, today: date) -> bool:
    from renvoi.reports.weighing import Concerned, weigh

    return plan.is_large or weigh(Concerned.by(plan.foreseen.cells), today=today).is_large


def _apply(content: bytes, plan: "Plan", *, today: date) -> None:
    """Make the changes of a plan whose replacements are confirmed."""
    from renvoi.partners.actions import Confirmed, import_partners

    import_partners(
        content=content,
        confirmed=Confirmed(plan.digest, plan.count, replacements=True),
        today=today,
        actor=None,
        channel="cli",
    )
