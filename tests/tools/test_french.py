"""Each rule for French texts, with examples that it rejects and examples that it accepts."""

import pytest

from tools.messages.french import cancel_fault_of, faults_of, losses_of

RIGHT = [
    "Supprimer Aló Brasil?",
    "Pays\u00a0: Brésil",
    "Pays\u202f: Brésil",
    "%(share)s\u00a0%% des clients potentiels",
    "5\u00a0$",
    "Il a dit «\u00a0oui\u00a0».",
    "l’entente d’ici; celle-là!",
    "https://exemple.ca/?a=1&b=2",
    "14:05",
    '<a href="%(url)s" title="l\'aide">Aide</a>',
    "votre courriel, votre jeton, le site Web",
    "Ouvrir une session",
    "Téléverser un fichier",
    "Il a chargé d’autres de le faire",
    "l’entête HTTP",
    "Cliquez de nouveau sur le même entête",
    "Rechercher dans Pays",
    "Des lettres et des chiffres",
    "Redirections (30 jours)",
    "Point-virgule, ou des points-virgules",
    "&laquo;&nbsp;oui&nbsp;&raquo;",
    "Les {count} partenaires",
    "dialogue",
    "",
]

WRONG = {
    "Supprimer ?": "no space before",
    "Supprimer\u00a0?": "no space before",
    "Supprimer\u202f!": "no space before",
    "l’un ; l’autre": "no space before",
    "Pays : Brésil": "no-break space before :",
    "Pays: Brésil": "no-break space before :",
    "Pays:": "no-break space before :",
    "100 %": "no-break space before % and",
    "%(share)s%%": "no-break space before % and",
    "%(share)s %%": "no-break space before % and",
    "5 $": "no-break space before % and",
    "« oui\u00a0»": "inside « »",
    "«\u00a0oui »": "inside « »",
    "«oui»": "inside « »",
    'dit "oui"': "straight quotes",
    "l'entente": "straight apostrophe",
    "<b>l'entente</b>": "straight apostrophe",
    "Votre email": "courriel",
    "Vos e-mails": "courriel",
    "Le site web": "site Web",
    "Les logs": "registre",
    "Le journal": "registre",
    "Login": "ouvrir ou fermer",
    "Se connecter": "ouvrir ou fermer",
    "Déconnexion": "ouvrir ou fermer",
    "Le token": "jeton",
    "Uploader": "téléverser",
    "Charger un fichier": "téléverser",
    "Les cookies": "témoin",
    "Un prospect": "client potentiel",
    "Mettre à la poubelle": "corbeille",
    "Fin du contrat": "entente",
    "Paramètres du partenaire": "réglages",
    "L’en-tête HTTP": "entête",
    "Supprimer le compte": "fermer le compte",
    "Le statut du partenaire": "état",
    "Derrière un proxy": "serveur mandataire",
    "Cherchez un partenaire": "rechercher",
    "Sauvegarder les réglages": "enregistrer",
    "Entente terminée": "entente échue",
    "Pays connu par l’adresse IP": "pays déterminé par",
    "Redirections, 30 jours": "(30 jours)",
    "Cliquez sur la même entête": "masculin",
    "Séparés par des points-virgule": "points-virgules",
    "Un lien dans vos chiffres": "nombre",
    "Ouvrir d’un double clic": "double-clic",
    "Retour à la première page": "retour à l’accueil",
    "Demandez à la personne qui gère Renvoi": "responsable de Renvoi",
    "Demandez à un administrateur": "responsable de Renvoi",
    "Réglages de %(name)s": "no elision",
    "Parce que {user} a enregistré": "no elision",
}


@pytest.mark.parametrize("text", RIGHT)
def test_correct_french_passes(text: str) -> None:
    assert list(faults_of(text)) == []


@pytest.mark.parametrize("text", WRONG)
def test_incorrect_french_is_reported_with_its_rule(text: str) -> None:
    problems = list(faults_of(text))
    assert len(problems) == 1
    assert WRONG[text] in problems[0]


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (("Delete %(name)s?",), ("Supprimer %(name)s?",)),
        (("%s of %s",), ("%s sur %s",)),
        (("{count} rows",), ("{count} rangées",)),
        (("1 row", "%(n)d rows"), ("%(n)d rangée", "%(n)d rangées")),
        (("1 row", "%(n)d rows"), ("Une rangée", "%(n)d rangées")),
        (("See <a href='%(url)s'>help</a>.",), ("Voir l’<a href='%(url)s'>aide</a>.",)),
        (("100 %% of it",), ("100\u00a0%% de cela",)),
    ],
)
def test_complete_translation_passes(english: tuple[str, ...], french: tuple[str, ...]) -> None:
    assert list(losses_of(french, english=english)) == []


@pytest.mark.parametrize(
    ("english", "french", "kind"),
    [
        (("Delete %(name)s?",), ("Supprimer?",), "placeholders"),
        (("Delete %(name)s?",), ("Supprimer %(nom)s?",), "placeholders"),
        (("%s of %s",), ("%s",), "placeholders"),
        (("{count} rows",), ("{n} rangées",), "placeholders"),
        (("Save",), ("Enregistrer %(name)s",), "placeholders"),
        (("%(n)d row", "%(n)d rows"), ("Une rangée", "%(n)d rangées"), "placeholders"),
        (("<b>All</b> of it",), ("Tout cela",), "markup"),
        (("All of it",), ("<i>Tout</i> cela",), "markup"),
    ],
)
def test_lost_placeholder_or_markup_is_reported(english: tuple[str, ...], french: tuple[str, ...], kind: str) -> None:
    assert [fault.split()[0] for fault in losses_of(french, english=english)] == [kind]


def test_annuler_alone_means_cancel() -> None:
    assert list(cancel_fault_of("Annuler", english="Cancel")) == []
    assert list(cancel_fault_of("Annuler la suppression", english="Undo the deletion")) == []
    assert list(cancel_fault_of("Annuler", english="Undo"))
    assert list(cancel_fault_of("Abandonner", english="Cancel"))
