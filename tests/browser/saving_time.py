"""What the tests of the guide's chapter on saving time share: the labels of its pages, in both languages."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator

from tests.browser.journeys import Reader


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels and messages of these pages; `{}` stands for a name or a number."""

    pause: str
    resume: str
    delete: str
    pause_2: str
    resume_2: str
    delete_2: str
    without_partner: str
    paused_2: str
    resumed_2: str
    deleted_2: str
    undo_pause: str
    undo_resumption: str
    undo_deletion: str
    as_before: str
    view_name: str
    save_view: str
    edit_view: str
    edit_this_view: str
    view_saved: str
    view_deleted: str
    undo_view_deletion: str
    delete_view: str
    replace: str
    all: str
    duplicate: str
    paste: str
    countries_list: str
    add_list: str
    pasted: str
    added: str
    unknown: str
    not_added: str
    ending: re.Pattern[str]
    ends_soon: str
    help: str


LABELS = {
    "fr": Labels(
        pause="Mettre en pause",
        resume="Réactiver",
        delete="Supprimer",
        pause_2="Mettre 2 partenaires en pause?",
        resume_2="Réactiver 2 partenaires?",
        delete_2="Supprimer 2 partenaires?",
        without_partner="n’aura plus de partenaire",
        paused_2="2 partenaires mis en pause.",
        resumed_2="2 partenaires réactivés.",
        deleted_2="2 partenaires supprimés.",
        undo_pause="Annuler la mise en pause",
        undo_resumption="Annuler la réactivation",
        undo_deletion="Annuler la suppression",
        as_before="2 partenaires rétablis tels qu’ils étaient.",
        view_name="Nom de la vue",
        save_view="Enregistrer cette vue",
        edit_view="Renommer ou supprimer la vue {}",
        edit_this_view="Renommer ou supprimer la vue",
        view_saved="Vue {} enregistrée.",
        view_deleted="Vue {} supprimée.",
        undo_view_deletion="Annuler la suppression de la vue",
        delete_view="Supprimer la vue",
        replace="La remplacer",
        all="Tous",
        duplicate="Dupliquer",
        paste="Coller plusieurs pays",
        countries_list="Liste de pays",
        add_list="Ajouter la liste",
        pasted="Brésil; Norvège, ZM, Brézil",
        added="Brésil, Norvège et Zambie ajoutés, 4 pays.",
        unknown="Brézil",
        not_added="La liste de pays n’a pas été ajoutée.",
        ending=re.compile(r"^\d+ ententes? se termine(nt)? d’ici 30 jours$"),
        ends_soon="Se termine bientôt",
        help="Aide\u00a0: {}",
    ),
    "en": Labels(
        pause="Pause",
        resume="Resume",
        delete="Delete",
        pause_2="Pause 2 partners?",
        resume_2="Resume 2 partners?",
        delete_2="Delete 2 partners?",
        without_partner="will have no partner left",
        paused_2="2 partners paused.",
        resumed_2="2 partners resumed.",
        deleted_2="2 partners deleted.",
        undo_pause="Undo the pause",
        undo_resumption="Undo the resumption",
        undo_deletion="Undo the deletion",
        as_before="2 partners are as they were.",
        view_name="Name of the view",
        save_view="Save this view",
        edit_view="Rename or delete the view {}",
        edit_this_view="Rename or delete the view",
        view_saved="View {} saved.",
        view_deleted="View {} deleted.",
        undo_view_deletion="Undo the deletion of the view",
        delete_view="Delete the view",
        replace="Replace it",
        all="All",
        duplicate="Duplicate",
        paste="Paste several countries",
        countries_list="List of countries",
        add_list="Add the list",
        pasted="Brazil; Norway, ZM, Brasul",
        added="Brazil, Norway and Zambia added, 4 countries.",
        unknown="Brasul",
        not_added="The list of countries was not added.",
        ending=re.compile(r"^\d+ agreements? ends? within 30 days$"),
        ends_soon="Ends soon",
        help="Help: {}",
    ),
}


def click_bulk_button(reader: Reader, button: str, title: str) -> Locator:
    """Click a button for what is selected; return the window that opens, or the page in its place."""
    reader.click(reader.page.locator("#listing").get_by_role("button", name=button, exact=True))
    return reader.window(title)


def unique_name(reader: Reader, name: str) -> str:
    """Return the name with a suffix that differs between the runs of the same test."""
    return f"{name} {reader.words.language}{reader.staff.has_script:d}"
