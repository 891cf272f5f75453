"""The renderer against EAR, the ITU reference renderer, and against reading and writing alone.

Run from the project's root: `python -m benchmarks.bench_render`. Files of noise with busy metadata are rendered by
whole processes that take turns; what counts is their processor time, start-up included. The ratios carry to another
machine, the seconds do not. EAR runs where `make .venv-ear/installed` has put it; without it only the other lines are
printed.
Ends with 1 where the renderer is slower or larger than it has to be.
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.render_scenes import write_hoa, write_objects

SECONDS = 60
EAR = Path(".venv-ear/bin/ear-render")
TURNS = 3
# Least ratios to EAR by layout, most times the floor, most CPU seconds a minute of audio, most MB over start-up.
LEAST_RATIOS = {"4+7+0": 10.0, "9+10+3": 12.0}
MOST_FLOORS, MOST_FOUR_S, MOST_DENSE_S, MOST_MB, MOST_GROWTH_MB = 2.5, 4.0, 6.0, 150.0, 10.0
FOUR = "0+2+0,4+7+0,9+10+3,binaural"

# Reads every sample and writes as many channels as 4+7+0 has, with the project's own reader and writer.
_FLOOR = """
import sys
from pathlib import Path
from audio_pipeline.codecs import open_audio
from audio_pipeline.wave_writing import WaveWriter
with open_audio(Path(sys.argv[1])) as reader:
    out = WaveWriter(Path(sys.argv[2]), channels=12, sample_rate_hz=reader.sample_rate_hz, encoding="pcm24")
    for block in reader.blocks(16384):
        out.write(block[:, :12] * 0.5)
    out.close()
"""


class Process:
    """What one process took: CPU seconds, and the most memory in MB."""

    def __init__(self, *command: str) -> None:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Print every line; returns how many are too slow or too large, 1 at most."""
    with tempfile.TemporaryDirectory(prefix="bench-render-") as folder:
        bench = Bench(Path(folder))
        failed = [
            bench.against_ear(),
            bench.against_floor(),
            bench.most("four targets in one pass", bench.mixed, FOUR, MOST_FOUR_S),
            bench.most("100 blocks a second and object", bench.dense, "4+7+0", MOST_DENSE_S),
            bench.most("128 objects", bench.many, "4+7+0", float("inf")),
            bench.most("HOA of order 3", bench.field, "4+7+0", float("inf")),
            bench.memory(),
        ]
    return int(any(failed))


class Bench:
    """The files, and one method a line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.mixed = write_objects(folder / "mixed.wav", 24, SECONDS, 0.5)
        self.dense = write_objects(folder / "dense.wav", 24, SECONDS, 0.01)
        self.many = write_objects(folder / "many.wav", 128, SECONDS, 0.5)
        self.field = write_hoa(folder / "field.wav", 3, SECONDS)
        self.long = write_objects(folder / "long.wav", 8, 10 * SECONDS, 0.5)
        self.short = write_objects(folder / "short.wav", 8, SECONDS, 0.5)

    def against_ear(self) -> bool:
        """CPU seconds of both, by layout."""
        if not EAR.exists():
            print("EAR is not installed here: make .venv-ear/installed")
            return False
        slow = False
        for layout, least in LEAST_RATIOS.items():
            ours, theirs = self._in_turns(partial(self._ours, self.mixed, layout), partial(self._theirs, layout))
            ratio = theirs / ours
            slow |= ratio < least
            print(f"{layout}: ours {ours:.2f} s, EAR {theirs:.2f} s of processor: {ratio:.1f} × (at least {least:g})")
        return slow

    def against_floor(self) -> bool:
        """Rendering to 4+7+0 against reading the same file and writing as many channels."""
        copied = str(self._folder / "floor.wav")
        ours, floor = self._in_turns(
            partial(self._ours, self.mixed, "4+7+0"),
            partial(Process, sys.executable, "-c", _FLOOR, str(self.mixed), copied),
        )
        ratio = f"{ours / floor:.1f} × (at most {MOST_FLOORS:g})"
        print(f"4+7+0: {ours:.2f} s, reading and writing alone {floor:.2f} s: {ratio}")
        return ours / floor > MOST_FLOORS

    def most(self, what: str, source: Path, layouts: str, most_s: float) -> bool:
        """CPU seconds for one minute of audio."""
        took_s = min(self._ours(source, layouts).cpu_s for _ in range(TURNS))
        bound = f" (at most {most_s:g})" if most_s < float("inf") else ""
        print(f"{what}: {took_s:.2f} s of processor a minute, {60 / took_s:.0f} × real time{bound}")
        return took_s > most_s

    def memory(self) -> bool:
        """Most memory over that of a program that only starts, for one minute and for ten."""
        start = self._largest("--help")
        short, long = (
            self._largest(str(path), "-o", self._to(), "--to", "4+7+0", "--force") - start
            for path in (self.short, self.long)
        )
        limits = f"(at most {MOST_MB:g}, growth {MOST_GROWTH_MB:g})"
        print(f"memory over start-up: {short:.0f} MB for 1 min, {long:.0f} MB for 10 min {limits}")
        return max(short, long) > MOST_MB or long - short > MOST_GROWTH_MB

    def _in_turns(self, *runs: Callable[[], Process]) -> list[float]:
        """The least CPU seconds of each."""
        return [min(times) for times in zip(*([run().cpu_s for run in runs] for _ in range(TURNS)), strict=True)]

    def _theirs(self, layout: str) -> Process:
        return Process(str(EAR), "-s", layout, str(self.mixed), str(self._folder / "ear.wav"))

    def _ours(self, source: Path, layouts: str) -> Process:
        command = (sys.executable, "-m", "opencall.app", "render", str(source), "-o", self._to())
        return Process(*command, "--to", layouts, "--force")

    def _to(self) -> str:
        return str(self._folder / "ours")

    def _largest(self, *arguments: str) -> float:
        """Peak memory of one render in MB, told by a process of its own that has no other child."""
        watch = (
            "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); "
        )
        watch += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        command = (sys.executable, "-c", watch, sys.executable, "-m", "opencall.app", "render", *arguments)
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1024


if __name__ == "__main__":
    sys.exit(main())
