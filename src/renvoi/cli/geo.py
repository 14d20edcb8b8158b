"""`renvoi geo`: import country data, look an address up in it, and describe it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from renvoi.config import Config, read_config
from renvoi.domain.places import country_name
from renvoi.geo.current import CountryData
from renvoi.geo.importing import import_files, imported_path, installed_ranges
from renvoi.geo.provenance import DatabaseRefused, Provenance
from renvoi.web.trusted_proxies import parse_address


@click.group()
def geo() -> None:
    """Import, query and describe country data."""


@geo.command("import")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(dir_okay=False, path_type=Path))
def import_(files: tuple[Path, ...]) -> None:
    """Import a country database (MaxMind's format), or the range files of Debian's package tor-geoipdb.

    Without FILE, the range files that this package has installed. The files are checked and converted into the data
    folder: half a minute per million networks. Every running gateway uses the new data within a second. If a file is
    refused, the previous data stays.
    """
    config = read_config()
    files = files or installed_ranges()
    if not files:
        raise click.UsageError("Give a file, or install Debian's package tor-geoipdb.")
    try:
        provenance = import_files(files, config=config)
    except DatabaseRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Imported into {imported_path(config)}.")
    _print_provenance(provenance)
    if config.geoip_db is not None:
        click.echo(f"The imported data is not in use: RENVOI_GEOIP_DB names {config.geoip_db}.", err=True)


@geo.command()
@click.argument("address")
def lookup(address: str) -> None:
    """Show the country of an IP address in the current data: its code and name, or "unknown"."""
    parsed = parse_address(address)
    if parsed is None:
        raise click.BadParameter(f"{address!r} is not an IP address.", param_hint="ADDRESS")
    with _current_country_data(read_config()) as country_data:
        country = country_data.lookup(parsed)
    click.echo(f"{country}  {country_name(country, language='en')}" if country else "unknown")


@geo.command()
def status() -> None:
    """Describe the current data: source, date, attribution, number of networks, problems.

    Exits with 1 if there is a problem.
    """
    with _current_country_data(read_config()) as country_data:
        provenance, problem = country_data.status.provenance, country_data.status.problem
        networks = country_data.count_networks()
    if provenance is None and not problem:
        click.echo(
            "No country data: a visitor whose country is not known otherwise is asked for it. See renvoi geo import."
        )
    if provenance is not None:
        _print_provenance(provenance)
        click.echo(f"Networks     {networks:,}")
        if provenance.is_old(datetime.now(UTC)):
            click.echo("The data is over a year old: several answers in a hundred are wrong.", err=True)
    if problem:
        raise click.ClickException(problem)


@contextmanager
def _current_country_data(config: Config) -> Iterator[CountryData]:
    with closing(CountryData(config, keep_copy=False)) as country_data:
        country_data.refresh()
        yield country_data


def _print_provenance(provenance: Provenance) -> None:
    click.echo(f"Source       {provenance.source}")
    click.echo(f"Date         {provenance.built_at:%Y-%m-%d}")
    click.echo(f"Attribution  {provenance.attribution or 'see the licence of the file'}")
