"""Write and read the rows of hosts in PostgreSQL, in short transactions that a pooler may pass to any session."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict

from renvoi.cluster.report import CountryDataReport, HostReport

SEEN_WITHIN = timedelta(seconds=60)
"""A host that was not seen for longer is taken for stopped."""

_CONNECT_TIMEOUT_S = 3
_MAX_ROWS = 200
_COLUMNS: LiteralString = (
    "host_id, name, side, version, secret_digest, settings_digest, reports_country_data, country_digest,"
    " country_source, country_built_at"
)
_UPSERT: LiteralString = f"""
    INSERT INTO cluster_host (id, {_COLUMNS}, seen_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now())
    ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}, seen_at) = ROW (
        EXCLUDED.host_id, EXCLUDED.name, EXCLUDED.side, EXCLUDED.version, EXCLUDED.secret_digest,
        EXCLUDED.settings_digest, EXCLUDED.reports_country_data, EXCLUDED.country_digest, EXCLUDED.country_source,
        EXCLUDED.country_built_at, EXCLUDED.seen_at
    )
"""  # noqa: S608 (constants)
_DELETE_OLD: LiteralString = "DELETE FROM cluster_host WHERE seen_at < now() - interval '1 hour'"
_SELECT: LiteralString = f"""
    SELECT {_COLUMNS} FROM cluster_host WHERE id <> %s AND seen_at > now() - %s ORDER BY name, host_id, side LIMIT %s
"""  # noqa: S608 (constants)


class RegisterUnavailable(Exception):
    """The rows can't be written or read now. The message gives the reason in one line without a password."""


def announce(url: str, own: HostReport) -> list[HostReport]:
    """Write this host's row, delete those of hosts that are long gone, and return the other living hosts."""
    with _transaction(url) as connection:
        connection.execute(_UPSERT, (own.id, *_row(own)))
        connection.execute(_DELETE_OLD)
        return _others(connection, own)


def read_others(url: str, own: HostReport) -> list[HostReport]:
    """Return the living hosts other than this one, without writing."""
    with _transaction(url) as connection:
        return _others(connection, own)


def _others(connection: psycopg.Connection, own: HostReport) -> list[HostReport]:
    return [_report(row) for row in connection.execute(_SELECT, (own.id, SEEN_WITHIN, _MAX_ROWS)).fetchall()]


@contextmanager
def _transaction(url: str) -> Iterator[psycopg.Connection]:
    """Connect for one transaction. Raises RegisterUnavailable."""
    params: dict[str, Any] = conninfo_to_dict(url)
    params |= {"application_name": "renvoi hosts", "connect_timeout": _CONNECT_TIMEOUT_S}
    try:
        # Closed at the end: a session that is needed every ten seconds is not worth one of the server's.
        with psycopg.connect(**params, prepare_threshold=None) as connection:
            connection.execute("SET LOCAL statement_timeout = '3s'")
            yield connection
    except (psycopg.Error, OSError) as error:
        raise RegisterUnavailable(" ".join(str(error).split())) from error


def _row(report: HostReport) -> tuple[Any, ...]:
    country_data = report.country_data or CountryDataReport()
    return (
        report.host_id,
        report.name,
        report.side,
        report.version,
        report.secret_digest,
        report.settings_digest,
        report.country_data is not None,
        country_data.digest,
        country_data.source[:100],
        country_data.built_at,
    )


def _report(row: tuple[Any, ...]) -> HostReport:
    host_id, name, side, version, secret_digest, settings_digest, reports_country_data, *country_data = row
    return HostReport(
        host_id=host_id,
        name=name,
        side=side,
        version=version,
        secret_digest=secret_digest,
        settings_digest=settings_digest,
        country_data=CountryDataReport(*country_data) if reports_country_data else None,
    )
