"""Accept-Language headers: those of browsers, of programs, and some that no sender should write.

Beside each stands what RFC 9110 (12.5.4) and RFC 4647 (3.4) make of it between French and English.
"""

from collections.abc import Mapping

from tests.corpora.outside import outside_cases

DEFAULT, NOTHING = "default", ""
_BROWSERS = {
    "fr": "fr",
    "en": "en",
    "fr-CA": "fr",
    "en-CA": "en",
    "fr-CA,fr;q=0.9": "fr",
    "fr-CA,fr;q=0.9,en;q=0.8": "fr",
    "fr-CA,fr;q=0.8,en-US;q=0.5,en;q=0.3": "fr",
    "fr-CA,fr-FR;q=0.9,fr;q=0.8,en-CA;q=0.7,en;q=0.6": "fr",
    "fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7": "fr",
    "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5": "fr",
    "en-US,en;q=0.9": "en",
    "en-GB,en-US;q=0.9,en;q=0.8": "en",
    "en-CA,en;q=0.9,fr-CA;q=0.8,fr;q=0.7": "en",
    "pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7": "en",
    "es-MX,es;q=0.9,fr;q=0.5": "fr",
    "es-419,es;q=0.9": NOTHING,
    "de-DE,de;q=0.9,en;q=0.1": "en",
    "zh-Hant-TW,zh-TW;q=0.9,zh;q=0.8,en;q=0.7": "en",
    "zh-CN,zh;q=0.9": NOTHING,
    "ja,en-US;q=0.9,fr;q=0.95": "fr",
    "ar-EG,ar;q=0.9,fr;q=0.8": "fr",
    "sr-Latn-RS,sr;q=0.8,en;q=0.4": "en",
    "en-US-u-hc-h12,en;q=0.9": "en",
    "fr-CA-x-maison,fr;q=0.5": "fr",
    "i-klingon,en;q=0.5": "en",
    "frm,fro;q=0.9": NOTHING,
}
_PROGRAMS = {
    "": NOTHING,
    "*": DEFAULT,
    "*;q=0.5": DEFAULT,
    "en, *": "en",
    "fr, *;q=0.1": "fr",
    "*, fr;q=0.5": DEFAULT,
    "*;q=0.1, en;q=0.2": "en",
    "es, *": DEFAULT,
    "EN-us": "en",
    "FR": "fr",
    "fr,en": "fr",
    "en,fr": "en",
    "en;q=1.0, fr;q=1.000": "en",
    "fr;q=0.5, en;q=0.5": "fr",
    "en;q=0.999, fr": "fr",
    "fr;q=0.001": "fr",
    "fr ; q=0.8 , en ; q=0.9": "en",
    "fr\t;\tq=0.9,en": "en",
    ",fr,,en,": "fr",
    " fr ": "fr",
    "fr;Q=0.9, en;q=0.8": "fr",
    "en;q=0.3, es;q=0.9, en;q=0.7, fr;q=0.5": "en",
}
_EXCLUSIONS = {
    "en, fr;q=0": "en",
    "fr, en;q=0": "fr",
    "es, fr;q=0, en;q=0.1": "en",
    "fr;q=0, *": "en",
    "*, en;q=0": "fr",
    "*;q=0": NOTHING,
    "*;q=0, en": "en",
    "fr;q=0, en;q=0": NOTHING,
    "fr;q=0, en;q=0, *": NOTHING,
    "fr-CA;q=0, en": "en",
    "fr-CA;q=0, fr-FR": "fr",
}
_PLAINLY_MEANT = {
    "fr;q= 1, en;q=0.1": "fr",
    "fr;q=0,9, en;q=0.1": "fr",
    "en-US;q=0,8": "en",
    "fr_CA, en;q=0.1": "fr",
    "en_US.UTF-8": "en",
    "en;q=0.9, fr;q=1.0000": "fr",
}
_MALFORMED = {
    "fr;q=1.1, en;q=0.1": "en",
    "fr;q=0.0001, en;q=0.1": "en",
    "fr;q=high, en;q=0.1": "en",
    "fr;q=NaN, en;q=0.1": "en",
    "fr;q=1e0, en;q=0.1": "en",
    "français, en;q=0.1": "en",
    "f r, en;q=0.1": "en",
    "fr;;q=1, en;q=0.1": "en",
    "fr--CA, en;q=0.1": "en",
    "123, en;q=0.1": "en",
    "<script>, en": "en",
    "fr; DROP TABLE, en": "en",
    'es;foo="a,fr", en;q=0.1': "en",
    'es;foo="fr,en"': NOTHING,
    'es;foo="a\\",fr"': NOTHING,
    'es;foo="a, fr': "fr",
    "\x00, en": "en",
    "fr\u00a0, en": "en",
}
HEADERS: Mapping[str, str] = {**_BROWSERS, **_PROGRAMS, **_EXCLUSIONS, **_PLAINLY_MEANT, **_MALFORMED}


def outside_headers() -> list[str]:
    """Headers that other libraries are tested with, where they are present."""
    return outside_cases("accept_language_headers.json")
