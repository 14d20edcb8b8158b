"""The plan of an import: what each row would do, all errors, the digest; and that making it leaves nothing."""

from dataclasses import fields, replace
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import override

from renvoi.history.models import Change, ChangeSet
from renvoi.partners import actions
from renvoi.partners.importing.plan import Plan
from renvoi.partners.importing.planning import make_plan
from renvoi.partners.models import Partner, ServedCountry
from renvoi.publication.models import ArchivedTable, Generation, PublishedTable
from tests.cast import ALO_BRASIL, AZULEJO, a_partner, set_operator, stored, stored_many, with_changes
from tests.partners.acting import trash, update
from tests.partners.importing.files import NUMBERED, TODAY, csv_file, errors_of, exported, numbered, plan_of, xlsx_file

pytestmark = pytest.mark.django_db
A = "https://a.example/"


class TestRows:
    """Which partner a row means, and what it would do."""

    def test_unknown_name_creates_a_partner_with_defaults(self) -> None:
        (creation,) = plan_of(["name", "url_en", "countries"], ["Alpha", A, "BR PT"]).creations
        assert creation.line == 2
        assert creation.values == a_partner("Alpha", "BR", "PT", url_en=A)

    def test_known_id_updates_only_the_columns_of_the_file(self) -> None:
        alo = stored(ALO_BRASIL)
        (change,) = plan_of(["id", "priority"], [alo.id, 2]).updates
        assert change.after == with_changes(ALO_BRASIL, priority=2)
        assert [*change.changes] == [("priority", "5", "2")]

    @pytest.mark.parametrize("id_", ["", "987654"])
    def test_without_a_known_id_the_name_decides_whatever_its_case(self, id_: str) -> None:
        alo = stored(ALO_BRASIL)
        (change,) = plan_of(["id", "name", "version", "priority"], [id_, "ALO BRASIL", 77, 2]).updates
        assert (change.partner_id, change.after.name) == (alo.id, "ALO BRASIL")

    def test_equal_rows_are_counted_and_change_nothing(self) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        plan = plan_of(["id", "name", "priority"], [alo.id, ALO_BRASIL.name, 5], ["", AZULEJO.name, 3])
        assert (plan.identical, plan.count, plan.errors) == (2, 0, ())

    def test_rows_that_stand_twice_alike_are_counted(self) -> None:
        row = ["Alpha", A, "BR"]
        plan = plan_of(["name", "url_en", "countries"], row, row, row)
        assert (len(plan.creations), plan.repeated, plan.errors) == (1, 2, ())

    def test_rows_that_contradict_each_other_name_both_lines(self) -> None:
        plan = plan_of(["name", "url_en", "countries"], ["Alpha", A, "BR"], [], ["alpha", A, "FR"])
        assert errors_of(plan) == [(4, "name", "contradiction")]
        with override("en"):
            assert plan.errors[0].reason.startswith("This row and row 2 are both the partner alpha")

    def test_partner_in_the_trash_must_be_restored_first(self) -> None:
        alo = trash(stored(ALO_BRASIL))
        plan = plan_of(["id", "name", "priority"], [alo.id, "Other", 2], ["", "Aló Brasil", 2])
        assert errors_of(plan) == [(2, "id", "trash"), (3, "name", "trash")]

    def test_two_partners_can_exchange_their_names(self) -> None:
        alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
        plan = plan_of(["id", "name"], [alo.id, AZULEJO.name], [azulejo.id, ALO_BRASIL.name])
        assert (plan.errors, len(plan.updates)) == ((), 2)

    def test_name_of_another_partner_is_refused(self) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        assert errors_of(plan_of(["id", "name"], [alo.id, AZULEJO.name])) == [(2, "name", "taken")]

    def test_name_that_two_rows_give_is_refused(self) -> None:
        alo, azulejo = stored_many(ALO_BRASIL, AZULEJO)
        plan = plan_of(["id", "name"], [alo.id, "Same"], [azulejo.id, "same"])
        assert errors_of(plan) == [(3, "name", "name_twice")]


class TestVersions:
    """A row that was exported before somebody else's change."""

    def test_older_version_and_other_content_is_a_conflict(self) -> None:
        alo = update(stored(ALO_BRASIL), with_changes(ALO_BRASIL, priority=1))
        plan = plan_of(["id", "version", "priority"], [alo.id, 1, 9])
        assert (errors_of(plan), plan.count) == ([(2, "version", "conflict")], 0)

    def test_older_version_with_the_present_content_is_identical(self) -> None:
        alo = update(stored(ALO_BRASIL), with_changes(ALO_BRASIL, priority=1))
        assert plan_of(["id", "version", "priority"], [alo.id, 1, 1]).identical == 1

    def test_empty_version_is_not_checked(self) -> None:
        alo = update(stored(ALO_BRASIL), with_changes(ALO_BRASIL, priority=1))
        assert len(plan_of(["id", "version", "priority"], [alo.id, "", 9]).updates) == 1

    def test_id_of_a_partner_of_which_nothing_stays_is_warned_of(self) -> None:
        alo = stored(ALO_BRASIL)
        headings = ["id", "name", "url_en", "url_fr"]
        plan = plan_of(headings, [alo.id, "Other", "https://other.example/", ""])
        assert ([problem.code for problem in plan.warnings], len(plan.replacements)) == (["replaced"], 1)
        for kept in ([ALO_BRASIL.name, "https://other.example/", ""], ["Other", ALO_BRASIL.url_en, ""]):
            assert plan_of(headings, [alo.id, *kept]).replacements == ()


class TestErrors:
    """All of them at once, each with its line, its column and its reason."""

    def test_every_error_of_every_row_is_reported(self) -> None:
        plan = plan_of(
            ["name", "url_en", "countries", "priority", "agreement_starts_on", "agreement_ends_on"],
            ["", A, "BR", 1, "", ""],
            ["Beta", "b.example", "Atlantide", 12, "2026-02-30", ""],
            ["Gamma", A, "BR", 1, "2026-05-02", "2026-05-01"],
            ["Delta", "", "", 1, "", ""],
        )
        assert errors_of(plan) == [
            (2, "name", "required"),
            (3, "url_en", "no_scheme"),
            (3, "countries", "unknown"),
            (3, "priority", "range"),
            (3, "agreement_starts_on", "day"),
            (4, "agreement_ends_on", "order"),
            (5, "countries", "required"),
            (5, "url_en", "required"),
        ]

    def test_reasons_are_in_the_language_in_which_they_are_shown(self) -> None:
        (error,) = plan_of(["Nom", "URL en anglais", "Pays"], ["Alpha", A, "Congo"]).errors
        with override("fr"):
            assert error.reason == (
                "«\u00a0Congo\u00a0» peut désigner plusieurs pays\u00a0: Congo-Kinshasa (CD); Congo-Brazzaville (CG). "
                "Inscrivez le code de celui que vous voulez."
            )
        with override("en"):
            assert error.reason.startswith("“Congo” can be several countries: Congo-Kinshasa (CD);")

    def test_missing_columns_are_one_error_each_however_many_rows_need_them(self) -> None:
        plan = plan_of(["name"], ["Alpha"], ["Beta"])
        assert errors_of(plan) == [(1, "countries", "no_column"), (1, "url_en", "no_column")]

    def test_doubtful_address_is_a_warning(self) -> None:
        plan = plan_of(["name", "url_en", "countries"], ["Alpha", "https://localhost/", "BR"])
        assert [(one.line, one.column, one.code) for one in plan.warnings] == [(2, "url_en", "not_public")]
        assert plan.count == 1

    def test_names_of_countries_that_differ_from_the_codes_are_warned_of(self) -> None:
        alo = stored(ALO_BRASIL)
        plan = plan_of(["id", "countries", "country_names"], [alo.id, "BR PT", "Brésil; Portugal; France"])
        assert ([one.code for one in plan.warnings], plan.identical) == (["countries_differ"], 1)

    def test_plan_with_errors_foresees_nothing(self) -> None:
        set_operator()
        plan = plan_of(["name", "url_en", "countries"], ["Alpha", A, "BR"], ["", A, "BR"])
        assert plan.foreseen.cells == ()


class TestConsequences:
    """The cells whose decision would change."""

    def test_new_partner_and_lost_country_are_foreseen(self) -> None:
        set_operator()
        alo = stored(ALO_BRASIL)
        plan = plan_of(["id", "name", "url_en", "countries"], [alo.id, *TO_BRAZIL], ["", "Alpha", A, "FR"])
        cells = {(one.cell.country, one.cell.language): one.after for one in plan.foreseen.cells}
        assert cells.keys() == {("FR", "en"), ("FR", "fr"), ("PT", "en"), ("PT", "fr")}
        assert [one.partners for (code, _), one in cells.items() if code == "FR"] == [(-3,), (-3,)]
        assert [(loss.country, loss.language) for loss in plan.foreseen.losses] == [("PT", None)]

    def test_lost_address_is_foreseen(self) -> None:
        alo = stored(ALO_BRASIL)
        losses = plan_of(["id", "url_fr"], [alo.id, ""]).foreseen.losses
        assert [(loss.country, loss.language) for loss in losses] == [("BR", "fr"), ("PT", "fr")]


TO_BRAZIL = (ALO_BRASIL.name, ALO_BRASIL.url_en, "BR")


class TestDigest:
    """Two plans have the same digest if, and only if, they do the same."""

    def test_digest_is_that_of_the_same_plan_made_again(self) -> None:
        stored(ALO_BRASIL)
        content = csv_file(["name", "priority"], [ALO_BRASIL.name, 2])
        assert make_plan(content, today=TODAY).digest == make_plan(content, today=TODAY).digest

    def test_digest_differs_after_another_edit_even_if_the_rest_is_equal(self) -> None:
        alo = stored(ALO_BRASIL)
        content = csv_file(["name", "priority"], [ALO_BRASIL.name, 2])
        before = make_plan(content, today=TODAY)
        update(alo, with_changes(ALO_BRASIL, description_en="Other"))
        assert make_plan(content, today=TODAY).digest != before.digest

    @pytest.mark.parametrize("part", [field.name for field in fields(Plan)])
    def test_digest_covers_every_part_of_the_plan(self, part: str) -> None:
        alo, _ = stored_many(ALO_BRASIL, AZULEJO)
        headings = ["id", "name", "url_en", "countries"]
        changed, same = [alo.id, "Aló", "https://localhost/", "BR"], ["", *AZULEJO_ROW]
        full = plan_of(headings, changed, ["", "Alpha", A, "FR"], same, same)
        refused = plan_of(headings, ["", "", A, "FR"])
        plan = replace(full, errors=refused.errors)
        empty: Any = type(getattr(plan, part))()
        assert getattr(plan, part) != empty
        assert replace(plan, **{part: empty}).digest != plan.digest


AZULEJO_ROW = (AZULEJO.name, AZULEJO.url_en, "AO PT")


def everything() -> list[object]:
    """All that an import may write, and the sequences of PostgreSQL."""
    models = (Partner, ServedCountry, Change, ChangeSet, Generation, PublishedTable, ArchivedTable)
    rows: list[object] = [[*model.objects.order_by("pk").values()] for model in models]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")
        else:
            cursor.execute("SELECT name, seq FROM sqlite_sequence ORDER BY 1")
        rows.append(cursor.fetchall())
    return rows


def test_check_leaves_nothing() -> None:
    alo = stored(ALO_BRASIL)
    before = everything()
    plan = plan_of(["id", *NUMBERED], [alo.id, "Aló", A, "", "BR", 1], *(["", *row] for row in numbered(600)))
    assert (plan.count, plan.errors) == (601, ())
    make_plan(b"name\n\0", today=TODAY)
    make_plan(exported(), today=TODAY)
    assert everything() == before
    actions.update_partner(
        partner_id=alo.id, values=with_changes(ALO_BRASIL, priority=1), expected_version=1, actor=None, channel="cli"
    )
    assert everything() != before


def test_workbook_with_numbers_and_days_is_read() -> None:
    plan = make_plan(
        xlsx_file(["Nom", "URL en français", "Pays", "Priorité", "Début"], ["Alpha", A, "É.-U.", 3, TODAY]), today=TODAY
    )
    (creation,) = plan.creations
    assert (creation.values.priority, creation.values.agreement_starts_on) == (3, TODAY)
    assert creation.values.countries == ("US",)
