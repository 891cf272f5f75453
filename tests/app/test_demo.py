"""The demo, with small songs: every step of the journey through real processes, and nothing twice."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from sqlalchemy import func, select

from audio_pipeline.tables import progress_table, stage_run_table
from opencall.app.house import House, open_house
from opencall.kernel.facts import fact_table
from opencall.kernel.mail import MailState, mail_table
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


def play(home: Path, songs: Path) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
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


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """A home in which the demo was played once, the songs it was played with, and how it ended."""
    folder = tmp_path_factory.mktemp("demo")
    songs, home = folder / "songs", folder / "home"
    write_song(songs / "a", "First Light", 1, [("Nobody Inparticular", 10_000)])
    write_song(songs / "b", "Second Wind", 2, [("Ann Example", 3_333), ("Bob Example", 3_333), ("Cy Example", 3_334)])
    write_song(songs / "c", "Third Rail", 3, [("Someone Else", 10_000)])
    return home, songs, play(home, songs)


@pytest.fixture(scope="module")
def house(played: tuple[Path, Path, dict[str, Any]]) -> Iterator[House]:
    house = open_house(played[0])
    yield house
    house.close()


def test_two_of_three_songs_are_paid_and_the_third_is_told_why_not(
    played: tuple[Path, Path, dict[str, Any]], house: House
) -> None:
    ending = played[2]
    assert sorted(song["state"] for song in ending["songs"]) == ["declined", "paid", "paid"]
    assert ending["ledger"] == {
        "currency": "EUR",
        "exponent": 2,
        "received": 631_375,
        "allocated": 300_002,
        "paid": 300_002,
        "balanced": True,
    }
    assert ending["url"] is None


def test_every_master_is_there_as_the_manifest_says_and_every_check_is_ok(
    played: tuple[Path, Path, dict[str, Any]],
) -> None:
    home, _, ending = played
    for song in ending["songs"]:
        if song["state"] != "paid":
            assert (song["masters"], song["checks"]) == ([], [])
            continue
        manifest_path = home / next(path for path in song["masters"] if path.endswith("manifest.json"))
        manifest = json.loads(manifest_path.read_bytes())
        assert {file["kind"] for file in manifest["files"]} == {"adm-360", "binaural", "loudspeakers"}
        assert "4+7+0" in {file["layout"] for file in manifest["files"]}
        assert {file["frames"] for file in manifest["files"]} == {FRAMES}
        for file in manifest["files"]:
            delivered = manifest_path.parent / file["path"]
            assert hashlib.sha256(delivered.read_bytes()).hexdigest() == file["sha256"]
            assert str(delivered.relative_to(home)) in song["masters"]
        judged = {check["file"] for check in song["checks"]}
        assert judged == {path for path in song["masters"] if not path.endswith("manifest.json")}
        assert all(check["ok"] for check in song["checks"])


def test_a_second_run_executes_no_stage_and_changes_nothing(
    played: tuple[Path, Path, dict[str, Any]], house: House
) -> None:
    def traces() -> tuple[Any, ...]:
        with house.work.read() as uow:
            counts = (
                uow.connection.scalar(select(func.count()).select_from(table))
                for table in (progress_table, fact_table, mail_table)
            )
            runs = uow.connection.execute(
                select(stage_run_table.c.id, stage_run_table.c.attempt, stage_run_table.c.state).order_by("id")
            )
            return (*counts, *map(tuple, runs))

    home, songs, ending = played
    before = traces()
    assert play(home, songs) == ending
    assert traces() == before


def test_everybody_got_their_letters(played: tuple[Path, Path, dict[str, Any]], house: House) -> None:
    with house.work.read() as uow:
        letters = uow.connection.execute(select(mail_table.c.state, mail_table.c.id)).all()
    assert {state for state, _ in letters} == {MailState.SENT}
    sent = {path.stem for path in (played[0] / "outbox").glob("*.eml")}
    assert sent == {mail_id for _, mail_id in letters}


def test_no_account_number_is_readable_in_the_installation(played: tuple[Path, Path, dict[str, Any]]) -> None:
    home = played[0]
    bank_files = [path.read_text() for path in (home / "bank").iterdir()]
    assert any("FR1420041010050500013M02606" in text for text in bank_files), "the account that is looked for was paid"
    for path in (*home.glob("opencall.db*"), *(home / "outbox").iterdir()):
        assert b"FR1420041010050500013M02606" not in path.read_bytes(), path
