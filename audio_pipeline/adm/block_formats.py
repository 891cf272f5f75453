"""audioBlockFormats of the five types (ITU-R BS.2076): what a channel is for a stretch of time.

Conventions are the standard's: azimuth 0 in front and positive to the left, elevation positive up, distance 1 on the
sphere of the loudspeakers; X to the right, Y to the front, Z up, the room from −1 to 1. Gains are linear here whatever
unit the file used. Times are exact fractions of a second; None where not given. `unread` names children that the
standard does not know.
"""

from fractions import Fraction
from typing import Literal, TypeAlias

import msgspec

from audio_pipeline.adm.times import AdmTime
from audio_pipeline.spatialaudio.direct_speakers import CartesianSpeakerPosition, PolarSpeakerPosition
from audio_pipeline.spatialaudio.zones import Zone

HorizontalEdge = Literal["left", "right"]
VerticalEdge = Literal["top", "bottom"]


class _Block(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What blocks of every type say."""

    id: str
    rtime: AdmTime | None = None
    duration: AdmTime | None = None
    gain: float = 1.0
    gain_in_db: bool = False
    importance: float = 10.0
    unread: tuple[str, ...] = ()


class ObjectBlock(_Block, frozen=True, kw_only=True, gc=False):
    """Of the type Objects. Where `cartesian`, the position is x, y, z and the extent in parts of the room.

    `divergence_range_deg` counts for polar, `divergence_range` for cartesian positions; `lock_distance` is the farthest
    that a locked object may be moved, None without a limit.
    """

    cartesian: bool = False
    has_position: bool = True
    azimuth_deg: float = 0.0
    elevation_deg: float = 0.0
    distance: float = 1.0
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    width: float = 0.0
    height: float = 0.0
    depth: float = 0.0
    diffuse: float = 0.0
    jump_position: bool = False
    interpolation_length_s: Fraction | None = None
    divergence: float = 0.0
    divergence_range_deg: float = 45.0
    divergence_range: float = 0.0
    channel_lock: bool = False
    lock_distance: float | None = None
    zones: tuple[Zone, ...] = ()
    screen_ref: bool = False
    horizontal_edge: HorizontalEdge | None = None
    vertical_edge: VerticalEdge | None = None
    head_locked: bool = False


class SpeakerBlock(_Block, frozen=True, kw_only=True):
    """Of the type DirectSpeakers: `labels` as they are written, a position with bounds, screen edges."""

    labels: tuple[str, ...] = ()
    position: PolarSpeakerPosition | CartesianSpeakerPosition | None = None
    horizontal_edge: HorizontalEdge | None = None
    vertical_edge: VerticalEdge | None = None


class HoaBlock(_Block, frozen=True, kw_only=True):
    """Of the type HOA: one component. What the pack may say too is None where the block does not say it."""

    order: int | None = None
    degree: int | None = None
    normalization: str | None = None
    nfc_distance_m: float | None = None
    screen_ref: bool | None = None
    equation: str | None = None


class Coefficient(msgspec.Struct, frozen=True, kw_only=True):
    """What one input channel adds to a matrix channel. `variables` names gainVar, delayVar and phaseVar if given."""

    channel: str
    gain: float = 1.0
    delay_ms: Fraction = Fraction(0)
    phase_deg: float = 0.0
    variables: tuple[str, ...] = ()


class MatrixBlock(_Block, frozen=True, kw_only=True):
    """Of the type Matrix: the sum of `coefficients`, which goes to `output_channel` where it is decoded."""

    coefficients: tuple[Coefficient, ...] = ()
    output_channel: str | None = None


class BinauralBlock(_Block, frozen=True, kw_only=True):
    """Of the type Binaural: what one ear hears."""


Block: TypeAlias = ObjectBlock | SpeakerBlock | HoaBlock | MatrixBlock | BinauralBlock
