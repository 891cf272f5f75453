"""Plays the acts in order and waits, between them, for what the workers do."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from audio_pipeline import production
from audio_pipeline.runs import RunState
from opencall.app.broker import bell_of, make_broker
from opencall.app.deliver import deliver_masters
from opencall.app.demo import accounts, acts
from opencall.app.demo.songs import DemoSong
from opencall.app.house import House, bring_up_to_date, open_house
from opencall.app.settings import Settings, settings_of
from opencall.app.supervisor import supervised
from opencall.kernel.errors import OpencallError
from opencall.kernel.mail import send_due_mail
from rewards import audit
from submissions.reports import report_on
from submissions.rows import files_of, find_song
from submissions.states import CallState, SongState

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
        produced = [song for song in self.songs if song.masters]
        checks = [check for song in produced for check in song.checks]
        return (
            bool(checks)
            and all(check.ok for check in checks)
            and all(song.state == SongState.PAID for song in produced)
            and self.ledger.balanced
        )


Runs = Callable[[Settings, Say], AbstractContextManager[object]]
"""Keeps the installation of these settings running while a block does."""


def play(home: Path, songs: tuple[DemoSong, ...], say: Say, runs: Runs = supervised) -> Ending:
    """The whole journey in the installation `home`, which is made if it does not exist."""
    with _opened(settings_of(home)) as house:
        call = acts.demo_call(house)
    began = datetime.now(UTC) - acts.STORY_BEGAN if call is None else call.opens_at
    if call is None or call.state in (CallState.DRAFT, CallState.OPEN):
        with _running(home, say, runs, began) as house:
            _before_the_deadline(house, songs, say)
    with _running(home, say, runs) as house:
        return _after_the_deadline(house, songs, say)


def _before_the_deadline(house: House, songs: tuple[DemoSong, ...], say: Say) -> None:
    accounts.open_accounts(house, (name for song in songs for name, _, _ in song.splits))
    acts.fill_the_fund(house)
    call_id = acts.open_the_call(house)
    say(f"The call “{acts.TITLE}” is open; the fund has set its budget aside.")
    sent = {acts.send_the_song(house, call_id, song): song for song in songs}
    say(f"{len(sent)} songs are uploaded; their listening reports are being made.")
    for song_id, song in sent.items():
        _wait(house, song_id, song.title, _has_report)
        acts.submit_the_song(house, song_id)
    say("All reports are read and all songs submitted. Two weeks pass.")


def _after_the_deadline(house: House, songs: tuple[DemoSong, ...], say: Say) -> Ending:
    sent = acts.sent_songs(house, songs)
    acts.judge_and_release(house, {song_id: song.key for song_id, song in sent.items()})
    say("Curators listened blind, the manager selected, everybody was told at once.")

    selected = {song_id: song for song_id, song in sent.items() if acts.accept_the_offer(house, song_id)}
    say(f"{len(selected)} offers are accepted; stems are being normalised, placed and rendered.")
    for song_id, song in selected.items():
        _wait(house, song_id, song.title, _beyond(SongState.ACCEPTED))
        acts.approve_the_render(house, song_id)
        say(f"“{song.title}” is rendered, heard and approved.")
    for song_id, song in selected.items():
        _wait(house, song_id, song.title, _beyond(SongState.RENDERED))
        acts.publish_the_song(house, song_id)
        say(f"“{song.title}” has its masters and is published with its story.")

    if any(_state(house, song_id) is SongState.PUBLISHED for song_id in selected):
        payment_file = acts.pay_the_artists(house)
        say(f"The bank answered {payment_file.name}: the artists are paid.")
    for song_id, song in sent.items():
        _wait(house, song_id, song.title, _all_is_done)  # what pages play and draw is made beside the journey
    # The sweep would do it within a second; the demo may end before.
    send_due_mail(house.work, house.mail_sink, house.settings.mail_sender)
    return _ending(house, sent)


@contextmanager
def _opened(settings: Settings) -> Iterator[House]:
    """The installation, made or brought up to date first."""
    bring_up_to_date(settings)
    house = open_house(settings=settings, bell=bell_of(make_broker(settings)))
    try:
        yield house
    finally:
        house.close()


@contextmanager
def _running(home: Path, say: Say, runs: Runs, began: datetime | None = None) -> Iterator[House]:
    """The installation with its workers; in the time that began at `began`, if one is given."""
    shift_s = 0.0 if began is None else (began - datetime.now(UTC)).total_seconds()
    settings = msgspec.structs.replace(settings_of(home), clock_shift_s=shift_s)
    with _opened(settings) as house, runs(settings, lambda line: say(f"  · {line}")):
        yield house


def _ending(house: House, sent: dict[str, DemoSong]) -> Ending:
    outcomes = []
    for song_id, song in sent.items():
        masters, checks = _deliver(house, song_id)
        outcomes.append(SongOutcome(song.title, str(_state(house, song_id)), masters, checks))
    with house.work.read() as uow:
        ledger = audit.fund_totals(uow, acts.FUND_ID)
    return Ending(tuple(outcomes), ledger, None)


def _deliver(house: House, song_id: str) -> tuple[tuple[str, ...], tuple[Check, ...]]:
    with house.work.read() as uow:
        artifacts = production.song_artifacts(uow, song_id, "master")
        slug = find_song(uow, song_id).slug
    if not artifacts or slug is None:
        return (), ()
    folder = house.settings.masters / slug  # the address of a song is its own, a title may be another's too
    deliver_masters(house.store, artifacts, folder)
    relative = folder.relative_to(house.settings.home)
    checks: list[Check] = []
    for artifact in artifacts:
        for judged in artifact.details.get("checks", ()):
            checks.append(Check(str(relative / artifact.name), judged["profile"], judged["ok"]))
    return tuple(str(relative / artifact.name) for artifact in artifacts), tuple(checks)


def _wait(house: House, song_id: str, title: str, is_done: Callable[[House, str], bool]) -> None:
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while not is_done(house, song_id):
        with house.work.read() as uow:
            stages = production.song_progress(uow, song_id)
        for run in stages:
            if run.state in (RunState.FAILED, RunState.QUARANTINED):
                raise DemoStuck(title, f"{run.stage} {run.state}: {run.error}")
        if time.monotonic() > deadline:
            raise DemoStuck(title, f"nothing came of it within {PATIENCE}")
        time.sleep(LOOK_EVERY_S)


def _has_report(house: House, song_id: str) -> bool:
    with house.work.read() as uow:
        report = report_on(uow, song_id, files_of(uow, song_id))
    return report is not None and report.verdict is not None


def _all_is_done(house: House, song_id: str) -> bool:
    with house.work.read() as uow:
        return all(run.state == RunState.DONE for run in production.song_progress(uow, song_id))


def _beyond(state: SongState) -> Callable[[House, str], bool]:
    order = (SongState.ACCEPTED, SongState.RENDERED, SongState.MASTERED, SongState.PUBLISHED, SongState.PAID)
    return lambda house, song_id: order.index(_state(house, song_id)) > order.index(state)


def _state(house: House, song_id: str) -> SongState:
    with house.work.read() as uow:
        return find_song(uow, song_id).state
