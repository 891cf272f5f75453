"""Hold what two ears hear of an object against the head's own measurements.

    python benchmarks/judge_ears.py [FILE.sofa …]

An impulse is rendered from 100 random directions, for the ears of each file and for the default ones, and compared with
the response that was measured nearest to that direction. The bus of virtual loudspeakers lies between the two, so they
are never equal; a line says how far they are apart: third octaves from 125 Hz to 16 kHz (their median difference, and
the worst of all directions, ears and bands), the level difference between the ears, and the difference in time.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from audio_pipeline.hrtfs import default_hrtf
from audio_pipeline.masters.headphones import Headphones
from audio_pipeline.masters.sofa import read_hrtf
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.geometry import FloatArray, cartesian
from audio_pipeline.spatialaudio.hrtf import Hrtf, resampled
from audio_pipeline.spatialaudio.layouts import BINAURAL
from audio_pipeline.spatialaudio.rendering import render

RATE_HZ = 48_000
FRAMES = 4096
DIRECTIONS = 100
CENTRES_HZ = 1000.0 * 2.0 ** (np.arange(-9, 13) / 3)


def main() -> int:
    """Print one line a head."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sofa", nargs="*", type=Path)
    for hrtf in [default_hrtf(), *map(read_hrtf, parser.parse_args().sofa)]:
        print(f"{hrtf.name}: {judged(hrtf)}")
    return 0


def judged(hrtf: Hrtf) -> str:
    """One head in words."""
    rng = np.random.default_rng(360)
    azimuths_deg = rng.uniform(-180, 180, DIRECTIONS)
    elevations_deg = np.degrees(np.arcsin(rng.uniform(-0.6, 1.0, DIRECTIONS)))
    measured_at = cartesian(hrtf.azimuth_deg, hrtf.elevation_deg)
    nearest = (cartesian(azimuths_deg, elevations_deg) @ measured_at.T).argmax(axis=1)
    theirs = resampled(hrtf.responses[nearest].astype(float), hrtf.sample_rate_hz, RATE_HZ)
    ours = _rendered(hrtf, azimuths_deg, elevations_deg)

    bands = _bands_db(ours) - _bands_db(theirs)
    bands -= np.median(bands)  # a file's own level is none of ours
    ild_db, itd_us = (np.abs(tell(ours) - tell(theirs)) for tell in (_ild_db, _itd_us))
    return (
        f"{len(hrtf.azimuth_deg)} directions at {hrtf.sample_rate_hz} Hz; "
        f"bands {np.median(np.abs(bands)):.1f} dB, worst {np.abs(bands).max():.1f}; "
        f"ILD {np.median(ild_db):.1f} dB, worst {ild_db.max():.1f}; "
        f"ITD {np.median(itd_us):.0f} µs, worst {itd_us.max():.0f}"
    )


def _rendered(hrtf: Hrtf, azimuths_deg: FloatArray, elevations_deg: FloatArray) -> FloatArray:
    """What an impulse from each direction becomes, (directions, 2, frames)."""
    ears = Headphones(hrtf=hrtf).ears(RATE_HZ)
    impulse = np.zeros((FRAMES, 1), dtype=np.float32)
    impulse[FRAMES // 2] = 1.0
    heard = []
    for azimuth_deg, elevation_deg in zip(azimuths_deg, elevations_deg, strict=True):
        column = ObjectBlocks.of(
            start_samples=0, end_samples=np.inf, azimuth_deg=azimuth_deg, elevation_deg=elevation_deg
        )
        heard.append(render([column], [BINAURAL], impulse, ears=ears)[BINAURAL.name].T)
    return np.asarray(heard, dtype=np.float64)


def _bands_db(responses: FloatArray) -> FloatArray:
    """Levels of third octaves, (directions, 2, bands)."""
    length = 8192
    power = np.square(np.abs(np.fft.rfft(responses, length, axis=-1)))
    frequency_hz = np.fft.rfftfreq(length, 1 / RATE_HZ)
    edges = CENTRES_HZ[:, np.newaxis] * 2.0 ** (np.array([-1, 1]) / 6)
    chosen = [(frequency_hz >= low) & (frequency_hz < high) for low, high in edges]
    return np.stack([10 * np.log10(power[..., band].mean(axis=-1) + 1e-20) for band in chosen], axis=-1)


def _ild_db(responses: FloatArray) -> FloatArray:
    """How much louder the left ear is, the mean of the bands from 1 kHz, (directions,)."""
    bands = _bands_db(responses)[..., CENTRES_HZ >= 999.0].mean(axis=-1)
    return np.asarray(bands[:, 0] - bands[:, 1])


def _itd_us(responses: FloatArray) -> FloatArray:
    """How much earlier the left ear hears, by the peak of the correlation below 1.5 kHz, (directions,)."""
    length = 65_536  # steps of a few microseconds
    spectra = np.fft.rfft(responses, 8192, axis=-1)
    low = np.fft.rfftfreq(8192, 1 / RATE_HZ) <= 1500.0
    together = np.zeros((len(responses), length // 2 + 1), dtype=complex)
    together[:, : low.size] = np.where(low, spectra[:, 1] * spectra[:, 0].conj(), 0.0)
    correlation = np.fft.irfft(together, length, axis=-1)
    step_us = 1e6 / RATE_HZ * 8192 / length
    most = int(1000 / step_us)
    around = np.concatenate([correlation[:, -most:], correlation[:, : most + 1]], axis=1)
    return np.asarray((around.argmax(axis=1) - most) * step_us)


if __name__ == "__main__":
    sys.exit(main())
