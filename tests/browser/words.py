"""The words by which the manual, in French, and its twin in English name what is on the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads on the page; `{}` stands for a name."""

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
    over: str
    skip: str
    other_language: str
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
    over="{} de trop",
    skip="Aller au contenu",
    other_language="English",
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
    over="{} too many",
    skip="Skip to content",
    other_language="Français",
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
