"""Every check of a single file: one file a kind, one line here to register it."""

from typing import Final

from audio_pipeline.intake.checks.bandwidth import BandwidthCheck
from audio_pipeline.intake.checks.check import Check
from audio_pipeline.intake.checks.clipping import ClippingCheck
from audio_pipeline.intake.checks.flac_signature import FlacSignatureCheck
from audio_pipeline.intake.checks.format import FormatCheck
from audio_pipeline.intake.checks.header import HeaderCheck
from audio_pipeline.intake.checks.length import LengthCheck
from audio_pipeline.intake.checks.levels import LevelCheck
from audio_pipeline.intake.checks.non_finite import NonFiniteCheck
from audio_pipeline.intake.checks.padded_bits import PaddedBitsCheck
from audio_pipeline.intake.checks.stereo import StereoCheck

# In the order in which their findings are told.
CHECKS: Final[tuple[type[Check], ...]] = (
    LengthCheck,
    HeaderCheck,
    FormatCheck,
    FlacSignatureCheck,
    NonFiniteCheck,
    ClippingCheck,
    LevelCheck,
    StereoCheck,
    PaddedBitsCheck,
    BandwidthCheck,
)
