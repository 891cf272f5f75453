"""Names that strangers give to files: shown so that nothing hides in them, and never used as a path."""

import re
import unicodedata
from collections.abc import Collection

LONGEST_NAME = 255
_LONGEST_SAFE_STEM = 80
_LONGEST_SAFE_SUFFIX = 12
# Controls, formats (the right-to-left override is one), lone surrogates, private use, unassigned; line separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def display_name(name: str) -> str:
    r"""`name` with every character that cannot be seen written out, as in `\u202e`; a backslash is doubled.

    The result can be stored and shown anywhere, and no two names give the same one.
    """
    return "".join(_shown(character) for character in name)


def safe_name(name: str, taken: Collection[str]) -> str:
    """A name for a file of a working folder: ASCII letters, digits, `-`, `_` and one dot before the suffix.

    Not in `taken`, which is compared without regard to case.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        stem, suffix = plain, ""
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", stem).strip("-")[:_LONGEST_SAFE_STEM] or "file"
    suffix = re.sub(r"[^A-Za-z0-9]+", "", suffix).lower()[:_LONGEST_SAFE_SUFFIX]
    ending = f".{suffix}" if suffix else ""
    occupied = {name.casefold() for name in taken}
    candidate, number = f"{stem}{ending}", 2
    while candidate.casefold() in occupied:
        candidate, number = f"{stem}-{number}{ending}", number + 1
    return candidate


def name_key(name: str) -> str:
    """What two names have in common that people take for the same one."""
    return unicodedata.normalize("NFC", name).casefold()


def _shown(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if unicodedata.category(character) not in _UNSEEN:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
