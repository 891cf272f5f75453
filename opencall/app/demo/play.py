"""Plays the acts in order and waits, between them, for what the workers do."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from audio_pipeline import production
from opencall.app.broker import bell_of, make_broker
from opencall.app.deliver import deliver_masters
from opencall.app.demo import acts
from opencall.app.demo.songs import DemoSong
from opencall.app.house import House, open_house
from opencall.app.journey import react
from opencall.app.migrations import migrate
from opencall.app.settings import settings_of
from opencall.app.supervisor import supervised
from opencall.kernel.clock import SystemClock
from opencall.kernel.database import make_engine
from opencall.kernel.errors import OpencallError
from opencall.kernel.unit_of_work import Work
from rewards import audit
from submissions.reports import report_on
from submissions.rows import files_of, find_song
from submissions.states import SongState

PATIENCE = timedelta(minutes=15)
LOOK_EVERY_S = 0.2

Say = Callable[[str], None]


class DemoStuck(OpencallError):
    """The pipeline did not get on with a song."""

    def __init__(self, title: str, why: str) -> None:
        self.title, self.why = title, why
        super().__init__(f"“{title}” goes no further: {why}. Run the demo again to go on from here.")


class Check(msgspec.Struct, frozen=True):
    """What a judge said of a delivered file; `file` is relative to the home."""

    file: str
    profile: str
    ok: bool


class SongOutcome(msgspec.Struct, frozen=True):
    """How far a song came; `masters` are paths relative to the home."""

    title: str
    state: str
    masters: tuple[str, ...]
    checks: tuple[Check, ...]


class Ending(msgspec.Struct, frozen=True):
    """What `opencall demo --json` prints."""

    songs: tuple[SongOutcome, ...]
    ledger: audit.FundTotals
    url: str | None

    @property
    def is_happy(self) -> bool:
        """Every check is ok, the books balance, and every song that was selected is paid."""
        checks = [check for song in self.songs for check in song.checks]
        return bool(checks) and all(check.ok for check in checks) and self.ledger.balanced


def play(home: Path, songs: tuple[DemoSong, ...], say: Say) -> Ending:
    """The whole journey in the installation `home`, which is made if it does not exist."""
    settings = settings_of(home)
    settings.home.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database_url)
    migrate(engine)
    engine.dispose()
    bell = bell_of(make_broker(settings))
    house = open_house(home, bell=bell)
    earlier = acts.EarlierClock(SystemClock(), acts.STORY_BEGAN)
    stage = acts.Stage(house, house.work, Work(house.engine, earlier, house.work.ids, react, bell))
    try:
        with supervised(settings, lambda line: say(f"  · {line}")):
            return _play(stage, songs, say)
    finally:
        house.close()


def _play(stage: acts.Stage, songs: tuple[DemoSong, ...], say: Say) -> Ending:
    acts.fill_the_fund(stage)
    call_id = acts.open_the_call(stage)
    say(f"The call “{acts.TITLE}” is open; the fund has set its budget aside.")

    sent = {acts.send_the_song(stage, call_id, song): song for song in songs}
    say(f"{len(sent)} songs are uploaded; their listening reports are being made.")
    for song_id, song in sent.items():
        _wait(stage, song_id, song.title, _has_report)
        acts.submit_the_song(stage, song_id)
    say("All reports are read and all songs submitted.")

    acts.judge_and_release(stage, call_id, {song_id: song.key for song_id, song in sent.items()})
    say("Curators listened blind, the manager selected, everybody was told at once.")

    selected = {song_id: song for song_id, song in sent.items() if acts.accept_the_offer(stage, song_id)}
    say(f"{len(selected)} offers are accepted; stems are being normalised, placed and rendered.")
    for song_id, song in selected.items():
        _wait(stage, song_id, song.title, lambda s, i: _is_beyond(s, i, SongState.ACCEPTED))
        acts.approve_the_render(stage, song_id)
        say(f"“{song.title}” is rendered, heard and approved.")
    for song_id, song in selected.items():
        _wait(stage, song_id, song.title, lambda s, i: _is_beyond(s, i, SongState.RENDERED))
        acts.publish_the_song(stage, song_id)
        say(f"“{song.title}” has its masters and is published with its story.")

    if any(_state(stage, song_id) is SongState.PUBLISHED for song_id in selected):
        payment_file = acts.pay_the_artists(stage)
        say(f"The bank answered {payment_file.name}: the artists are paid.")
    return _ending(stage, sent)


def _ending(stage: acts.Stage, sent: dict[str, DemoSong]) -> Ending:
    outcomes = []
    for song_id, song in sent.items():
        masters, checks = _deliver(stage.house, song_id, song.title)
        outcomes.append(SongOutcome(song.title, str(_state(stage, song_id)), masters, checks))
    with stage.work.read() as uow:
        ledger = audit.fund_totals(uow, acts.FUND_ID)
    return Ending(tuple(outcomes), ledger, None)


def _deliver(house: House, song_id: str, title: str) -> tuple[tuple[str, ...], tuple[Check, ...]]:
    with house.work.read() as uow:
        artifacts = production.song_artifacts(uow, song_id, "master")
    if not artifacts:
        return (), ()
    folder = deliver_masters(house.store, artifacts, house.settings.masters, title)
    relative = folder.relative_to(house.settings.home)
    checks: list[Check] = []
    for artifact in artifacts:
        for judged in artifact.details.get("checks", ()):
            checks.append(Check(str(relative / artifact.name), judged["profile"], judged["ok"]))
    return tuple(str(relative / artifact.name) for artifact in artifacts), tuple(checks)


def _wait(stage: acts.Stage, song_id: str, title: str, is_done: Callable[[acts.Stage, str], bool]) -> None:
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while not is_done(stage, song_id):
        with stage.work.read() as uow:
            stages: tuple[Any, ...] = production.song_progress(uow, song_id)
        for run in stages:
            if run.state in ("failed", "quarantined"):
                raise DemoStuck(title, f"{run.stage} {run.state}: {run.error}")
        if time.monotonic() > deadline:
            raise DemoStuck(title, f"nothing came of it within {PATIENCE}")
        time.sleep(LOOK_EVERY_S)


def _has_report(stage: acts.Stage, song_id: str) -> bool:
    with stage.work.read() as uow:
        report = report_on(uow, song_id, files_of(uow, song_id))
    return report is not None and report.verdict is not None


def _is_beyond(stage: acts.Stage, song_id: str, state: SongState) -> bool:
    order = (SongState.ACCEPTED, SongState.RENDERED, SongState.MASTERED, SongState.PUBLISHED, SongState.PAID)
    return order.index(_state(stage, song_id)) > order.index(state)


def _state(stage: acts.Stage, song_id: str) -> SongState:
    with stage.work.read() as uow:
        return find_song(uow, song_id).state
