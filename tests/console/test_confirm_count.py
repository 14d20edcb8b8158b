"""Large steps are confirmed by typing the number of partners."""

import pytest

from renvoi.history.models import Change
from renvoi.partners.models import Partner
from tests.cast import a_partner, crowd, stored
from tests.console.browsing import Browsing
from tests.console.confirming import DELETE, FADO, LIST, NBSP, PAUSE, RESUME, press_ok, states

pytestmark = pytest.mark.django_db


class TestCount:
    """Typing the number of partners."""

    def test_large_deletion_wants_the_number(self, console: Browsing) -> None:
        crowd(25)
        page = console.open(f"{DELETE}?selected=all")
        assert page.one("label", for_="confirm_count").text == "Tapez 25 pour confirmer"
        empty = press_ok(console, page)
        assert (empty.status, empty.errors) == (422, {"confirm_count": f"Il manque le nombre{NBSP}: tapez 25."})
        wrong = press_ok(console, empty, confirm_count="24")
        assert (wrong.status, wrong.errors) == (
            422,
            {"confirm_count": f"Ce n’est pas le nombre de partenaires{NBSP}: tapez 25."},
        )
        assert wrong.one("input", name="confirm_count")["value"] == "24"
        assert wrong.one("input", name="confirm_count")["aria-describedby"].split() == ["confirm_count-error"]
        assert set(states().values()) == {"active"}
        done = press_ok(console, wrong, confirm_count=" 25 ")
        assert done.notices == ["25 partenaires supprimés. Ils ne reçoivent plus de clients potentiels."]

    @pytest.mark.parametrize("path", [PAUSE, RESUME, DELETE])
    def test_field_appears_from_25_partners_on(self, path: str, console: Browsing) -> None:
        crowd(25)
        status = "active" if path == PAUSE else "paused"
        Partner.objects.update(status=status)
        one = Partner.objects.latest("id")
        assert len(console.open(f"{path}?selected=all").all("input", name="confirm_count")) == 1
        assert console.open(f"{path}?selected=all&except={one.id}").all("input", name="confirm_count") == []

    def test_only_partners_that_change_count(self, console: Browsing) -> None:
        crowd(25)
        Partner.objects.filter(id=Partner.objects.latest("id").id).update(status="paused")
        assert console.open(f"{PAUSE}?selected=all").all("input", name="confirm_count") == []

    def test_more_than_ten_countries_without_a_partner_are_large(self, console: Browsing) -> None:
        codes = ("AO", "BR", "CL", "DK", "EG", "FR", "GR", "HU", "IT", "JP", "KR")
        large, other = stored(a_partner("Monde", *codes)), stored(FADO)
        both = f"selected={large.id}&selected={other.id}"
        assert len(console.open(f"{DELETE}?{both}").all("input", name="confirm_count")) == 1
        assert console.open(f"{RESUME}?{both}").all("input", name="confirm_count") == []
        assert console.open(f"{DELETE}?selected={large.id}").all("input", name="confirm_count") == []
        assert console.open(f"{LIST}{large.id}/delete/").all("input", name="confirm_count") == []

    def test_number_may_be_typed_as_it_is_shown(self, english_console: Browsing) -> None:
        crowd(1000)
        page = english_console.open(f"{PAUSE}?selected=all")
        assert page.one("label", for_="confirm_count").text == "Type 1,000 to confirm"
        assert press_ok(english_console, page, confirm_count="1,000").notices[0].startswith("1,000 partners paused.")

    def test_number_typed_for_another_selection_is_not_taken(self, console: Browsing) -> None:
        crowd(25)
        page = console.open(f"{DELETE}?selected=all")
        stored(FADO)
        again = press_ok(console, page, confirm_count="25")
        assert (again.status, again.errors) == (409, {})
        assert again.one("input", name="confirm_count")["value"] == "25"
        assert press_ok(console, again).errors == {
            "confirm_count": f"Ce n’est pas le nombre de partenaires{NBSP}: tapez 26."
        }

    def test_submission_repeated_after_the_step_needs_no_number_for_it(self, console: Browsing) -> None:
        crowd(25)
        page = console.open(f"{DELETE}?selected=all")
        done = press_ok(console, page, confirm_count="25")
        again = press_ok(console, page, confirm_count="25")
        assert (again.status, again.path) == (done.status, done.path)
        assert Change.objects.filter(verb="trash").count() == 25
