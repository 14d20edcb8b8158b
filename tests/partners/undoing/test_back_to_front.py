"""Any sequence of steps, undone back to front, ends in the first state and in a table of equal digest."""

import os
from datetime import datetime

import pytest

from renvoi.partners.fields import PartnerValues
from renvoi.partners.models import Operator, Partner
from renvoi.partners.values import OperatorValues
from renvoi.publication.archive import ArchiveReader
from tests.cast import a_partner, generation, set_operator, stored_many
from tests.partners.undoing.random_steps import Steps, undo

pytestmark = pytest.mark.django_db
# `SEQUENCES=2000 python -m pytest tests/partners/undoing` makes many more.
SEEDS = range(int(os.environ.get("SEQUENCES", "120")))
GROUPS = 6


def state() -> tuple[OperatorValues, dict[int, tuple[PartnerValues, datetime | None]], str]:
    partners = {
        partner.id: (PartnerValues.of(partner), partner.trashed_at)
        for partner in Partner.objects.order_by("id").prefetch_related("served")
    }
    digest = ArchiveReader().content(generation()).digest()
    return OperatorValues.of(Operator.objects.get(id=1)), partners, digest


@pytest.mark.parametrize("group", range(GROUPS))
def test_steps_undone_back_to_front_end_in_first_state(group: int) -> None:
    set_operator()
    stored_many(a_partner("Aló Brasil", "BR", "PT"), a_partner("Tundra", "US", status="paused"))
    done = 0
    for seed in SEEDS[group::GROUPS]:
        steps = Steps(seed)
        operator, partners, digest = state()
        steps.take(8)
        made = steps.made()
        done += len(made)
        # All of them at once, or one after another.
        for chosen in [made] if seed % 2 else [[step] for step in made]:
            assert undo(chosen).skipped == ()
        operator_now, partners_now, digest_now = state()
        assert (operator_now, digest_now) == (operator, digest)
        assert {id_: partners_now[id_] for id_ in partners} == partners
        # A partner that was created meanwhile is in the trash.
        assert all(trashed_at for id_, (_, trashed_at) in partners_now.items() if id_ not in partners)
    assert done > len(SEEDS) / GROUPS
