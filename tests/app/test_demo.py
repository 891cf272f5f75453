"""The demo, with small songs: every step of the journey through real processes, and nothing twice."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from audio_pipeline.tables import progress_table, stage_run_table
from opencall.app.house import House, open_house
from opencall.kernel.facts import fact_table
from opencall.kernel.mail import MailState, mail_table
from tests.app.small_demo import FRAMES, play, write_songs


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """A home in which the demo was played once, the songs it was played with, and how it ended."""
    folder = tmp_path_factory.mktemp("demo")
    songs, home = folder / "songs", folder / "home"
    write_songs(songs)
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
