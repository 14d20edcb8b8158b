"""Sentences with a number or a name: written for 0, 1, 2 and 1,000, and with their elision."""

import re

import pytest
from django.utils import translation

from renvoi.console.sentences import of
from tests.console import counted_sentences, named_sentences


def test_counted_sentences_are_those_that_were_reviewed() -> None:
    """A new or changed message is reviewed in its table: python -m tests.console.counted_sentences."""
    assert list(counted_sentences.rendered()) == counted_sentences.TABLE.read_text(encoding="utf-8").splitlines()


def test_sentences_with_a_name_are_those_that_were_reviewed() -> None:
    """A new or changed message is reviewed in its table: python -m tests.console.named_sentences."""
    assert list(named_sentences.rendered()) == named_sentences.TABLE.read_text(encoding="utf-8").splitlines()


# A word that loses its vowel, before a name that begins with one; and the elided form before any other.
NOT_ELIDED = re.compile(
    r"\b(?:[cdjlmnst]e|la|que|lorsque|puisque) (?:Éperlan|Hydro Nord|eau vive)|\b\w+’3CX", re.IGNORECASE
)


def test_no_sentence_lacks_its_elision() -> None:
    assert NOT_ELIDED.search("Réglages de Éperlan")
    assert NOT_ELIDED.search("Réglages d’3CX")
    assert [line for line in named_sentences.rendered() if NOT_ELIDED.search(line)] == []


# Messages with one form for all numbers. Their number is never 0 or 1: a limit, a total of which a part is shown, or
# what several partners are asked about. Where it can be 1, the French has no noun that agrees.
ONE_FORM = {
    "A PDF has at most %(shown)s rows. Export these to a CSV file, or make the list shorter.",  # 20,000
    "# too many",
    " (copy %(number)d)",
    "%(count)s partners are being changed",
    "%(done)s of %(total)s",
    "%(first)s–%(last)s of %(all)s",
    "%(in_country)s, prospects must choose between %(shown)s partners.",
    "%(limit)s characters at most",
    "%(who)s is changing %(count)s partners",
    "%(places)s: %(before)s → %(after)s.",
    "A token has a name of 1 to %(limit)d characters, on one line.",
    "All (%(count)s)",
    "Delete %(shown)s partners for good?",
    "Delete %(shown)s partners?",
    "More than %(limit)s bytes were sent.",
    "More than %(limit)s fields were sent.",
    "More than %(limit)s files were sent.",
    "Partners written: %(done)s of %(total)s",
    "Pause %(shown)s partners?",
    "This import is large. To confirm it, send the number of partners: %(count)s.",
    "This takes the partner from many prospects. To confirm, send the number of countries: %(count)s.",
    "Restore %(shown)s partners?",
    "Resume %(shown)s partners?",
    "Rows compared: %(done)s of about %(total)s",
    "See all %(count)s partners",
    "That is not the number of countries: type %(count)s.",
    "That is not the number of partners: type %(count)s.",
    "The number is missing: type %(count)s.",
    "The file has more than %(limit)s rows. Divide it into several files.",
    "The account %(before)s will be %(after)s: you sign in with it from then on.",  # emails, no numbers
    "The file is larger than %(limit)s MB. Divide it into several files.",
    "The selection has changed. Number of partners before: %(before)s; now: %(after)s.",
    "Serving this country: %(count)s; taken: %(taken)s",
    "The list can have %(limit)s visitors at most.",
    "The server answered with error #.",
    "There are more than %(limit)s columns. Remove those that are not headings of this list.",
    "This address is over %(limit)s characters. Shorten it.",
    "This is not a list of 1 to %(limit)s partners.",
    "This takes the partner from many prospects. To confirm, send the number of partners: %(count)s.",
    "This password is too long. Type at most %(max_length)d characters.",
    "This row is too long: the limit is %(limit)s characters. Is a quotation mark missing?",
    "Type %(count)s to confirm",
    "You have %(count)s views already: delete one first.",
}


def test_message_with_a_number_has_its_plural_or_never_needs_one() -> None:
    assert set(counted_sentences.with_one_form()) == ONE_FORM


def test_django_chooses_the_forms_that_the_table_has() -> None:
    for language, singular in (("fr", (0, 1)), ("en", (1,))):
        with translation.override(language):
            chosen = {n: translation.ngettext("%(shown)s partner", "%(shown)s partners", n) for n in (0, 1, 2, 1_000)}
        assert {n for n, text in chosen.items() if not text.endswith("s")} == set(singular)


@pytest.mark.parametrize(
    ("name", "french"),
    [
        ("Bell", "de Bell"),
        ("Éperlan", "d’Éperlan"),
        ("Aló Brasil", "d’Aló Brasil"),
        ("Œuvre", "d’Œuvre"),
        ("Ørsted", "d’Ørsted"),
        ("ıspanak", "d’ıspanak"),
        ("« Ici »", "d’« Ici »"),
        ("Hydro Nord", "d’Hydro Nord"),
        ("Hôtelière du Nord", "d’Hôtelière du Nord"),
        ("Humania", "d’Humania"),
        ("Histoire et cie", "d’Histoire et cie"),
        ("Huawei", "de Huawei"),
        ("Hockey Plus", "de Hockey Plus"),
        ("Hansa", "de Hansa"),
        ("Yves Telecom", "d’Yves Telecom"),
        ("Yahoo", "de Yahoo"),
        ("Y", "de Y"),
        ("Onze voix", "de Onze voix"),
        ("eau vive", "d’eau vive"),
        ("aló", "d’aló"),
        ("8x8", "de 8x8"),
        ("3CX", "de 3CX"),
        ("شركة", "de شركة"),
        ("l’Étoile", "de l’Étoile"),
    ],
)
def test_of_elides_before_a_vowel(name: str, french: str) -> None:
    with translation.override("fr"):
        assert of(name) == french
    with translation.override("en"):
        assert of(name) == f"of {name}"
