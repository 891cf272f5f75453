"""Four minutes of stereo taken apart, against what librosa takes to split its middle alone.

Run from the project's root: `python -m benchmarks.bench_upmix [SECONDS]` (240 unless told). Each side has a process of
its own, as `bench_loudness` does, and they take turns; both start from a FLAC file. Ours writes mid (harmonic,
percussive), sides, ambience and remainder as files, with their hashes; librosa's `effects.hpss` gets the mean of both
channels and writes nothing. Ends with 1 where the sum of the parts leaves more than −120 dB of the song, or where ours
is slower, or takes more than 300 MB.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RATE_HZ = 48000
SECONDS = 240
TURNS = 2
MOST_LEFT_DB = -120.0
MOST_MB = 300.0


def song_of(seconds: int) -> np.ndarray:
    """A song from a seed: chords with a tail of room, a beat, and something to either side."""
    rng = np.random.default_rng(11)
    frames = seconds * RATE_HZ
    time_s = np.arange(frames) / RATE_HZ
    chord = sum(np.sin(2 * np.pi * hz * (1 + 0.002 * np.sin(time_s)) * time_s) for hz in (110, 220, 277.2, 329.6))
    beat = rng.standard_normal(frames) * np.exp(-((time_s * 4) % 1) * 40)
    side = np.sin(2 * np.pi * 659.3 * time_s) * (np.sin(2 * np.pi * time_s / 7) > 0)
    wide = rng.standard_normal((frames, 2)) * 0.02
    return np.stack([0.06 * chord + 0.2 * beat + 0.05 * side, 0.06 * chord + 0.2 * beat], axis=1) + wide


def ours(path: str) -> dict[str, float]:
    from audio_pipeline.upmix.files import upmix_file

    with tempfile.TemporaryDirectory() as folder:
        manifest = upmix_file(Path(path), Path(folder))
        return {"null_db": -999.0 if manifest.null_db is None else manifest.null_db, "parts": len(manifest.parts)}


def librosas(path: str) -> dict[str, float]:
    import librosa
    import soundfile

    middle = soundfile.read(path, dtype="float32")[0].mean(axis=1)
    harmonic, percussive = librosa.effects.hpss(middle)
    left = middle - harmonic - percussive
    return {"null_db": float(10 * np.log10(np.sum(left.astype(float) ** 2) / np.sum(middle.astype(float) ** 2)))}


def write(seconds: int, path: str) -> None:
    import soundfile

    soundfile.write(path, song_of(seconds), RATE_HZ, subtype="PCM_24")


SIDES = {"ours": ours, "librosa": librosas}


def run_side(side: str, path: str) -> None:
    """In the process of the side: how long, how much processor, how much memory."""
    begun, cpu = time.perf_counter(), time.process_time()
    found = SIDES[side](path)
    found |= {
        "seconds": time.perf_counter() - begun,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(found))


def measured(side: str, path: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads(apart("--side", side, str(path)))
    return found


def apart(*arguments: str) -> str:
    """In a process of its own. This one stays small: what a process has used at most is handed down to its children."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "benchmarks.bench_upmix", *arguments]
    return subprocess.run(command, env={**os.environ, **threads}, capture_output=True, text=True, check=True).stdout


def main(seconds: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.flac"
        apart("--write", str(seconds), str(path))
        turns = [{side: measured(side, path) for side in SIDES} for _ in range(TURNS)]

    best = {side: min((turn[side] for turn in turns), key=lambda found: found["cpu_s"]) for side in SIDES}
    print(f"{seconds} s of stereo at {RATE_HZ} Hz, the better of {TURNS} turns")
    print(f"{'':<10}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}{'left over':>12}")
    for side, found in best.items():
        left = "nothing" if found["null_db"] == -999.0 else f"{found['null_db']:.1f} dB"
        print(f"{side:<10}{found['seconds']:>9.1f}{found['cpu_s']:>8.1f}{found['peak_mb']:>9.0f}{left:>12}")
    faster = best["librosa"]["cpu_s"] / best["ours"]["cpu_s"]
    smaller = best["librosa"]["peak_mb"] / best["ours"]["peak_mb"]
    print(f"ours is {faster:.1f} × as fast, in 1/{smaller:.1f} of the memory")
    fine = faster > 1 and best["ours"]["peak_mb"] <= MOST_MB and best["ours"]["null_db"] <= MOST_LEFT_DB
    return 0 if fine else 1


if __name__ == "__main__":
    if "--side" in sys.argv:
        run_side(*sys.argv[2:])
    elif "--write" in sys.argv:
        write(int(sys.argv[2]), sys.argv[3])
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
