"""Guesses a stem's role from its file name: tokens in several languages, numbering and song names set aside.

Pure: names in, guesses out. What a name does not tell is `unknown`, with a confidence below the 0.6 at which a person
is asked.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from audio_pipeline.scene.role_words import ROLE_WORDS

NAMED_CONFIDENCE: Final = 0.95
UNKNOWN_CONFIDENCE: Final = 0.4

# Letters that Unicode does not take apart into a base letter and an accent.
_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
# Words that name no role but are glued to ones that do ("snaretop", "kickin").
# fmt: off
_GLUE: Final = frozenset({
    "lead", "main", "left", "right", "top", "bottom", "btm", "bot", "in", "out", "mono", "stereo", "dry", "wet", "solo",
    "rhythm", "amp", "mic", "close", "low", "high", "mid", "clean", "dist", "male", "female", "bus", "stem",
})
# fmt: on
# "Title - part" and "Title — part": what stands last names the part.
_SEGMENTS: Final = re.compile(r"\s+[-–—|]\s+|__+")
_CJK: Final = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


class RoleGuess(NamedTuple):
    """A role's name and how sure the guess is, 0 to 1."""

    role: str
    confidence: float


UNKNOWN: Final = RoleGuess("unknown", UNKNOWN_CONFIDENCE)


def guess_role(name: str) -> RoleGuess:
    """The role that one file name tells."""
    return _guess([_tokens(segment) for segment in _SEGMENTS.split(_bare(name))])


def guess_roles(names: Sequence[str]) -> list[RoleGuess]:
    """The role that each name of a folder tells.

    What all names (three or more) begin with is the song's title or the artist's name and does not count, unless only
    it tells a role ("Vox Lead", "Vox Low", "Vox High").
    """
    tokens = [_tokens(_bare(name)) for name in names]
    shared = _shared_length(tokens) if len(names) > 2 else 0
    guesses = []
    for name, words in zip(names, tokens, strict=True):
        own = _guess([words[shared:]]) if shared else UNKNOWN
        guesses.append(own if own != UNKNOWN else guess_role(name))
    return guesses


def _guess(segments: list[list[str]]) -> RoleGuess:
    for tokens in reversed(segments):
        matches = [
            # A word as it is listed before its plural: "coros" are no "coro".
            (rank, len(words), sum(word in tokens for word in words), max(places), role)
            for role, rank, words in _phrases()
            if (places := _places(words, tokens)) is not None
        ]
        if matches:
            return RoleGuess(max(matches)[-1], NAMED_CONFIDENCE)
    return UNKNOWN


def _places(words: tuple[str, ...], tokens: list[str]) -> list[int] | None:
    """Where each of `words` stands last in `tokens`, or None unless all do."""
    places = []
    for word in words:
        found = [at for at, token in enumerate(tokens) if token in (word, word + "s")]
        if not found:
            return None
        places.append(found[-1])
    return places if len(set(places)) == len(words) else None


def _bare(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.stem if re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]{1,4}", path.suffix) else path.name


def _tokens(text: str) -> list[str]:
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z]{2})", " ", text)  # LeadVox, DRYVox
    text = unicodedata.normalize("NFD", text.casefold().translate(_LIGATURES))
    # Accents go; the Japanese voicing marks, which are letters' own sounds, stay.
    text = unicodedata.normalize("NFC", re.sub(r"[\u0300-\u036f]", "", text))
    tokens: list[str] = []
    for word in re.findall(r"\d+|[^\W\d_]+", text):
        tokens.extend(_split(word))
    return tokens


def _split(word: str) -> list[str]:
    """`word` itself, or the known words that it is glued from ("leadguitar", "backingvocals", "ボーカル録音")."""
    known = _vocabulary()
    if word in known or (word.endswith("s") and word[:-1] in known):
        return [word]
    if _CJK.search(word):
        inside = [part for part in known if _CJK.search(part) and part in word]
        return [max(inside, key=len)] if inside else [word]
    # Words of two letters are glued to others by chance more often than by meaning, except for "in".
    parts = [part for part in known | _GLUE if len(part) > 2 or part == "in"]
    endings: list[list[str] | None] = [None] * len(word) + [[]]
    for start in range(len(word) - 1, -1, -1):
        for part in sorted(parts, key=lambda part: (-len(part), part)):
            for piece in (part + "s", part):
                rest = endings[start + len(piece)] if start + len(piece) <= len(word) else None
                if rest is not None and word.startswith(piece, start) and endings[start] is None:
                    endings[start] = [piece, *rest]
    whole = endings[0]
    return whole if whole and any(piece not in _GLUE for piece in whole) else [word]


def _shared_length(token_lists: list[list[str]]) -> int:
    shared = 0
    for column in zip(*token_lists, strict=False):
        if len(set(column)) > 1:
            break
        shared += 1
    return shared if all(len(tokens) > shared for tokens in token_lists) else 0


@cache
def _phrases() -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    return tuple(
        (role, rank, tuple(phrase.split())) for role, rank, phrases in ROLE_WORDS for phrase in phrases.split(", ")
    )


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(word for _, _, words in _phrases() for word in words)
