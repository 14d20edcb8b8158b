"""Read the configuration from environment variables into one frozen, validated value."""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from pydantic import ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from renvoi.hosts import canonical_network, canonical_origin, canonical_pattern, split_host
from renvoi.mail_server import parse_mail_server
from renvoi.permissions import create_folder
from renvoi.sign_in_provider import ProviderSettings

PREFIX = "RENVOI_"
SECRET_FIELDS = ("secret_key", "demo_password", "database_url", "email_url", "oidc_client_secret")
"""The fields whose value is a secret or contains one."""
# The values of these fields may contain a password, so no error message shows them.
_REDACTED_FIELDS = {*SECRET_FIELDS, "public_url"}
_SQLITE = re.compile(r"sqlite:///[^\0]+")
_POSTGRESQL = ("postgresql://", "postgres://")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
TABLE_COPY_NAME = "routing-table.bin"
_SECRET_KEY_FILE = "secret-key"  # noqa: S105 (a file name)


class ConfigError(Exception):
    """An environment variable has an invalid value. The message is one sentence that names the variable."""


class Config(ProviderSettings):
    """The validated configuration.

    Each field is read from the variable RENVOI_<FIELD>, or from the file that RENVOI_<FIELD>_FILE names.
    """

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
        try:
            return tuple(canonical_pattern(item) for item in _split_list(value))
        except ValueError as error:
            raise PydanticCustomError(
                "host",
                "it must be hosts, such as referral.example.com, or .example.com for its subdomains too ({why})",
                {"why": str(error)},
            ) from error

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_networks(cls, value: str | tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
        try:
            return tuple(canonical_network(item) for item in _split_list(value))
        except ValueError as error:
            raise PydanticCustomError(
                "network",
                "it must be addresses or networks, such as 127.0.0.1 or 10.0.0.0/8 ({why})",
                {"why": str(error)},
            ) from error

    @field_validator("data_dir")
    @classmethod
    def _resolve_data_dir(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: str) -> str:
        if value.startswith(_POSTGRESQL):
            if not _is_valid_postgresql_url(value):
                raise PydanticCustomError("url", "it must be like postgresql://user:password@host:5432/database")
        elif value and not _SQLITE.fullmatch(value):
            raise PydanticCustomError(
                "url", "it must begin with sqlite:/// (an absolute path follows) or with postgresql://"
            )
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        origin = canonical_origin(value.removesuffix("/"))
        if value and origin is None:
            raise PydanticCustomError("url", "it must be like https://referral.example.com, without a path")
        return origin or ""

    @field_validator("email_url")
    @classmethod
    def _check_email_url(cls, value: str) -> str:
        try:
            if value:
                parse_mail_server(value)
        except ValueError as error:
            raise PydanticCustomError("url", "{why}", {"why": str(error)}) from None
        return value

    @field_validator("secret_key")
    @classmethod
    def _check_secret_key(cls, value: str) -> str:
        if value and len(value) < 32:
            raise PydanticCustomError("secret", "it must have at least 32 characters")
        return value

    @field_validator("country_header", "region_header")
    @classmethod
    def _check_header_name(cls, value: str) -> str:
        if value and not _HEADER.fullmatch(value):
            raise PydanticCustomError("header", "it must be the name of an HTTP header, such as CF-IPCountry")
        return value.lower()

    @field_validator("time_zone")
    @classmethod
    def _check_time_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise PydanticCustomError(
                "zone", "it must be a name of the IANA time zone database, such as America/Toronto"
            )
        return value

    @field_validator("geoip_db")
    @classmethod
    def _resolve_geoip_db(cls, value: Path | None) -> Path | None:
        return value.expanduser().resolve() if value else None

    @property
    def database_path(self) -> Path:
        """Path of the SQLite database of the Django models. Raises ValueError when they are in PostgreSQL."""
        if self.postgresql_url:
            raise ValueError("the business rows are in PostgreSQL")
        if self.database_url:
            return Path("/" + unquote(urlsplit(self.database_url).path).lstrip("/"))
        return self.data_dir / "renvoi.sqlite3"

    @property
    def postgresql_url(self) -> str:
        """Connection URI (libpq) of the PostgreSQL database of models and ledger; empty when SQLite is used."""
        return self.database_url if self.database_url.startswith(_POSTGRESQL) else ""

    @property
    def database_label(self) -> str:
        """The database as messages name it, without user name and password."""
        if not self.postgresql_url:
            return str(self.database_path)
        parts = _libpq_parts(self.postgresql_url)
        return f"{parts['dbname']} at {parts.get('host', 'its local socket')}"

    @property
    def ledger_path(self) -> Path:
        """Path of the SQLite database of the ledger, used unless the ledger is in PostgreSQL."""
        return self.data_dir / "ledger.sqlite3"

    @property
    def table_copy_path(self) -> Path:
        """Path of this host's copy of the newest routing table, for a database that is unreachable at a start."""
        return self.data_dir / TABLE_COPY_NAME

    @property
    def logo_copy_path(self) -> Path:
        """Path of this host's copy of the operator's logo, for the same case."""
        return self.data_dir / "logo.png"

    @property
    def spool_dir(self) -> Path:
        """Directory of the entries that could not be written to the ledger when they were created."""
        return self.data_dir / "ledger-spool"

    @property
    def public_host(self) -> str:
        """Host of the public URL, with its port if there is one; empty when no public URL is set."""
        return urlsplit(self.public_url).netloc

    @property
    def is_https(self) -> bool:
        """Whether the public URL is https. Cookies are then Secure and have the `__Host-` prefix."""
        return self.public_url.startswith("https://")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The accepted values of the Host header (Django's ALLOWED_HOSTS)."""
        public = split_host(self.public_host)
        return (*self.allowed_hosts, *((public[0],) if public else ()), "localhost", "127.0.0.1", "[::1]")

    def secret(self) -> str:
        """Return the secret key. Without one in the environment, use a file in the data directory, created once.

        Raises ConfigError if that file can't be used.
        """
        if self.secret_key:
            return self.secret_key
        path = self.data_dir / _SECRET_KEY_FILE
        try:
            secret = read_or_create_secret(path, make=lambda: secrets.token_urlsafe(48))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise ConfigError(f"RENVOI_SECRET_KEY is not set, and {path} can't be read or made ({reason}).") from error
        if not secret:
            raise ConfigError(f"RENVOI_SECRET_KEY is not set, and {path} is empty: restore it from a backup.")
        return secret


def read_or_create_secret(path: Path, *, make: Callable[[], str]) -> str:
    """Return the secret in a file. If the file does not exist, create it (mode 0600) with what `make` returns."""
    create_folder(path.parent)
    if not path.exists():
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(make() + "\n")
        try:
            # Linking is atomic and fails when the file exists: processes that start together read the same secret.
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text(encoding="utf-8").strip()


def read_config(environ: Mapping[str, str] | None = None) -> Config:
    """Read the configuration from `environ`, by default the environment of the process. Raises ConfigError."""
    variables = dict(os.environ if environ is None else environ)
    values = {field: _read_variable(PREFIX + field.upper(), variables) for field in Config.model_fields}
    try:
        config = Config.model_validate({field: value for field, value in values.items() if value})
    except ValidationError as error:
        raise ConfigError(_format_error(error)) from error
    if problem := config.provider_problem(config.public_url):
        raise ConfigError(problem)
    return config


def _is_valid_postgresql_url(url: str) -> bool:
    """Tell whether libpq can parse the URL, it names a database, and its ports are valid."""
    try:
        parts = _libpq_parts(url)
    # The message of the library contains the URL with its password.
    except ValueError:
        return False
    ports = [port for port in parts.get("port", "").split(",") if port]
    return bool(parts.get("dbname")) and all(re.fullmatch("[0-9]{1,5}", port) and int(port) < 65_536 for port in ports)


def _libpq_parts(url: str) -> dict[str, str]:
    """Return the parts of a URL by libpq keyword (host, port, dbname, user, ...). Raises ValueError."""
    # Imported here because it takes a tenth of a second, and SQLite does not need it.
    from psycopg import ProgrammingError  # noqa: PLC0415
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    if "\0" in url:
        raise ValueError("U+0000 in an address")
    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except ProgrammingError:
        raise ValueError("an address that libpq can't read") from None


def _split_list(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _read_variable(name: str, environ: Mapping[str, str]) -> str:
    file = environ.get(name + "_FILE", "")
    if not file:
        return environ.get(name, "")
    if environ.get(name):
        raise ConfigError(f"{name} and {name}_FILE are both set; keep one.")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}_FILE names a file that can't be read: {file} ({error}).") from error


def _format_error(error: ValidationError) -> str:
    first = error.errors()[0]
    field = str(first["loc"][0])
    verdict = " is wrong:" if field in _REDACTED_FIELDS else f" is {first['input']!r}, but"
    return f"{PREFIX}{field.upper()}{verdict} {first['msg'][0].lower()}{first['msg'][1:]}."
