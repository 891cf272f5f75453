"""Sets of stems drawn by lot, each with something wrong: what normalising finds, repairs, and can undo.

Run from the project's root: `python -m benchmarks.bench_normalise [SETS]` (200 unless told). Lags, polarities, rates of
44.1, 48 and 96 kHz, lengths, gains, constant parts, a stem that is missing and noise in the mix come from a seed, so
that every run is the same. Ends with 1 where fewer than 99 % of the stems stand right, a rest is above what is out of
reach, a second run differs, or undoing leaves more than −120 dB (of resampled stems: −80 dB in band).
"""

import math
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.audio_pipeline.stems.random_sets import Outcome, StemSet, drawn, judged

SETS = 200
WORKERS = 2
RIGHT_SHARE = 0.99
SAME_RATE_DB = -120.0
RESAMPLED_DB = -80.0


def outcome(seed: int) -> tuple[StemSet, Outcome]:
    case = drawn(seed)
    with tempfile.TemporaryDirectory() as folder:
        return case, judged(case, Path(folder))


def main(sets: int) -> int:
    counted = {"all": _Count(), "one rate": _Count(), "several rates": _Count()}
    counted |= {"a stem is missing": _Count(), "noise in the mix": _Count()}
    with ProcessPoolExecutor(WORKERS) as pool:
        for seed, (case, found) in enumerate(pool.map(outcome, range(sets))):
            for line in (*found.wrong, *_complaints(found)):
                print(f"  set {seed} ({_told(case)}): {line}")
            for name in _kinds(case):
                counted[name].add(found)

    columns = ("sets", 5), ("stems", 7), ("placed right", 14), ("nulls", 8), ("same bytes", 12)
    heads = "".join(f"{head:>{width}}" for head, width in (*columns, ("undone", 9), ("resampled", 11)))
    print(f"{'':<20}{heads}")
    for name, count in counted.items():
        print(count.line(name))
    return 0 if counted["all"].is_fine else 1


class _Count:
    """Outcomes summed up."""

    def __init__(self) -> None:
        self.sets = self.stems = self.right = self.nulls = self.same = 0
        self.undone_db = self.resampled_db = -math.inf

    def add(self, found: Outcome) -> None:
        self.sets += 1
        self.stems += found.right + len(found.wrong)
        self.right += found.right
        self.nulls += found.nulls
        self.same += found.same_bytes
        self.undone_db = max(self.undone_db, found.same_rate_inversion_db)
        self.resampled_db = max(self.resampled_db, found.resampled_inversion_db)

    @property
    def is_fine(self) -> bool:
        return (
            self.right >= RIGHT_SHARE * self.stems
            and self.nulls >= RIGHT_SHARE * self.sets
            and self.same == self.sets
            and self.undone_db <= SAME_RATE_DB
            and self.resampled_db <= RESAMPLED_DB
        )

    def line(self, name: str) -> str:
        share = 100 * self.right / self.stems if self.stems else math.nan
        return (
            f"{name:<20}{self.sets:>5}{self.stems:>7}{share:>12.2f} %{self.nulls:>8}{self.same:>12}"
            f"{self.undone_db:>9.1f}{self.resampled_db:>11.1f}"
        )


def _complaints(found: Outcome) -> list[str]:
    said = []
    if not found.nulls:
        said.append(f"leaves {found.null_db:.1f} dB where {found.expected_null_db:.1f} dB are out of reach")
    if not found.same_bytes:
        said.append("a second run writes other bytes")
    if found.same_rate_inversion_db > SAME_RATE_DB:
        said.append(f"undone to {found.same_rate_inversion_db:.1f} dB")
    if found.resampled_inversion_db > RESAMPLED_DB:
        said.append(f"resampled, undone to {found.resampled_inversion_db:.1f} dB")
    return said


def _kinds(case: StemSet) -> list[str]:
    rates = {case.rate_hz, *(stem.rate_hz for stem in case.stems)}
    kinds = ["all", "one rate" if len(rates) == 1 else "several rates"]
    kinds += ["a stem is missing"] if case.missing else []
    return kinds + (["noise in the mix"] if case.noise_db is not None else [])


def _told(case: StemSet) -> str:
    noise = "" if case.noise_db is None else f", noise {case.noise_db:.0f} dB"
    return f"mix {case.rate_hz} Hz, without {case.missing or 'none'}{noise}, out of reach {case.out_of_reach_db:.0f} dB"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SETS))
