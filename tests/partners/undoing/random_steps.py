"""Random sequences of everything that changes partners and the operator, each step being one change set."""

import random
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet

from renvoi.domain.places import CountryCode, RegionCode
from renvoi.history.models import ChangeSet
from renvoi.partners import actions
from renvoi.partners.fields import PartnerValues
from renvoi.partners.importing.planning import make_plan
from renvoi.partners.models import Operator, Partner
from renvoi.partners.values import OperatorValues
from tests.cast import a_partner
from tests.partners.importing.files import apply, csv_file

TODAY = date(2026, 11, 30)
NAMES = ["Aló Brasil", "ALO BRASIL", "Éperlan", "Tundra", "Orée", "Œillet", "Prairie"]
CODES = ["BR", "PT", "CA", "US", "FR", "AO", "XK"]


class Steps:
    """Makes random steps. What a step refuses (a taken name, nothing selected) leaves everything as it was."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.first = set(ChangeSet.objects.values_list("id", flat=True))

    def take(self, count: int) -> None:
        kinds: list[Callable[[], object]] = [
            self.create,
            self.edit,
            self.edit,
            self.pause,
            self.trash,
            self.restore,
            self.bulk,
            self.import_file,
            self.change_operator,
            self.undo,
            self.undo,
        ]
        for _ in range(count):
            with suppress(ValidationError):
                self.random.choice(kinds)()

    def made(self) -> list[uuid.UUID]:
        """All steps since the beginning, undone or not, the newest first."""
        steps = ChangeSet.objects.exclude(id__in=self.first).annotate(newest=Max("changes__id"))
        return list(steps.order_by("-newest").values_list("id", flat=True))

    def values(self, name: str) -> PartnerValues:
        some = self.random.sample(CODES, self.random.randint(1, 3))
        return a_partner(
            name,
            *some,
            url_en=f"https://site{self.random.randint(1, 3)}.example/",
            status=self.random.choice(["active", "paused"]),
            priority=self.random.randint(1, 9),
            description_fr=self.random.choice(["", "Bonjour", "= 1 + 1"]),
            agreement_ends_on=self.random.choice([None, date(2026, 1, 1), date(2030, 1, 1)]),
        )

    def create(self) -> None:
        actions.create_partner(values=self.values(self.random.choice(NAMES)), actor=None, channel="console")

    def edit(self) -> None:
        if partner := self.one(trashed_at=None):
            values = self.values(self.random.choice([partner.name, *NAMES]))
            actions.update_partner(
                partner_id=partner.id, values=values, expected_version=partner.version, actor=None, channel="console"
            )

    def pause(self) -> None:
        act = self.random.choice([actions.pause_partners, actions.resume_partners])
        if partner := self.one(trashed_at=None):
            act(partners=Partner.objects.filter(id=partner.id), actor=None, channel="console")

    def trash(self) -> None:
        if partner := self.one(trashed_at=None):
            actions.trash_partner(partner_id=partner.id, actor=None, channel="console")

    def restore(self) -> None:
        if partner := self.one(trashed_at__isnull=False):
            actions.restore_partner(partner_id=partner.id, actor=None, channel="console")

    def bulk(self) -> None:
        act = self.random.choice(
            [actions.pause_partners, actions.resume_partners, actions.trash_partners, actions.restore_partners]
        )
        ids = [id_ for id_ in Partner.objects.values_list("id", flat=True) if self.random.random() < 0.6]
        partners: QuerySet[Partner] = Partner.objects.filter(id__in=ids)
        act(partners=partners, actor=None, channel="console")

    def import_file(self) -> None:
        chosen = [self.values(name) for name in self.random.sample(NAMES, 3)]
        rows = [[one.name, one.url_en, " ".join(one.countries), one.status, one.priority] for one in chosen]
        content = csv_file(["name", "url_en", "countries", "status", "priority"], *rows)
        plan = make_plan(content, today=TODAY)
        if not plan.errors and plan.count:
            apply(content, plan=plan)

    def change_operator(self) -> None:
        operator = Operator.objects.get(id=1)
        areas = self.random.choice([(), ((CountryCode("CA"), ""),), ((CountryCode("CA"), RegionCode("CA-ON")),)])
        values = replace(OperatorValues.of(operator), areas=areas, mode=self.random.choice(["present", "direct"]))
        actions.update_operator(values=values, expected_version=operator.version, actor=None, channel="console")

    def undo(self) -> None:
        """Undo the newest step, or any one of them: what can't be undone is left as it is."""
        if steps := self.made():
            undo([steps[0] if self.random.random() < 0.5 else self.random.choice(steps)])

    def one(self, **conditions: Any) -> Partner | None:
        partners = list(Partner.objects.filter(**conditions).order_by("id"))
        return self.random.choice(partners) if partners else None


def undo(steps: list[uuid.UUID]) -> actions.Undone:
    """Undo exactly what the plan of it says."""
    plan = actions.plan_undo(steps, today=TODAY)
    undone = actions.undo_steps(step_ids=steps, digest=plan.digest, today=TODAY, actor=None, channel="console")
    assert (undone.count, undone.skipped) == (plan.count, tuple(plan.skipped))
    return undone
