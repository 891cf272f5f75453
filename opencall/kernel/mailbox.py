"""Which mail addresses are one mailbox."""

from string import ascii_lowercase, ascii_uppercase
from typing import Final

_SMALL: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


def mailbox_key(address: str) -> str | None:
    """`address` in the one spelling that all of its spellings share; None where that spelling has two mailboxes.

    Addresses are compared by `str.casefold`. Beyond ASCII it makes one of what may be two people's: straße.example and
    strasse.example are two domains. Such an address counts nowhere; its ASCII form (xn--…) does.
    """
    small = address.strip().translate(_SMALL)
    return small if small == small.casefold() else None
