"""`renvoi history`: who changed what, when, and through which channel. `undoing` undoes a step."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from renvoi.cli.records.undoing import undo
from renvoi.cli.setup import configure, printable, require_migrated

if TYPE_CHECKING:
    from renvoi.history.steps import StepSummary


@click.group()
def history() -> None:
    """Show who changed what, when, and through which channel; undo a step."""


history.add_command(undo)


@history.command("list")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="How many steps. 0: all of them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list of objects.")
def list_steps(limit: int, as_json: bool) -> None:  # noqa: FBT001 (click's flag)
    """Print a line for each step, the newest first. A step over many partners is one.

    Moments are in UTC. A step that was undone says so.
    """
    require_migrated(configure(reads_only=True))
    from renvoi.history.steps import newest_steps

    steps = newest_steps(limit=limit or None)
    if as_json:
        click.echo(json.dumps([_values(step) for step in steps], ensure_ascii=False, indent=2))
        return
    for step in steps:
        click.echo(_line(step))


def _values(step: "StepSummary") -> dict[str, object]:
    values = asdict(step) | {"id": str(step.id), "at": _moment(step)}
    for name in ("undoes", "undone_by"):
        values[name] = str(values[name]) if values[name] else None
    return values


def _line(step: "StepSummary") -> str:
    what = f"{step.subject} {step.subject_id}" if step.count == 1 else f"{step.count:,} {step.subject}s"
    fields = [_moment(step), f"{step.channel:<7}", f"{step.verb:<7}", f"{what:<16}", step.name]
    line = "  ".join(fields).rstrip()
    line += f"  (by {step.actor})" if step.actor else ""
    return printable(f"{line}  (undone)" if step.undone_by else line)


def _moment(step: "StepSummary") -> str:
    return f"{step.at:%Y-%m-%dT%H:%M:%SZ}"
