"""The loudness meter: against what EBU says, against libebur128 on songs, and how much processor and memory it takes.

Run from the project's root: `python -m benchmarks.bench_loudness [FOLDER]`; the songs below FOLDER (default
`fixtures/songs`) are measured by both. The two take turns in one process, with samples that are decoded already; the
ratios carry to another machine, the seconds do not. Ends with 1 where the meter is wrong, slow or large.
"""

import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyebur128
import soundfile
from numpy.typing import NDArray

from audio_pipeline.codecs import open_audio
from audio_pipeline.loudness.meter import Loudness, LoudnessMeter
from tests.audio_pipeline.loudness.ebu_checks import ebu_checks

Samples = NDArray[np.float32]

SONGS = Path("fixtures/songs")
BLOCK_FRAMES = 65536
LONG_S = 240
STEMS = 24
TURNS = 5
# What the meter has to reach.
LARGEST_LU, LARGEST_DB, LEAST_RATIO, MOST_MB = 0.02, 0.1, 3.0, 150


def main(folder: Path) -> int:
    return sum([_against_ebu(), _against_peer(folder), _processor(), _memory()]) and 1


def _against_ebu() -> bool:
    passed, errors = 0, {"LU": 0.0, "dBTP": 0.0, "LU of range": 0.0}
    checks = list(ebu_checks())
    for check in checks:
        error = check.measured_errors()
        passed += bool(np.all((check.lowest <= error) & (error <= check.highest)))
        unit = "LU of range" if check.name.startswith("3342") else "LU" if check.highest == -check.lowest else "dBTP"
        errors[unit] = max(errors[unit], float(np.abs(error).max()), key=abs)
    worst = ", ".join(f"{error:.3f} {unit}" for unit, error in errors.items())
    print(f"EBU Tech 3341 and 3342: {passed} of {len(checks)} checks; worst errors {worst}")
    return passed != len(checks)


def _against_peer(folder: Path) -> bool:
    worst_lu = worst_db = 0.0
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".flac", ".wav", ".ogg", ".mp3"))
    for path in files:
        samples, rate_hz = _samples(path)
        ours, theirs = _ours(samples, rate_hz), _theirs(samples, rate_hz)
        lu = _apart(ours.integrated_lufs, theirs[0])
        db = _apart(ours.true_peak_dbtp, theirs[2])
        worst_lu, worst_db = max(worst_lu, lu), max(worst_db, db)
        print(
            f"  {path.relative_to(folder)!s:48} {ours.integrated_lufs:7.2f} LUFS ({lu:.4f} apart)"
            f" {ours.true_peak_dbtp:7.2f} dBTP ({db:.4f}) {ours.loudness_range_lu:5.1f} LU"
            f" ({_apart(ours.loudness_range_lu, theirs[1]):.2f})"
        )
    print(f"Against libebur128, {len(files)} files: at most {worst_lu:.4f} LU and {worst_db:.4f} dB of true peak apart")
    return not files or worst_lu > LARGEST_LU or worst_db > LARGEST_DB


def _processor() -> bool:
    mixes = [_samples(path) for path in sorted(SONGS.glob("*/mix.flac"))]
    stems = [_samples(path) for path in sorted(SONGS.glob("*/stems/*.flac"))]
    stereo = [(_long(samples, rate_hz), rate_hz) for samples, rate_hz in mixes[:1]]
    mono = [(_long(samples[:, :1], rate_hz), rate_hz) for samples, rate_hz in stems]
    mono = [mono[number % len(mono)] for number in range(STEMS)]
    slow = False
    for name, programmes, turns in (("stereo", stereo, TURNS), (f"{STEMS} mono stems", mono, 1)):
        ours, theirs = [], []
        for _ in range(turns):
            ours.append(_seconds(lambda p=programmes: [_ours(*programme) for programme in p]))
            theirs.append(_seconds(lambda p=programmes: [_theirs(*programme) for programme in p]))
        ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
        slow |= ratio < LEAST_RATIO
        print(
            f"I, LRA and true peak of 4 min, {name}: {statistics.median(ours):.2f} s,"
            f" libebur128 {statistics.median(theirs):.2f} s: {ratio:.1f} × faster"
        )
    return slow


def _memory() -> bool:
    """The largest the whole command gets, with 24 mono files and with one of 24 channels."""
    report = "import resource; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    start = "import subprocess, sys; subprocess.run([sys.executable, '-m', 'opencall.app', 'measure', '--json', *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL); "  # noqa: E501 - a program of one line
    large = False
    with tempfile.TemporaryDirectory() as folder:
        one, many = Path(folder) / "one.wav", Path(folder) / "many.wav"
        noise = np.random.default_rng(1).standard_normal((LONG_S * 48000, 1)).astype(np.float32) * 0.1
        soundfile.write(one, noise, 48000, subtype="PCM_24")
        soundfile.write(many, np.repeat(noise[: 60 * 48000], 24, axis=1), 48000, subtype="PCM_24")
        for name, files in ((f"{STEMS} mono files of 4 min", [one] * STEMS), ("a minute of 9+10+3", [many])):
            told = subprocess.run(
                [sys.executable, "-c", start + report, *map(str, files)], check=True, capture_output=True, text=True
            )
            megabytes = json.loads(told.stdout) / 1024
            large |= megabytes > MOST_MB
            print(f"Peak memory of `opencall measure`, {name}: {megabytes:.0f} MB")
    return large


def _ours(samples: Samples, rate_hz: int) -> Loudness:
    meter = LoudnessMeter(rate_hz, [1.0] * samples.shape[1])
    for start in range(0, len(samples), BLOCK_FRAMES):
        meter.process(samples[start : start + BLOCK_FRAMES])
    return meter.finish()


def _theirs(samples: Samples, rate_hz: int) -> tuple[float, float, float]:
    """Integrated loudness, range and true peak as libebur128 has them."""
    channels = samples.shape[1]
    mode = pyebur128.MeasurementMode
    state = pyebur128.R128State(channels, rate_hz, mode.MODE_I | mode.MODE_LRA | mode.MODE_TRUE_PEAK)
    for start in range(0, len(samples), BLOCK_FRAMES):
        block = samples[start : start + BLOCK_FRAMES]
        state.add_frames(block.reshape(-1), len(block))
    peak = max(pyebur128.get_true_peak(state, channel) for channel in range(channels))
    peak_dbtp = 20 * math.log10(peak) if peak else -math.inf
    return pyebur128.get_loudness_global(state), pyebur128.get_loudness_range(state), peak_dbtp


def _samples(path: Path) -> tuple[Samples, int]:
    with open_audio(path) as reader:
        return reader.read(), reader.sample_rate_hz


def _long(samples: Samples, rate_hz: int) -> Samples:
    """The programme again and again, for four minutes."""
    frames = LONG_S * rate_hz
    return np.ascontiguousarray(np.tile(samples, (-(-frames // len(samples)), 1))[:frames])


def _apart(a: float, b: float) -> float:
    return 0.0 if a == b else abs(a - b)


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else SONGS))
