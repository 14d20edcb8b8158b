"""Parse and update the operator and its coverage area."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from renvoi.domain.places import RegionCode
from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.actions import StaleVersion
from renvoi.partners.models import Operator
from renvoi.partners.values import OperatorValues, parse_operator
from renvoi.people.models import User
from tests.cast import BOREALE, country, generation, only, published, set_operator, typed
from tests.partners.acting import newest_change


@pytest.mark.django_db
class TestUpdateOperator:
    """`update_operator`."""

    OTHER = replace(
        BOREALE,
        mode="direct",
        time_zone="Pacific/Auckland",
        areas=((country("CA"), RegionCode("CA-ON")), (country("PM"), "")),
    )

    def test_update_replaces_all_values_and_publishes_them(self) -> None:
        set_operator(BOREALE)
        before = generation()
        operator = set_operator(self.OTHER)
        assert OperatorValues.of(Operator.objects.get(id=1)) == self.OTHER
        assert generation() == published().generation == before + 1
        routed = published().operator
        assert (routed.mode, routed.time_zone) == ("direct", "Pacific/Auckland")
        assert routed.covered_countries == {"PM"}
        assert (routed.covered_regions, routed.signup_url.fr) == ({"CA": ("CA-ON",)}, BOREALE.signup_url_fr)
        assert operator.version == 3

    def test_update_records_values_before_and_after(self, odile: User) -> None:
        version = set_operator(BOREALE).version
        actions.update_operator(values=self.OTHER, expected_version=version, actor=odile, channel="console")
        change = newest_change()
        assert (change.verb, change.subject, change.change_set.actor) == ("update", "operator", odile)
        assert change.before is not None
        assert change.after is not None
        assert (change.before["areas"], change.after["areas"]) == ([["CA", "CA-QC"]], [["CA", "CA-ON"], ["PM", ""]])
        assert (change.before["mode"], change.after["mode"]) == ("present", "direct")

    def test_update_with_equal_values_changes_nothing(self) -> None:
        version = set_operator(BOREALE).version
        before = (generation(), Change.objects.count())
        assert set_operator(BOREALE).version == version
        assert (generation(), Change.objects.count()) == before

    def test_update_of_older_version_raises(self) -> None:
        version = set_operator(BOREALE).version
        with pytest.raises(StaleVersion):
            actions.update_operator(values=self.OTHER, expected_version=version - 1, actor=None, channel="cli")
        assert OperatorValues.of(Operator.objects.get(id=1)) == BOREALE


class TestParseOperator:
    """`parse_operator`."""

    def test_valid_fields_are_parsed(self) -> None:
        assert parse_operator(typed(BOREALE), areas=["CA-QC"]) == BOREALE

    def test_country_with_some_of_its_regions_is_covered_entirely(self) -> None:
        areas = parse_operator(typed(BOREALE), areas=["CA-QC", "pm", "ca", "US-OH"]).areas
        assert areas == (("CA", ""), ("PM", ""), ("US", "US-OH"))

    @pytest.mark.parametrize("area", ["QC", "CA-XX", "CA-ZZ", "FR-75C", ""])
    def test_unknown_area_is_refused(self, area: str) -> None:
        with override("fr"), pytest.raises(ValidationError) as caught:
            parse_operator(typed(BOREALE), areas=["CA-QC", area])
        with override("fr"):
            assert caught.value.message_dict == {"areas": [f"{area} n’est ni un pays ni une région."]}

    def test_covered_areas_require_signup_address(self) -> None:
        nowhere = typed(BOREALE, signup_url_en="", signup_url_fr="")
        assert parse_operator(nowhere, areas=[]) == replace(BOREALE, signup_url_en="", signup_url_fr="", areas=())
        with override("en"), pytest.raises(ValidationError) as caught:
            parse_operator(nowhere, areas=["CA-QC"])
        sentence = "Enter a sign-up address: prospects of your coverage area are sent there."
        with override("en"):
            assert caught.value.message_dict == {"signup_url_en": [sentence]}

    @pytest.mark.parametrize(
        ("field", "text"),
        [("name", ""), ("mode", "both"), ("default_language", "pt"), ("time_zone", "Montréal"), ("time_zone", "")],
    )
    def test_invalid_field_is_refused(self, field: str, text: str) -> None:
        with pytest.raises(ValidationError) as caught:
            parse_operator(typed(BOREALE, **only(field, text)), areas=[])
        assert list(caught.value.error_dict) == [field]
