"""The configuration: valid and invalid values of each environment variable, and the secret key."""

import re
import stat
import subprocess
import sys
import traceback
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from renvoi.config import PREFIX, Config, ConfigError, read_config
from renvoi.sign_in_provider import ProviderSettings

HERE = Path.cwd()
_CREATE_SECRET = """
import secrets, sys
from pathlib import Path
from renvoi.config import read_or_create_secret

def make():
    print("making", flush=True)
    sys.stdin.readline()
    return secrets.token_hex()

print(read_or_create_secret(Path(sys.argv[1]), make=make))
"""
SECRET = "correct horse battery staple, twice"

VALID: list[tuple[str, str, Any]] = [
    ("DATA_DIR", "/srv/renvoi", Path("/srv/renvoi")),
    ("DATA_DIR", "data/../other", HERE / "other"),
    ("DATA_DIR", "~/renvoi", Path.home() / "renvoi"),
    ("DATABASE_URL", "sqlite:////srv/renvoi.sqlite3", "sqlite:////srv/renvoi.sqlite3"),
    *(
        ("DATABASE_URL", url, url)
        for url in (
            "postgresql://renvoi:word@db.example:5433/renvoi?sslmode=verify-full",
            "postgres://db.example/renvoi",
            "postgresql:///renvoi?host=/run/postgresql",
            "postgresql://a.example:5432,b.example:5433/renvoi?target_session_attrs=read-write",
            "postgresql://ana%40b:p%40ss%2Fword@[::1]/renvoi",
        )
    ),
    ("SECRET_KEY", SECRET, SECRET),
    ("PUBLIC_URL", "https://referral.example.com", "https://referral.example.com"),
    ("PUBLIC_URL", "http://localhost:8000/", "http://localhost:8000"),
    ("PUBLIC_URL", "https://référence.example/", "https://xn--rfrence-byab.example"),
    ("PUBLIC_URL", "https://Referral.example.com.:443", "https://referral.example.com"),
    ("PUBLIC_URL", "http://[0::1]:8000", "http://[::1]:8000"),
    ("ALLOWED_HOSTS", "a.example", ("a.example",)),
    ("ALLOWED_HOSTS", "A.example. .B.example [0::1]:80 ::1", ("a.example", ".b.example", "[::1]", "[::1]")),
    ("ALLOWED_HOSTS", "a.example, b.example c.example", ("a.example", "b.example", "c.example")),
    ("TRUSTED_PROXIES", "127.0.0.1", (ip_network("127.0.0.1/32"),)),
    ("TRUSTED_PROXIES", "10.0.0.0/8,fd00::/8", (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))),
    ("TRUSTED_PROXIES", "::ffff:10.0.0.0/104 ::ffff:192.0.2.1", (ip_network("10.0.0.0/8"), ip_network("192.0.2.1/32"))),
    ("COUNTRY_HEADER", "CF-IPCountry", "cf-ipcountry"),
    ("REGION_HEADER", "X-Region", "x-region"),
    ("GEOIP_DB", "/srv/country.mmdb", Path("/srv/country.mmdb")),
    ("EMAIL_URL", "smtp://mail.example:25?from=a@b.example", "smtp://mail.example:25?from=a@b.example"),
    ("TIME_ZONE", "Europe/Lisbon", "Europe/Lisbon"),
    ("DEFAULT_LANGUAGE", "en", "en"),
    ("DEMO_PASSWORD", "a demo's password", "a demo's password"),
    ("FAST_PATH", "off", "off"),
]

INVALID: list[tuple[str, str]] = [
    ("FAST_PATH", "no"),
    ("DATABASE_URL", "mysql://localhost/renvoi"),
    ("DATABASE_URL", "sqlite://renvoi.sqlite3"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "renvoi.sqlite3"),
    ("DATABASE_URL", "POSTGRESQL://localhost/renvoi"),
    ("DATABASE_URL", "postgresql://"),
    ("DATABASE_URL", "postgresql://db.example"),
    ("DATABASE_URL", "postgresql://db.example/"),
    ("DATABASE_URL", "postgresql://db.example:port/renvoi"),
    ("DATABASE_URL", "postgresql://db.example:65536/renvoi"),
    ("DATABASE_URL", "postgresql://[::1/renvoi"),
    ("DATABASE_URL", "postgresql://db.example/renvoi?speed=high"),
    ("DATABASE_URL", "postgresql://db.example/ren%00voi"),
    ("DATABASE_URL", "postgresql://db.example/ren\0voi"),
    ("SECRET_KEY", "too short"),
    ("PUBLIC_URL", "referral.example.com"),
    ("PUBLIC_URL", "ftp://referral.example.com"),
    ("PUBLIC_URL", "https://"),
    ("PUBLIC_URL", "https://example.com/renvoi"),
    ("PUBLIC_URL", "https://[::1"),
    ("PUBLIC_URL", "https://ana:word@example.com"),
    ("PUBLIC_URL", "https://example.com/?a=1"),
    ("PUBLIC_URL", "https://example.com:port"),
    ("PUBLIC_URL", "https://example.com:99999"),
    ("PUBLIC_URL", "https://exa mple.com"),
    ("PUBLIC_URL", "https://example.com#"),
    ("PUBLIC_URL", "https://256.256.256.256"),
    ("ALLOWED_HOSTS", "https://referral.example.com"),
    ("ALLOWED_HOSTS", "a.example, *.example.com"),
    ("TRUSTED_PROXIES", "proxy.example"),
    ("TRUSTED_PROXIES", "::ffff:10.0.0.1/104"),
    ("TRUSTED_PROXIES", "0.0.0.0"),
    ("TRUSTED_PROXIES", "fe80::1%eth0"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("TRUSTED_PROXIES", "10.0.0.0/8, 10.0.0.256"),
    ("COUNTRY_HEADER", "CF IPCountry"),
    ("COUNTRY_HEADER", "CF-IPCountry:"),
    ("COUNTRY_HEADER", "País"),
    ("REGION_HEADER", "X_Region"),
    ("TIME_ZONE", "Montréal"),
    ("TIME_ZONE", "../zone"),
    ("DEFAULT_LANGUAGE", "pt"),
    ("DEFAULT_LANGUAGE", "FR"),
]


def test_every_variable_is_tested() -> None:
    # tests/test_sign_in_provider.py has those that belong together.
    assert {name.lower() for name, _, _ in VALID} == Config.model_fields.keys() - ProviderSettings.model_fields.keys()


@pytest.mark.parametrize(("name", "text", "value"), VALID)
def test_valid_value_is_read(name: str, text: str, value: object) -> None:
    assert getattr(read_config({PREFIX + name: text}), name.lower()) == value


@pytest.mark.parametrize(("name", "text", "value"), VALID)
def test_valid_value_is_read_from_file(name: str, text: str, value: object, tmp_path: Path) -> None:
    file = tmp_path / "value"
    file.write_text(f"{text}\n", encoding="utf-8")
    assert getattr(read_config({f"{PREFIX}{name}_FILE": str(file)}), name.lower()) == value


@pytest.mark.parametrize(("name", "text"), INVALID)
def test_invalid_value_is_refused_with_name_of_variable(name: str, text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_config({PREFIX + name: text})
    sentence = str(raised.value)
    assert sentence.startswith(f"{PREFIX}{name} ")
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_defaults() -> None:
    config = read_config({})
    assert config.data_dir == HERE / "renvoi-data"
    assert config.database_path == HERE / "renvoi-data" / "renvoi.sqlite3"
    assert (config.time_zone, config.default_language) == ("America/Toronto", "fr")
    assert config.hosts == ("localhost", "127.0.0.1", "[::1]")
    assert (config.public_host, config.is_https) == ("", False)


@pytest.mark.parametrize("name", [field.upper() for field in Config.model_fields])
def test_empty_variable_means_default(name: str) -> None:
    assert read_config({PREFIX + name: "", f"{PREFIX}{name}_FILE": ""}) == read_config({})


@pytest.mark.parametrize("name", [field.upper() for field in Config.model_fields])
def test_value_together_with_file_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "value"
    file.write_text("one", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"^{PREFIX}{name} and {PREFIX}{name}_FILE are both set"):
        read_config({PREFIX + name: "other", f"{PREFIX}{name}_FILE": str(file)})


def test_unreadable_file_is_named_in_error(tmp_path: Path) -> None:
    absent, binary = tmp_path / "absent", tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for file in (absent, binary, tmp_path):
        with pytest.raises(ConfigError, match=f"^{PREFIX}TIME_ZONE_FILE names a file that can't be read: {file} "):
            read_config({f"{PREFIX}TIME_ZONE_FILE": str(file)})


def test_process_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENVOI_TIME_ZONE", "Asia/Kolkata")
    assert read_config().time_zone == "Asia/Kolkata"


def test_host_of_public_url_is_accepted() -> None:
    config = read_config({"RENVOI_PUBLIC_URL": "https://Referral.example.com", "RENVOI_ALLOWED_HOSTS": "10.0.0.5"})
    assert config.hosts[:2] == ("10.0.0.5", "referral.example.com")
    assert (config.public_host, config.is_https) == ("referral.example.com", True)


@pytest.mark.parametrize("item", ["10.0.0.1/8", "::ffff:10.0.0.1/104", "fe80::1%eth0", "0.0.0.0", "224.0.0.1"])
def test_proxy_that_can_never_match_is_named(item: str) -> None:
    with pytest.raises(ConfigError, match=f"^RENVOI_TRUSTED_PROXIES is .*{re.escape(f'({item} ')}"):
        read_config({"RENVOI_TRUSTED_PROXIES": f"192.0.2.0/24, {item}"})


def test_sqlite_url_is_decoded_to_path() -> None:
    assert read_config({"RENVOI_DATABASE_URL": "sqlite:////srv/a%20b.sqlite3"}).database_path == Path(
        "/srv/a b.sqlite3"
    )


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("", str(HERE / "renvoi-data" / "renvoi.sqlite3")),
        ("sqlite:////srv/a%20b.sqlite3", "/srv/a b.sqlite3"),
        ("postgresql://ana:word@db.example:5433/renvoi?password=other", "renvoi at db.example"),
        ("postgres:///renvoi", "renvoi at its local socket"),
        ("postgres:///renvoi?host=/run/postgresql&user=ana", "renvoi at /run/postgresql"),
    ],
)
def test_database_label_has_no_credentials(url: str, label: str) -> None:
    config = read_config({"RENVOI_DATABASE_URL": url})
    assert config.database_label == label
    assert config.postgresql_url == (url if url.startswith("postgres") else "")


def test_database_path_is_refused_for_postgresql() -> None:
    with pytest.raises(ValueError, match="PostgreSQL"):
        _ = read_config({"RENVOI_DATABASE_URL": "postgresql:///renvoi"}).database_path


class TestSecret:
    def test_secret_file_is_created_once_and_readable_by_owner_only(self, tmp_path: Path) -> None:
        config = read_config({"RENVOI_DATA_DIR": str(tmp_path / "data")})
        secret = config.secret()
        assert len(secret) >= 48
        assert config.secret() == secret
        (file,) = (tmp_path / "data").iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text(encoding="utf-8").strip() == secret

    def test_secret_key_in_environment_creates_no_file(self, tmp_path: Path) -> None:
        config = read_config({"RENVOI_DATA_DIR": str(tmp_path / "data"), "RENVOI_SECRET_KEY": SECRET})
        assert config.secret() == SECRET
        assert not (tmp_path / "data").exists()

    def test_concurrent_processes_read_same_secret(self, tmp_path: Path) -> None:
        """Each of eight processes sees that there is no file before any of them creates it."""
        command = [sys.executable, "-c", _CREATE_SECRET, str(tmp_path / "data" / "secret-key")]
        with ExitStack() as stack:
            started = [
                stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
                for _ in range(8)
            ]
            for each in started:
                assert each.stdout is not None
                assert each.stdout.readline() == "making\n"
            secrets_read = {each.communicate("go\n")[0] for each in started}
        assert len(secrets_read) == 1
        assert len(secrets_read.pop().strip()) == 64
        assert [file.name for file in (tmp_path / "data").iterdir()] == ["secret-key"]

    @pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "PUBLIC_URL", "DEMO_PASSWORD"])
    def test_error_and_traceback_contain_no_secret(self, name: str) -> None:
        outputs = []
        for scheme in ("nonsense", "postgresql"):
            try:
                read_config({PREFIX + name: f"{scheme}://ana:{SECRET[:12]}@[x"})
            except ConfigError as error:
                outputs += traceback.format_exception(error)
        assert [text for text in outputs if SECRET[:12] in text] == []

    def test_repr_contains_no_secret(self) -> None:
        config = read_config({"RENVOI_SECRET_KEY": SECRET, "RENVOI_DEMO_PASSWORD": "a demo's password"})
        assert SECRET not in repr(config)
        assert "demo's" not in repr(config)
