"""The synthetic signals of EBU Tech 3341 and 3342 with what a meter has to read: 64 checks, as data.

Case 6 stands twice, for 5.0 and for 5.1. Cases 11 and 14 are one signal each, of twenty tones that get louder; the
highest reading so far is taken after every tone.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.loudness.measuring import layout_weights
from audio_pipeline.loudness.meter import Loudness, LoudnessMeter

RATE_HZ = 48000

Parts = list[tuple[float, float | None]]


class Check(NamedTuple):
    """`errors` reads a measurement; each of them has to lie within `lowest` and `highest` (LU or dB)."""

    name: str
    signal: Callable[[], NDArray[np.float64]]
    errors: Callable[[Loudness], NDArray[np.float64]]
    lowest: float = -0.1
    highest: float = 0.1
    layout: str = "0+2+0"

    def measured_errors(self) -> NDArray[np.float64]:
        meter = LoudnessMeter(RATE_HZ, layout_weights(self.layout))
        meter.process(self.signal())
        return self.errors(meter.finish())


def ebu_checks() -> Iterator[Check]:
    yield from _integrated()
    yield from _short_term()
    yield from _momentary()
    yield from _true_peak()
    yield from _loudness_range()


def tone(parts: Parts, channels: int = 2) -> NDArray[np.float64]:
    """1 kHz in phase on all channels; `parts` are seconds and peak dBFS, None for silence."""
    ends = np.round(np.cumsum([seconds for seconds, _ in parts]) * RATE_HZ).astype(int)
    levels = [0.0 if dbfs is None else 10 ** (dbfs / 20) for _, dbfs in parts]
    level = np.repeat(levels, np.diff(ends, prepend=0))
    wave = level * np.sin(2 * np.pi * 1000 / RATE_HZ * np.arange(len(level)))
    return np.repeat(wave[:, np.newaxis], channels, axis=1)


def _integrated() -> Iterator[Check]:
    cases: dict[str, Parts] = {
        "3341-1": [(20, -23)],
        "3341-2": [(20, -33)],
        "3341-3": [(10, -36), (60, -23), (10, -36)],
        "3341-4": [(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)],
        "3341-5": [(20, -26), (20.1, -20), (20, -26)],
    }
    for name, parts in cases.items():
        expected = -33 if name == "3341-2" else -23
        yield Check(name, lambda parts=parts: tone(parts), lambda m, e=expected: _one(m.integrated_lufs - e))
    for layout, levels in {"5.0": (-28, -28, -24, -30, -30), "0+5+0": (-28, -28, -24, 0, -30, -30)}.items():
        yield Check(
            f"3341-6 in {layout}",
            lambda levels=levels: np.hstack([tone([(20, dbfs)], 1) for dbfs in levels]),
            lambda m: _one(m.integrated_lufs + 23),
            layout=layout,
        )


def _short_term() -> Iterator[Check]:
    yield Check("3341-9", lambda: tone([(1.34, -20), (1.66, -30)] * 5), lambda m: m.short_term_lufs[299:] + 23)
    for step in range(20):
        parts: Parts = [(step * 0.15, None), (3, -23), (1, None)]
        yield Check(f"3341-10-{step + 1}", lambda parts=parts: tone(parts), lambda m: _one(m.short_term_max_lufs + 23))
    rising: Parts = []
    for step in range(20):
        rising += [(step * 0.15, None), (3, step - 38), (3 - step * 0.15, None)]
    yield Check("3341-11", lambda: tone(rising), lambda m: _rising(m.short_term_lufs, 600))


def _momentary() -> Iterator[Check]:
    yield Check("3341-12", lambda: tone([(0.18, -20), (0.22, -30)] * 25), lambda m: m.momentary_lufs[99:] + 23)
    for step in range(20):
        parts: Parts = [(step * 0.02, None), (0.4, -23), (1, None)]
        yield Check(f"3341-13-{step + 1}", lambda parts=parts: tone(parts), lambda m: _one(m.momentary_max_lufs + 23))
    rising: Parts = []
    for step in range(20):
        rising += [(step * 0.02, None), (0.4, step - 38), (0.4 - step * 0.02, None)]
    yield Check("3341-14", lambda: tone(rising), lambda m: _rising(m.momentary_lufs, 80))


def _true_peak() -> Iterator[Check]:
    tones = [(4, 0.5, 0.0, -6), (4, 0.5, 45.0, -6), (6, 0.5, 60.0, -6), (8, 0.5, 67.5, -6), (4, 1.41, 45.0, 3)]
    for number, (divisor, amplitude, phase_deg, expected) in enumerate(tones):
        yield Check(
            f"3341-{15 + number}",
            lambda d=divisor, a=amplitude, p=phase_deg: _faded(d, a, p),
            lambda m, e=expected: _one(m.true_peak_dbtp - e),
            *(-0.4, 0.2),
        )
    for quarter in range(4):
        yield Check(f"3341-{20 + quarter}", lambda q=quarter: _burst(q), lambda m: _one(m.true_peak_dbtp), *(-0.4, 0.2))


def _loudness_range() -> Iterator[Check]:
    levels = [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)]
    for number, (steps, expected) in enumerate(levels):
        yield Check(
            f"3342-{1 + number}",
            lambda steps=steps: tone([(20, dbfs) for dbfs in steps]),
            lambda m, e=expected: _one(m.loudness_range_lu - e),
            *(-1.0, 1.0),
        )


def _one(error: float) -> NDArray[np.float64]:
    return np.array([error])


def _rising(levels: NDArray[np.float64], hops: int) -> NDArray[np.float64]:
    """Errors of the highest reading so far after each of twenty tones, `hops` apart, of −38 LUFS and louder."""
    highest = np.maximum.accumulate(np.nan_to_num(levels, nan=-np.inf))
    return highest[hops - 1 :: hops] - (np.arange(20) - 38)


def _faded(divisor: int, amplitude: float, phase_deg: float) -> NDArray[np.float64]:
    time = np.arange(RATE_HZ)
    wave = amplitude * np.sin(2 * np.pi * time / divisor + np.radians(phase_deg))
    fade = np.minimum(1, np.minimum(time, time[::-1]) / 480)
    return np.repeat((wave * fade)[:, np.newaxis], 2, axis=1)


def _burst(quarter: int) -> NDArray[np.float64]:
    """A burst at fs/6 whose crest of 0 dBTP lies `quarter` quarters of a sample off the grid."""
    time = np.arange(4800) - 2400 + quarter / 4
    wave = np.cos(2 * np.pi * time / 6) * np.exp(-np.square(time / 60))
    return np.repeat(wave[:, np.newaxis], 2, axis=1)
