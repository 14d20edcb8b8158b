"""Time zones are offered by place, under their present names, in the user's words."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest

from renvoi.domain.days.zone_names import ZoneChoice, canonical_zone, is_usable_zone, offered_zones, zone_label
from renvoi.domain.places import LANGUAGES, Language

WINTER, SUMMER = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)


def offered(language: Language = "fr") -> dict[str, str]:
    """Return each zone that is offered, with its label."""
    groups = offered_zones(language=language, at=WINTER)
    return {zone.name: zone.label for group in groups for zone in group.zones}


@pytest.mark.parametrize(
    ("name", "french", "english"),
    [
        ("America/Toronto", "Heure de l’Est (Toronto)", "Eastern Time (Toronto)"),
        ("America/St_Johns", "Heure de Terre-Neuve (St. John’s)", "Newfoundland Time (Saint John’s)"),
        ("Europe/Istanbul", "Turquie (Istanbul)", "Türkiye (Istanbul)"),
        ("Asia/Kolkata", "Heure de l’Inde (Kolkata)", "India Standard Time (Kolkata)"),
        ("UTC", "Temps universel coordonné", "Coordinated Universal Time"),
    ],
)
def test_label_is_that_of_the_place(name: str, french: str, english: str) -> None:
    assert offered("fr")[name].rpartition(" · ")[0] == french
    assert offered("en")[name].rpartition(" · ")[0] == english


def test_label_has_the_present_offset() -> None:
    for at, offset in ((WINTER, "UTC\u221205:00"), (SUMMER, "UTC\u221204:00")):
        assert zone_label("America/Toronto", language="fr", at=at) == f"Heure de l’Est (Toronto) · {offset}"
    assert zone_label("Asia/Kathmandu", language="en", at=WINTER).endswith("UTC+05:45")


@pytest.mark.parametrize("language", LANGUAGES)
def test_canada_comes_first_and_every_part_from_west_to_east(language: Language) -> None:
    groups = offered_zones(language=language, at=WINTER)
    assert groups[0].label == "Canada"
    assert len(groups[0].zones) > 20
    assert {zone.name.partition("/")[0] for zone in groups[0].zones} == {"America"}
    names = [zone.name for zone in groups[0].zones]
    places = ("America/Vancouver", "America/Winnipeg", "America/Toronto", "America/Halifax", "America/St_Johns")
    assert [name for name in names if name in places] == [*places]
    assert groups[-1].zones == (ZoneChoice("UTC", zone_label("UTC", language=language, at=WINTER)),)


def test_only_present_names_of_places_are_offered() -> None:
    names = offered()
    assert len(names) > 350
    assert not {"localtime", "Factory", "US/Eastern", "America/Montreal", "Etc/GMT+5", "EST5EDT", "GMT"} & names.keys()
    assert all("/" in name or name == "UTC" for name in names)
    assert all(canonical_zone(name) == name for name in names)


def test_every_zone_of_a_place_is_offered_under_some_name() -> None:
    """What the machine knows beyond that is no place's, or newer than the names."""
    missing = {canonical_zone(name) for name in available_timezones() if is_usable_zone(name)} - offered().keys()
    assert {name for name in missing if "/" in name and not name.startswith("Etc/")} <= {"America/Coyhaique"}


@pytest.mark.parametrize(
    ("former", "present"),
    [
        ("US/Eastern", "America/New_York"),
        ("America/Montreal", "America/Toronto"),
        ("Canada/Eastern", "America/Toronto"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Etc/UTC", "UTC"),
        ("Nowhere/Atlantis", "Nowhere/Atlantis"),
    ],
)
def test_former_name_leads_to_the_present_one(former: str, present: str) -> None:
    assert canonical_zone(former) == present


@pytest.mark.parametrize("name", ["localtime", "Factory", "posixrules", "Nowhere/Atlantis", "", "America", "../x"])
def test_name_that_machines_do_not_share_is_not_usable(name: str) -> None:
    assert not is_usable_zone(name)
