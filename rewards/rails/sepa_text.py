"""The letters that SEPA carries (EPC217-08), and how names come to be written in them.

A name is transliterated once, when somebody enters it, and shown to them; on the way to the bank nothing changes any
more, and whatever would have to change is refused.
"""

import unicodedata

from rewards.rails.errors import CharacterOutsideSepa

ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ ")

# Letters of European Latin alphabets that do not decompose into a base letter and marks, and common punctuation.
_REPLACED = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
        "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T",
        "ŋ": "n", "Ŋ": "N", "ĸ": "k", "’": "'", "‘": "'", "´": "'", "`": "'", "“": "'", "”": "'", "„": "'", '"': "'",
        "–": "-", "—": "-", "‐": "-", "_": "-", "&": "+", "@": "(at)", "\u00a0": " ",
    }
)  # fmt: skip


def to_sepa_letters(text: str) -> str:
    """`text` as a bank writes it: "Zoë Groß" becomes "Zoe Gross". What has no such letter stays, to be refused."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_REPLACED))
    without_marks = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(without_marks.translate(_REPLACED).split())


def refuse_outside_sepa(whose: str, field: str, text: str) -> None:
    """Raise `CharacterOutsideSepa` for the first character that a bank would replace or reject."""
    for character in text:
        if character not in ALLOWED:
            raise CharacterOutsideSepa(whose, field, character)
