"""Compare this host with the others that use the same PostgreSQL database."""

from collections.abc import Iterator
from contextlib import closing, suppress

from renvoi.cli.checks import Finding
from renvoi.cluster.register import RegisterUnavailable, read_others
from renvoi.cluster.report import HOST_ID_FILE, differences, report_of
from renvoi.cluster.reporter import describe_country_data
from renvoi.config import Config
from renvoi.geo.current import CountryData


def check_hosts(config: Config) -> Iterator[Finding]:
    """Check that the living hosts have the secret, settings, version and country data of this one."""
    if not config.postgresql_url:
        return
    host_id = _host_id(config)
    with closing(CountryData(config, keep_copy=False)) as country_data:
        country_data.refresh()
        described = describe_country_data(country_data)
    own = report_of(config, side="gateway", host_id=host_id, country_data=described)
    try:
        others = [other for other in read_others(config.postgresql_url, own) if other.host_id != host_id]
    except RegisterUnavailable:
        return  # the check of the database says why
    if problems := differences(own, others):
        yield from (Finding("This host is like the others of its database", problem) for problem in problems)
        return
    names = sorted({other.name for other in others})
    yield Finding(f"This host is like {', '.join(names)}" if names else "No other host uses this database now")


def _host_id(config: Config) -> str:
    """The id of the data folder; empty if no server has ever run with it."""
    with suppress(OSError):
        return (config.data_dir / HOST_ID_FILE).read_text(encoding="utf-8").strip()
    return ""
