"""Write the business rows. Each action is one durable transaction, recorded in the history and then published."""

from renvoi.partners.actions.bulk import (
    Step,
    not_restorable,
    pause_partners,
    record_sent,
    restore_partners,
    resume_partners,
    trash_partners,
)
from renvoi.partners.actions.importing import (
    Confirmed,
    PlanChanged,
    PlanHasErrors,
    PlanNotApplied,
    ReplacementsUnconfirmed,
    import_partners,
)
from renvoi.partners.actions.operator import SavedOperator, update_golden_visitors, update_logo, update_operator
from renvoi.partners.actions.purging import due_partners, newly_due, purge_due, purge_partners
from renvoi.partners.actions.recording import OPERATOR, PARTNER, KeyReused, StaleSelection, StaleVersion, snapshot
from renvoi.partners.actions.replacing import Retirement, Succession, replace_partner
from renvoi.partners.actions.single import (
    Saved,
    create_partner,
    create_partners,
    restore_partner,
    restore_partner_as,
    trash_partner,
    update_partner,
)
from renvoi.partners.actions.undoing.applying import UndoChanged, Undone, undo_step, undo_steps
from renvoi.partners.actions.undoing.planning import Skipped, UndoPlan, changes_settings, plan_undo, steps_since
from renvoi.partners.actions.writing import name_key, require_free_name

__all__ = [
    "OPERATOR",
    "PARTNER",
    "Confirmed",
    "KeyReused",
    "PlanChanged",
    "PlanHasErrors",
    "PlanNotApplied",
    "ReplacementsUnconfirmed",
    "Retirement",
    "Saved",
    "SavedOperator",
    "Skipped",
    "StaleSelection",
    "StaleVersion",
    "Step",
    "Succession",
    "UndoChanged",
    "UndoPlan",
    "Undone",
    "changes_settings",
    "create_partner",
    "create_partners",
    "due_partners",
    "import_partners",
    "name_key",
    "newly_due",
    "not_restorable",
    "pause_partners",
    "plan_undo",
    "purge_due",
    "purge_partners",
    "record_sent",
    "replace_partner",
    "require_free_name",
    "restore_partner",
    "restore_partner_as",
    "restore_partners",
    "resume_partners",
    "snapshot",
    "steps_since",
    "trash_partner",
    "trash_partners",
    "undo_step",
    "undo_steps",
    "update_golden_visitors",
    "update_logo",
    "update_operator",
    "update_partner",
]
