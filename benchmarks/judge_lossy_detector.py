"""How often is a file that was coded with loss found out, and how often is a clean one suspected?

    python -m benchmarks.judge_lossy_detector [--set tuned|held-out] [--songs FOLDER]… [--soundfont FILE]…

Encodes excerpts of clean sound with MP3, AAC, Vorbis and Opus at many rates, decodes them, and asks the very code that
`opencall inspect` asks; some of them also after they were brought to a higher rate. Clean are the songs of this
project, what `clean_sounds` composes, and what it plays with a `--soundfont`; each as it is and after treatments that
look like a coder. Thresholds were set by looking at the `tuned` half alone; `held-out` has other songs and other
pieces. `--songs` adds a folder of songs, each in a folder of its own; they must come from clean recordings. Prints a
table by codec and rate, then one line for clean files and one for each way of converting upwards; exits with 1 below
95 % recall or above 2 % false alarms.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

from audio_pipeline.decoders import ffmpeg_executable
from audio_pipeline.intake.checks.bandwidth import BandwidthCheck
from audio_pipeline.intake.checks.check import SoundFacts
from audio_pipeline.intake.findings import Code
from benchmarks.clean_sounds import TREATMENTS, Sound, composed, played, treated

FIXTURES = Path(__file__).parents[1] / "fixtures" / "songs"
TUNED_ON = ("openmsx", "la_folia", "synthetic")
WORKERS = 2
PIECES = 16
ENCODED_PIECES = 4
TREATMENTS_A_PIECE = 3
RATE_HZ = 48000
CODERS = {
    "mp3": ("libmp3lame", "mp3", (64, 96, 128, 160, 192, 256, 320)),
    "aac": ("aac", "m4a", (64, 96, 128, 192, 256, 320)),
    "vorbis": ("libvorbis", "ogg", (64, 96, 128, 192, 256)),
    "opus": ("libopus", "opus", (48, 64, 96, 128, 192, 256)),
}
UPSAMPLED = ((22050, 48000), (32000, 48000), (44100, 96000), (48000, 96000))
THEN_RESAMPLED_KBPS = (128,)


class Piece(NamedTuple):
    """A clean sound, and whether it is encoded too."""

    name: str
    sound: np.ndarray
    rate_hz: int
    is_encoded: bool


def told(sound: np.ndarray, rate_hz: int) -> Code | None:
    """What the check says of the sound."""
    facts = SoundFacts(
        path=Path("a.wav"),
        container="wav",
        subtype="PCM_24",
        sample_rate_hz=rate_hz,
        channels=sound.shape[1],
        frames=len(sound),
        riff=None,
        as_stem=False,
    )
    check = BandwidthCheck(facts)
    check.process(sound)
    return next((finding.code for finding in check.findings()), None)


def coded(sound: Sound, coder: str, kbps: int, folder: Path) -> Sound | None:
    """The sound after a coder, cut at an odd place and in 16 bits; None where the coder has no such rate."""
    encoder, suffix, _ = CODERS[coder]
    source, packed, back = folder / "source.wav", folder / f"coded.{suffix}", folder / "back.wav"
    soundfile.write(source, sound[0], sound[1], "PCM_24")
    run = [ffmpeg_executable(), "-nostdin", "-loglevel", "quiet", "-y"]
    made = subprocess.run([*run, "-i", source, "-c:a", encoder, "-b:a", f"{kbps}k", packed], check=False)
    if made.returncode:
        return None
    subprocess.run([*run, "-i", packed, "-ss", "0.123", "-c:a", "pcm_s16le", back], check=True)
    return soundfile.read(back, always_2d=True)


def songs(folders: list[Path], seconds: float) -> Iterator[Piece]:
    """Excerpts of every mix and stem with sound in it."""
    for folder in [FIXTURES, *folders]:
        for number, path in enumerate(sorted(folder.glob("*/**/*.flac"))):
            about = soundfile.info(path)
            begin = int(min(5.0, max(0.0, about.duration - seconds)) * about.samplerate)
            sound, rate_hz = soundfile.read(path, frames=int(seconds * about.samplerate), start=begin, always_2d=True)
            if (np.abs(sound).max(axis=1) > 0.001).mean() > 0.5:
                yield Piece(
                    f"{path.relative_to(folder).parts[0]}/{path.stem}",
                    sound[:, :2],
                    rate_hz,
                    path.stem == "mix" or number % 4 == 0,
                )


def synthetic(seconds: float) -> Iterator[Piece]:
    """Sounds with nothing of a recording in them, some of them as regular as the frames of a coder."""
    dice = np.random.default_rng(7)
    n = int(seconds * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    shape = np.maximum(np.arange(n // 2 + 1), 20)[:, np.newaxis]
    spectrum = np.fft.rfft(dice.standard_normal((n, 2)), axis=0)
    pink, brown = (np.fft.irfft(spectrum / shape**power, n, axis=0) for power in (0.5, 1.0))
    beat = np.exp(-8 * (t % 0.37))[:, np.newaxis] * np.clip(dice.standard_normal((n, 2)), -3, 3)
    click = np.zeros((n, 2))
    click[:: RATE_HZ // 4] = 0.8
    square = np.sign(np.sin(2 * np.pi * 220.0 * t))[:, np.newaxis] * (1.0, 0.8)
    on_grid = np.sin(2 * np.pi * RATE_HZ / 64 * t)[:, np.newaxis] * (1.0, 0.5)
    for name, sound, is_encoded in (
        ("pink", pink, True),
        ("beat", beat, True),
        ("brown", brown, False),
        ("click", click, False),
        ("square", square, False),
        ("sine on the grid", on_grid, False),
        ("square in 8 bits", np.rint(square * 50) / 128, False),
    ):
        yield Piece(f"synthetic/{name}", 0.5 * sound / np.abs(sound).max(), RATE_HZ, is_encoded)


def seeded(first_seed: int, soundfonts: list[Path], seconds: float) -> Iterator[Piece]:
    """Pieces of `clean_sounds`, at 44.1 and 48 kHz in turn, and some at 96 kHz."""
    for number in range(PIECES):
        seed, rate_hz = first_seed + number, (RATE_HZ, 44100)[number % 2]
        is_encoded = number < ENCODED_PIECES
        yield Piece(f"composed/{seed}", composed(seed, rate_hz, seconds), rate_hz, is_encoded)
        for soundfont in soundfonts:
            sound = played(seed, range(128), soundfont, rate_hz, seconds)
            yield Piece(f"{soundfont.stem}/{seed}", sound, rate_hz, is_encoded)
        if number % 2:
            yield Piece(f"composed at 96 kHz/{seed}", composed(seed, 96000, seconds), 96000, False)


def pieces(options: argparse.Namespace) -> Iterator[Piece]:
    """All clean sounds of the half that was asked for."""
    for piece in [*synthetic(options.seconds), *songs(options.songs, options.seconds)]:
        if piece.name.startswith(TUNED_ON) == (options.set == "tuned"):
            yield piece
    yield from seeded(0 if options.set == "tuned" else 1000, options.soundfont, options.seconds)


def is_alarm(how: str, found: Code | None) -> bool:
    """Whether what was said of a clean sound is wrong; what came from a lower rate may be called so."""
    return found is Code.LOSSY_SOURCED or (found is not None and how != "at the other rate")


class Judged(NamedTuple):
    """What was said of one piece: as it was coded, coded and brought to a higher rate, clean, and only brought up."""

    name: str
    coded: dict[tuple[str, int], Code | None]
    resampled: dict[tuple[str, int], Code | None]
    clean: dict[str, Code | None]
    upwards: dict[tuple[int, int], Code | None]


def judged(number: int, piece: Piece) -> Judged:
    """All that is asked of a piece."""
    name, sound, rate_hz, is_encoded = piece
    found = Judged(name, {}, {}, {}, {})
    others = [how for turn, how in enumerate(list(TREATMENTS)[1:]) if (number + turn) % TREATMENTS_A_PIECE == 0]
    for how in ["as it is", *others]:
        found.clean[how] = told(*treated(sound, rate_hz, how, number))
    if not is_encoded:
        return found
    for low_hz, high_hz in UPSAMPLED:
        low = soxr.resample(sound, rate_hz, low_hz, "VHQ")
        found.upwards[low_hz, high_hz] = told(soxr.resample(low, low_hz, high_hz, "VHQ"), high_hz)
    with tempfile.TemporaryDirectory() as scratch:
        for coder, kbps in ((coder, kbps) for coder, (_, _, rates) in CODERS.items() for kbps in rates):
            back = coded((sound, rate_hz), coder, kbps, Path(scratch))
            if back is not None:
                found.coded[coder, kbps] = told(*back)
                if kbps in THEN_RESAMPLED_KBPS:
                    high_hz = RATE_HZ if back[1] == 44100 else 96000
                    found.resampled[coder, kbps] = told(soxr.resample(*back, high_hz, "VHQ"), high_hz)
    return found


def main() -> None:
    """Parse the arguments, encode, ask, print, exit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=Path, action="append", default=[])
    parser.add_argument("--soundfont", type=Path, action="append", default=[])
    parser.add_argument("--set", choices=["tuned", "held-out"], default="held-out")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()

    results = []
    with ProcessPoolExecutor(WORKERS) as workers:
        for result in workers.map(judged, count(), pieces(options)):
            found = sum(code is Code.LOSSY_SOURCED for code in result.coded.values())
            print(f"{result.name}: {found} of {len(result.coded)}, clean {result.clean}", file=sys.stderr, flush=True)
            results.append(result)

    everything = []
    for coder, kbps in ((coder, kbps) for coder, (_, _, rates) in CODERS.items() for kbps in rates):
        asked = {one.name: one.coded[coder, kbps] for one in results if (coder, kbps) in one.coded}
        missed = [name for name, code in asked.items() if code is not Code.LOSSY_SOURCED]
        everything += [code is Code.LOSSY_SOURCED for code in asked.values()]
        print(f"{coder:7} {kbps:4} kbit/s  {len(asked) - len(missed):3} of {len(asked):3}  {', '.join(missed)}")
    recall = sum(everything) / len(everything)
    print(f"recall: {sum(everything)} of {len(everything)}, {100 * recall:.1f} %")
    for coder in CODERS:
        codes = [code for one in results for (name, _), code in one.resampled.items() if name == coder]
        named, suspected = codes.count(Code.LOSSY_SOURCED), len(codes) - codes.count(None)
        print(f"{coder:7} at a higher rate  {named:3} called coded, {suspected:3} suspected of {len(codes):3}")
    for low_hz, high_hz in UPSAMPLED:
        codes = [one.upwards[low_hz, high_hz] for one in results if one.upwards]
        print(f"{low_hz} to {high_hz} Hz  {len(codes) - codes.count(None):3} of {len(codes):3}")
    clean = [(one.name, how, code) for one in results for how, code in one.clean.items()]
    alarms = {f"{name}, {how}": code for name, how, code in clean if is_alarm(how, code)}
    print(f"false alarms: {len(alarms)} of {len(clean)}, {100 * len(alarms) / len(clean):.1f} % {alarms or ''}")
    print("clean:", ", ".join(f"{n} {how}" for how, n in Counter(how for _, how, _ in clean).items()))
    sys.exit(1 if recall < 0.95 or len(alarms) > 0.02 * len(clean) else 0)


if __name__ == "__main__":
    main()
