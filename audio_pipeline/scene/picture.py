"""Where everything is: a scene as a picture seen from above, and as one sentence that says the same.

The listener sits in the middle and looks up the page. Pure: a scene in, coordinates and words out. The picture shows
where each object is when it is first heard, and the way of those that move.
"""

import math
import re
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from audio_pipeline.scene.model import Keyframe, Scene, SceneObject

CENTRE: Final = 200.0
RADIUS: Final = 120.0
_LABELS_LEFT: Final = 58.0
_LABELS_RIGHT: Final = 342.0
_LABEL_STEP: Final = 22.0
_TOP: Final = 78.0
_BOTTOM: Final = 330.0
# Dots nearer to each other than this would hide one another.
_APART: Final = 21.0
_LONGEST_LABEL: Final = 16
_MOST_PLACES: Final = 60

# A role's colour; a role that is not listed is drawn as ambience.
_HUES: Final = {
    "lead_vocal": "vocals",
    "backing_vocal": "vocals",
    "choir": "vocals",
    "kick": "drums",
    "snare": "drums",
    "toms": "drums",
    "overheads": "drums",
    "hats": "drums",
    "percussion": "drums",
    "drums": "drums",
    "bass": "bass",
    "rhythm_guitar": "guitar",
    "lead_guitar": "guitar",
    "acoustic_guitar": "guitar",
    "piano": "keys",
    "keys": "keys",
    "organ": "keys",
    "strings": "strings",
    "brass": "strings",
    "woodwinds": "strings",
    "pads": "synth",
    "synth_lead": "synth",
    "fx": "synth",
    # No instruments; four colours that tell them apart.
    "upmix_mid": "keys",
    "upmix_sides": "strings",
    "upmix_ambience": "ambience",
    "upmix_remainder": "bass",
}


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """One object: `x`, `y` and `radius` in a picture of 400 × 400; `way` is the path of one that moves, else empty."""

    x: float
    y: float
    radius: float
    hue: str
    way: str


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A name beside the picture, with the line that leads to its dot."""

    text: str
    x: float
    y: float
    anchor: Literal["start", "end"]
    line: str


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener would call one thing: an object, or the two of a pair. `where` says its place in words."""

    name: str
    hue: str
    role: str
    where: str
    moves: bool
    objects: tuple[SceneObject, ...]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """The picture, what stands in it, and the sentence. Of an upmix these are parts of a mix, and no instruments."""

    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]
    placed: tuple[Placed, ...]
    sentence: str
    is_upmix: bool


def picture_of(scene: Scene) -> Picture:
    """The scene, drawn and said."""
    placed = _placed(scene)
    spots = _spread([_spot(one.keyframes[0]) for thing in placed for one in thing.objects])
    dots: list[Dot] = []
    ends: list[tuple[str, list[tuple[float, float]]]] = []
    for thing in placed:
        own = spots[len(dots) : len(dots) + len(thing.objects)]
        ends.append((thing.name, own))
        for (x, y), one in zip(own, thing.objects, strict=True):
            first = one.keyframes[0]
            size = 9 + 5 * max(-0.6, min(first.elevation_deg / 45, 1.0))
            way = _way(one) if thing.moves else ""
            dots.append(Dot(x=round(x, 1), y=round(y, 1), radius=round(size, 1), hue=thing.hue, way=way))
    return Picture(
        dots=tuple(dots),
        labels=_labels(ends),
        placed=placed,
        sentence=_sentence(placed),
        is_upmix=scene.source == "upmix",
    )


def spoken_name(name: str) -> str:
    """What an object is called to listeners: `03-Bajo_DI L` is `Bajo DI`, `sides upmix R` is `sides`."""
    plain = re.sub(r"^\d+\s*[-_. ]\s*", "", name)
    plain = re.sub(r"[\s_]+(L|R)$", "", plain)
    plain = re.sub(r"(?<=\S) upmix$", "", plain)
    return " ".join(re.split(r"[\s_\-]+", plain)).strip() or name


def place_in_words(keyframe: Keyframe) -> str:
    """`ahead on the left, a little above`."""
    return ", ".join(part for part in (_direction(keyframe.azimuth_deg), _height(keyframe.elevation_deg)) if part)


def _placed(scene: Scene) -> tuple[Placed, ...]:
    # The two objects of a pair come from one stem and are called alike but for their side.
    things: dict[tuple[str, str, str], list[SceneObject]] = {}
    for one in scene.objects:
        things.setdefault((one.source.stem, one.role, spoken_name(one.name)), []).append(one)
    placed = []
    for (_, role, name), objects in things.items():
        moves = any(_moves(one) for one in objects)
        firsts = [one.keyframes[0] for one in objects]
        where = place_in_words(firsts[0]) if len(objects) == 1 else _pair_in_words(firsts)
        hue = _HUES.get(role, "ambience")
        placed.append(Placed(name=name, hue=hue, role=role, where=where, moves=moves, objects=tuple(objects)))
    return tuple(placed)


def _pair_in_words(firsts: Sequence[Keyframe]) -> str:
    azimuths = [one.azimuth_deg for one in firsts]
    if min(azimuths) * max(azimuths) >= 0:
        return place_in_words(firsts[0])
    outermost = max(abs(azimuth) for azimuth in azimuths)
    side = "ahead on both sides" if outermost <= 65 else "on both sides" if outermost <= 120 else "behind on both sides"
    height = _height(sum(one.elevation_deg for one in firsts) / len(firsts))
    return f"{side}, {height}" if height else side


def _direction(azimuth_deg: float) -> str:
    side = "left" if azimuth_deg > 0 else "right"
    turned = abs(azimuth_deg)
    if turned <= 12:
        return "ahead"
    if turned <= 65:
        return f"ahead on the {side}"
    if turned <= 115:
        return f"on the {side}"
    if turned <= 168:
        return f"behind on the {side}"
    return "behind"


def _height(elevation_deg: float) -> str:
    if elevation_deg >= 60:
        return "overhead"
    if elevation_deg >= 30:
        return "above"
    if elevation_deg >= 12:
        return "a little above"
    if elevation_deg <= -12:
        return "below"
    return ""


def _moves(one: SceneObject) -> bool:
    first = one.keyframes[0]
    return any(
        (other.azimuth_deg, other.elevation_deg, other.distance)
        != (first.azimuth_deg, first.elevation_deg, first.distance)
        for other in one.keyframes[1:]
    )


def _sentence(placed: Sequence[Placed]) -> str:
    parts = [f"{one.name} {'begins' if one.moves else 'is'} {one.where}" for one in placed]
    return f"Seen from above, you sit in the middle and look up the page. {'; '.join(parts)}."


def _spot(keyframe: Keyframe) -> tuple[float, float]:
    out = RADIUS * keyframe.distance * math.cos(math.radians(keyframe.elevation_deg))
    turned = math.radians(keyframe.azimuth_deg)
    return CENTRE - out * math.sin(turned), CENTRE - out * math.cos(turned)


def _way(one: SceneObject) -> str:
    step = -(-len(one.keyframes) // _MOST_PLACES)
    places = [_spot(keyframe) for keyframe in one.keyframes[::step]]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _spread(spots: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The spots, with those that would lie on each other set side by side around their common place."""
    groups: list[list[int]] = []
    for index, spot in enumerate(spots):
        for group in groups:
            if math.dist(spots[group[0]], spot) < _APART:
                group.append(index)
                break
        else:
            groups.append([index])
    moved = list(spots)
    for group in groups:
        x, y = (sum(spots[index][axis] for index in group) / len(group) for axis in (0, 1))
        away = math.hypot(x - CENTRE, y - CENTRE)
        # Side by side is across the line of sight; in the very middle, along the ears.
        along = (1.0, 0.0) if away < 1 else (-(y - CENTRE) / away, (x - CENTRE) / away)
        for place, index in enumerate(group):
            shift = (place - (len(group) - 1) / 2) * _APART if len(group) > 1 else 0.0
            moved[index] = (x + along[0] * shift, y + along[1] * shift) if len(group) > 1 else spots[index]
    return moved


def _labels(ends: Sequence[tuple[str, list[tuple[float, float]]]]) -> tuple[Label, ...]:
    """A name for each thing in a column on its side, none over another; a pair's stands where there is more room."""
    sides: dict[str, list[tuple[str, float, float]]] = {"end": [], "start": []}
    for name, spots in sorted(ends, key=lambda one: len(one[1])):
        leftmost, rightmost = min(spots), max(spots)
        if leftmost[0] < CENTRE < rightmost[0] or abs(leftmost[0] - CENTRE) < 1:
            side = "end" if len(sides["end"]) <= len(sides["start"]) else "start"
        else:
            side = "end" if leftmost[0] < CENTRE else "start"
        x, y = leftmost if side == "end" else rightmost
        sides[side].append((name, x, y))
    labels = []
    for side, names in sides.items():
        names.sort(key=lambda one: one[2])
        step = min(_LABEL_STEP, (_BOTTOM - _TOP) / max(1, len(names) - 1))
        at = [y for _, _, y in names]
        for index in range(1, len(at)):
            at[index] = max(at[index], at[index - 1] + step)
        # What was pushed below the picture pushes back up.
        for index in range(len(at) - 1, -1, -1):
            at[index] = min(at[index], _BOTTOM - (len(at) - 1 - index) * step)
        x = _LABELS_LEFT if side == "end" else _LABELS_RIGHT
        knee = x + 8 if side == "end" else x - 8
        for (name, dot_x, dot_y), y in zip(names, at, strict=True):
            text = name if len(name) <= _LONGEST_LABEL else name[: _LONGEST_LABEL - 1].rstrip() + "…"
            near = x + 3 if side == "end" else x - 3
            line = f"M{near:.1f} {y:.1f}H{knee:.1f}L{dot_x:.1f} {dot_y:.1f}"
            labels.append(Label(text=text, x=x, y=round(y + 5.5, 1), anchor=_anchor(side), line=line))
    return tuple(labels)


def _anchor(side: str) -> Literal["start", "end"]:
    return "end" if side == "end" else "start"
