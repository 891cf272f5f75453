"""Sounds whose parts are known: tones that go on, strokes, rooms, and where they are."""

from collections.abc import Iterable

import numpy as np

from audio_pipeline.upmix.splitting import Part, Splitter

RATE_HZ = 48000
Audio = np.ndarray


def tones(seconds: float, rate_hz: int = RATE_HZ) -> Audio:
    """A chord that goes on, above what stays where it is for being low."""
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    return sum(0.08 * np.sin(2 * np.pi * hz * time_s) for hz in (330, 440, 554.4, 1320))


def strokes(seconds: float, rate_hz: int = RATE_HZ, every_s: float = 0.25) -> Audio:
    """Short bursts of noise."""
    samples = np.zeros(int(seconds * rate_hz))
    noise = np.random.default_rng(3).standard_normal(len(samples))
    for at in range(0, len(samples), int(every_s * rate_hz)):
        burst = noise[at : at + int(0.01 * rate_hz)]
        samples[at : at + len(burst)] = 0.4 * burst * np.exp(-np.arange(len(burst)) / (0.0015 * rate_hz))
    return samples


def room(seconds: float, rate_hz: int = RATE_HZ) -> Audio:
    """What left and right of a wide room have in common is nothing."""
    return 0.1 * np.random.default_rng(5).standard_normal((int(seconds * rate_hz), 2))


def panned(mono: Audio, left: float = 1.0, right: float = 1.0) -> Audio:
    return np.stack([left * mono, right * mono], axis=1)


def on_grid(song: Audio, bits: int = 24) -> Audio:
    """As a file of that many bits holds it."""
    scale = 2.0 ** (bits - 1)
    return (np.rint(song * scale) / scale).astype(np.float32)


def split(song: Audio, rate_hz: int = RATE_HZ, block_hops: int = 32, cut: int | None = None) -> dict[Part, Audio]:
    """The parts of a whole song, handed over in blocks of `cut` frames."""
    song = np.asarray(song, np.float32)
    blocks: Iterable[Audio] = [song] if cut is None else (song[at : at + cut] for at in range(0, len(song), cut))
    found = list(Splitter(rate_hz, block_hops).split(blocks))
    again = np.concatenate([np.zeros((0, 2), np.float32), *(block for block, _ in found)])
    assert np.array_equal(again, song)
    return {
        part: np.concatenate(
            [np.zeros((0, 2 if part not in _MONO else 1), np.float32), *(one[part] for _, one in found)]
        )
        for part in Part
    }


def sum_of(parts: dict[Part, Audio]) -> Audio:
    """As a mixer adds them: a part of one channel sounds from both loudspeakers."""
    return sum(np.broadcast_to(samples, (len(samples), 2)).astype(np.float64) for samples in parts.values())


def shares(parts: dict[Part, Audio], of: Audio) -> dict[Part, float]:
    """The energy of each part in both loudspeakers, as a share of the energy of `of`."""
    whole = float(np.sum(of.astype(np.float64) ** 2))
    return {
        part: float(np.sum(np.broadcast_to(samples, of.shape).astype(np.float64) ** 2)) / whole
        for part, samples in parts.items()
    }


_MONO = (Part.MID_HARMONIC, Part.MID_PERCUSSIVE)
