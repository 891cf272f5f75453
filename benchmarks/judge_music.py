"""How often are tempo, key and turns heard right, how alike are halves of one song, and what did it take?

    python -m benchmarks.judge_music [--songs 60] [--librosa]

Plays seeded songs of which tempo, key and turns are known (of three sections each) and the demo's songs, whose scores
are. A tempo is right within 2 %; half or double is counted apart, and whether that was said. Of similar songs: songs of
one band each are cut in half, and the nearest of all halves should be the other half. `--librosa` hears the same songs
by `beat_track` and `chroma_cqt` for comparison: seconds in a fresh process and afterwards, and how often right.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import soundfile

from audio_pipeline.intake.music.describing import Music, MusicListener
from audio_pipeline.intake.music.keys import key_of
from submissions.likeness import Likeness, distances
from tests.audio_pipeline.intake.played import RATE_HZ, play_song

FIXTURES = Path(__file__).parents[1] / "fixtures" / "songs"
# As their scores have it: the slowest and the fastest of the marked tempi, and the key.
SCORES = {
    "la_folia": (134, 142, "D minor"),
    "gymnopedie": (86, 92, "D major"),
    "largo": (54, 72, "D flat major"),
}
TURN_TOLERANCE_S = 3.0


def hear(sound: np.ndarray, rate_hz: int) -> Music:
    """The song as the intake hears it."""
    sound = sound.reshape(len(sound), -1)
    listener = MusicListener(rate_hz)
    for first in range(0, len(sound), 65536):
        listener.process(sound[first : first + 65536])
    music, _ = listener.finish()
    assert music is not None
    return music


def by_librosa(sound: np.ndarray, rate_hz: int) -> tuple[float, str]:
    """Tempo and key with librosa's beat tracker and constant-Q chroma, against the same profiles."""
    import librosa

    low = librosa.resample(sound, orig_sr=rate_hz, target_sr=22050, res_type="soxr_hq")
    bpm = float(np.atleast_1d(librosa.beat.beat_track(y=low, sr=22050)[0])[0])
    chroma = librosa.feature.chroma_cqt(y=low, sr=22050)
    found = key_of((chroma / np.maximum(chroma.sum(axis=0), 1e-9)).sum(axis=1).astype(float), len(sound) / rate_hz)
    return bpm, found[0].name if found else ""


def near(bpm: float, truth: float) -> bool:
    """Within 2 %."""
    return abs(bpm / truth - 1) < 0.02


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--songs", type=int, default=60)
    ask.add_argument("--librosa", action="store_true")
    told = ask.parse_args()

    right = octave = said = keys = relative = found = true = claimed = 0
    spent = peer_spent = 0.0
    peer_right = peer_octave = peer_keys = 0
    first_peer = 0.0
    halves: list[Likeness] = []
    for seed in range(told.songs):
        song = play_song(seed)
        began = time.process_time()
        music = hear(song.sound, RATE_HZ)
        spent += time.process_time() - began
        tempo = music.tempo
        if tempo is not None and near(tempo.bpm, song.bpm):
            right += 1
        elif tempo is not None and (near(tempo.bpm, song.bpm / 2) or near(tempo.bpm, song.bpm * 2)):
            octave += 1
            said += tempo.or_bpm is not None and near(tempo.or_bpm, song.bpm)
        keys += music.key is not None and music.key.name == song.key
        if music.key is not None and music.key.name != song.key:
            relative += 1
        starts = [section.start_s for section in music.sections[1:]]
        true += len(song.turns_s)
        claimed += len(starts)
        found += sum(any(abs(start - turn) <= TURN_TOLERANCE_S for start in starts) for turn in song.turns_s)
        for half in np.array_split(play_song(seed, sections=1).sound, 2):
            likeness = hear(half, RATE_HZ).likeness
            halves.append(Likeness(likeness.timbre, likeness.harmony, likeness.pace))
        if told.librosa:
            began = time.perf_counter()
            bpm, key = by_librosa(song.sound, RATE_HZ)
            took = time.perf_counter() - began
            if seed == 0:
                first_peer = took
            else:
                peer_spent += took
            peer_right += near(bpm, song.bpm)
            peer_octave += near(bpm, song.bpm / 2) or near(bpm, song.bpm * 2)
            peer_keys += key == song.key
    n = told.songs
    minutes = n * 48 / 60
    print(f"{n} songs of 48 s: {spent / minutes:.3f} CPU s a minute of sound")
    print(f"  tempo right {right}, an octave off {octave} (of which said {said}), else {n - right - octave}")
    print(f"  key right {keys}, another {relative}")
    print(f"  turns found {found} of {true}, claimed {claimed}")
    nearest = [int(np.argsort(distances(one, halves))[1]) for one in halves]
    print(f"  the nearest half is the other half: {sum(near == at ^ 1 for at, near in enumerate(nearest))} of {2 * n}")
    for name, (slow, fast, key) in SCORES.items():
        sound, rate_hz = soundfile.read(FIXTURES / name / "mix.flac")
        music = hear(sound, rate_hz)
        tempo = f"{music.tempo.bpm} ({music.tempo.confidence})" if music.tempo else "none"
        heard = music.key.name if music.key else "none"
        print(f"  {name}: tempo {tempo}, score {slow} to {fast}; key {heard}, score {key}")
        if told.librosa:
            print("    librosa:", *by_librosa(sound.mean(axis=1).astype(np.float32), rate_hz))
    if told.librosa:
        rest = peer_spent / max(n - 1, 1) / 0.8
        print(f"librosa: first song {first_peer:.1f} s, then {rest:.2f} s a minute of sound")
        print(f"  tempo right {peer_right}, an octave off {peer_octave}; key right {peer_keys}")


if __name__ == "__main__":
    main()
