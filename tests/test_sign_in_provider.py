"""The settings of the provider: valid and invalid values, and those that belong together."""

from pathlib import Path

import pytest

from renvoi.config import Config, ConfigError, read_config

SECRET = "not for any message"
WHOLE = {
    "RENVOI_PUBLIC_URL": "https://referral.example.com",
    "RENVOI_OIDC_ISSUER": "https://login.example.com/realms/staff",
    "RENVOI_OIDC_CLIENT_ID": "renvoi",
    "RENVOI_OIDC_CLIENT_SECRET": SECRET,
    "RENVOI_OIDC_ROLE_CLAIM": "groups",
    "RENVOI_OIDC_ROLES": "renvoi-admins=administrator, staff = reader",
}


def read(**changed: str) -> Config:
    return read_config(WHOLE | {f"RENVOI_{name}": value for name, value in changed.items()})


def test_whole_settings_are_read() -> None:
    config = read()
    assert config.oidc_roles == (("renvoi-admins", "administrator"), ("staff", "reader"))
    assert (config.oidc_scopes, config.provider_name) == ("openid email profile", "login.example.com")
    assert read(OIDC_NAME=" Boréale ").provider_name == "Boréale"
    assert SECRET not in repr(config)


@pytest.mark.parametrize(
    "issuer",
    [
        "https://login.example.com",
        "https://login.example.com/",
        "https://login.example.com:8443/a/b",
        "http://localhost:9400",
        "http://127.0.0.1:9400/x",
        "http://[::1]:9400",
    ],
)
def test_issuer_is_https_or_on_this_machine(issuer: str) -> None:
    assert read(OIDC_ISSUER=issuer).oidc_issuer == issuer


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("OIDC_ISSUER", issuer)
            for issuer in (
                "login.example.com",
                "http://login.example.com",
                "http://127.0.0.1.example.com",
                "ftp://login.example.com",
                "https://user:word@login.example.com",
                "https://login.example.com/?a=b",
                "https://login.example.com/#a",
                "https://login.example.com/a b",
                "https://[::1",
                "https://",
                f"https://login.example.com/{'a' * 200}",
            )
        ),
        ("OIDC_NAME", "n" * 61),
        ("OIDC_NAME", "a\nb"),
        ("OIDC_SCOPES", "email profile"),
        ("OIDC_SCOPES", 'openid "x"'),
        ("OIDC_ROLES", "renvoi-admins"),
        ("OIDC_ROLES", "renvoi-admins=owner"),
        ("OIDC_ROLES", "=reader"),
        ("OIDC_ROLES", "a=reader,b"),
    ],
)
def test_wrong_value_is_refused_with_the_name_of_the_variable(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^RENVOI_{name} is ") as refused:
        read(**{name: value})
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("missing", "start"),
    [
        ("OIDC_CLIENT_ID", "RENVOI_OIDC_ISSUER is set, but RENVOI_OIDC_CLIENT_ID is not"),
        ("OIDC_CLIENT_SECRET", "RENVOI_OIDC_ISSUER is set, but RENVOI_OIDC_CLIENT_SECRET is not"),
        ("PUBLIC_URL", "RENVOI_OIDC_ISSUER is set, but RENVOI_PUBLIC_URL is not"),
        ("OIDC_ISSUER", "RENVOI_OIDC_CLIENT_ID is set, but RENVOI_OIDC_ISSUER is not"),
        ("OIDC_ROLE_CLAIM", "RENVOI_OIDC_ROLE_CLAIM and RENVOI_OIDC_ROLES belong together"),
        ("OIDC_ROLES", "RENVOI_OIDC_ROLE_CLAIM and RENVOI_OIDC_ROLES belong together"),
    ],
)
def test_what_is_missing_is_named_at_the_start(missing: str, start: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(**{missing: ""})
    assert str(refused.value).startswith(start)
    assert SECRET not in str(refused.value)


def test_file_of_roles_has_a_pair_on_each_line(tmp_path: Path) -> None:
    roles = tmp_path / "roles"
    roles.write_text("cn=admins,ou=renvoi=administrator\n\nStaff, all of it=reader\n", encoding="utf-8")
    config = read(OIDC_ROLES="", OIDC_ROLES_FILE=str(roles))
    assert config.oidc_roles == (("cn=admins,ou=renvoi", "administrator"), ("Staff, all of it", "reader"))


def test_secret_can_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
    config = read(OIDC_CLIENT_SECRET="", OIDC_CLIENT_SECRET_FILE=str(tmp_path / "secret"))
    assert config.oidc_client_secret == "from a file"
