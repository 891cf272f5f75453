"""Places stems: role, sound and preset in, scene objects out. Pure; nothing is heard or read here.

The balance is the artist's. A stem keeps its level in the stereo fold, its side if it was panned hard, and both its
channels wherever its sides matter.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from audio_pipeline.scene.features import StemFeatures
from audio_pipeline.scene.fold import exact_trim_db, pair_trim_db, single_trim_db
from audio_pipeline.scene.model import Keyframe, SceneObject, Source
from audio_pipeline.scene.roles import Fold, Form, Role

# Sides below this, relative to mid, do not carry a pair.
PAIR_SIDES_DB = -20.0
# Beyond this a stem was put to its side on purpose.
HARD_PAN = 0.6
LOUDSPEAKER_DEG = 30.0
OUTWARD_STEP_DEG = 15.0
LONGEST_NAME = 64


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A way to place. `roles` replaces lines of the role table.

    `widest_deg` bounds how far several stems of one role move outward. `extent` writes width, height and diffuseness of
    the role table; without it objects are points.
    """

    name: str
    widest_deg: float
    extent: bool
    roles: Mapping[str, Role] = {}


class StemToPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A stem: `path` relative to the scene file, `title` for its objects' names, its role and its sound."""

    path: str
    title: str
    role: Role
    features: StemFeatures


class _Spot(msgspec.Struct, frozen=True):
    """One object to be: where, from which channels, how much louder, and what it is called beside the title."""

    azimuth_deg: float
    channel_gains: tuple[float, ...]
    trim_db: float
    suffix: str = ""


def place(stems: Sequence[StemToPlace], preset: Preset) -> tuple[SceneObject, ...]:
    """The objects of all stems, in their order: a pair left first, a single object as itself."""
    names: set[str] = set()
    singles: dict[str, int] = {}
    pairs: dict[str, int] = {}
    objects: list[SceneObject] = []
    for stem in stems:
        role = preset.roles.get(stem.role.name, stem.role)
        if becomes_pair(role, stem.features):
            turn = pairs[role.name] = pairs.get(role.name, -1) + 1
            spots = _pair(role, stem.features, turn, preset.widest_deg)
        else:
            turn = singles[role.name] = singles.get(role.name, -1) + 1
            spots = [_single(role, stem.features, turn, preset.widest_deg)]
        objects.extend(_scene_object(stem, role, spot, preset.extent, names) for spot in spots)
    return tuple(objects)


def becomes_pair(role: Role, features: StemFeatures) -> bool:
    """Whether a stem of that role and sound becomes two objects. One signal in both channels is one object always."""
    if features.channels == 1 or role.form is Form.MONO or (features.same_signal and not features.silent):
        return False
    return role.form is Form.PAIR or features.side_to_mid_db >= PAIR_SIDES_DB


def _pair(role: Role, features: StemFeatures, turn: int, widest_deg: float) -> list[_Spot]:
    half_width = role.half_width_deg
    if role.spread == "sides":
        half_width += _outward(turn, half_width, widest_deg)
    # Around the back the left channel still belongs on the left: a pair at 180 ± 60 has it at +120.
    left = half_width if abs(role.azimuth_deg) < 90.0 else 180.0 - half_width
    if role.fold is Fold.EXACT:
        trim_db = exact_trim_db(left, role.elevation_deg)
    else:
        trim_db = pair_trim_db(left, features.side_to_mid, role.fold)
    spots = [_Spot(left, (1.0, 0.0), trim_db, " L"), _Spot(-left, (0.0, 1.0), trim_db, " R")]
    if features.silent:
        return spots
    # An empty channel needs no object.
    energies = (features.left_energy, features.right_energy)
    return [spot for spot, energy in zip(spots, energies, strict=True) if energy > 0.0]


def _single(role: Role, features: StemFeatures, turn: int, widest_deg: float) -> _Spot:
    left, right = math.sqrt(features.left_energy), math.sqrt(features.right_energy)
    # cos θ and sin θ with tan θ = R/L: the inverse of panning. Where L and R are one signal x the object is √2·x, which
    # the renderer gives back as x in both loudspeakers.
    norm = math.hypot(left, right)
    cosine, sine = (left / norm, right / norm) if norm > 0.0 else (math.sqrt(0.5), math.sqrt(0.5))
    azimuth = _azimuth(role, features, turn, widest_deg)
    if features.channels == 1:
        return _Spot(azimuth, (math.sqrt(2.0),), single_trim_db(azimuth, 1.0, role.fold))
    kept = (
        cosine**2 * features.left_energy + sine**2 * features.right_energy + 2.0 * cosine * sine * features.cross_energy
    )
    energy = features.left_energy + features.right_energy
    return _Spot(azimuth, (cosine, sine), single_trim_db(azimuth, kept / energy if energy > 0.0 else 1.0, role.fold))


def _azimuth(role: Role, features: StemFeatures, turn: int, widest_deg: float) -> float:
    as_mixed = math.degrees(math.atan(math.tan(math.radians(LOUDSPEAKER_DEG)) * features.pan))
    if role.as_mixed_limit_deg is not None:
        return max(-role.as_mixed_limit_deg, min(role.as_mixed_limit_deg, as_mixed))
    if abs(features.pan) > HARD_PAN:
        return as_mixed
    if role.spread == "sides":
        out = abs(role.azimuth_deg) + _outward(turn // 2, abs(role.azimuth_deg), widest_deg)
        return out if turn % 2 == 0 else -out
    if role.spread == "outward":
        out = _outward((turn + 1) // 2, 0.0, widest_deg)
        return out if turn % 2 == 1 else -out
    # The rest stays where its role is: kick in and kick out, lead takes and basses are one source each.
    return role.azimuth_deg


def _outward(steps: int, base_deg: float, widest_deg: float) -> float:
    """How far out the `steps`-th of its kind goes; beyond the widest place they start again from the first."""
    places = int(max(0.0, widest_deg - base_deg) // OUTWARD_STEP_DEG) + 1
    return OUTWARD_STEP_DEG * (steps % places)


def _scene_object(stem: StemToPlace, role: Role, spot: _Spot, extent: bool, names: set[str]) -> SceneObject:
    name = _free_name(stem.title, spot.suffix, names)
    names.add(name)
    # Rounded far below what can be heard, so that machines that sum in another order write the same file.
    keyframe = Keyframe(
        azimuth_deg=round(spot.azimuth_deg, 4) + 0.0,
        elevation_deg=role.elevation_deg,
        width_deg=role.width_deg if extent else 0.0,
        height_deg=role.height_deg if extent else 0.0,
        diffuse=role.diffuse if extent else 0.0,
        gain=round(10.0 ** (spot.trim_db / 20.0), 6),
    )
    gains = tuple(round(gain, 9) for gain in spot.channel_gains)
    return SceneObject(name=name, role=role.name, source=Source(stem.path, gains), keyframes=(keyframe,))


def _free_name(title: str, suffix: str, taken: Iterable[str]) -> str:
    name = title[: LONGEST_NAME - len(suffix)] + suffix
    number = 2
    while name in taken:
        tail = f" {number}{suffix}"
        name, number = title[: LONGEST_NAME - len(tail)] + tail, number + 1
    return name
