"""The page Réglages généraux: the country data in force, as the command `renvoi geo status` tells them."""

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
    """A Renvoi with a data folder of its own."""
    own = Config.model_validate({"data_dir": tmp_path / "data"})
    with override_settings(CONFIG=own):
        yield own


def facts(page: Page) -> dict[str, str]:
    rows = page.one("dl", class_="facts").all("div")
    return {row.one("dt").text: row.one("dd").text for row in rows}


@pytest.mark.usefixtures("config")
def test_without_any_it_says_what_happens(console: Browsing, english_console: Browsing) -> None:
    assert "Il n’y en a pas." in console.open(ADDRESS).one("main").text
    page = english_console.open(ADDRESS)
    assert "There are none." in page.one("main").text
    assert "renvoi geo import" in page.one("main").text


def test_it_says_whose_and_of_when_they_are(
    tmp_path: Path, config: Config, console: Browsing, english_console: Browsing
) -> None:
    import_files(range_files(tmp_path), config=config)
    attribution = "IPFire Location database, IPFire Project, CC BY-SA 4.0, https://location.ipfire.org/"
    told = ["IPFire Project", "2026-06-25", attribution, "7"]
    assert facts(console.open(ADDRESS)) == dict(zip(("Source", "Date", "Attribution", "Réseaux"), told, strict=True))
    labels = ("Source", "Date", "Attribution", "Networks")
    assert facts(english_console.open(ADDRESS)) == dict(zip(labels, told, strict=True))


def test_old_data_are_said_to_be(tmp_path: Path, config: Config, console: Browsing) -> None:
    files = range_files(tmp_path)
    files[0].write_text(files[0].read_text().replace("Thu, 25 Jun 2026", "Wed, 25 Jun 2014"))
    import_files(files, config=config)
    assert facts(console.open(ADDRESS))["Date"].startswith("2014-06-25 · plus d’un an")


def test_a_damaged_file_is_told_and_the_last_good_one_still_shown(
    tmp_path: Path, config: Config, console: Browsing
) -> None:
    import_files(range_files(tmp_path), config=config)
    console.open(ADDRESS)
    imported_path(config).write_bytes(b"junk")
    page = console.open(ADDRESS)
    assert "Les dernières bonnes données restent en service." in page.one("div", class_="message").text
    assert f"{imported_path(config)} can't be opened" in page.one("div", class_="message").text
    assert facts(page)["Source"] == "IPFire Project"


def test_a_file_that_was_never_good_is_told(tmp_path: Path, console: Browsing) -> None:
    absent = Config.model_validate({"data_dir": tmp_path / "data", "geoip_db": tmp_path / "absent.mmdb"})
    with override_settings(CONFIG=absent):
        page = console.open(ADDRESS)
    assert "Le fichier est inutilisable." in page.one("div", class_="message").text
    assert not page.all("dl", class_="facts")


def test_who_looks_writes_nothing(tmp_path: Path, config: Config, console: Browsing) -> None:
    import_files(range_files(tmp_path), config=config)
    console.open(ADDRESS)
    assert [path.name for path in imported_path(config).parent.iterdir()] == ["countries"]
