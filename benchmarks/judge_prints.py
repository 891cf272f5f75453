"""How far are copies of a recording from it, how far is other sound, and how long does it take to look through a call?

    python -m benchmarks.judge_prints [--songs FOLDER]… [--call 500]

Prints the bit error of every song against copies of it that were coded, made louder, begun later, cut, resampled or
played faster, against each of its stems alone, and against all other songs; then the seconds in which one
song of four minutes is compared with a call of so many. `--songs` adds a folder of songs, each in a folder of its own.
Exits with 1 where a copy is not recognised, or anything else is.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
import soxr

from audio_pipeline.decoders import ffmpeg_executable
from audio_pipeline.intake.music.describing import MusicListener
from audio_pipeline.intake.music.matching import MOST_BIT_ERROR, find_twins
from audio_pipeline.intake.music.printing import BITS, WORDS_A_SECOND, Words
from tests.audio_pipeline.intake.played import RATE_HZ, as_stereo, play_song

FIXTURES = Path(__file__).parents[1] / "fixtures" / "songs"
CODED = {
    "MP3 96": ("mp3", "libmp3lame", "96k"),
    "MP3 64": ("mp3", "libmp3lame", "64k"),
    "Opus 48": ("opus", "libopus", "48k"),
    "AAC 64": ("m4a", "aac", "64k"),
}

Sound = tuple[np.ndarray, int]


def print_of(sound: Sound) -> Words:
    """Its print."""
    samples, rate_hz = sound
    listener = MusicListener(rate_hz)
    for first in range(0, len(samples), 65536):
        listener.process(samples[first : first + 65536])
    return listener.finish()[1]


def least_bit_error(first: Words, second: Words) -> float:
    """The lowest bit error of the whole overlap at any lag with two thirds of the shorter in it, however slowly."""
    least, shortest = 1.0, 2 * min(len(first), len(second)) // 3
    for lag in range(shortest - len(second), len(first) - shortest + 1):
        mine, theirs = first[max(0, lag) :], second[max(0, -lag) :]
        both = min(len(mine), len(theirs))
        least = min(least, float(np.bitwise_count(mine[:both] ^ theirs[:both]).sum() / (both * BITS)))
    return least


def coded(sound: Sound, suffix: str, coder: str, rate: str, folder: Path) -> Sound:
    """The sound after a coder."""
    samples, rate_hz = sound
    source, made, back = folder / "a.wav", folder / f"a.{suffix}", folder / "b.wav"
    soundfile.write(source, samples, rate_hz, "FLOAT")
    ask = [ffmpeg_executable(), "-nostdin", "-loglevel", "error", "-y"]
    subprocess.run([*ask, "-i", str(source), "-c:a", coder, "-b:a", rate, str(made)], check=True)
    subprocess.run([*ask, "-i", str(made), "-c:a", "pcm_f32le", str(back)], check=True)
    return soundfile.read(back, always_2d=True)


def copies(sound: Sound, folder: Path) -> dict[str, Sound]:
    """What is the same recording to everybody who hears it."""
    samples, rate_hz = sound
    silence = np.zeros((rate_hz // 4, samples.shape[1]))
    made = {name: coded(sound, *how, folder) for name, how in CODED.items()}
    made["+6 dB"] = (samples * 2, rate_hz)
    made["250 ms late"] = (np.concatenate([silence, samples]), rate_hz)
    made["half a hop late, AAC 64"] = coded(
        (np.concatenate([silence[: round(0.0232 * rate_hz)], samples]), rate_hz), *CODED["AAC 64"], folder
    )
    made["mono at 32 kHz"] = (soxr.resample(samples.mean(axis=1, keepdims=True), rate_hz, 32000), 32000)
    made["cut at both ends, MP3 96"] = coded((samples[5 * rate_hz : -3 * rate_hz], rate_hz), *CODED["MP3 96"], folder)
    return made


def strangers(sound: Sound, stems: list[Path]) -> dict[str, Sound]:
    """What is like it, and not the same recording."""
    samples, rate_hz = sound
    made = {
        "5 % faster": (soxr.resample(samples, rate_hz * 1.05, rate_hz), rate_hz),
        "2 % slower": (soxr.resample(samples, rate_hz * 0.98, rate_hz), rate_hz),
    }
    for stem in stems:
        part, _ = soundfile.read(stem, always_2d=True)
        made[f"stem {stem.stem} alone"] = (part, rate_hz)
    return made


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--songs", type=Path, action="append", default=[])
    ask.add_argument("--call", type=int, default=500)
    told = ask.parse_args()

    wrong = 0
    songs: dict[str, Sound] = {}
    with tempfile.TemporaryDirectory() as name:
        for mix in sorted(path for folder in (FIXTURES, *told.songs) for path in folder.glob("*/mix.*")):
            songs[mix.parent.name] = soundfile.read(mix, always_2d=True)
            sound, mine = songs[mix.parent.name], print_of(songs[mix.parent.name])
            stems = sorted((mix.parent / "stems").glob("*.flac")) or sorted(set(mix.parent.glob("*.flac")) - {mix})
            print(f"{mix.parent.name}, {len(mine) / WORDS_A_SECOND:.0f} s")
            for copy, made in copies(sound, Path(name)).items():
                wrong += told_of(copy, mine, print_of(made), same=True)
            for other, made in strangers(sound, stems).items():
                wrong += told_of(other, mine, print_of(made), same=False)
    for number in range(4):
        songs[f"seed {number}"] = (as_stereo(play_song(number).sound), RATE_HZ)
    prints = {name: print_of(sound) for name, sound in songs.items()}
    print("other songs")
    others = [
        least_bit_error(one, other)
        for at, one in enumerate(prints.values())
        for other in [*prints.values()][:at]
        if find_twins(one, [other]) == (None,) or print("  WRONG")
    ]
    pairs = len(prints) * (len(prints) - 1) // 2
    print(f"  {pairs} pairs, {pairs - len(others)} recognised, least bit error {min(others):.3f}")
    wrong += pairs - len(others)
    look_through(told.call, [*prints.values()])
    print(f"{wrong} wrong; recognised below a bit error of {MOST_BIT_ERROR}")
    return 1 if wrong else 0


def told_of(what: str, mine: Words, theirs: Words, *, same: bool) -> int:
    """Say how far it is and what the search says; 1 where that is wrong."""
    (twin,) = find_twins(mine, [theirs])
    is_wrong = (twin is not None) is not same
    found = "not recognised" if twin is None else f"recognised {twin.bit_error:.3f} over {twin.common_s:.0f} s"
    error = least_bit_error(mine, theirs)
    print(f"  {what:<28} bit error {error:.3f}  {found}{'  WRONG' if is_wrong else ''}")
    return int(is_wrong)


def look_through(many: int, prints: list[Words]) -> None:
    """The time for one song in a call of so many, all of four minutes."""
    rng = np.random.default_rng(1)
    length = round(240 * WORDS_A_SECOND)
    # Real words in another order of stretches: as often the same as in music, and nowhere the same song.
    pool = np.concatenate(prints)
    call = [
        np.concatenate([pool[at : at + 40] for at in rng.integers(0, len(pool) - 40, length // 40 + 1)])[:length]
        for _ in range(many)
    ]
    copy = call[many // 2] ^ np.uint32(1) << rng.integers(0, 32, length).astype(np.uint32)
    for name, one in (("with a twin in it", copy), ("without", np.roll(call[0], 7)[::-1].copy())):
        began = time.process_time()
        twins = find_twins(one, call)
        took = time.process_time() - began
        found = sum(twin is not None for twin in twins)
        print(f"one song in a call of {many}, {name}: {took:.2f} CPU s, {found} recognised")
    print(f"a print of four minutes has {4 * length} bytes")


if __name__ == "__main__":
    raise SystemExit(main())
