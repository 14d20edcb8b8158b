"""Parse a partner's fields: normalization, defaults, and the error of each invalid field in both languages."""

import re
import unicodedata
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from pytest_django import Settings

from renvoi.config import read_config
from renvoi.partners.fields import PartnerValues
from renvoi.partners.values import parse_partner
from tests.cast import ALO_BRASIL, only, typed
from tests.corpora import Kind, corpus

CROISSANT = "🥐"
"""One code point, two units of UTF-16."""
DECOMPOSED, COMPOSED = "e\u0301", "é"
BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
NBSP = "\u00a0"


def parsed(*, countries: tuple[str, ...] = ALO_BRASIL.countries, **changes: str) -> PartnerValues:
    return parse_partner(typed(ALO_BRASIL, **changes), countries=countries)


def refusals(
    language: str = "en", *, countries: tuple[str, ...] = ALO_BRASIL.countries, **changes: str
) -> dict[str, list[str]]:
    """Return the error messages by field, in that language."""
    with override(language), pytest.raises(ValidationError) as caught:
        parsed(countries=countries, **changes)
    with override(language):
        return {field: [str(word) for word in words] for field, words in caught.value.message_dict.items()}


def test_valid_fields_are_parsed() -> None:
    assert parsed() == ALO_BRASIL


def test_defaults_fill_missing_fields() -> None:
    values = parse_partner({"name": "Solo", "url_fr": "https://solo.example"}, countries=["br"])
    assert values == PartnerValues(
        name="Solo",
        url_en="",
        url_fr="https://solo.example/",
        description_en="",
        description_fr="",
        countries=ALO_BRASIL.countries[:1],
        status="active",
        priority=5,
        agreement_reference="",
        agreement_starts_on=None,
        agreement_ends_on=None,
    )


REFUSED = [
    ("name", "", "Enter a name.", "Entrez un nom."),
    ("name", BLANKS, "Enter a name.", "Entrez un nom."),
    (
        "name",
        "n" * 101,
        "This text is 1 character too long (the limit is 100).",
        "Ce texte a 1 caractère de trop (la limite est de 100).",
    ),
    (
        "description_en",
        "d" * 267,
        "This text is 12 characters too long (the limit is 255).",
        "Ce texte a 12 caractères de trop (la limite est de 255).",
    ),
    (
        "description_fr",
        "a\0b",
        "This text contains a character that can’t be stored (U+0000 or half of a pair). Remove it.",
        "Ce texte contient un caractère qui ne peut pas être conservé (U+0000 ou une moitié de paire). Retirez-le.",
    ),
    (
        "name",
        "a\ud800b",
        "This text contains a character that can’t be stored (U+0000 or half of a pair). Remove it.",
        "Ce texte contient un caractère qui ne peut pas être conservé (U+0000 ou une moitié de paire). Retirez-le.",
    ),
    (
        "agreement_reference",
        "r" * 101,
        "This text is 1 character too long (the limit is 100).",
        "Ce texte a 1 caractère de trop (la limite est de 100).",
    ),
    (
        "url_en",
        "alobrasil.example/en",
        "An address begins with https:// or http://.",
        "Une adresse commence par https:// ou http://.",
    ),
    (
        "url_fr",
        "javascript:alert(1)",
        "Only addresses that begin with https:// or http:// are accepted.",
        "Seules les adresses qui commencent par https:// ou http:// sont acceptées.",
    ),
    (
        "url_en",
        "https://a b.example/",
        "This is not a web address that a browser understands. Copy it from a browser.",
        "Ce n’est pas une adresse Web qu’un navigateur comprend. Copiez-la d’un navigateur.",
    ),
    (
        "url_fr",
        "https://",
        "This address has no host (the part after https://).",
        "Il manque le nom d’hôte à cette adresse (la partie qui suit https://).",
    ),
    (
        "url_en",
        "https://ana:secret@alobrasil.example/",
        "Remove the user name and password from this address: prospects would see them.",
        "Retirez de cette adresse le nom d’utilisateur et le mot de passe\u00a0: les clients potentiels les verraient.",
    ),
    (
        "url_fr",
        "https://alobrasil.example/" + "a" * 1975,
        "This address is over 2,000 characters. Shorten it.",
        "Cette adresse dépasse 2\u00a0000 caractères. Raccourcissez-la.",
    ),
    ("status", "closed", "Select one of the choices.", "Choisissez une des valeurs proposées."),
    *(
        (
            "priority",
            text,
            "The priority is a number from 1 (first) to 9.",
            "La priorité est un nombre de 1 (en premier) à 9.",
        )
        for text in ("0", "10", "-1", "5.0", "first", "٣")
    ),
    *(
        (
            field,
            text,
            "Enter the day as year-month-day, for example 2026-11-22.",
            "Entrez le jour sous la forme année-mois-jour, par exemple 2026-11-22.",
        )
        for field in ("agreement_starts_on", "agreement_ends_on")
        for text in ("2026-02-29", "20261122", "22/11/2026", "2026-W47-7", "tomorrow")
    ),
    (
        "agreement_ends_on",
        "2024-06-25",
        "The last day is before the first day. Correct one of them.",
        "La fin de l’entente précède son début. Corrigez un des deux jours.",
    ),
]


@pytest.mark.parametrize(("field", "text", "english", "french"), REFUSED)
def test_invalid_field_is_reported_in_both_languages(field: str, text: str, english: str, french: str) -> None:
    assert refusals("en", **only(field, text)) == {field: [english]}
    assert refusals("fr", **only(field, text)) == {field: [french]}


def test_at_least_one_address_is_required() -> None:
    assert refusals("en", url_en=" ", url_fr="\ufeff") == {
        "url_en": ["Enter at least one address, in English or in French."]
    }
    assert refusals("fr", url_en="", url_fr="") == {
        "url_en": ["Entrez au moins une adresse, en anglais ou en français."]
    }
    assert parsed(url_fr="").url_fr == ""
    assert parsed(url_en="").url_en == ""


def test_invalid_address_is_reported_instead_of_missing_one() -> None:
    assert list(refusals(url_en="", url_fr="ftp://a.example")) == ["url_fr"]


def test_countries_are_required_valid_sorted_and_unique() -> None:
    assert refusals(countries=()) == {"countries": ["Select at least one country and add it."]}
    assert refusals("fr", countries=()) == {"countries": ["Sélectionnez au moins un pays et ajoutez-le."]}
    assert refusals(countries=("BR", "EU")) == {"countries": ["EU is not a country."]}
    assert refusals("fr", countries=("ZZ",)) == {"countries": ["ZZ n’est pas un pays."]}
    assert parsed(countries=("us", "BR", "UK", "US", "XK")).countries == ("BR", "GB", "US", "XK")


def test_all_errors_are_reported_at_once() -> None:
    wrong = refusals(name="", url_en="x", priority="0", agreement_ends_on="never", countries=())
    assert set(wrong) == {"name", "url_en", "priority", "agreement_ends_on", "countries"}


def test_address_without_scheme_comes_with_suggestion() -> None:
    with pytest.raises(ValidationError) as caught:
        parsed(url_en=" alobrasil.example/en ")
    (refusal,) = caught.value.error_dict["url_en"]
    assert refusal.params is not None
    assert refusal.params["suggestion"] == "https://alobrasil.example/en"


OWN = {
    "RENVOI_PUBLIC_URL": "https://référence.example:8443",
    "RENVOI_ALLOWED_HOSTS": "renvoi.example .boreale.example",
}


@pytest.mark.parametrize(
    "text",
    [
        "https://renvoi.example/x",
        "http://RENVOI.example:8080",
        "https://renvoi.example./",
        "https://xn--rfrence-byab.example:8443/",
        "http://référence.example/",
        "https://go.boreale.example/",
        "https://boreale.example.:1/",
        "http://localhost:8000/go/1",
        "http://127.1:8443/",
        "http://[::ffff:127.0.0.1]:8000/",
    ],
)
def test_address_of_own_host_is_refused(text: str, settings: Settings) -> None:
    settings.CONFIG = read_config(OWN)
    assert refusals(url_en=text) == {"url_en": ["This address leads back to Renvoi itself."]}
    assert refusals("fr", url_en=text) == {"url_en": ["Cette adresse ramène à Renvoi lui-même."]}


@pytest.mark.parametrize("text", ["https://renvoi.example.org/", "https://notboreale.example/", "http://localhost:9/"])
def test_address_of_another_host_is_accepted(text: str, settings: Settings) -> None:
    settings.CONFIG = read_config(OWN)
    assert parsed(url_en=text).url_en == text


class TestText:
    """Names, descriptions and agreement references."""

    @pytest.mark.parametrize("field", ["name", "description_en", "description_fr", "agreement_reference"])
    def test_text_is_trimmed_and_normalized_to_nfc(self, field: str) -> None:
        value = getattr(parsed(**only(field, f"{BLANKS}Caf{DECOMPOSED}{BLANKS}")), field)
        assert value == f"Caf{COMPOSED}"

    def test_line_ends_are_stored_as_lf(self) -> None:
        assert parsed(description_en="one\r\ntwo\rthree\nfour").description_en == "one\ntwo\nthree\nfour"
        assert parsed(description_en="a\r\n" * 127 + "a").description_en == "a\n" * 127 + "a"

    @pytest.mark.parametrize(("field", "limit"), [("name", 100), ("description_en", 255), ("description_fr", 255)])
    @pytest.mark.parametrize("letter", ["a", COMPOSED, DECOMPOSED, CROISSANT])
    def test_length_is_counted_in_code_points_after_normalization(self, field: str, limit: int, letter: str) -> None:
        composed = unicodedata.normalize("NFC", letter)
        assert getattr(parsed(**only(field, f" {letter * limit}\n")), field) == composed * limit
        assert refusals(**only(field, letter * (limit + 1))) == {
            field: [f"This text is 1 character too long (the limit is {limit})."]
        }

    def test_inner_white_space_and_controls_are_preserved(self) -> None:
        within = "a \u200b\u00a0 b\u202e\x1f"
        assert parsed(description_fr=within).description_fr == within


def normalized(text: str) -> str:
    """Return the text trimmed and in NFC, computed independently of the product's code."""
    composed = unicodedata.normalize("NFC", re.sub("\r\n?", "\n", text))
    white_space = {
        c for c in composed if unicodedata.category(c) in {"Zs", "Zl", "Zp"} or c in "\t\n\x0b\x0c\r\x85\ufeff"
    }
    while composed and composed[0] in white_space:
        composed = composed[1:]
    while composed and composed[-1] in white_space:
        composed = composed[:-1]
    return composed


@pytest.mark.parametrize("text", ["\x01", "\x08\x1b", " \x1f \t"])
def test_address_of_control_characters_is_empty(text: str) -> None:
    assert parsed(url_fr=text) == parsed(url_fr="")


@pytest.mark.parametrize("name", ["naughty_strings", "xss", "ssti", "sql", "csv_formulas"])
def test_hostile_text_is_stored_exactly_or_refused_with_reason(name: Kind) -> None:
    for text in corpus(name):
        for field, limit in (("name", 100), ("description_en", 255), ("description_fr", 255)):
            expected = normalized(text)
            if "\0" in text or re.search("[\ud800-\udfff]", text):
                assert "can’t be stored" in refusals(**only(field, text))[field][0]
            elif len(expected) > limit:
                assert "too long" in refusals(**only(field, text))[field][0]
            elif not expected and field == "name":
                assert refusals(name=text) == {"name": ["Enter a name."]}
            else:
                assert getattr(parsed(**only(field, text)), field) == expected, text


def test_days_are_parsed_as_dates() -> None:
    values = parsed(agreement_starts_on=" 2026-02-28 ", agreement_ends_on="2026-02-28")
    assert (values.agreement_starts_on, values.agreement_ends_on) == (date(2026, 2, 28), date(2026, 2, 28))
