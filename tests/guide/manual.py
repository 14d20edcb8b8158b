"""The headings of the manual's chapter on partners, in French, with the steps under each.

The wording is the project's own; text in asterisks is a label of the page. `outside_lines` reads the original manual
where it lies beside the checkout, and `missing_from` compares the table with a text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.corpora.outside import MANUAL

TITLE = "Partenaires"


@dataclass(frozen=True, slots=True)
class Section:
    """One heading: the steps under it, and the headings within it."""

    heading: str
    steps: tuple[str, ...] = ()
    parts: tuple["Section", ...] = ()

    @property
    def labels(self) -> list[str]:
        """The labels of the page that the steps name, in order."""
        return [label for step in self.steps for label in re.findall(r"\*\*(.+?)\*\*", step)]


_OPENS = "Cliquer sur **Partenaires** dans le **menu principal**."
_TICKS = (
    "Cocher la **case** à côté du nom de chaque partenaire.",
    "Pour les exporter tous, cocher la case du haut, à côté de l’entête **Nom**.",
)

SECTIONS = (
    Section(
        "Aperçu de l’interface",
        (
            "Lire une **case à cocher** par partenaire,",
            "son **URL en anglais** et son **URL en français**, qui mènent à son site,",
            "ses **Pays**, qui mènent à ses réglages,",
            "et l’icône **Supprimer**.",
        ),
    ),
    Section(
        "Ajouter un partenaire",
        (_OPENS, "Cliquer sur **Nouveau**.", "Remplir les **champs**.", "Cliquer sur **Enregistrer**."),
    ),
    Section(
        "Supprimer un partenaire",
        (
            _OPENS,
            "Cliquer sur l’icône **Supprimer** de la **rangée** du partenaire.",
            "Attendre la **fenêtre**.",
            "Cliquer sur **OK**.",
        ),
    ),
    Section(
        "Modifier les réglages d’un partenaire",
        (
            _OPENS,
            "Cliquer sur le **nom** du partenaire: la page **Réglages** du partenaire **s’affiche**.",
            "Changer les **champs**.",
            "Cliquer sur **Enregistrer**.",
        ),
    ),
    Section(
        "Réglages d’un partenaire",
        parts=(
            Section("Nom", ("Entrer un **nom descriptif**.",)),
            Section("URL (en anglais et en français)", ("Entrer une **adresse** pour **chaque langue**.",)),
            Section("Description (en anglais et en français)", ("Entrer un **texte** de **255 caractères** au plus.",)),
            Section(
                "Pays",
                (
                    "Choisir un pays dans la **liste déroulante**.",
                    "Cliquer sur **Ajouter**.",
                    "Pour en ôter un, cliquer sur l’**icône à côté**.",
                ),
            ),
        ),
    ),
    Section(
        "Exporter les réglages d’un partenaire",
        parts=(
            Section(
                "Exporter vers un fichier CSV",
                (
                    _OPENS,
                    *_TICKS,
                    "Cliquer sur **CSV**.",
                    "Renommer au besoin **Partners.csv**, par exemple en **MesPartenaires.csv**.",
                    "Cliquer sur **Enregistrer**.",
                ),
            ),
            Section(
                "Exporter vers un fichier PDF",
                (_OPENS, *_TICKS, "Cliquer sur **PDF**.", "Lire le document dans la **nouvelle fenêtre**."),
            ),
        ),
    ),
    Section(
        "Rechercher des partenaires",
        (
            "Entrer un **mot-clé** dans la **première rangée**, par exemple **Canada** dans la colonne **Pays**.",
            "Appuyer sur **Entrée**.",
            "Pour tout revoir, effacer le mot-clé et appuyer sur **Entrée**.",
        ),
    ),
    Section("Trier les partenaires", ("Cliquer sur l’**entête d’une colonne**.",)),
)


def outside_lines() -> list[str]:
    """Return the lines of the manual beside the checkout, with typographic apostrophes; empty if it is absent."""
    text = MANUAL.read_text(encoding="utf-8") if MANUAL.exists() else ""
    return [line.strip().replace("'", "’") for line in text.splitlines()]


def all_sections() -> Iterator[Section]:
    """Yield each section, followed by the sections within it."""
    for section in SECTIONS:
        yield section
        yield from section.parts


def missing_from(lines: Sequence[str]) -> list[str]:
    """Return the headings that the text lacks or has out of order, and the labels that it lacks under one."""
    faults, at = [], 0
    for section, following in _with_next():
        if section.heading not in lines[at:]:
            faults.append(section.heading)
            continue
        at = lines.index(section.heading, at) + 1
        until = lines.index(following, at) if following in lines[at:] else len(lines)
        under = " ".join(lines[at:until]).lower()
        faults += [f"{section.heading}: {label}" for label in section.labels if label.lower() not in under]
    return faults


def _with_next() -> Iterator[tuple[Section, str]]:
    sections = [*all_sections()]
    yield from zip(sections, [*(section.heading for section in sections[1:]), ""], strict=True)
