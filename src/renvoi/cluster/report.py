"""What a host says of itself, and how it differs from another: pure, but for the file with the host's id."""

import hashlib
import hmac
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

from renvoi import __version__
from renvoi.config import Config, read_or_create_secret

Side = Literal["gateway", "console"]

HOST_ID_FILE = "host-id"

_MAX_NAMED = 5
_SECRET_MESSAGE, _SETTINGS_MESSAGE = b"renvoi secret of hosts", b"renvoi settings of hosts"


@dataclass(frozen=True, slots=True)
class CountryDataReport:
    """Country data: a digest of the file's content, its source and its date. All are empty if there are none."""

    digest: str = ""
    source: str = ""
    built_at: datetime | None = None

    def __str__(self) -> str:
        return f"those of {self.built_at:%Y-%m-%d} ({self.source})" if self.built_at else "none"


@dataclass(frozen=True, slots=True)
class HostReport:
    """One side of a host.

    `host_id` names its data folder. The digests are HMACs under the secret: they reveal neither the secret nor a
    setting. `country_data` is None for a side that looks no address up.
    """

    host_id: str
    name: str
    side: Side
    version: str
    secret_digest: str
    settings_digest: str
    country_data: CountryDataReport | None

    @property
    def id(self) -> str:
        """The key of its row. A copied data folder on a machine with another name is another host."""
        return hashlib.sha256(f"{self.host_id}\0{self.name}\0{self.side}".encode()).hexdigest()[:32]


def report_of(config: Config, *, side: Side, host_id: str, country_data: CountryDataReport | None) -> HostReport:
    """Return the report of this machine with that configuration."""
    secret = config.secret().encode()
    settings = f"{config.public_url}\0{config.country_header}\0{config.region_header}".encode()
    return HostReport(
        host_id=host_id,
        name=socket.gethostname()[:64],
        side=side,
        version=__version__,
        secret_digest=hmac.digest(secret, _SECRET_MESSAGE, "sha256").hex(),
        settings_digest=hmac.digest(secret, _SETTINGS_MESSAGE + b"\0" + settings, "sha256").hex(),
        country_data=country_data,
    )


def read_host_id(folder: Path) -> str:
    """Return the id of a data folder, which is made once. Raises OSError."""
    return read_or_create_secret(folder / HOST_ID_FILE, make=lambda: uuid4().hex)[:32]


def differences(own: HostReport, others: Iterable[HostReport]) -> tuple[str, ...]:
    """Return a sentence for each thing in which another host differs from this one; at most five hosts are named."""
    sentences: dict[str, None] = {}
    named: set[str] = set()
    for other in others:
        found_here = list(_differences(own, other))
        if found_here and (other.host_id in named or len(named) < _MAX_NAMED):
            named.add(other.host_id)
            sentences |= dict.fromkeys(found_here)
    return tuple(sentences)


def _differences(own: HostReport, other: HostReport) -> Iterator[str]:
    # Two hosts may have the same name: "localhost".
    host = f"host {other.name}" + (f" ({other.host_id[:8]})" if other.name == own.name else "")
    if other.secret_digest != own.secret_digest:
        yield (
            f"RENVOI_SECRET_KEY differs from that of {host}: sessions, and the order of equal partners, change with the"
            " host. Set the same key on all hosts."
        )
    elif other.settings_digest != own.settings_digest:
        yield (
            f"RENVOI_PUBLIC_URL, RENVOI_COUNTRY_HEADER or RENVOI_REGION_HEADER differs from that of {host}."
            " Set the same values on all hosts."
        )
    if other.version != own.version:
        yield f"{_capitalised(host)} runs Renvoi {other.version}, this one {own.version}. Install the same version."
    yield from _country_data_differences(own.country_data, other.country_data, host=host)


def _country_data_differences(
    own: CountryDataReport | None, other: CountryDataReport | None, *, host: str
) -> Iterator[str]:
    if own is None or other is None or own.digest == other.digest:
        return
    if not own.digest:
        yield (
            f"Country data are missing here, and {host} has {other}: run renvoi geo import, or set RENVOI_GEOIP_DB,"
            " on each host."
        )
    elif not other.digest:
        yield (
            f"Country data are missing on {host}, and this one has {own}: run renvoi geo import, or set"
            " RENVOI_GEOIP_DB, on each host."
        )
    else:
        yield f"Country data differ: {host} has {other}, this one {own}. Install the same on all hosts."


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
