"""What a host says of itself reveals no secret, and each difference from another host has its sentence."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from renvoi.cluster.report import CountryDataReport, HostReport, differences, read_host_id, report_of
from tests.visitor.cast import config

SECRET, OTHER_SECRET = "one secret of at least 32 characters", "another secret of 32 characters or so"
NOVEMBER = CountryDataReport(digest="aa", source="IPFire", built_at=datetime(2026, 11, 1, tzinfo=UTC))
DECEMBER = CountryDataReport(digest="bb", source="IPFire", built_at=datetime(2026, 12, 1, tzinfo=UTC))
OWN = HostReport(
    host_id="1" * 32,
    name="web1",
    side="gateway",
    version="1.0.0",
    secret_digest="cc",
    settings_digest="dd",
    country_data=NOVEMBER,
)
OTHER = replace(OWN, host_id="2" * 32, name="web2")


def test_equal_hosts_have_no_differences() -> None:
    assert differences(OWN, [OTHER, replace(OTHER, side="console", country_data=None)]) == ()


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (replace(OTHER, secret_digest="c0"), "RENVOI_SECRET_KEY differs from that of host web2: "),
        (
            replace(OTHER, settings_digest="d0"),
            "RENVOI_PUBLIC_URL, RENVOI_COUNTRY_HEADER or RENVOI_REGION_HEADER dif",
        ),
        (replace(OTHER, version="1.1.0"), "Host web2 runs Renvoi 1.1.0, this one 1.0.0."),
        (
            replace(OTHER, country_data=CountryDataReport()),
            "Country data are missing on host web2, and this one has",
        ),
        (
            replace(OTHER, country_data=DECEMBER),
            "Country data differ: host web2 has those of 2026-12-01 (IPFire), ",
        ),
        (
            replace(OTHER, country_data=replace(NOVEMBER, digest="bb")),
            "Country data differ: host web2 has those of",
        ),
        (replace(OTHER, name="web1", version="1.1.0"), "Host web1 (22222222) runs Renvoi 1.1.0"),
    ],
)
def test_each_difference_has_its_sentence(other: HostReport, expected: str) -> None:
    (sentence,) = differences(OWN, [other])
    assert sentence.startswith(expected)


def test_missing_country_data_are_a_difference_on_the_host_without() -> None:
    (sentence,) = differences(replace(OWN, country_data=CountryDataReport()), [OTHER])
    assert sentence.startswith("Country data are missing here, and host web2 has those of 2026-11-01 (IPFire): run")


def test_another_secret_is_one_difference_although_it_changes_both_digests() -> None:
    assert len(differences(OWN, [replace(OTHER, secret_digest="c0", settings_digest="d0")])) == 1


def test_sides_of_one_host_repeat_no_sentence_and_five_hosts_are_named() -> None:
    both = [replace(OTHER, version="2.0.0", side=side) for side in ("gateway", "console")]
    assert len(differences(OWN, both)) == 1
    many = [replace(OTHER, host_id=f"{number:032}", name=f"web{number}", version="2.0.0") for number in range(100)]
    assert len(differences(OWN, many)) == 5


def report(tmp_path: Path, **values: str) -> HostReport:
    settings = config(data_dir=tmp_path, **({"secret_key": SECRET} | values))
    return report_of(settings, side="gateway", host_id="1" * 32, country_data=None)


def test_report_reveals_neither_the_secret_nor_a_setting(tmp_path: Path) -> None:
    text = repr(report(tmp_path, public_url="https://referral.example.com", country_header="CF-IPCountry"))
    assert SECRET not in text
    assert "referral" not in text
    assert "CF-" not in text.upper()


def test_digests_are_equal_on_hosts_with_the_same_values(tmp_path: Path) -> None:
    values = {"public_url": "https://referral.example.com", "country_header": "CF-IPCountry"}
    one, other = report(tmp_path, **values), report(tmp_path / "other", **values, allowed_hosts="web2.example")
    assert (one.secret_digest, one.settings_digest) == (other.secret_digest, other.settings_digest)


def test_each_secret_has_its_digest(tmp_path: Path) -> None:
    assert report(tmp_path).secret_digest != report(tmp_path, secret_key=OTHER_SECRET).secret_digest


@pytest.mark.parametrize("name", ["public_url", "country_header", "region_header"])
def test_each_shared_setting_changes_the_digest_of_settings_alone(tmp_path: Path, name: str) -> None:
    value = "https://referral.example.com" if name == "public_url" else "CF-IPCountry"
    one, other = report(tmp_path), report(tmp_path, **{name: value})
    assert one.settings_digest != other.settings_digest
    assert one.secret_digest == other.secret_digest


def test_host_id_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    made = read_host_id(tmp_path)
    assert (len(made), read_host_id(tmp_path)) == (32, made)
    assert read_host_id(tmp_path / "other") != made
    assert (tmp_path / "host-id").stat().st_mode & 0o077 == 0
