"""Signals made for two ears: tracks of the type Binaural (ITU-R BS.2076), one ear a column.

They pass to `BINAURAL` as they are, in time with what is rendered beside them. For loudspeakers there is no rule.
"""

from dataclasses import dataclass
from typing import Literal

from audio_pipeline.spatialaudio.errors import MetadataLengthMismatch
from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.timing import Constant, require_order


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class EarBlocks(Constant):
    """What the left or the right ear hears; `gain` is linear, one a block. Times are those of `timing`."""

    start_samples: FloatArray
    end_samples: FloatArray
    ear: Literal["left", "right"]
    gain: FloatArray

    def __post_init__(self) -> None:
        require_order(self.start_samples, self.end_samples)
        if self.gain.shape != self.start_samples.shape:
            raise MetadataLengthMismatch("gain", self.gain.shape, len(self))
