"""`renvoi partners list` and `export`: list the partners, and export them to CSV, XLSX or PDF."""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeVar, cast

import click

from renvoi.cli.setup import configure, printable, require_migrated
from renvoi.domain.places import Language
from renvoi.domain.table import operator_day
from renvoi.exports.delimited import Separator
from renvoi.permissions import default_file_mode

if TYPE_CHECKING:
    from renvoi.partners.lists.listing import PartnerListing

Format = Literal["csv", "xlsx", "pdf"]
_FORMATS: tuple[Format, ...] = ("csv", "xlsx", "pdf")
_SEPARATORS: dict[str, Separator] = {"comma": ",", "semicolon": ";"}
# Python decodes the bytes of an argument that are not UTF-8 as lone surrogates.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
Command = TypeVar("Command", bound=Callable[..., object])


def _listing_options(command: Command) -> Command:
    """Add the options that select and sort partners to a command."""
    for option in (
        click.option(
            "--language",
            type=click.Choice(["fr", "en"]),
            default="fr",
            show_default=True,
            help="The language of country names, of printed words, and of the sort order.",
        ),
        click.option(
            "--sort",
            default="name",
            show_default=True,
            metavar="[-]COLUMN",
            help="The column to sort by; with -, in descending order.",
        ),
        click.option(
            "--filter",
            "filters",
            multiple=True,
            metavar="COLUMN=KEYWORD",
            help="Only partners whose column contains the keyword, as in the console's search row. May be repeated.",
        ),
    ):
        command = option(command)
    return command


@click.command("list")
@_listing_options
def list_partners(filters: tuple[str, ...], sort: str, language: Language) -> None:
    """Print a line for each partner: number, state, name and countries.

    Exits with 1 if no partner matches.
    """
    listing = _select(filters, sort=sort, language=language)
    from renvoi.partners.exporting import list_rows

    for id_, state, name, codes in list_rows(listing):
        click.echo(f"{id_:>6}  {state:<9}  {printable(name):<32}  {codes}")


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(_FORMATS),
    help="The file format. The default follows the extension of FILE, or is csv.",
)
@_listing_options
@click.option(
    "--separator",
    type=click.Choice([*_SEPARATORS]),
    default="comma",
    show_default=True,
    help="The separator of a CSV file. Excel in French expects semicolon.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file to write. It appears once it is complete. The default is standard output.",
)
def export(
    format_: Format | None, filters: tuple[str, ...], sort: str, language: Language, separator: str, output: Path | None
) -> None:
    """Write the partners to a file, or to standard output.

    The headings of CSV and XLSX are the columns' own names, as the import reads them. CSV is UTF-8 without a byte order
    mark, for programs; for Excel, export to XLSX. Exits with 1, and writes nothing, if no partner matches.
    """
    # Only Renvoi's own files are private: this one is its reader's, as any program would write it.
    mode = default_file_mode()
    format_ = format_ or _format_of(output)
    if output is None and format_ != "csv" and sys.stdout.isatty():
        raise click.UsageError(f"A terminal can't show {format_.upper()}: give -o FILE.")
    listing = _select(filters, sort=sort, language=language)
    with _open_output(output, mode=mode) as file:
        _write(listing, format_, _SEPARATORS[separator], file=file)


def _format_of(output: Path | None) -> Format:
    extension = output.suffix.lower().removeprefix(".") if output else ""
    return next((format_ for format_ in _FORMATS if format_ == extension), "csv")


def _select(filters: tuple[str, ...], *, sort: str, language: Language) -> "PartnerListing":
    """The listing that the options select. Raises BadParameter for a wrong option, ClickException if it is empty."""
    require_migrated(configure(reads_only=True))
    from django.http import QueryDict

    from renvoi.partners.lists.columns import COLUMNS
    from renvoi.partners.lists.listing import PartnerListing
    from renvoi.partners.models import Operator

    names = [column.name for column in COLUMNS]
    query = QueryDict(mutable=True)
    for text in filters:
        name, equals, keyword = text.partition("=")
        if not equals or name not in names:
            raise click.BadParameter(
                f"{text!r} is not a filter. A filter is COLUMN=KEYWORD; the columns are {', '.join(names)}.",
                param_hint="--filter",
            )
        if _LONE_SURROGATE.search(keyword):
            raise click.BadParameter(f"{text!r} is not written in UTF-8.", param_hint="--filter")
        query[name] = keyword
    if sort.removeprefix("-") not in names:
        raise click.BadParameter(f"{sort!r} is not a column. The columns are {', '.join(names)}.", param_hint="--sort")
    query["sort"] = sort
    today = operator_day(datetime.now(UTC), time_zone=Operator.objects.get(id=1).time_zone)
    listing = PartnerListing.from_query(query, language=language, today=today)
    _require_matches(listing)
    return listing


def _require_matches(listing: "PartnerListing") -> None:
    """Raise ClickException if the listing is empty. It explains the keywords that can't be understood."""
    from django.utils.translation import override

    from renvoi.partners.lists.columns import COLUMNS

    if not listing.exported().exists():
        with override("en"):
            hints = [f"{column.name}: {column.hint}." for column in COLUMNS if column.name in listing.misunderstood]
        raise click.ClickException(" ".join(["No partner matches: there is nothing to write.", *hints]))


def _write(listing: "PartnerListing", format_: Format, separator: Separator, *, file: BinaryIO) -> None:
    from renvoi.downloads.spooling import release_connection
    from renvoi.downloads.tables import read_transaction
    from renvoi.exports.delimited import render_csv
    from renvoi.exports.workbook import TooManyRows, render_xlsx
    from renvoi.partners.exporting import data_table

    if format_ == "pdf":
        _write_pdf(listing, file=file)
        return
    partners_ = listing.exported()
    table = data_table(partners_, count=partners_.order_by().count(), language=listing.language, headings="names")
    # Standard output may be a pipe whose reader is slow, which must not hold the database. A workbook is not written
    # sequentially either.
    with tempfile.TemporaryFile() as complete:
        try:
            with read_transaction():
                if format_ == "csv":
                    complete.writelines(render_csv(table, separator=separator, byte_order_mark=False))
                else:
                    render_xlsx(table, file=cast("BinaryIO", complete))
        except TooManyRows as error:
            raise click.ClickException(f"{error} Export to CSV instead.") from error
        release_connection()
        complete.seek(0)
        shutil.copyfileobj(complete, file)


def _write_pdf(listing: "PartnerListing", *, file: BinaryIO) -> None:
    from renvoi.exports.pdf import render_pdf
    from renvoi.partners.exporting import printed_list

    table = printed_list(listing)
    with click.progressbar(length=table.count, label="Partners in the PDF", show_pos=True, file=sys.stderr) as bar:
        pdf = render_pdf(table, on_progress=lambda done: bar.update(done - bar.pos))
    file.write(pdf.content)
    if pdf.unshown:
        names = ", ".join(printable(name) for name in pdf.unshown)
        click.echo(f"No font has some of the characters of: {names}", err=True)


def _open_output(output: Path | None, *, mode: int) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdout.buffer) if output is None else _atomic_file(output, mode=mode)


@contextmanager
def _atomic_file(path: Path, *, mode: int | None = None) -> Iterator[BinaryIO]:
    """Write a file that replaces the one at `path` once it is complete and on disk."""
    try:
        # In the same folder: a rename is atomic only within a file system.
        temporary = path.with_name(f".{path.name[:200]}.{os.getpid()}")
        file = temporary.open("xb")
    except OSError as error:
        raise click.ClickException(f"{path} can't be written: {error.strerror}.") from error
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if mode is not None:
                os.fchmod(file.fileno(), mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
