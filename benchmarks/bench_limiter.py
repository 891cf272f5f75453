"""The limiter on songs that are 6 dB too hot: true peak at 8 ×, loudness lost and processor, against others in one run.

Run from the project's root: `python -m benchmarks.bench_limiter [FOLDER] [PYTHON]`. Songs are those below FOLDER
(default: the mixes of `fixtures/songs`). ffmpeg's alimiter is set to the same ceiling; PYTHON, if given, has pedalboard
installed: it is under the GPL, no part of the project, and raises everything by 4.85 dB by itself. True peaks are
judged by a long filter of scipy, on 64-bit numbers. Ends with 1 where ours leaves a peak above −1 dBTP.
"""

import math
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from audio_pipeline.codecs import open_audio
from audio_pipeline.loudness.limiter import CEILING_DBTP, Limiter, limited_blocks
from audio_pipeline.loudness.meter import LoudnessMeter

Samples = NDArray[np.float32]

SONGS = Path("fixtures/songs")
HOTTER_DB = 6.0
LIMIT_DBTP = -1.0
BLOCK_FRAMES = 65536
PEDALBOARD = """
import sys
import numpy as np, pedalboard
channels, rate_hz, ceiling_db = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
samples = np.fromfile(sys.argv[1], np.float32).reshape(-1, channels)
limiter = pedalboard.Limiter(threshold_db=ceiling_db, release_ms=50)
limiter(samples.T.copy(), rate_hz).T.astype(np.float32).tofile(sys.argv[1])
"""


class Outcome(NamedTuple):
    """Of one limiter on one song."""

    true_peak_dbtp: float
    louder_lu: float
    seconds: float


def main(folder: Path, pedalboard: str | None) -> int:
    pattern = "*/mix.flac" if folder == SONGS else "**/*.flac"
    limiters: dict[str, Callable[[Samples, int], Samples]] = {"ours": _ours, "alimiter": _alimiter}
    if pedalboard:
        limiters["pedalboard"] = lambda samples, rate_hz: _pedalboard(samples, rate_hz, pedalboard)
    outcomes: dict[str, list[Outcome]] = {name: [] for name in limiters}

    for path in sorted(folder.glob(pattern)):
        with open_audio(path) as reader:
            samples, rate_hz = reader.read() * np.float32(10 ** (HOTTER_DB / 20)), reader.sample_rate_hz
        before_dbtp = _true_peak_dbtp(samples)
        line = f"{path.relative_to(folder)!s:44} {before_dbtp:+6.2f} dBTP"
        for name, limit in limiters.items():
            began = _processor_s()
            lowered = limit(samples, rate_hz)
            seconds = _processor_s() - began
            louder_lu = _loudness(lowered, rate_hz) - _loudness(samples, rate_hz)
            outcome = Outcome(_true_peak_dbtp(lowered), louder_lu, seconds)
            if before_dbtp > LIMIT_DBTP:
                outcomes[name].append(outcome)
            line += f"   {name} {outcome.true_peak_dbtp:+6.2f}, {outcome.louder_lu:+.2f} LU"
        print(line)
    for name, found in outcomes.items():
        changes = [outcome.louder_lu for outcome in found]
        print(
            f"{name:10} on {len(found)} songs above the limit: highest true peak"
            f" {max(outcome.true_peak_dbtp for outcome in found):+.3f} dBTP, loudness"
            f" {sum(changes) / len(changes):+.3f} LU on average, {min(changes):+.2f} at least;"
            f" {sum(outcome.seconds for outcome in found):.2f} s"
        )
    return int(max(outcome.true_peak_dbtp for outcome in outcomes["ours"]) > LIMIT_DBTP)


def _ours(samples: Samples, rate_hz: int) -> Samples:
    blocks = (samples[start : start + BLOCK_FRAMES] for start in range(0, len(samples), BLOCK_FRAMES))
    return np.concatenate(list(limited_blocks(Limiter(rate_hz, samples.shape[1]), blocks)))


def _alimiter(samples: Samples, rate_hz: int) -> Samples:
    form = ["-f", "f32le", "-ar", str(rate_hz), "-ac", str(samples.shape[1])]
    ceiling = 10 ** (CEILING_DBTP / 20)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *form, "-i", "-"]
    command += ["-af", f"alimiter=limit={ceiling}:level=false:latency=true", *form, "-"]
    told = subprocess.run(command, input=samples.tobytes(), capture_output=True, check=True)
    return np.frombuffer(told.stdout, np.float32).reshape(-1, samples.shape[1])


def _pedalboard(samples: Samples, rate_hz: int, python: str) -> Samples:
    with tempfile.NamedTemporaryFile() as file:
        samples.tofile(file.name)
        facts = [str(samples.shape[1]), str(rate_hz), str(CEILING_DBTP)]
        subprocess.run([python, "-c", PEDALBOARD, file.name, *facts], check=True)
        return np.fromfile(file.name, np.float32).reshape(-1, samples.shape[1])


def _true_peak_dbtp(samples: Samples) -> float:
    highest, margin = 0.0, 512
    for start in range(0, len(samples), 8 * BLOCK_FRAMES):
        piece = samples[max(start - margin, 0) : start + 8 * BLOCK_FRAMES + margin].astype(np.float64)
        highest = max(highest, float(np.abs(resample_poly(piece, 8, 1, axis=0, window=("kaiser", 8.0))).max()))
    return 20 * math.log10(highest)


def _loudness(samples: Samples, rate_hz: int) -> float:
    meter = LoudnessMeter(rate_hz, [1.0] * samples.shape[1])
    meter.process(samples)
    return meter.finish().integrated_lufs


def _processor_s() -> float:
    """Of this process and its children, so that a program of its own is counted too."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else SONGS, sys.argv[2] if len(sys.argv) > 2 else None))
