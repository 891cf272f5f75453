"""LOSSY_SOURCED, UPSAMPLED: was it coded with loss, or at a lower rate, before it became this file?

First the holes that a coder leaves (`coder_traces`), which need no wall. Where they are lost, because the sound was
resampled since, a wall in the treble tells: real music falls off gently; a perceptual coder or a resampler's filter
leaves a cliff of more than 40 dB within 600 Hz and nothing behind it. The top tenth below Nyquist is left out: there
the recording's own converter has such a filter. Dull music has nothing to cut off and passes, whatever it has been
through. A suspicion, so only a warning.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.checks.check import Check, SoundFacts
from audio_pipeline.intake.checks.coder_traces import EXCERPT_FRAMES, GRID, STANDS_OUT, coder_trace
from audio_pipeline.intake.checks.format import LOSSLESS
from audio_pipeline.intake.findings import Code, Finding, warn

LOWEST_HZ: Final = 10000.0
HIGHEST_OF_NYQUIST: Final = 0.9
CLIFF_HZ: Final = 600.0
CLIFF_DB: Final = 40.0
# Before the cliff there must be a plateau (not one tone), behind it a floor.
PLATEAU_HZ: Final = 1500.0
PLATEAU_DB: Final = 20.0
FLOOR_DB: Final = 30.0
BIN_HZ: Final = 5.86
SMOOTHING_BINS: Final = 3
# Coders cut at 15 to 20.5 kHz. What ends higher, or where half of 22.05 or 24 kHz is, was resampled.
HIGHEST_CODER_HZ: Final = 20500.0
HALF_RATES_HZ: Final = (11025.0, 12000.0)
# Excerpts kept; nothing is rounded in what is as good as silent.
KEPT: Final = 24
QUIETEST: Final = 1e-9
SMALLEST: Final = 1e-6
SOUNDING_SHARE: Final = 0.75


class BandwidthCheck(Check):
    """Averages the spectrum over the file, all channels together, and keeps excerpts in which a coder would show.

    Of a file that is coded with loss as it stands, nothing is suspected: that is known, and said elsewhere.
    """

    def __init__(self, facts: SoundFacts) -> None:
        super().__init__(facts)
        self._length = 1 << round(np.log2(facts.sample_rate_hz / BIN_HZ))
        self._window = np.hanning(self._length)[:, np.newaxis]
        self.power = np.zeros(self._length // 2 + 1)
        self._rest = np.zeros((0, facts.channels))
        self._excerpts = Excerpts(facts.frames, min(facts.channels, 2))

    def process(self, block: NDArray[np.float64]) -> None:
        self._excerpts.process(block)
        samples = np.concatenate([self._rest, block])
        whole = len(samples) - len(samples) % self._length
        self._rest = samples[whole:]
        for start in range(0, whole, self._length):
            spectrum = np.fft.rfft(samples[start : start + self._length] * self._window, axis=0)
            self.power += np.square(np.abs(spectrum)).sum(axis=1)

    def wall_hz(self) -> float | None:
        """Where the treble ends at once, if it does."""
        cliff = find_cliff(self.power, self.facts.sample_rate_hz)
        return None if cliff is None else cliff[0]

    def findings(self) -> Iterator[Finding]:
        if self.facts.subtype not in LOSSLESS:
            return
        cliff = find_cliff(self.power, self.facts.sample_rate_hz)
        words = (
            ""
            if cliff is None
            else (f"Its treble falls by {cliff[1]:.0f} dB within {CLIFF_HZ:.0f} Hz at {cliff[0] / 1000:.1f} kHz")
        )
        if self._excerpts.trace(self.facts.sample_rate_hz) >= STANDS_OUT:
            yield warn(
                Code.LOSSY_SOURCED,
                "The rounding of a coder is still to be seen in it, frame by frame: it was an MP3, AAC, Vorbis or Opus "
                f"file once.{f' {words}.' if words else ''} Deliver the original.",
            )
        elif cliff is not None and _is_resampled(cliff[0]):
            yield warn(
                Code.UPSAMPLED,
                f"{words}: it seems to come from a lower sample rate. Export at the rate of the original session.",
            )
        elif cliff is not None:
            yield warn(
                Code.LOSSY_SOURCED,
                f"{words}: it seems to come from a file coded with loss, such as an MP3. Deliver the original; if this "
                "is how it was recorded, say so and leave it.",
            )


class Excerpts:
    """Pieces of a file, evenly over its length, of which the loudest are looked at."""

    def __init__(self, frames: int, channels: int) -> None:
        places = max(0, (frames - EXCERPT_FRAMES) // GRID + 1)
        chosen = np.linspace(0, max(places - 1, 0), min(places, KEPT)).astype(np.int64)
        self._starts = [int(place) * GRID for place in chosen]
        self._kept = np.zeros((len(self._starts), EXCERPT_FRAMES, channels), np.float32)
        self._at = 0

    def process(self, block: NDArray[np.float64]) -> None:
        """Take the next frames."""
        end = self._at + len(block)
        for number, start in enumerate(self._starts):
            first, after = max(start, self._at), min(start + EXCERPT_FRAMES, end)
            if first < after:
                piece = block[first - self._at : after - self._at, : self._kept.shape[2]]
                self._kept[number, first - start : after - start] = piece
        self._at = end

    def trace(self, sample_rate_hz: int) -> float:
        """How far a coder's grid stands out in the first channel, or in what the second has of its own.

        Coders round left and right in one frame, sum and difference in the next: one of the two shows it.
        """
        sounds = [self._kept[:, :, 0]]
        if self._kept.shape[2] == 2:
            sounds.append((self._kept[:, :, 0] - self._kept[:, :, 1]) * np.float32(0.5))
        return coder_trace([_sounding(sound) for sound in sounds], sample_rate_hz)


def _sounding(excerpts: NDArray[np.float32]) -> NDArray[np.float32]:
    # The edge of digital silence is a hole of its own, at a place of its own.
    sounding = (np.abs(excerpts) > SMALLEST).mean(axis=1) > SOUNDING_SHARE
    heard: NDArray[np.float32] = excerpts[sounding & (np.square(excerpts).mean(axis=1) > QUIETEST)]
    return heard


def _is_resampled(at_hz: float) -> bool:
    return at_hz > HIGHEST_CODER_HZ or any(0.9 * half <= at_hz <= 1.02 * half for half in HALF_RATES_HZ)


def find_cliff(power: NDArray[np.float64], sample_rate_hz: int) -> tuple[float, float] | None:
    """Where a power spectrum (bins from 0 to Nyquist) falls most steeply, as (Hz, dB); None where no cliff is."""
    bin_hz = sample_rate_hz / 2 / (len(power) - 1)
    smooth = np.convolve(power, np.full(SMOOTHING_BINS, 1 / SMOOTHING_BINS), "same")
    if not smooth.max() > 0:
        return None
    # 160 dB below the strongest bin there is only arithmetic.
    level_db = 10 * np.log10(np.maximum(smooth, smooth.max() * 1e-16))
    first, last = round(LOWEST_HZ / bin_hz), int(HIGHEST_OF_NYQUIST * sample_rate_hz / 2 / bin_hz)
    width = round(CLIFF_HZ / bin_hz)
    if last - width <= first:
        return None
    drops_db = level_db[first : last - width] - level_db[first + width : last]
    start = first + int(drops_db.argmax())
    drop_db = float(drops_db.max())
    plateau_db = float(np.median(level_db[start - round(PLATEAU_HZ / bin_hz) : start]))
    beyond_db = float(level_db[start + width : last].max())
    is_cliff = drop_db > CLIFF_DB and plateau_db > level_db[start] - PLATEAU_DB and beyond_db < plateau_db - FLOOR_DB
    return ((start + width / 2) * bin_hz, drop_db) if is_cliff else None
