"""Sound of which it is certain that no coder ever touched it: synthesised or played from a soundfont, by a seed.

Every piece is music of a kind (plucked strings, bells, pads, breath, drums, in a room of its own), and every treatment
is something that is done to clean recordings and looks like a coder: a gentle end of the treble, a steep one, few bits,
another rate, a limiter.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile
import soxr

sys.path.append(str(Path(__file__).parents[1] / "fixtures"))

from making.playing import midi_file

Sound = tuple[np.ndarray, int]
SCALE = (0, 2, 3, 5, 7, 8, 10)


def composed(seed: int, rate_hz: int, seconds: float) -> np.ndarray:
    """Music of three voices, with drums or without, as (frames, 2), peak 0.5 to 0.9."""
    dice = np.random.default_rng(seed)
    frames = int(seconds * rate_hz)
    voices = [_pluck, _bell, _pad, _breath, _voice]
    sound = np.zeros((frames, 2))
    beat_s = 60 / dice.uniform(60, 160)
    root = dice.integers(36, 52)
    for voice in dice.choice(len(voices), 3, replace=False):
        pan, at_s = dice.uniform(0.1, 0.9), 0.0
        while at_s < seconds:
            key = root + 12 * dice.integers(0, 3) + SCALE[dice.integers(0, len(SCALE))]
            long_s = beat_s * dice.choice((0.5, 1, 2, 4))
            note = voices[voice](dice, 440 * 2 ** ((key - 69) / 12), min(1.5 * long_s, 3.0), rate_hz)
            begin = int(at_s * rate_hz)
            note = note[: frames - begin, np.newaxis] * (np.sqrt(1 - pan), np.sqrt(pan))
            sound[begin : begin + len(note)] += dice.uniform(0.3, 1) * note
            at_s += long_s
    if dice.random() < 0.5:
        sound += _drums(dice, beat_s, frames, rate_hz)[:, np.newaxis] * (0.7, 0.7)
    sound = _in_a_room(dice, sound, rate_hz)
    return dice.uniform(0.5, 0.9) * sound / np.abs(sound).max()


def played(seed: int, programs: range, soundfont: Path, rate_hz: int, seconds: float) -> np.ndarray:
    """Random notes of four instruments among `programs`, played by FluidSynth, as (frames, 2).

    Raises FileNotFoundError where FluidSynth (Debian: fluidsynth) is not installed."""
    dice = np.random.default_rng(seed)
    beat_s = 60 / dice.uniform(60, 160)
    root = dice.integers(36, 52)
    events: list[tuple[float, bytes]] = []
    for channel in range(4):
        is_drums = channel == 3 and seed % 2 == 0
        wire = 9 if is_drums else channel
        events += [
            (0.0, bytes([0xC0 | wire, 0 if is_drums else int(dice.choice(programs))])),
            (0.0, bytes([0xB0 | wire, 10, int(dice.integers(20, 108))])),
        ]
        at_s = 0.0
        while at_s < seconds + 2:
            long_s = beat_s * dice.choice((0.25, 0.5, 1, 2))
            key = int(dice.integers(35, 60) if is_drums else root + 12 * dice.integers(0, 3) + dice.choice(SCALE))
            events.append((at_s, bytes([0x90 | wire, key, int(dice.integers(40, 120))])))
            events.append((at_s + 0.9 * long_s, bytes([0x80 | wire, key, 0])))
            at_s += long_s
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder) / "a.mid", Path(folder) / "a.wav"
        midi.write_bytes(midi_file(events, seconds + 3))
        command = ["fluidsynth", "-ni", "-q", "-C", "0", "-g", "0.4", "-r", str(rate_hz), "-o", "synth.cpu-cores=1"]
        command += ["-O", "float", "-T", "wav", "-F", str(wav), str(soundfont), str(midi)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sound, _ = soundfile.read(wav, dtype="float64", start=int(1.5 * rate_hz), frames=int(seconds * rate_hz))
    return 0.7 * sound / np.abs(sound).max()


def treated(sound: np.ndarray, rate_hz: int, how: str, seed: int) -> Sound:
    """A clean sound as `TREATMENTS` names it, with the rate that it has then."""
    return TREATMENTS[how](np.random.default_rng(seed), sound, rate_hz)


def _dull(dice: np.random.Generator, sound: np.ndarray, rate_hz: int) -> Sound:
    return _lowpassed(sound, rate_hz, dice.uniform(1500, 6000), 2), rate_hz


def _vintage(dice: np.random.Generator, sound: np.ndarray, rate_hz: int) -> Sound:
    """A tape or an old converter: the treble ends at 15 to 16 kHz at 24 to 48 dB an octave, above its own hiss."""
    ended = _lowpassed(sound, rate_hz, dice.uniform(15000, 16000), int(dice.integers(4, 9)))
    hiss = 10 ** (dice.uniform(-78, -62) / 20) * dice.standard_normal(sound.shape)
    return ended + hiss, rate_hz


def _broadcast(dice: np.random.Generator, sound: np.ndarray, rate_hz: int) -> Sound:
    """Radio: an elliptic filter at 15 kHz, as FM and digital studios of the eighties had them, then hiss."""
    sos = scipy.signal.ellip(9, 0.1, 50, 15000, fs=rate_hz, output="sos")
    hiss = 10 ** (dice.uniform(-75, -65) / 20) * dice.standard_normal(sound.shape)
    return scipy.signal.sosfilt(sos, sound, axis=0) + hiss, rate_hz


def _dithered(dice: np.random.Generator, sound: np.ndarray, rate_hz: int) -> Sound:
    dither = dice.random(sound.shape) + dice.random(sound.shape) - 1
    return np.clip(np.rint(sound * 2**15 + dither), -(2**15), 2**15 - 1) / 2**15, rate_hz


def _cut(dice: np.random.Generator, sound: np.ndarray, rate_hz: int) -> Sound:
    """16 bits without dither, after a fader at the very bottom."""
    return np.rint(sound * dice.uniform(0.02, 0.2) * 2**15) / 2**15, rate_hz


def _at_other_rate(dice: np.random.Generator, sound: np.ndarray, rate_hz: int) -> Sound:
    other_hz = 44100 if rate_hz == 48000 else 48000
    return soxr.resample(sound, rate_hz, other_hz, "VHQ"), other_hz


def _limited(dice: np.random.Generator, sound: np.ndarray, rate_hz: int) -> Sound:
    loud = sound * 10 ** (dice.uniform(6, 14) / 20)
    peaks = scipy.ndimage.maximum_filter1d(np.abs(loud).max(axis=1), rate_hz // 200)
    gain = scipy.ndimage.uniform_filter1d(1 / np.maximum(peaks, 0.9) * 0.9, rate_hz // 200)
    return loud * gain[:, np.newaxis], rate_hz


def _crushed(dice: np.random.Generator, sound: np.ndarray, rate_hz: int) -> Sound:
    """12 bits, as samplers had."""
    return np.rint(sound * 2**11) / 2**11, rate_hz


def _gated(dice: np.random.Generator, sound: np.ndarray, rate_hz: int) -> Sound:
    """Cut up on a grid of 20 ms with silence between: as regular as frames, and none."""
    hop = rate_hz // 50
    is_on = dice.random(len(sound) // hop + 1) < 0.7
    gate = scipy.ndimage.uniform_filter1d(np.repeat(is_on, hop)[: len(sound)].astype(float), 64)
    return sound * gate[:, np.newaxis], rate_hz


TREATMENTS: dict[str, Callable[[np.random.Generator, np.ndarray, int], Sound]] = {
    "as it is": lambda dice, sound, rate_hz: (sound, rate_hz),
    "dull": _dull,
    "vintage": _vintage,
    "broadcast": _broadcast,
    "dithered": _dithered,
    "soft, cut to 16 bits": _cut,
    "at the other rate": _at_other_rate,
    "limited": _limited,
    "12 bits": _crushed,
    "gated": _gated,
}


def _lowpassed(sound: np.ndarray, rate_hz: int, at_hz: float, order: int) -> np.ndarray:
    return scipy.signal.sosfilt(scipy.signal.butter(order, at_hz, fs=rate_hz, output="sos"), sound, axis=0)


def _partials(ratios: np.ndarray, decays_s: np.ndarray, levels: np.ndarray, hz: float, t: np.ndarray) -> np.ndarray:
    nyquist = 1 / (2 * (t[1] - t[0]))
    sound = np.zeros(len(t))
    for ratio, decay_s, level in zip(ratios, decays_s, levels, strict=True):
        if ratio * hz < 0.95 * nyquist:
            sound += level * np.exp(-t / decay_s) * np.sin(2 * np.pi * ratio * hz * t + ratio)
    return sound


def _pluck(dice: np.random.Generator, hz: float, long_s: float, rate_hz: int) -> np.ndarray:
    t = np.arange(int(long_s * rate_hz)) / rate_hz
    order = np.arange(1, 60)
    stiff = order * np.sqrt(1 + 3e-4 * order**2)
    sound = _partials(stiff, 1.5 / (1 + 0.12 * order), np.sin(np.pi * order / 5.3) / order, hz, t)
    pick = np.exp(-t / 0.004) * dice.standard_normal(len(t))
    return (sound + 0.3 * pick) * _ends(t)


def _bell(dice: np.random.Generator, hz: float, long_s: float, rate_hz: int) -> np.ndarray:
    t = np.arange(int(long_s * rate_hz)) / rate_hz
    ratios = np.array([0.5, 1, 1.19, 1.56, 2, 2.51, 2.66, 3.01, 4.1, 5.4, 6.8, 8.2, 11.3, 15.7, 21.1, 28.4])
    return _partials(ratios, 2.5 / ratios, 1 / np.sqrt(ratios), hz, t) * _ends(t)


def _pad(dice: np.random.Generator, hz: float, long_s: float, rate_hz: int) -> np.ndarray:
    t = np.arange(int(long_s * rate_hz)) / rate_hz
    sound = sum(scipy.signal.sawtooth(2 * np.pi * hz * cents * t + dice.uniform(0, 6)) for cents in (0.997, 1, 1.004))
    opened = _lowpassed(np.asarray(sound)[:, np.newaxis], rate_hz, min(dice.uniform(8, 30) * hz, 0.4 * rate_hz), 2)
    return 0.3 * opened[:, 0] * np.sin(np.pi * np.minimum(t / long_s, 1)) ** 0.5


def _breath(dice: np.random.Generator, hz: float, long_s: float, rate_hz: int) -> np.ndarray:
    t = np.arange(int(long_s * rate_hz)) / rate_hz
    order = np.arange(1, 12)
    tone = _partials(order, np.full(11, 30.0), 1 / order**2, hz, t + 1e-4 * np.sin(2 * np.pi * 5 * t))
    return (tone + 0.08 * dice.standard_normal(len(t))) * np.sin(np.pi * t / long_s) ** 0.5


def _voice(dice: np.random.Generator, hz: float, long_s: float, rate_hz: int) -> np.ndarray:
    t = np.arange(int(long_s * rate_hz)) / rate_hz
    phase = np.cumsum(hz / 2 * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * t))) / rate_hz
    source = np.maximum(0, np.sin(2 * np.pi * phase)) ** 3 + 0.02 * dice.standard_normal(len(t))
    for formant_hz in dice.uniform((300, 900, 2300, 3300), (800, 1900, 2900, 4000)):
        b, a = scipy.signal.iirpeak(formant_hz, 6, fs=rate_hz)
        source = source + 2 * scipy.signal.lfilter(b, a, source)
    return 0.2 * source * np.sin(np.pi * t / long_s) ** 0.7


def _drums(dice: np.random.Generator, beat_s: float, frames: int, rate_hz: int) -> np.ndarray:
    sound = np.zeros(frames)
    t = np.arange(int(0.3 * rate_hz)) / rate_hz
    for step in range(int(frames / rate_hz / beat_s * 4)):
        begin = int(step * beat_s / 4 * rate_hz)
        hat = 0.25 * np.exp(-t / 0.03) * np.diff(dice.standard_normal(len(t) + 1))
        snare = 0.5 * np.exp(-t / 0.08) * dice.standard_normal(len(t))
        kick = np.exp(-t / 0.1) * np.sin(2 * np.pi * (50 * t + 4 * (1 - np.exp(-t / 0.02))))
        hit = hat * dice.uniform(0.4, 1) + (kick if step % 8 == 0 else 0) + (snare if step % 8 == 4 else 0)
        sound[begin : begin + len(hit)] += hit[: frames - begin]
    return sound


def _in_a_room(dice: np.random.Generator, sound: np.ndarray, rate_hz: int) -> np.ndarray:
    t = np.arange(int(0.8 * rate_hz)) / rate_hz
    tail = dice.standard_normal((len(t), 2)) * np.exp(-t / dice.uniform(0.05, 0.25))[:, np.newaxis]
    tail = _lowpassed(tail, rate_hz, dice.uniform(4000, 12000), 1) * dice.uniform(0.005, 0.03)
    wet = np.stack([scipy.signal.fftconvolve(sound[:, one], tail[:, one])[: len(sound)] for one in (0, 1)], axis=1)
    return sound + wet


def _ends(t: np.ndarray) -> np.ndarray:
    """1, falling to 0 over the last twentieth of a second."""
    return np.minimum(1, np.minimum((t[-1] - t) / 0.05, t / 0.001))
