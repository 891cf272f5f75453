"""The demo in small: songs of two seconds, and the command that plays it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import soundfile

from tests.conftest import PROJECT

RATE_HZ = 48_000
FRAMES = 2 * RATE_HZ


def write_song(folder: Path, title: str, seed: int, splits: list[tuple[str, int]]) -> None:
    """A song of two seconds: a plucked bass in the middle and a wide, breathing noise around it."""
    chance = np.random.default_rng(seed)
    time_s = np.arange(FRAMES) / RATE_HZ
    bass = 0.25 * np.sin(2 * np.pi * 55 * (1 + seed) * time_s) * np.exp(-2 * (time_s % 0.5))
    pads = 0.02 * chance.standard_normal((FRAMES, 2)) * (1 + np.sin(2 * np.pi * time_s))[:, None]
    (folder / "stems").mkdir(parents=True)
    soundfile.write(folder / "stems" / "Bass.wav", bass, RATE_HZ, "PCM_24")
    soundfile.write(folder / "stems" / "Pads.wav", pads, RATE_HZ, "PCM_24")
    soundfile.write(folder / "mix.wav", bass[:, None] + pads, RATE_HZ, "PCM_24")
    (folder / "story.md").write_text(f"# {title}\n\nTwo seconds, and nobody asked for more.\n")
    told = {
        "title": title,
        "artist": {"name": splits[0][0]},
        "language": "en",
        "genre": "test",
        "credits": [{"name": name, "role": "performer"} for name, _ in splits],
        "splits": [{"name": name, "basis_points": points} for name, points in splits],
        "story": {"file": "story.md", "language": "en", "translations": []},
        "mix": {"file": "mix.wav"},
        "stems": [{"file": "stems/Bass.wav"}, {"file": "stems/Pads.wav"}],
    }
    (folder / "song.json").write_text(json.dumps(told))


def write_songs(folder: Path) -> None:
    """Three songs, of which the demo selects two."""
    write_song(folder / "a", "First Light", 1, [("Nobody Inparticular", 10_000)])
    write_song(folder / "b", "Second Wind", 2, [("Ann Example", 3_333), ("Bob Example", 3_333), ("Cy Example", 3_334)])
    write_song(folder / "c", "Third Rail", 3, [("Someone Else", 10_000)])


def play(home: Path, songs: Path, settings: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """Run the demo to its end and return what it printed; `settings` are added to the environment."""
    environment = {**os.environ, **settings, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "opencall.app", "demo", "--no-serve", "--json"]
    result = subprocess.run(
        [*command, "--home", str(home), "--songs", str(songs)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=240,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    ending: dict[str, Any] = json.loads(result.stdout)
    return ending
