"""Hides where the configuration comes from: the environment, read once into one frozen value."""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

PREFIX = "RENVOI_"
SECRET_FIELDS = ("secret_key", "demo_password", "database_url", "email_url")
"""The fields that are or hold a secret."""
# What may hold a password never reaches the output.
_UNSEEN = {*SECRET_FIELDS, "public_url"}
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/?")
_SQLITE = re.compile(r"sqlite:///[^\0]+")
_POSTGRESQL = ("postgresql://", "postgres://")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_SECRET_KEY_FILE = "secret-key"  # noqa: S105 (a file's name)


class ConfigError(Exception):
    """The environment holds a wrong value. The message is one sentence that names the variable."""


class Config(BaseModel):
    """What the environment says, checked. Each field is the variable RENVOI_<FIELD>, also as RENVOI_<FIELD>_FILE."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)

    data_dir: Path = Path("renvoi-data")
    database_url: str = Field("", repr=False)
    secret_key: str = Field("", repr=False)
    public_url: str = ""
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    country_header: str = ""
    region_header: str = ""
    geoip_db: Path | None = None
    email_url: str = Field("", repr=False)
    time_zone: str = "America/Toronto"
    default_language: Literal["fr", "en"] = "fr"
    demo_password: str = Field("", repr=False)
    fast_path: Literal["on", "off"] = "on"

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: str | tuple[str, ...]) -> tuple[str, ...]:
        return _words(value)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_networks(cls, value: str | tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
        try:
            return tuple(ip_network(word) for word in _words(value))
        except ValueError as error:
            raise PydanticCustomError(
                "network",
                "it must be addresses or networks, such as 127.0.0.1 or 10.0.0.0/8 ({why})",
                {"why": str(error)},
            ) from error

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if value.startswith(_POSTGRESQL):
            if not _is_complete(value):
                raise PydanticCustomError("url", "it must be like postgresql://user:password@host:5432/database")
        elif value and not _SQLITE.fullmatch(value):
            raise PydanticCustomError(
                "url", "it must begin with sqlite:/// (an absolute path follows) or with postgresql://"
            )
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not _ORIGIN.fullmatch(value):
            raise PydanticCustomError("url", "it must be like https://referral.example.com, without a path")
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < 32:
            raise PydanticCustomError("secret", "it must have at least 32 characters")
        return value

    @field_validator("country_header", "region_header")
    @classmethod
    def _header_name(cls, value: str) -> str:
        if value and not _HEADER.fullmatch(value):
            raise PydanticCustomError("header", "it must be the name of an HTTP header, such as CF-IPCountry")
        return value.lower()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise PydanticCustomError(
                "zone", "it must be a name of the IANA time zone database, such as America/Toronto"
            )
        return value

    @field_validator("geoip_db")
    @classmethod
    def _resolved(cls, value: Path | None) -> Path | None:
        return value.expanduser().resolve() if value else None

    @property
    def database_path(self) -> Path:
        """The SQLite file of the business rows. Raises ValueError where they are in PostgreSQL."""
        if self.postgresql_url:
            raise ValueError("the business rows are in PostgreSQL")
        if self.database_url:
            return Path("/" + unquote(urlsplit(self.database_url).path).lstrip("/"))
        return self.data_dir / "renvoi.sqlite3"

    @property
    def postgresql_url(self) -> str:
        """The PostgreSQL database of business rows and ledger, as libpq reads addresses; empty where they are not."""
        return self.database_url if self.database_url.startswith(_POSTGRESQL) else ""

    @property
    def database_label(self) -> str:
        """Which database it is, for people: neither who signs in there nor with what."""
        if not self.postgresql_url:
            return str(self.database_path)
        parts = _libpq_parts(self.postgresql_url)
        return f"{parts['dbname']} at {parts.get('host', 'its local socket')}"

    @property
    def ledger_path(self) -> Path:
        """The SQLite file of the ledger, where it is not in PostgreSQL."""
        return self.data_dir / "ledger.sqlite3"

    @property
    def spool_dir(self) -> Path:
        """The folder of the entries that the ledger could not take when they were made."""
        return self.data_dir / "ledger-spool"

    @property
    def public_host(self) -> str:
        """The host (and port, where it is not the scheme's own) of the public address, or an empty string."""
        return urlsplit(self.public_url).netloc.lower()

    @property
    def is_https(self) -> bool:
        """Whether the public address is https: cookies are then Secure and bear the `__Host-` prefix."""
        return self.public_url.startswith("https://")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The values of the Host header that are answered."""
        public = urlsplit(self.public_url).hostname
        return (*self.allowed_hosts, *((public,) if public else ()), "localhost", "127.0.0.1", "[::1]")

    def secret(self) -> str:
        """The secret key; where the environment has none, the one in the data folder, made once (mode 0600)."""
        if self.secret_key:
            return self.secret_key
        return read_or_create_secret(self.data_dir / _SECRET_KEY_FILE, make=lambda: secrets.token_urlsafe(48))


def read_or_create_secret(path: Path, *, make: Callable[[], str]) -> str:
    """The secret that the file holds; made, for its owner alone, where there is no such file yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        own = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(make() + "\n")
        try:
            # A link appears whole or not at all: of two processes that start together, both read the same secret.
            os.link(own, path)
        except FileExistsError:
            pass
        finally:
            own.unlink()
    return path.read_text(encoding="utf-8").strip()


def read_config(environ: Mapping[str, str] | None = None) -> Config:
    """The configuration in that environment (the process's own by default). Raises ConfigError."""
    given = dict(os.environ if environ is None else environ)
    values = {field: _value_of(PREFIX + field.upper(), given) for field in Config.model_fields}
    try:
        return Config.model_validate({field: value for field, value in values.items() if value})
    except ValidationError as error:
        raise ConfigError(_sentence(error)) from error


def _is_complete(url: str) -> bool:
    """Whether libpq can read the address, and it names a database and no impossible port."""
    try:
        parts = _libpq_parts(url)
    # The library's own sentence shows the whole address, with its password.
    except ValueError:
        return False
    ports = [port for port in parts.get("port", "").split(",") if port]
    return bool(parts.get("dbname")) and all(re.fullmatch("[0-9]{1,5}", port) and int(port) < 65_536 for port in ports)


def _libpq_parts(url: str) -> dict[str, str]:
    """The parts of an address, by libpq's names: host, port, dbname, user, password, sslmode and so on."""
    # Loaded only where it is wanted: it costs a tenth of a second.
    from psycopg import ProgrammingError  # noqa: PLC0415
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    if "\0" in url:
        raise ValueError("U+0000 in an address")
    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except ProgrammingError:
        raise ValueError("an address that libpq can't read") from None


def _words(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _value_of(name: str, environ: Mapping[str, str]) -> str:
    file = environ.get(name + "_FILE", "")
    if not file:
        return environ.get(name, "")
    if environ.get(name):
        raise ConfigError(f"{name} and {name}_FILE are both set; keep one.")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}_FILE names a file that can't be read: {file} ({error}).") from error


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    field = str(first["loc"][0])
    shown = " is wrong:" if field in _UNSEEN else f" is {first['input']!r}, but"
    return f"{PREFIX}{field.upper()}{shown} {first['msg'][0].lower()}{first['msg'][1:]}."
