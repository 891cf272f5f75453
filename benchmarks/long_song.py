"""A song of twelve stereo stems at 48 kHz and 24 bits, made quickly and the same on every run: what a studio sends.

Each stem plays a figure of its own that comes back through the song, now louder, now softer, and all of them louder in
every other part of it. The mix is the sum of the stems as their files hold them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.wave_writing import WaveWriter

RATE_HZ = 48_000
FIGURE_S = 8
FIGURES_A_PART = 2
SEED = 12
LSB = 2.0**-23

Sound = NDArray[np.float32]
Bus = Callable[[Sound, int], Sound]


@dataclass(frozen=True)
class Voice:
    """A stem: its file, the lowest of its tones, how many partials, how often it is struck, how much of it is noise."""

    name: str
    hz: float
    partials: int
    strokes_per_s: float
    noise: float


VOICES = (
    Voice("01 Kick.wav", 52, 3, 2, 0.02),
    Voice("02 Snare.wav", 190, 4, 1, 0.5),
    Voice("03 Overheads.wav", 420, 6, 4, 0.9),
    Voice("04 Bass.wav", 55, 12, 2, 0.01),
    Voice("05 Electric guitar.wav", 165, 24, 4, 0.02),
    Voice("06 Acoustic guitar.wav", 196, 20, 4, 0.05),
    Voice("07 Piano.wav", 262, 16, 3, 0.01),
    Voice("08 Pads.wav", 131, 12, 0.25, 0.01),
    Voice("09 Strings.wav", 330, 20, 0.5, 0.05),
    Voice("10 Lead vocal.wav", 220, 24, 1.5, 0.05),
    Voice("11 Backing vocals.wav", 277, 18, 0.75, 0.05),
    Voice("12 Percussion.wav", 700, 5, 6, 0.6),
)


def write_song(folder: Path, seconds: int, bus: Bus = lambda mix, at: mix, late: dict[str, int] | None = None) -> Path:
    """Write `stems/` and `mix.wav` into `folder`; returns the mix. `bus` gets pieces of the sum and the frame at which
    each begins; a stem in `late` is delivered so many samples late."""
    (folder / "stems").mkdir(parents=True)
    figures = [_figure(number, voice) for number, voice in enumerate(VOICES)]
    levels = np.random.default_rng(SEED).uniform(0.5, 1.0, (len(VOICES), -(-seconds // FIGURE_S)))
    levels[:, np.arange(levels.shape[1]) // FIGURES_A_PART % 2 == 1] *= 2
    writers = [_writer(folder / "stems" / voice.name) for voice in VOICES]
    mix = _writer(folder / "mix.wav")
    for voice, writer in zip(VOICES, writers, strict=True):
        writer.write(np.zeros(((late or {}).get(voice.name, 0), 2), np.float32))
    left = seconds * RATE_HZ
    for repeat in range(levels.shape[1]):
        total = np.zeros((min(left, FIGURE_S * RATE_HZ), 2), np.float32)
        for number, (figure, writer) in enumerate(zip(figures, writers, strict=True)):
            piece = _on_grid(figure[: len(total)] * np.float32(levels[number, repeat]))
            writer.write(piece)
            total += piece
        mix.write(_on_grid(bus(total, repeat * FIGURE_S * RATE_HZ)))
        left -= len(total)
    for writer in (*writers, mix):
        writer.close()
    return folder / "mix.wav"


def _writer(path: Path) -> WaveWriter:
    return WaveWriter(path, channels=2, sample_rate_hz=RATE_HZ, encoding="pcm24")


def _on_grid(sound: Sound) -> Sound:
    return np.rint(sound / np.float32(LSB)) * np.float32(LSB)


def _figure(number: int, voice: Voice) -> Sound:
    """`FIGURE_S` of a stem: strokes of a decaying chord, a little noise, both sides a little apart."""
    chance = np.random.default_rng([SEED, number])
    frames = FIGURE_S * RATE_HZ
    at = np.arange(frames) / RATE_HZ
    stroke = at * voice.strokes_per_s % 1.0
    envelope = np.minimum(stroke * 40, 1.0) * np.exp(-3 * stroke)
    step = np.floor(at * voice.strokes_per_s)
    pitch = voice.hz * 2 ** (np.array([0, 3, 7, 5, 10, 7, 3, -2])[(step % 8).astype(int)] / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    sides = []
    for _ in range(2):
        tone = np.zeros(frames)
        for partial in range(1, voice.partials + 1):
            tone += np.sin(partial * phase + chance.uniform(0, 6)) / partial**1.2
        noise = chance.normal(0, 1, frames)
        sides.append(envelope * ((1 - voice.noise) * tone + voice.noise * noise) + 1e-4 * noise)
    sound = np.stack(sides, axis=1)
    return (0.02 * sound / np.sqrt(np.square(sound).mean())).astype(np.float32)


def pressed(after_s: int, threshold: float = 0.06) -> Bus:
    """A bus that compresses from `after_s` on: of what is above the threshold, half of the decibels are taken away."""

    def press(mix: Sound, at: int) -> Sound:
        seconds = np.square(mix[: len(mix) // RATE_HZ * RATE_HZ]).mean(axis=1).reshape(-1, RATE_HZ).mean(axis=1)
        gain = np.repeat(np.sqrt(np.minimum(1.0, threshold / np.sqrt(seconds))), RATE_HZ)
        gain[: max(0, after_s * RATE_HZ - at)] = 1.0
        return (mix[: len(gain)] * gain[:, np.newaxis]).astype(np.float32)

    return press
