"""Make saves of every kind: `python -m tests.faults.saving` reads a seed per line, and prints the generation of each.

It works on the installation of RENVOI_DATA_DIR, beside its servers.
"""

import random
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from renvoi.cli.setup import configure
from renvoi.domain.places import CountryCode, RegionCode

COUNTRIES = ("BR", "PT", "MX", "FR", "CA", "US", "PM", "JP", "DE", "AO")
REGIONS = ("CA-QC", "CA-ON", "CA-ZZ", "US-OH", "US-ZZ")
_TIME_ZONES = ("America/Toronto", "Pacific/Auckland", "Pacific/Honolulu", "UTC")

configure()

from django.db.models import QuerySet  # noqa: E402 (Django must be ready first)

from renvoi.partners import actions  # noqa: E402
from renvoi.partners.fields import PartnerValues  # noqa: E402
from renvoi.partners.models import Operator, Partner  # noqa: E402
from renvoi.partners.values import OperatorValues  # noqa: E402
from renvoi.publication.models import Generation  # noqa: E402


def _partner_values(draw: random.Random, name: str) -> PartnerValues:
    today = datetime.now(UTC).date()
    days = [None, None, *(today + timedelta(days=days) for days in (-2, -1, 0, 1, 2))]
    codes = sorted(draw.sample(COUNTRIES, draw.randint(1, 3)))
    return PartnerValues(
        name=name,
        url_en=f"https://{draw.randrange(10**6)}.example/en" if draw.random() < 0.8 else "",
        url_fr=f"https://{draw.randrange(10**6)}.example/fr",
        description_en="",
        description_fr="Répond « vite »,\nen français.",
        countries=tuple(CountryCode(code) for code in codes),
        status=draw.choice(["active", "active", "active", "paused"]),
        priority=draw.randint(1, 3),
        agreement_reference="",
        agreement_starts_on=draw.choice(days),
        agreement_ends_on=draw.choice(days),
    )


def _create(draw: random.Random) -> None:
    values = _partner_values(draw, f"Partner {draw.randrange(10**9)}")
    actions.create_partner(values=values, actor=None, channel="cli")


def _update(draw: random.Random) -> None:
    partner = draw.choice(list(_present()) or [None])
    if partner is None:
        _create(draw)
        return
    values = _partner_values(draw, partner.name)
    actions.update_partner(
        partner_id=partner.id, values=values, expected_version=partner.version, actor=None, channel="cli"
    )


def _trash(draw: random.Random) -> None:
    for partner in draw.sample(list(_present()), min(1, _present().count())):
        actions.trash_partner(partner_id=partner.id, actor=None, channel="cli")


def _restore(draw: random.Random) -> None:
    trashed = list(Partner.objects.exclude(trashed_at=None).order_by("id"))
    for partner in draw.sample(trashed, min(1, len(trashed))):
        actions.restore_partner(partner_id=partner.id, actor=None, channel="cli")


def _pause(draw: random.Random) -> None:
    act = draw.choice([actions.pause_partners, actions.resume_partners])
    act(partners=_present().filter(priority=draw.randint(1, 3)), actor=None, channel="cli")


def _change_operator(draw: random.Random) -> None:
    operator = Operator.objects.get(id=1)
    areas = draw.sample([("CA", "CA-QC"), ("CA", "CA-ON"), ("US", "US-OH"), ("PM", ""), ("BR", "")], 2)
    values = replace(
        OperatorValues.of(operator),
        mode=draw.choice(["direct", "present"]),
        time_zone=draw.choice(_TIME_ZONES),
        default_language=draw.choice(["fr", "en"]),
        signup_url_en=f"https://{draw.randrange(10**6)}.example/sign-up",
        areas=tuple(sorted((CountryCode(country), RegionCode(region)) for country, region in areas)),
    )
    actions.update_operator(values=values, expected_version=operator.version, actor=None, channel="cli")


def _present() -> QuerySet[Partner]:
    return Partner.objects.filter(trashed_at=None).order_by("id")


_KINDS: tuple[Callable[[random.Random], None], ...] = (_create, _update, _trash, _restore, _pause, _change_operator)
_WEIGHTS = (3, 6, 1, 1, 1, 2)


def main() -> None:
    for line in sys.stdin:
        draw = random.Random(int(line))
        before = Generation.objects.get(id=1).number
        while Generation.objects.get(id=1).number == before:
            draw.choices(_KINDS, _WEIGHTS)[0](draw)
        sys.stdout.write(f"{Generation.objects.get(id=1).number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
