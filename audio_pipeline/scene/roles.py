"""The roles of stems, and where each sits in the base placement (preset `stage`). One line registers one role.

All numbers are defaults to be overruled by an engineer's ear; the sources say where focus and width belong, not these
degrees. What must stay stable is in front (lead, kick, snare, bass), decoration is around, and pairs at ±30 without
extent reproduce the stereo exactly, which makes them the safe place for everything unknown.
"""

from enum import StrEnum
from typing import Final, Literal

import msgspec

from audio_pipeline.scene.errors import UnknownRole


class Form(StrEnum):
    """How many objects a stem becomes."""

    MONO = "M"  # one object
    PAIR = "P"  # two objects, left and right, whenever the stem is stereo
    AS_DELIVERED = "A"  # a pair where the sides matter (at least −20 dB re mid), else one object


class Fold(StrEnum):
    """How much of the level that placing changes in the stereo fold is given back."""

    FULL = "F"
    HALF = "H"  # what sits at the back does not lose those 3 dB in a room
    EXACT = "E"  # each channel of a pair comes back as it was, to the rounding: see `exact_trim_db`
    NONE = "0"


Spread = Literal["", "sides", "outward"]


class Role(msgspec.Struct, frozen=True):
    """Where a role sits. Angles in degrees, azimuth positive to the left.

    A single object sits at `azimuth_deg`; with `spread` "sides" at +azimuth and −azimuth in turn, with "outward" at the
    azimuth, then 15° left and right of it and so on; with `as_mixed_limit_deg` where the artist's panning puts it, at
    most that far out. A pair sits `half_width_deg` left and right of 0 (of `azimuth_deg` where that is behind).
    `width_deg`, `height_deg` and `diffuse` are each object's extent. `move_deg_per_s` is the fastest movement that is
    advisable. `priority` 1 stays a dynamic object longest.
    """

    name: str
    title: str
    form: Form
    azimuth_deg: float
    elevation_deg: float
    half_width_deg: float
    width_deg: float
    height_deg: float
    diffuse: float
    fold: Fold
    move_deg_per_s: float
    priority: int
    spread: Spread = ""
    as_mixed_limit_deg: float | None = None


M, P, A = Form.MONO, Form.PAIR, Form.AS_DELIVERED
F, H, E, N = Fold.FULL, Fold.HALF, Fold.EXACT, Fold.NONE

# fmt: off
ROLES: Final[dict[str, Role]] = {role.name: role for role in (
    #    name               title                     form  az   el   hw   w   h  dif  fold move P
    Role("lead_vocal",      "Lead vocal",             A,    0,   0,  20, 25,  0, 0.0,  F,   0, 1),
    Role("backing_vocal",   "Backing vocal, double",  A,   45,  10,  50, 10,  0, 0.0,  H,   0, 3, "sides"),
    Role("choir",           "Choir",                  P,    0,  20,  75, 30, 15, 0.1,  H,   0, 4, "outward"),
    Role("kick",            "Kick",                   M,    0, -15,   0,  0,  0, 0.0,  F,   0, 2),
    Role("snare",           "Snare",                  M,    0,   0,  15, 10,  0, 0.0,  F,   0, 2),
    Role("toms",            "Toms",                   A,    0,   0,  35,  0,  0, 0.0,  F,   0, 6, "outward"),
    Role("overheads",       "Overheads, cymbals",     P,    0,  25,  40, 10, 10, 0.0,  F,   0, 5),
    Role("hats",            "Hats",                   M,    0,  10,   0,  0,  0, 0.0,  F,   0, 6, "", 35),
    Role("percussion",      "Percussion",             A,   60,  10,  60,  0,  0, 0.0,  H,  30, 4, "sides"),
    Role("drums",           "Drums, full kit",        P,    0,   0,  30,  0,  0, 0.0,  F,   0, 2),
    Role("bass",            "Bass, synth bass",       A,    0, -15,  20,  0,  0, 0.0,  F,   0, 2),
    Role("rhythm_guitar",   "Electric guitar",        A,   50,   0,  50,  0,  0, 0.0,  F,   0, 4, "sides"),
    Role("lead_guitar",     "Lead guitar",            A,    0,   5,  20, 10,  0, 0.0,  F,   0, 3, "", 20),
    Role("acoustic_guitar", "Acoustic guitar",        A,   40,   0,  40, 10,  0, 0.0,  F,   0, 4, "sides"),
    Role("piano",           "Piano",                  P,    0,   0,  40, 10,  0, 0.0,  F,   0, 4, "outward"),
    Role("keys",            "Keys",                   A,   55,   5,  45,  0,  0, 0.0,  F,   0, 5, "sides"),
    Role("organ",           "Organ",                  A,    0,  15,  70, 30, 15, 0.0,  H,  10, 6, "outward"),
    Role("pads",            "Pads",                   P,    0,  25, 110, 40, 20, 0.2,  H,  10, 7, "outward"),
    Role("strings",         "Strings",                P,    0,  15,  60, 25, 10, 0.0,  H,   0, 5, "outward"),
    Role("brass",           "Brass",                  A,    0,  10,  45, 10,  0, 0.0,  F,   0, 4, "outward"),
    Role("woodwinds",       "Woodwinds",              A,   25,   5,  35, 10,  0, 0.0,  F,   0, 5, "sides"),
    Role("synth_lead",      "Synth lead",             A,    0,   5,  25, 10,  0, 0.0,  F,  20, 3, "", 25),
    Role("fx",              "Effects, risers",        A,    0,  30, 120, 20, 20, 0.0,  H,  60, 5, "outward"),
    Role("ambience",        "Ambience, crowd, reverb", P, 180,  10,  60, 60, 30, 0.5,  N,   0, 8),
    Role("music_bed",       "Music bed",              P,    0,   0,  30,  0,  0, 0.0,  F,   0, 2),
    Role("residual",        "Mix residual",           P,    0,   0,  30,  0,  0, 0.0,  N,   0, 9),
    Role("unknown",         "Unknown",                P,    0,   0,  30,  0,  0, 0.0,  F,   0, 5),
    # The parts of an upmix: whatever is chosen for them, the stereo fold of a scene is the artist's mix.
    Role("upmix_mid",       "Upmix, mid",             M,    0,   0,   0, 25,  0, 0.0,  F,   0, 1),
    Role("upmix_sides",     "Upmix, sides",           P,    0,   0,  70,  0,  0, 0.0,  E,   0, 4),
    Role("upmix_ambience",  "Upmix, ambience",        P,    0,  30, 110,  0,  0, 0.0,  E,   0, 7),
    Role("upmix_remainder", "Upmix, remainder",       P,    0,   0,  30,  0,  0, 0.0,  E,   0, 2),
)}
# fmt: on

UPMIX: Final = frozenset(name for name in ROLES if name.startswith("upmix_"))

# An LFE stem is a role, too, but no place: an objects-only scene carries no LFE channel.
LFE: Final = "lfe"


def role_named(name: str) -> Role:
    """The role with that name. Raises UnknownRole."""
    try:
        return ROLES[name]
    except KeyError:
        raise UnknownRole(name, (*ROLES, LFE)) from None
