"""Folded keys and sort keys of texts, for search, uniqueness and order."""

import re
import unicodedata

_NEWLINE = re.compile(r"\r\n?")
_BLANKS = re.compile(r"[^\S\n]")

# Unicode's Default_Ignorable_Code_Point.
_IGNORABLE_RANGES = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
INVISIBLE = "".join(chr(code) for start, end in _IGNORABLE_RANGES for code in range(start, end + 1))
"""The invisible characters (Default_Ignorable_Code_Point)."""
_WITHOUT_INVISIBLE = str.maketrans("", "", INVISIBLE)

# Letters and marks that have no decomposition in Unicode, as a keyboard without them has them.
_LETTERS = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ŧ": "t",
    "ŋ": "n",
    "ı": "i",
    "þ": "th",
    "œ": "oe",
    "æ": "ae",
}
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043"
_APOSTROPHES = "\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u02cb\u2032\u00b4\u0060\ua78c"
_TYPED = str.maketrans({**_LETTERS, **dict.fromkeys(_HYPHENS, "-"), **dict.fromkeys(_APOSTROPHES, "'")})


def fold(text: str) -> str:
    """Return the folded key of a text: what a person would type to find it, without case and accents.

    Applies NFKD and casefold; removes nonspacing marks (Mn) and invisible characters (Default_Ignorable_Code_Point);
    replaces letters without a decomposition (ø ł đ ð ħ ı þ ß œ æ), hyphens and dashes, apostrophes and blanks by what
    the keyboard has, and CRLF and CR by LF. The number of blanks is preserved. A text that consists of marks or
    invisible characters keeps them. Folding is idempotent.
    """
    text = _NEWLINE.sub("\n", text).translate(_TYPED)
    # Casefolding can undo normalisation and vice versa. Unicode definition D146 requires this order, with NFD first.
    text = unicodedata.normalize("NFD", text).casefold()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    folded = "".join(character for character in text if unicodedata.category(character) != "Mn")
    folded = _BLANKS.sub(" ", folded.translate(_WITHOUT_INVISIBLE).translate(_TYPED))
    return folded or text


def sort_key(text: str) -> str:
    """Return a sort key whose code points compare in the order a French reader expects: Danemark, Égypte, Espagne.

    The key starts with the words of the folded text (Saint-Marin sorts as "saint marin"). A tab, which sorts before
    every letter and space, and the folded text itself follow, so that two texts have the same sort key only if they
    have the same folded key. No U+0000 is added.
    """
    folded = fold(text)
    return f"{words(folded)}\t{folded}"


def words(folded: str) -> str:
    """Reduce a folded text to its words (letters, digits and marks), separated by single spaces."""
    characters = (character if unicodedata.category(character)[0] in "LNM" else " " for character in folded)
    return " ".join("".join(characters).split())
