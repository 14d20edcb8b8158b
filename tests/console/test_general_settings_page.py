"""The page General settings: the country data in use, as `renvoi geo status` reports them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from renvoi.config import Config
from renvoi.geo.importing import import_files, imported_path
from tests.console.browsing import Browsing, Page
from tests.geo.cast import range_files

ADDRESS = "/console/settings/"


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    """The configuration of a Renvoi with its own data folder."""
    own = Config.model_validate({"data_dir": tmp_path / "data"})
    with override_settings(CONFIG=own):
        yield own


def facts(page: Page) -> dict[str, str]:
    rows = page.one("dl", class_="facts").all("div")
    return {row.one("dt").text: row.one("dd").text for row in rows}


@pytest.mark.usefixtures("config")
def test_missing_country_data_are_explained(console: Browsing, english_console: Browsing) -> None:
    assert "Données sur les pays\u00a0: aucune." in console.open(ADDRESS).one("main").text
    page = english_console.open(ADDRESS)
    assert "Country data: none." in page.one("main").text
    assert "renvoi geo import" in page.one("main").text


def test_source_and_date_are_shown(
    tmp_path: Path, config: Config, console: Browsing, english_console: Browsing
) -> None:
    import_files(range_files(tmp_path), config=config)
    attribution = "IPFire Location database, IPFire Project, CC BY-SA 4.0, https://location.ipfire.org/"
    values = ["IPFire Project", "2026-06-25", attribution, "7"]
    assert facts(console.open(ADDRESS)) == dict(zip(("Source", "Date", "Attribution", "Réseaux"), values, strict=True))
    labels = ("Source", "Date", "Attribution", "Networks")
    assert facts(english_console.open(ADDRESS)) == dict(zip(labels, values, strict=True))


def test_old_data_have_a_warning(tmp_path: Path, config: Config, console: Browsing) -> None:
    files = range_files(tmp_path)
    files[0].write_text(files[0].read_text().replace("Thu, 25 Jun 2026", "Wed, 25 Jun 2014"))
    import_files(files, config=config)
    assert facts(console.open(ADDRESS))["Date"].startswith("2014-06-25 · plus d’un an")


def test_damaged_file_is_reported_beside_the_last_good_one(tmp_path: Path, config: Config, console: Browsing) -> None:
    import_files(range_files(tmp_path), config=config)
    console.open(ADDRESS)
    imported_path(config).write_bytes(b"junk")
    page = console.open(ADDRESS)
    assert "Les dernières données valides restent en service." in page.one("div", class_="message").text
    assert f"{imported_path(config)} can't be opened" in page.one("div", class_="message").text
    assert facts(page)["Source"] == "IPFire Project"


def test_file_that_was_never_readable_is_reported(tmp_path: Path, console: Browsing) -> None:
    absent = Config.model_validate({"data_dir": tmp_path / "data", "geoip_db": tmp_path / "absent.mmdb"})
    with override_settings(CONFIG=absent):
        page = console.open(ADDRESS)
    assert "Le fichier est inutilisable." in page.one("div", class_="message").text
    assert not page.all("dl", class_="facts")


def test_showing_the_page_writes_no_file(tmp_path: Path, config: Config, console: Browsing) -> None:
    import_files(range_files(tmp_path), config=config)
    console.open(ADDRESS)
    assert [path.name for path in imported_path(config).parent.iterdir()] == ["countries"]
