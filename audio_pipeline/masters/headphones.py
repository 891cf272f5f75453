"""How a binaural render is listened to: whose ears, how the head is turned, and what stands around it."""

from typing import Final

import msgspec

from audio_pipeline.hrtfs import default_hrtf
from audio_pipeline.masters.errors import HeadUnusable
from audio_pipeline.spatialaudio.ears import BUS, LFE_GAIN, STRAIGHT, Ears, Head, design_ears
from audio_pipeline.spatialaudio.hrtf import Hrtf
from audio_pipeline.spatialaudio.layouts import Layout


class Headphones(msgspec.Struct, frozen=True, kw_only=True):
    """`hrtf` says whose ears (None: the default ones), `bus` what stands around, `with_lfe` whether LFEs play."""

    hrtf: Hrtf | None = None
    head: Head = STRAIGHT
    bus: Layout = BUS
    with_lfe: bool = False

    def ears(self, sample_rate_hz: int) -> Ears:
        """The ears for programmes of one rate. Raises what `design_ears` raises."""
        hrtf = self.hrtf or default_hrtf()
        lfe_gain = LFE_GAIN if self.with_lfe else 0.0
        return design_ears(hrtf, sample_rate_hz, head=self.head, bus=self.bus, lfe_gain=lfe_gain)


USUAL: Final = Headphones()


def read_head(text: str) -> Head:
    """`YAW` or `YAW,PITCH,ROLL` in degrees. Raises `HeadUnusable`."""
    try:
        angles = [float(part) for part in text.split(",")]
    except ValueError:
        raise HeadUnusable(text) from None
    if len(angles) not in (1, 3) or not all(-360.0 <= angle <= 360.0 for angle in angles):
        raise HeadUnusable(text)
    return Head(*angles)
