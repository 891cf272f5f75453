"""Sets of stems drawn by lot, with what was done to each stem, and the judgement of what normalising made of them."""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from scipy.signal import firwin, lfilter, oaconvolve

from audio_pipeline.stems.manifest import StemRecord, StemsManifest
from audio_pipeline.stems.normalising import normalise_folder
from audio_pipeline.stems.preparing import HIGHEST_DC

Samples = NDArray[np.float64]

RATES_HZ: Final = (44100, 48000, 96000)
# What resampled stems are compared in: below the passband's end of every rate.
IN_BAND_HZ: Final = 18000
LONGEST_LAG_S: Final = 2.0
# A resampler's own rest, and that of 24 bits, below which no null is expected.
FLOOR_DB: Final = -90.0


@dataclass(frozen=True)
class Delivered:
    """What was done to a stem before it was handed in. `lag` counts in samples of its own rate.

    `taken_with_constant` is the energy of the sound's own mean, which is taken out with a constant part above −60 dBFS.
    """

    name: str
    sound: Samples
    rate_hz: int
    lag: int
    polarity: int
    taken_with_constant: float


@dataclass(frozen=True)
class StemSet:
    """A folder's worth of stems, and what no repair can bring back of the mix, in dB of it."""

    stems: tuple[Delivered, ...]
    mix: Samples
    rate_hz: int
    missing: str | None
    noise_db: float | None
    out_of_reach_db: float
    subtype: str

    @property
    def session_hz(self) -> int:
        """The rate that normalising has to choose."""
        return 96000 if {self.rate_hz, *(stem.rate_hz for stem in self.stems)} == {96000} else 48000

    def write(self, folder: Path) -> Path:
        """The files."""
        folder.mkdir(parents=True)
        soundfile.write(folder / "mix.wav", self.mix, self.rate_hz, self.subtype)
        for stem in self.stems:
            soundfile.write(folder / f"{stem.name}.wav", stem.sound, stem.rate_hz, self.subtype)
        return folder


@dataclass(frozen=True)
class Outcome:
    """Of one set: the stems that were placed right, the null, the worst inversions, and whether a rerun is the same."""

    right: int
    wrong: tuple[str, ...]
    null_db: float
    expected_null_db: float
    same_rate_inversion_db: float
    resampled_inversion_db: float
    same_bytes: bool

    @property
    def nulls(self) -> bool:
        """Whether the repaired stems leave nothing but what is out of reach."""
        return self.null_db <= self.expected_null_db


@cache
def drawn(seed: int) -> StemSet:
    """The set number `seed`: it is the same on every machine."""
    lot = np.random.default_rng([20_260, seed])
    rate_hz = int(lot.choice(RATES_HZ))
    seconds = float(lot.uniform(4.0, 9.0))
    frames = round(seconds * rate_hz)
    names = list(lot.choice(sorted(PLAYERS), size=int(lot.integers(3, 6)), replace=False))
    sounds = {name: _in_bounds(PLAYERS[name](lot, frames, rate_hz), rate_hz) for name in names}
    mix = sum(sounds.values(), np.zeros((frames, 2)))
    gain = 10 ** (float(lot.uniform(-12, 3)) / 20)
    mix *= min(gain, 0.9 / np.abs(mix).max())
    mixed_at = np.linalg.norm(mix) / np.linalg.norm(sum(sounds.values()))
    lost = np.zeros_like(mix)

    missing = str(lot.choice(names)) if lot.random() < 0.2 else None
    if missing:
        lost += mixed_at * sounds.pop(missing)
    noise_db = float(lot.uniform(-70, -35)) if lot.random() < 0.25 else None
    if noise_db is not None:
        noise = lot.standard_normal(mix.shape) * np.sqrt(np.mean(mix**2)) * 10 ** (noise_db / 20)
        mix, lost = mix + noise, lost + noise

    odd_rate = str(lot.choice(sorted(sounds))) if lot.random() < 0.3 else None
    all_alike = _lag(lot, rate_hz) if lot.random() < 0.1 else None
    stems = []
    for name, sound in sounds.items():
        own_hz = int(lot.choice([hz for hz in RATES_HZ if hz != rate_hz])) if name == odd_rate else rate_hz
        lag = all_alike if all_alike is not None else (_lag(lot, own_hz) if lot.random() < 0.4 else 0)
        stems.append(_handed_in(lot, name, sound, (rate_hz, own_hz), lag))
    return StemSet(
        stems=tuple(stems),
        mix=mix,
        rate_hz=rate_hz,
        missing=missing,
        noise_db=noise_db,
        out_of_reach_db=_db(lost, mix, mixed_at**2 * sum(stem.taken_with_constant for stem in stems)),
        subtype=str(lot.choice(["FLOAT", "PCM_24"])),
    )


def judged(case: StemSet, folder: Path) -> Outcome:
    """Normalise twice with every repair confirmed, and hold the outcome against what was done."""
    delivered = case.write(folder / "in")
    manifest = normalise_folder(delivered, folder / "out", confirm=True)
    normalise_folder(delivered, folder / "again", confirm=True)
    records = {Path(record.source.path).stem: record for record in manifest.stems}
    wrong = tuple(
        f"{stem.name}: {stem.lag}×{stem.polarity} at {stem.rate_hz} Hz, "
        f"found {records[stem.name].lag_samples}×{records[stem.name].polarity}"
        for stem in case.stems
        if not _is_right(stem, records[stem.name], case.session_hz)
    )
    inverted = [
        (stem.rate_hz == case.session_hz, _inversion_db(records[stem.name], manifest, folder)) for stem in case.stems
    ]
    null_db = manifest.fit.null_db
    return Outcome(
        right=len(case.stems) - len(wrong),
        wrong=wrong,
        null_db=-math.inf if null_db is None else null_db,
        expected_null_db=10 * math.log10(10 ** (FLOOR_DB / 10) + 10 ** (case.out_of_reach_db / 10)) + 0.1,
        same_rate_inversion_db=max((db for same, db in inverted if same), default=-math.inf),
        resampled_inversion_db=max((db for same, db in inverted if not same), default=-math.inf),
        same_bytes=_contents(folder / "out") == _contents(folder / "again"),
    )


def _lag(lot: np.random.Generator, rate_hz: int) -> int:
    """Of every size between a sample and two seconds, early as often as late."""
    size = math.exp(lot.uniform(0, math.log(LONGEST_LAG_S * rate_hz)))
    return int(lot.choice([-1, 1])) * max(1, round(size))


def _handed_in(lot: np.random.Generator, name: str, sound: Samples, rates_hz: tuple[int, int], lag: int) -> Delivered:
    """`sound` of the mix's rate as somebody exports it: moved, turned, at another rate, cut or drawn out in silence."""
    rate_hz, own_hz = rates_hz
    if own_hz != rate_hz:
        sound = soxr.resample(sound, rate_hz, own_hz, "VHQ")
    sounding = np.flatnonzero(np.abs(sound).max(axis=1) > 1e-9)
    lag = max(lag, -int(sounding[0]))
    moved = np.concatenate([np.zeros((lag, 2)), sound]) if lag > 0 else sound[-lag:]
    end = int(sounding[-1]) + 1 + lag
    length = int(lot.choice([end, len(sound), len(moved) + int(lot.integers(0, own_hz))]))
    moved = np.pad(moved, ((0, max(0, length - len(moved))), (0, 0)))[: max(end, length)]
    if np.array_equal(moved[:, 0], moved[:, 1]) and lot.random() < 0.5:
        moved = moved[:, :1]
    polarity = -1 if lot.random() < 0.25 else 1
    constant = 0.004 if lot.random() < 0.1 else 0.0
    sound = polarity * moved + constant
    taken = moved.mean(axis=0)[np.abs(sound.mean(axis=0)) > HIGHEST_DC]
    return Delivered(name, sound, own_hz, lag, polarity, float(np.sum(taken**2)) / sound.shape[1])


def _is_right(stem: Delivered, record: StemRecord, session_hz: int) -> bool:
    # A lag of whole samples at the stem's rate is rounded to the session's, whichever way a half falls.
    off_by = abs(record.lag_samples - stem.lag * session_hz / stem.rate_hz)
    return off_by <= 0.5 and record.polarity == stem.polarity


def _inversion_db(record: StemRecord, manifest: StemsManifest, folder: Path) -> float:
    """What is left of the stem as delivered when the manifest is undone."""
    given, given_hz = soundfile.read(folder / "in" / Path(record.source.path).name, always_2d=True)
    output = soundfile.read(folder / "out" / record.output.path, always_2d=True)[0]
    output /= record.polarity_applied * 10 ** (record.gain_db / 20)
    session_hz = manifest.session.sample_rate_hz
    if session_hz == given_hz:
        offset = int(record.offset_samples)
        skipped = max(0, -offset)
        inside = output[max(0, offset) :][: len(given) - skipped]
        restored = np.zeros_like(given)
        restored[skipped : skipped + len(inside)] = inside + record.dc_removed
        return _db(restored - given, given)
    back = soxr.resample(output, session_hz, given_hz, "VHQ")
    restored = _from_place(back, record.offset_samples * given_hz / session_hz, len(given)) + record.dc_removed
    return _db(_in_bounds(restored - given, given_hz), _in_bounds(given, given_hz))


def _from_place(sound: Samples, at: float, frames: int) -> Samples:
    """`frames` of `sound` from the place `at`, which may lie between samples; silence around it."""
    whole = math.floor(at)
    size = next_fast_len(len(sound) + frames + abs(whole) + 4096, real=True)
    spectrum = np.fft.rfft(sound, size, axis=0)
    turn = np.exp(2j * np.pi * np.fft.rfftfreq(size) * at)
    return np.asarray(np.fft.irfft(spectrum * turn[:, np.newaxis], size, axis=0)[:frames])


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*.*")) if path.is_file()}


def _db(samples: Samples, reference: Samples, further_energy: float = 0.0) -> float:
    energy = float(np.mean(np.square(samples))) + further_energy
    return 10 * math.log10(energy / float(np.mean(np.square(reference)))) if energy else -math.inf


def _in_bounds(sound: Samples, rate_hz: int) -> Samples:
    """Nothing above the passband of any rate."""
    taps = firwin(1023, IN_BAND_HZ, window=("kaiser", 14.0), fs=rate_hz)[:, np.newaxis]
    return np.asarray(oaconvolve(sound, taps, "same", axes=0))


def _notes(lot: np.random.Generator, frames: int, rate_hz: int, shortest_s: float, longest_s: float) -> list[slice]:
    """Where a player plays; silence before the first note and behind the last."""
    at, notes = round(lot.uniform(0.1, 0.8) * rate_hz), []
    while True:
        stop = at + round(lot.uniform(shortest_s, longest_s) * rate_hz)
        if stop > frames - rate_hz // 10 and notes:
            return notes
        stop = min(stop, frames - rate_hz // 10)
        notes.append(slice(at, stop))
        at = stop + round(float(lot.choice([0.0, 0.1, 0.4])) * rate_hz)


def _played(
    lot: np.random.Generator, frames: int, rate_hz: int, *, lowest_hz: float, partials: int, attack_s: float, s: float
) -> Samples:
    """Notes of a scale with partials that fall off, in one place between left and right."""
    wave = np.zeros(frames)
    for note in _notes(lot, frames, rate_hz, s / 2, 2 * s):
        time = np.arange(note.stop - note.start) / rate_hz
        pitch_hz = lowest_hz * 2 ** (int(lot.choice([0, 3, 5, 7, 10, 12])) / 12)
        shape = np.minimum(time / attack_s, 1) * np.minimum((time[-1] - time) / 0.02, 1) * np.exp(-time / s)
        wobble = 0.3 * np.sin(2 * np.pi * 5 * time)
        for partial in range(1, partials + 1):
            turn = 2 * np.pi * partial * pitch_hz * time + partial * wobble + lot.uniform(0, 2 * np.pi)
            wave[note] += shape * np.sin(turn) / partial**1.3
    pan = lot.uniform(0.3, 1, 2) if lot.random() < 0.6 else np.ones(2)
    return 0.1 * wave[:, np.newaxis] * pan


def _drums(lot: np.random.Generator, frames: int, rate_hz: int) -> Samples:
    """The same two samples again and again on a grid, to the sample."""
    beat = round(rate_hz * 60 / lot.uniform(80, 160) / 2)
    time = np.arange(beat) / rate_hz
    kick = np.sin(2 * np.pi * (45 * time + 8 * (1 - np.exp(-time * 40)))) * np.exp(-time * 18)
    snare = lot.standard_normal(beat) * np.exp(-time * 30)
    wave = np.zeros(frames)
    for number, start in enumerate(range(rate_hz // 4, frames - beat - rate_hz // 10, beat)):
        wave[start : start + beat] += kick if number % 2 == 0 else snare
    return 0.25 * wave[:, np.newaxis] * np.ones(2)


def _voice(lot: np.random.Generator, frames: int, rate_hz: int) -> Samples:
    """Noise of two colours in phrases, as breath and consonants are."""
    wave = lot.standard_normal((frames, 2)) * np.array([1.0, 0.6])
    if lot.random() < 0.3:
        wave = 0.4 * lfilter([1, -1], np.convolve([1, -0.98], [1, -0.97]), wave, axis=0)
    gate = np.zeros((frames, 1))
    for note in _notes(lot, frames, rate_hz, 0.1, 0.6):
        gate[note, 0] = np.hanning(note.stop - note.start)
    return 0.08 * wave * gate


PLAYERS: Final = {
    "bass": lambda lot, frames, hz: _played(lot, frames, hz, lowest_hz=41, partials=4, attack_s=0.02, s=0.5),
    "drums": _drums,
    "guitar": lambda lot, frames, hz: _played(lot, frames, hz, lowest_hz=165, partials=14, attack_s=0.003, s=0.4),
    "pad": lambda lot, frames, hz: _played(lot, frames, hz, lowest_hz=110, partials=5, attack_s=0.4, s=2.0),
    "piano": lambda lot, frames, hz: _played(lot, frames, hz, lowest_hz=220, partials=8, attack_s=0.002, s=0.6),
    "voice": _voice,
}
