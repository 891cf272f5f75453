"""The scene file, `opencall.scene/1`: which stem sounds from where, when, and how large.

Conventions, the same as ITU-R BS.2076's: azimuth is in degrees, 0 in front, positive to the **left**; elevation is in
degrees, positive up; distance 1 is the sphere of the loudspeakers; gains are linear; times are whole samples of the
scene's own rate.

A keyframe holds what an object is *at* its time. Before the first keyframe the object is what the first one says,
after the last what the last one says. Between two keyframes the loudspeaker gains (not the angles) move linearly, or
jump at the later one where `interpolation` is `jump`.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

SCHEMA: Final = "opencall.scene/1"


# What the stems of a scene are: the artist's own, or parts that a machine took out of the stereo mix.
Material = Literal["stems", "upmix"]
ChannelGain = Annotated[float, Meta(ge=-1000, le=1000)]


class Keyframe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an object is at `time_samples`."""

    time_samples: Annotated[int, Meta(ge=0)] = 0
    azimuth_deg: Annotated[float, Meta(ge=-180, le=180)]
    elevation_deg: Annotated[float, Meta(ge=-90, le=90)] = 0.0
    distance: Annotated[float, Meta(ge=0, le=1)] = 1.0
    width_deg: Annotated[float, Meta(ge=0, le=360)] = 0.0
    height_deg: Annotated[float, Meta(ge=0, le=360)] = 0.0
    depth: Annotated[float, Meta(ge=0, le=1)] = 0.0
    gain: Annotated[float, Meta(ge=0, le=1000)] = 1.0
    diffuse: Annotated[float, Meta(ge=0, le=1)] = 0.0


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mono signal of an object: Σ channel_gains[c] · stem[:, c].

    `stem` is a path relative to the scene file's folder, with forward slashes, and never leads out of it. One gain for
    each channel of the stem: a pair of objects takes [1, 0] and [0, 1] from one stereo file, an as-mixed mono object
    [cos θ, sin θ], a mono file that sounded equally from both loudspeakers [√2].
    """

    stem: Annotated[str, Meta(min_length=1, max_length=1000)]
    channel_gains: Annotated[tuple[ChannelGain, ...], Meta(min_length=1, max_length=128)]


class SceneObject(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One object: a mono source, a role and where it is over time (keyframes in rising time order)."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    role: Annotated[str, Meta(max_length=64)]
    source: Source
    keyframes: Annotated[tuple[Keyframe, ...], Meta(min_length=1)]
    interpolation: Literal["linear", "jump"] = "linear"


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What concerns the scene as a whole: the one gain, in dB, that every object gets."""

    gain_db: Annotated[float, Meta(ge=-120, le=60)] = 0.0


class Scene(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole scene. `frames` is the length of every render, in samples of `sample_rate_hz`.

    Every stem has that rate. A stem that ends earlier is silent from its end on; none is longer. `source` is `upmix`
    where what it calls stems are parts of an upmix; every master made of it says so.
    """

    schema: Literal["opencall.scene/1"] = SCHEMA
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    source: Material = "stems"
    sample_rate_hz: Annotated[int, Meta(ge=8000, le=768000)]
    frames: Annotated[int, Meta(ge=1)]
    programme: Programme = Programme()
    objects: Annotated[tuple[SceneObject, ...], Meta(min_length=1, max_length=128)]
    notes: tuple[str, ...] = ()
