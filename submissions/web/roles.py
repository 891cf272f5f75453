"""Roles of stems, as artists choose them."""

from typing import Final

# The names are those by which engineers place stems; the words are those that artists use.
ROLES: Final[dict[str, str]] = {
    "lead_vocal": "Lead voice", "backing_vocal": "Backing voices", "choir": "Choir",
    "drums": "Drums, whole kit", "kick": "Kick", "snare": "Snare", "toms": "Toms", "hats": "Hi-hat",
    "overheads": "Cymbals, overheads", "percussion": "Percussion",
    "bass": "Bass",
    "acoustic_guitar": "Acoustic guitar", "rhythm_guitar": "Electric guitar", "lead_guitar": "Lead guitar",
    "piano": "Piano", "keys": "Keys", "organ": "Organ", "pads": "Pads", "synth_lead": "Synth lead",
    "strings": "Strings", "brass": "Brass", "woodwinds": "Woodwinds",
    "fx": "Effects", "ambience": "Ambience, room", "music_bed": "Music bed", "lfe": "Low-frequency effects",
}  # fmt: skip
