"""Check French translations: Québec typography, the product's terms, and the English placeholders and markup."""

import html
import re
from collections import Counter
from collections.abc import Iterator

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_TAG_NAME = re.compile(r"<(/?[A-Za-z][A-Za-z0-9-]*)")
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sdif]|\{\w*\}")
_REPLACEMENT = "\ufffc"

_NO_BREAK = "\u00a0\u202f"
_TYPOGRAPHY = (
    (re.compile(r"\s[;!?]"), "no space before ; ! ?"),
    (re.compile(rf"(?<![{_NO_BREAK}]):(?=\s|$)"), "a no-break space before :"),
    (re.compile(rf"(?<=[^{_NO_BREAK}])[%$]"), "a no-break space before % and $"),
    (re.compile(rf"«(?![{_NO_BREAK}])|(?<![{_NO_BREAK}])»"), "a no-break space inside « »"),
    (re.compile(r'"'), "« » rather than straight quotes"),
    (re.compile(r"'"), "’ rather than a straight apostrophe"),
)
# Patterns of terms to avoid, and the term to use instead (docs/glossary.md has the terms themselves).
_PREFERRED_TERMS = {
    r"e-?mails?|mails?|mél": "courriel",
    r"logs?|journa(?:l|ux)(?! de sécurité)|loggers?": "registre",
    r"login|log in|logout|(?:se |vous )?(?:dé)?connecte[rz]|(?:dé)?connexion": "ouvrir ou fermer une session",
    r"tokens?": "jeton",
    r"upload(?:er|ez|é)?|charge[rz]": "téléverser",
    r"download(?:er|ez|é)?": "télécharger",
    r"cookies?": "témoin",
    r"headers?|en-têtes?": "entête",
    r"leads?|prospects?": "client potentiel",
    r"listings?": "liste",
    r"poubelle": "corbeille",
    r"contrats?|accords?": "entente",
    r"paramètres du partenaire": "réglages du partenaire",
    r"table de routage": "table d’acheminement",
    r"supprime[rz] (?:le|ce|mon|votre) compte": "fermer le compte",
    r"statuts?": "état",
    r"prox(?:y|ys|ies)": "serveur mandataire",
    r"cherche(?:r|z|nt)?": "rechercher",
    r"sauvegarde[rz]?": "enregistrer",
    r"ententes? (?:expirée|finie|terminée)s?": "entente échue",
    r"pays connu (?:de|par)": "pays déterminé par",
    r"redirections?(?: \(?sur|,) 30 jours\)?": "Redirections (30 jours)",
    r"(?:une|la|cette|toute|même cette) (?:même )?entête": "un entête (masculin)",
    r"points-virgule": "points-virgules",
    r"(?:vos|leurs|ces|les) chiffres": "nombre",
    r"double clic": "double-clic",
    r"retour à la première page": "retour à l’accueil",
    r"qui (?:administre|exploite|gère) Renvoi|administrat(?:eur|rice)s?": "personne responsable de Renvoi",
}
_FORBIDDEN_TERMS = tuple(
    (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE), word)
    for pattern, word in _PREFERRED_TERMS.items()
)
# "de Éperlan": a name may begin with a vowel, before which these words lose theirs. Figures and days never do.
_FIGURES = "all|at|count|done|first|found|last|limit|max_length|number|over|shown|ticked|total|when"
_WITHOUT_ELISION = re.compile(
    rf"\b(?:de|que|le|la|je|ne|se|me|te|du|au|lorsque|puisque)\s(?:%\((?!{_FIGURES})|\{{(?!{_FIGURES})\w)",
    re.IGNORECASE,
)
_LOWER_WEB = re.compile(r"\b[Ss]ites? web\b")


def faults_of(french: str) -> Iterator[str]:
    """Yield a sentence for each fault in one French text. Markup is ignored."""
    text = _plain(french)
    for pattern, rule in _TYPOGRAPHY:
        if match := pattern.search(text):
            yield f"{rule} (at {_excerpt(text, match)})"
    for pattern, word in _FORBIDDEN_TERMS:
        if match := pattern.search(text):
            yield f"“{match[0]}” is not our word: {word}"
    if match := _WITHOUT_ELISION.search(french):
        yield f"no elision in {match[0]!r}: a name may begin with a vowel (see `of` in console/sentences.py)"
    if match := _LOWER_WEB.search(text):
        yield f"“{match[0]}” is not our word: site Web"


def losses_of(french: tuple[str, ...], *, english: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence for each difference in placeholders or markup between the French and the English forms.

    A form may omit what one of the English forms omits ("1 partner", "%(n)s partners").
    """
    for name, pattern in (("placeholders", _PLACEHOLDER), ("markup", _TAG_NAME)):
        counts = [Counter(pattern.findall(text)) for text in english]
        maximum, minimum = counts[0] | counts[-1], counts[0] & counts[-1]
        for text in french:
            actual = Counter(pattern.findall(text))
            if not minimum <= actual <= maximum:
                yield f"{name} differ: {_joined(actual)} instead of {_joined(maximum)}"


def cancel_fault_of(french: str, *, english: str) -> Iterator[str]:
    """“Annuler” alone always means Cancel: an undo button names what it undoes."""
    if (french.strip() == "Annuler") != (english.strip() == "Cancel"):
        yield "“Annuler” alone is Cancel and nothing else, and Cancel is nothing else"


def _plain(text: str) -> str:
    return _PLACEHOLDER.sub(_REPLACEMENT, html.unescape(_TAG.sub("", text))).replace("%%", "%")


def _excerpt(text: str, match: re.Match[str]) -> str:
    return repr(text[max(0, match.start() - 12) : match.end() + 6])


def _joined(counted: Counter[str]) -> str:
    return ", ".join(sorted(counted.elements())) or "none"
