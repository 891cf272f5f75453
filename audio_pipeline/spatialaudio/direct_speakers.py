"""One channel of a bed over time: audioBlockFormats of the type DirectSpeakers (ITU-R BS.2076)."""

from dataclasses import dataclass
from typing import Literal

from audio_pipeline.spatialaudio.errors import MetadataLengthMismatch
from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.timing import Constant, require_order


@dataclass(frozen=True, slots=True)
class Bounded:
    """A coordinate and what it may be at the least and at the most; None is the coordinate itself."""

    value: float
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True, slots=True)
class PolarSpeakerPosition:
    """Azimuth in degrees, positive to the left; elevation in degrees, positive up; distance 1 is the sphere."""

    azimuth_deg: Bounded
    elevation_deg: Bounded
    distance: Bounded = Bounded(1.0)


@dataclass(frozen=True, slots=True)
class CartesianSpeakerPosition:
    """Allocentric: X to the right, Y to the front, Z up, the room from −1 to 1."""

    x: Bounded
    y: Bounded
    z: Bounded


@dataclass(frozen=True, slots=True)
class DirectSpeaker:
    """What one block says: a position, `speakerLabel`s as they are written, and the screen edges it locks to."""

    position: PolarSpeakerPosition | CartesianSpeakerPosition
    labels: tuple[str, ...] = ()
    horizontal_edge: Literal["left", "right"] | None = None
    vertical_edge: Literal["top", "bottom"] | None = None
    gain: float = 1.0


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class DirectSpeakerBlocks(Constant):
    """One channel of a bed. `speakers` has one entry a block; times are those of `timing`.

    `pack_id` is the ID of the innermost pack where that is one of the common definitions (BS.2094), such as
    `AP_00010003`; `low_pass_hz` is the channel's low-pass frequency, which makes an LFE where it is 200 Hz or less and
    no high-pass stands beside it.
    """

    start_samples: FloatArray
    end_samples: FloatArray
    speakers: tuple[DirectSpeaker, ...]
    pack_id: str | None = None
    low_pass_hz: float | None = None
    high_pass_hz: float | None = None

    def __post_init__(self) -> None:
        require_order(self.start_samples, self.end_samples)
        if len(self.speakers) != len(self):
            raise MetadataLengthMismatch("speakers", (len(self.speakers),), len(self))
