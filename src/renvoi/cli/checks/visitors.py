"""`renvoi check-visitors`: check that golden visitors get what is expected of them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from renvoi.cli.checks import Finding
from renvoi.cli.setup import configure, counted, operator_today, printable, require_migrated

if TYPE_CHECKING:
    from renvoi.domain.golden.checking import Checked
    from renvoi.domain.golden.visitors import GoldenVisitor
    from renvoi.partners.importing.reading.problems import Problem

_DIFFERS, _UNREADABLE = 1, 2


@click.command()
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check the visitors of this CSV or XLSX file instead of the stored ones.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print a list of objects: each visitor, what it is to get and gets."
)
def check_visitors(*, file: Path | None, as_json: bool) -> None:
    """Check that golden visitors get what is expected.

    The routing table in force decides. A file has the columns country, region, language, day, decision and partner: a
    partner's id or name. An empty cell asks nothing; without a day, today is meant.

    Exits with 0 if all get what is expected, with 1 if one does not, and with 2 if the file can't be read.
    """
    from django.utils.translation import override

    require_migrated(configure(reads_only=True))
    with override("en"):
        numbered = _numbered(file)
        checked = _check([golden for _number, golden in numbered])
        rows = list(zip((number for number, _golden in numbered), checked, strict=True))
        _print(rows, as_json=as_json)
    raise SystemExit(_DIFFERS if any(not one.is_expected for one in checked) else 0)


def check_golden() -> Iterator[Finding]:
    """Check the stored golden visitors. Nothing is checked if there are none."""
    from renvoi.partners.golden.stored import check_stored

    checked = check_stored(today=operator_today())
    wrong = sum(not one.is_expected for one in checked)
    if wrong:
        yield Finding(
            f"{wrong:,} of {counted(len(checked), one='golden visitor', many='golden visitors')}",
            "not what is expected; renvoi check-visitors says which",
        )
    elif checked:
        yield Finding(
            f"{counted(len(checked), one='golden visitor gets', many='golden visitors get')} what is expected"
        )


def _numbered(file: Path | None) -> "list[tuple[int, GoldenVisitor]]":
    """Return the golden visitors, each with its line in the file, or its place in the stored list."""
    from renvoi.partners.golden.stored import stored_golden
    from renvoi.partners.importing.golden_visitors import read_golden
    from renvoi.partners.importing.reading.problems import FileRefused
    from renvoi.partners.importing.reading.rows import MAX_BYTES

    if file is None:
        return list(enumerate(stored_golden(), start=1))
    try:
        with file.open("rb") as opened:
            lines, problems = read_golden(opened.read(MAX_BYTES + 1))
    except FileRefused as error:
        _refuse([error.problem])
    except OSError as error:
        raise click.UsageError(f"{file} can't be read: {error.strerror}.") from error
    if problems:
        _refuse(problems)
    return [(line.number, line.golden) for line in lines]


def _refuse(problems: "list[Problem]") -> NoReturn:
    """Print what is wrong with the file, and exit."""
    for problem in problems:
        place = f"line {problem.line}, {problem.column}" if problem.column else f"line {problem.line}"
        click.echo(printable(f"error: {place}: {problem.reason}"), err=True)
    raise SystemExit(_UNREADABLE)


def _check(golden: "list[GoldenVisitor]") -> "list[Checked]":
    from renvoi.domain.golden.checking import check
    from renvoi.partners.routing_table import newest_table

    return check(golden, newest_table(), today=operator_today())


def _print(rows: "list[tuple[int, Checked]]", *, as_json: bool) -> None:
    from renvoi.partners.golden.stored import names_of

    names = names_of(one for _line, one in rows)
    if as_json:
        click.echo(json.dumps([_as_json(line, one, names) for line, one in rows], ensure_ascii=False, indent=2))
        return
    for line, one in rows:
        if not one.is_expected:
            click.echo(printable(_as_text(line, one, names)))
    wrong = sum(not one.is_expected for _line, one in rows)
    click.echo(f"{counted(len(rows), one='visitor', many='visitors')} checked, {wrong:,} not as expected")


def _as_text(line: int, one: "Checked", names: Mapping[int, str]) -> str:
    country, region, language, day = one.golden.case
    place = " ".join(filter(None, (region or country, language, str(day or ""))))
    expected = [one.golden.decision or "", _partners_text([one.golden.partner or 0], names)]
    got = [one.outcome.kind, _partners_text(one.outcome.partners, names)]
    why = one.outcome.reason + (f"; the expected partner: {one.fate}" if one.fate else "")
    return (
        f"line {line}: {place}: expected {' '.join(filter(None, expected))}, got {' '.join(filter(None, got))} ({why})"
    )


def _partners_text(ids: Iterable[int], names: Mapping[int, str]) -> str:
    return ", ".join(f"{id_} {names.get(id_, '')}".rstrip() for id_ in ids if id_)


def _as_json(line: int, one: "Checked", names: Mapping[int, str]) -> dict[str, Any]:
    country, region, language, day = one.golden.case
    return {
        "line": line,
        "country": country,
        "region": region,
        "language": language,
        "day": day.isoformat() if day else None,
        "expected": {"decision": one.golden.decision, "partner": one.golden.partner},
        "got": {
            "decision": one.outcome.kind,
            "reason": one.outcome.reason,
            "partners": [{"id": id_, "name": names.get(id_, "")} for id_ in one.outcome.partners],
        },
        "expected_partner": one.fate,
        "is_expected": one.is_expected,
    }
