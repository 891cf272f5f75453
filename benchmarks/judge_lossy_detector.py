"""How often is a file that was coded with loss found out, and how often is a clean one suspected?

    python benchmarks/judge_lossy_detector.py [--songs FOLDER]… [--set train|test|both] [--seconds 10]

Encodes excerpts of clean sound with MP3, AAC, Vorbis and Opus at many rates, decodes them, and asks the very code that
`opencall inspect` asks. Thresholds were set by looking at the `train` songs alone. `--songs`
adds a folder of songs, each in a folder of its own; they must come from clean recordings. Prints a table by codec and
rate, then one line for clean files and one for each way of converting upwards; exits with 1 below 95 % recall or above
2 % false alarms.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from audio_pipeline.decoders import ffmpeg_executable
from audio_pipeline.intake.checks.bandwidth import BandwidthCheck
from audio_pipeline.intake.checks.check import SoundFacts
from audio_pipeline.intake.findings import Code

FIXTURES = Path(__file__).parents[1] / "fixtures" / "songs"
TRAIN = ("openmsx", "la_folia")
RATE_HZ = 48000
CODERS = {
    "mp3": ("libmp3lame", "mp3", (64, 96, 128, 160, 192, 256, 320)),
    "aac": ("aac", "m4a", (64, 96, 128, 192, 256, 320)),
    "vorbis": ("libvorbis", "ogg", (64, 96, 128, 192, 256)),
    "opus": ("libopus", "opus", (48, 64, 96, 128, 192, 256)),
}
UPSAMPLED = ((22050, 48000), (32000, 48000), (44100, 96000), (48000, 96000))

Sound = tuple[np.ndarray, int]


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


def songs(folders: list[Path], seconds: float) -> Iterator[tuple[str, np.ndarray, int, bool]]:
    """(name, sound, rate, whether to encode it): excerpts of every mix and stem with sound in it, encoding some."""
    for folder in [FIXTURES, *folders]:
        for number, path in enumerate(sorted(folder.glob("*/**/*.flac"))):
            about = soundfile.info(path)
            begin = int(min(5.0, max(0.0, about.duration - seconds)) * about.samplerate)
            sound, rate_hz = soundfile.read(path, frames=int(seconds * about.samplerate), start=begin, always_2d=True)
            if (np.abs(sound).max(axis=1) > 0.001).mean() > 0.5:
                yield (
                    f"{path.relative_to(folder).parts[0]}/{path.stem}",
                    sound[:, :2],
                    rate_hz,
                    path.stem == "mix" or number % 4 == 0,
                )


def synthetic(seconds: float) -> Iterator[tuple[str, np.ndarray, int, bool]]:
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
        yield f"synthetic/{name}", 0.5 * sound / np.abs(sound).max(), RATE_HZ, is_encoded


def main() -> None:
    """Parse the arguments, encode, ask, print, exit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=Path, action="append", default=[])
    parser.add_argument("--set", choices=["train", "test", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()

    hits: dict[tuple[str, int], list[bool]] = defaultdict(list)
    missed: dict[tuple[str, int], list[str]] = defaultdict(list)
    clean: dict[str, Code | None] = {}
    upwards: dict[tuple[int, int], list[bool]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        sounds = [*synthetic(options.seconds), *songs(options.songs, options.seconds)]
        for name, sound, rate_hz, is_encoded in sounds:
            is_train = name.startswith(TRAIN)
            if options.set != "both" and is_train != (options.set == "train"):
                continue
            clean[name] = told(sound, rate_hz)
            if not is_encoded:
                continue
            other_hz = 44100 if rate_hz == RATE_HZ else RATE_HZ
            clean[f"{name} at {other_hz}"] = told(soxr.resample(sound, rate_hz, other_hz, "VHQ"), other_hz)
            for low_hz, high_hz in UPSAMPLED:
                low = soxr.resample(sound, rate_hz, low_hz, "VHQ")
                found = told(soxr.resample(low, low_hz, high_hz, "VHQ"), high_hz)
                upwards[low_hz, high_hz].append(found is not None)
            for coder, (_, _, rates) in CODERS.items():
                for kbps in rates:
                    back = coded((sound, rate_hz), coder, kbps, Path(scratch))
                    if back is not None:
                        hits[coder, kbps].append(told(*back) is Code.LOSSY_SOURCED)
                        missed[coder, kbps] += [] if hits[coder, kbps][-1] else [name]
            print(name, file=sys.stderr)

    for (coder, kbps), found in hits.items():
        print(f"{coder:7} {kbps:4} kbit/s  {sum(found):3} of {len(found):3}  {', '.join(missed[coder, kbps])}")
    everything = [one for found in hits.values() for one in found]
    recall = sum(everything) / len(everything)
    print(f"recall: {sum(everything)} of {len(everything)}, {100 * recall:.1f} %")
    alarms = {name: code.value for name, code in clean.items() if code is not None}
    print(f"false alarms: {len(alarms)} of {len(clean)}, {100 * len(alarms) / len(clean):.1f} % {alarms or ''}")
    for (low_hz, high_hz), found in upwards.items():
        print(f"{low_hz} to {high_hz} Hz  {sum(found):3} of {len(found):3}")
    sys.exit(1 if recall < 0.95 or len(alarms) > 0.02 * len(clean) else 0)


if __name__ == "__main__":
    main()
