"""The labels and messages of the page in French, as the manual quotes them, and in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Words:
    """Labels and messages; `{}` stands for a name or a number. Of a pair, the second is the plural."""

    language: Literal["fr", "en"]
    locale: str
    account: str
    main_menu: str
    partners: str
    coverage: str
    trash: str
    new: str
    save: str
    add: str
    ok: str
    cancel: str
    name: str
    url_en: str
    url_fr: str
    description_en: str
    description_fr: str
    countries: str
    state: str
    settings: str
    remove: str
    delete: str
    delete_question: str
    search_in: str
    restore: str
    undo: str
    created: str
    saved: str
    deleted: str
    restored: str
    no_match: str
    continue_to: str
    nobody: str
    left: str
    left_one: str
    left_none: str
    over: str
    skip: str
    other_language: str
    menu: str
    search: str
    sort_by: str
    orders: tuple[str, str]
    next_page: str
    paused: str
    tick: str
    tick_all: str
    all_of_them: str
    all_selected: str
    some_selected: str
    selected: tuple[str, str]
    none_selected: str
    export_window: str
    exported: tuple[str, str]
    exported_list: str
    file_name: str
    renamed_file: str
    separators: tuple[str, str]
    make_pdf: str
    see_how_far: str
    open_pdf: str
    save_pdf: str
    status: str
    country: Mapping[str, str]


FRENCH = Words(
    language="fr",
    locale="fr-CA",
    account="demo@renvoi.example",
    main_menu="Menu principal",
    partners="Partenaires",
    coverage="Zone de couverture",
    trash="Corbeille",
    new="Nouveau",
    save="Enregistrer",
    add="Ajouter",
    ok="OK",
    cancel="Annuler",
    name="Nom",
    url_en="URL en anglais",
    url_fr="URL en français",
    description_en="Description en anglais",
    description_fr="Description en français",
    countries="Pays",
    state="État",
    settings="Réglages du partenaire",
    remove="Retirer {}",
    delete="Supprimer {}",
    delete_question="Supprimer {}?",
    search_in="Rechercher dans {}",
    restore="Restaurer",
    undo="Annuler la suppression",
    created="Partenaire {} créé.",
    saved="Partenaire {} enregistré.",
    deleted="Partenaire {} supprimé.",
    restored="Partenaire {} restauré.",
    no_match="Aucun partenaire ne correspond",
    continue_to="Continuer chez",
    nobody="n’est pas offert",
    left="{} caractères restants",
    left_one="1 caractère restant",
    left_none="0 caractère restant",
    over="{} de trop",
    skip="Aller au contenu",
    other_language="English",
    menu="Menu",
    search="Rechercher",
    sort_by="Trier par",
    orders=("Ordre croissant; inverser", "Ordre décroissant; inverser"),
    next_page="Page suivante",
    paused="En pause",
    tick="Cocher {}",
    tick_all="Cocher les {} partenaires",
    all_of_them="Tout ({})",
    all_selected="Les {} partenaires sont sélectionnés",
    some_selected="{} partenaires sélectionnés sur {}",
    selected=("{} sélectionné", "{} sélectionnés"),
    none_selected="Plus rien n’est sélectionné",
    export_window="Exporter vers un fichier CSV",
    exported=("Le partenaire sélectionné sera exporté.", "Les {} partenaires sélectionnés seront exportés."),
    exported_list="Aucun partenaire coché\u00a0: les {} de la liste seront exportés.",
    file_name="Nom du fichier",
    renamed_file="MesPartenaires.csv",
    separators=("Virgule", "Point-virgule (Excel en français)"),
    make_pdf="Produire le PDF",
    see_how_far="Voir où il en est",
    open_pdf="Ouvrir le PDF",
    save_pdf="Enregistrer le PDF",
    status="État",
    country={
        "AR": "Argentine",
        "BR": "Brésil",
        "CA": "Canada",
        "UY": "Uruguay",
        "BO": "Bolivie",
        "PY": "Paraguay",
        "PE": "Pérou",
        "EC": "Équateur",
        "IS": "Islande",
        "NO": "Norvège",
        "US": "États-Unis",
        "ZM": "Zambie",
    },
)

ENGLISH = Words(
    language="en",
    locale="en-CA",
    account="demo-en@renvoi.example",
    main_menu="Main menu",
    partners="Partners",
    coverage="Coverage area",
    trash="Trash",
    new="New",
    save="Save",
    add="Add",
    ok="OK",
    cancel="Cancel",
    name="Name",
    url_en="URL in English",
    url_fr="URL in French",
    description_en="Description in English",
    description_fr="Description in French",
    countries="Countries",
    state="State",
    settings="Partner settings",
    remove="Remove {}",
    delete="Delete {}",
    delete_question="Delete {}?",
    search_in="Search in {}",
    restore="Restore",
    undo="Undo the deletion",
    created="Partner {} created.",
    saved="Partner {} saved.",
    deleted="Partner {} deleted.",
    restored="Partner {} restored.",
    no_match="No partner matches",
    continue_to="Continue to",
    nobody="isn’t available",
    left="{} characters left",
    left_one="1 character left",
    left_none="0 characters left",
    over="{} too many",
    skip="Skip to content",
    other_language="Français",
    menu="Menu",
    search="Search",
    sort_by="Sort by",
    orders=("Ascending order; reverse", "Descending order; reverse"),
    next_page="Next page",
    paused="Paused",
    tick="Select {}",
    tick_all="Select all {} partners",
    all_of_them="All ({})",
    all_selected="All {} partners are selected",
    some_selected="{} partners of {} selected",
    selected=("{} selected", "{} selected"),
    none_selected="Nothing is selected any more",
    export_window="Export to a CSV file",
    exported=("The selected partner will be exported.", "The {} selected partners will be exported."),
    exported_list="No partner is selected: the {} of the list will be exported.",
    file_name="File name",
    renamed_file="MyPartners.csv",
    separators=("Comma", "Semicolon (Excel in French)"),
    make_pdf="Make the PDF",
    see_how_far="See how far it is",
    open_pdf="Open the PDF",
    save_pdf="Save the PDF",
    status="State",
    country={
        "AR": "Argentina",
        "BR": "Brazil",
        "CA": "Canada",
        "UY": "Uruguay",
        "BO": "Bolivia",
        "PY": "Paraguay",
        "PE": "Peru",
        "EC": "Ecuador",
        "IS": "Iceland",
        "NO": "Norway",
        "US": "United States",
        "ZM": "Zambia",
    },
)
