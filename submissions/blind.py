"""What hides who made a song from those who judge it. Pure functions over words."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from submissions.material import Content

HIDDEN_NAME: Final = "[name hidden]"
HIDDEN_LINK: Final = "[link hidden]"
# Shorter parts of a name are words of too many languages.
_SHORTEST_PART = 3
# Everything here begins at one place of a run of characters, never at each of them: an artist writes a megabyte without
# a space, and no page may think about it for longer than it takes to read it.
_LINK = re.compile(
    r"""
    (?:https?://|www\.)\S+
    | (?<![^\s@<>()\[\],;:"'])[^\s@<>()\[\],;:"']+@[^\s@]+\.\S+          # a mail address
    | (?<!\w)@\w[\w.]+                                                   # a name on some platform
    | (?<![\w.-])(?:[\w-]+\.)+(?-i:[a-z]{2}|com|net|org|info|app|link|bio|band|music|art|site|online|xyz)(?![\w-])
      (?:[/?\#]\S*)?                                                      # a link without its beginning
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WORD: Final = re.compile(r"\w+")
_BIRDS: Final = (
    *("Auk", "Bittern", "Crane", "Dunlin", "Egret", "Finch", "Grebe", "Heron", "Ibis", "Jay", "Kestrel", "Lark"),
    *("Merlin", "Nightjar", "Oriole", "Plover", "Quail", "Raven", "Stork", "Tern", "Umbrellabird", "Vireo"),
    *("Wren", "Yellowhammer"),
)


def names_in(content: Content) -> tuple[str, ...]:
    """Every name that may give the song away: the artist's and the contributors', longest first."""
    names = {content.details.artist_name, *(contributor.name for contributor in content.contributors)}
    return tuple(sorted((name for name in names if name.strip()), key=lambda name: (-len(name), name)))


def hide_names(text: str, names: Sequence[str]) -> str:
    """`text` without links, addresses and `names`.

    A whole name is found in any case and spacing; a part of one (a surname) only where it stands as a word that begins
    with the same letter case, because names are also words: a song by “Low Tide Choir” may speak of a low tide.
    """
    # One spelling of an accent, or “ó” written in two characters would slip past “ó” written in one.
    text = _LINK.sub(HIDDEN_LINK, unicodedata.normalize("NFC", text))
    names = [unicodedata.normalize("NFC", name) for name in names]
    for name in names:
        text = _whole(name).sub(HIDDEN_NAME, text)
    parts = {
        part for name in names for part in _WORD.findall(name) if len(part) >= _SHORTEST_PART and part[0].isupper()
    }
    return _WORD.sub(lambda word: HIDDEN_NAME if word[0] in parts else word[0], text)


def alias_of(song_id: str) -> str:
    """What curators call a song while it has no name: `Heron 2-71`. Two songs of a call may share one, rarely."""
    digest = hashlib.sha256(f"alias:{song_id}".encode()).digest()
    return f"{_BIRDS[digest[0] % len(_BIRDS)]} {digest[1] % 9 + 1}-{digest[2] % 90 + 10}"


def _whole(name: str) -> re.Pattern[str]:
    # Between the words of a name anything that is not a letter may stand: a space, two, a hyphen, a line break.
    # A word has no underscore: it stands between words, and what can be either is tried in every way there is.
    words = [re.escape(word) for word in re.findall(r"[^\W_]+", name)] or [re.escape(name)]
    return re.compile(r"(?<!\w)" + r"[\W_]*".join(words) + r"(?!\w)", re.IGNORECASE)
