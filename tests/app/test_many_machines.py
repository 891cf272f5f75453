"""An installation on many machines, by settings only: PostgreSQL, S3, and a home on each machine for itself."""

import hashlib
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from audio_pipeline.production import song_progress
from audio_pipeline.runs import RunState
from audio_pipeline.tables import progress_table
from opencall.app.broker import bell_of, make_broker, socket_path
from opencall.app.demo import acts
from opencall.app.demo.songs import demo_songs
from opencall.app.house import VaultKeyMissing, bring_up_to_date, open_house
from opencall.app.settings import settings_of
from opencall.app.supervisor import programs_of, supervised, valkey
from opencall.kernel.database import make_engine
from opencall.kernel.facts import fact_table
from opencall.kernel.mail import FolderSink
from opencall.kernel.smtp import SmtpSink
from tests.app.small_demo import play, write_songs
from tests.servers.databases import add_postgres_database
from tests.servers.s3 import BUCKET, CREDENTIALS


def settings_for(postgres_url: str, s3_endpoint: str, prefix: str) -> dict[str, str]:
    return {
        **CREDENTIALS,
        "OPENCALL_DATABASE_URL": add_postgres_database(postgres_url),
        "OPENCALL_STORE_URL": f"s3://{BUCKET}/{prefix}",
        "OPENCALL_S3_ENDPOINT": s3_endpoint,
    }


def counts(database_url: str) -> list[Any]:
    engine = make_engine(database_url)
    with engine.connect() as connection:
        found = [connection.scalar(select(func.count()).select_from(table)) for table in (fact_table, progress_table)]
    engine.dispose()
    return found


def test_the_demo_plays_on_a_database_and_a_store_elsewhere_and_goes_on_on_another_machine(
    tmp_path: Path, postgres_url: str, s3_server_url: str
) -> None:
    settings = settings_for(postgres_url, s3_server_url, "demo")
    write_songs(tmp_path / "songs")
    home, other = tmp_path / "home", tmp_path / "other"

    ending = play(home, tmp_path / "songs", settings)
    assert sorted(song["state"] for song in ending["songs"]) == ["declined", "paid", "paid"]
    assert ending["ledger"]["balanced"]
    assert all(check["ok"] for song in ending["songs"] for check in song["checks"])
    assert not list(home.glob("opencall.db*"))
    assert not (home / "objects").exists()

    before = counts(settings["OPENCALL_DATABASE_URL"])
    assert play(other, tmp_path / "songs", settings) == ending
    assert counts(settings["OPENCALL_DATABASE_URL"]) == before, "a second machine finds everything done"
    delivered = [path for song in ending["songs"] for path in song["masters"]]
    assert len(delivered) > 0
    assert [(other / path).read_bytes() for path in delivered] == [(home / path).read_bytes() for path in delivered]


def test_what_is_uploaded_on_one_machine_is_judged_on_another(
    tmp_path: Path, postgres_url: str, s3_server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings_for(postgres_url, s3_server_url, "apart").items():
        monkeypatch.setenv(name, value)
    desk, engine_room = tmp_path / "desk", tmp_path / "engine room"
    # The first song alone; whoever has the desk runs the broker, too.
    write_songs(tmp_path / "songs")
    song = demo_songs(tmp_path / "songs")[0]
    broker_url = f"unix://{socket_path(desk.resolve())}"
    monkeypatch.setenv("OPENCALL_BROKER_URL", broker_url)
    here, there = settings_of(desk), settings_of(engine_room)
    bring_up_to_date(here)
    bring_up_to_date(there)
    # The first bell may ring before the broker is up; the sweep rings again.
    workers = [program for program in programs_of(there) if program.name.startswith(("worker", "sweep"))]

    house = open_house(settings=here, bell=bell_of(make_broker(here)))
    with supervised(here, print, [valkey(here.home)]), supervised(there, print, workers):
        acts.fill_the_fund(house)
        song_id = acts.send_the_song(house, acts.open_the_call(house), song)
        deadline = time.monotonic() + 120
        while True:
            with house.work.read() as uow:
                states = {run.stage: run.state for run in song_progress(uow, song_id)}
            if states.get("inspect") not in (None, RunState.QUEUED, RunState.RUNNING):
                break
            assert time.monotonic() < deadline, states
            time.sleep(0.1)
    house.close()
    assert states["inspect"] == RunState.DONE
    copies = {path.name for path in (engine_room / "cache").iterdir()}
    sent = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (song.mix, *song.stems)}
    assert len(sent) == 3
    assert sent <= copies


def test_letters_go_to_the_mail_server_that_the_settings_name(tmp_path: Path) -> None:
    for url, sink in (({}, FolderSink), ({"OPENCALL_SMTP_URL": "smtp://127.0.0.1:2525"}, SmtpSink)):
        settings = settings_of(tmp_path, url)
        bring_up_to_date(settings)
        house = open_house(settings=settings)
        assert isinstance(house.mail_sink, sink)
        assert (settings.outbox_shown is None) == (sink is SmtpSink)
        house.close()


def test_a_machine_without_the_key_that_its_settings_name_makes_none_of_its_own(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home", {"OPENCALL_VAULT_KEY_FILE": str(tmp_path / "vault.key")})
    bring_up_to_date(settings)
    with pytest.raises(VaultKeyMissing, match="OPENCALL_VAULT_KEY_FILE names"):
        open_house(settings=settings)
    assert not (tmp_path / "vault.key").exists()

    first = open_house(settings=settings_of(tmp_path / "first home", {"OPENCALL_DATABASE_URL": settings.database_url}))
    (tmp_path / "vault.key").write_bytes(first.settings.vault_key_file.read_bytes())
    second = open_house(settings=settings)
    assert second.vault.open(first.vault.seal(b"an account", "payee 1"), "payee 1") == b"an account"
    first.close()
    second.close()
