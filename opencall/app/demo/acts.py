"""What the people of the demo do, act by act, through the same functions that pages and commands call.

Every act first looks whether it was done, so that a demo which was stopped, or killed, goes on where it stood.
"""

import hashlib
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from audio_pipeline import production
from opencall.app.demo import people
from opencall.app.demo.songs import DemoSong
from opencall.app.house import House
from opencall.kernel.object_store import read_chunks
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork, Work
from opencall.kernel.whole_files import write_whole
from rewards import bank, bank_files, batches, funds, payees
from rewards.moves import State as RewardState
from rewards.obligations import due_obligations
from rewards.simulated_bank import SimulatedBank
from submissions import (
    calls,
    offers,
    outcomes,
    publication,
    queries,
    reports,
    review,
    selection,
    songs,
    splits,
    versions,
)
from submissions import production as approvals
from submissions.files import NewFile
from submissions.material import AiDeclaration, Part, Person, SongDetails, Story
from submissions.receiving import receive_file
from submissions.rows import Call, Offer, Song, as_struct, content_of, files_of, find_call, find_song
from submissions.states import CallState, SongState
from submissions.tables import call_table
from submissions.terms import Category, ConsentText, NewCall, Question
from submissions.uploads import Uploads

FUND_ID = "demo-fund"
CURRENCY = "EUR"
DONATIONS = (("opening gift", 500_000), ("benefit concert", 123_450), ("a hat that went round", 7_925))
REWARD_MINOR = 150_001  # does not divide evenly: the odd cent has to land somewhere
BUDGET_MINOR = 2 * REWARD_MINOR
LICENCE = "2026-1"
TITLE = "Songs from a Quiet Year"
# The artists' part of the story lies three weeks back, so that the deadline is past when the judging begins.
STORY_BEGAN = timedelta(days=21)
TIME_TO_SEND = timedelta(days=14)
OFFERS_WANTED = 2

CATEGORIES = (
    Category("song", "The song itself", weight=3),
    Category("story", "The story behind it", weight=2),
    Category("space", "What it could gain in space", weight=1),
)
# Scores by song and curator; what the curators of the demo thought.
SCORES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "la_folia": ((5, 4, 4), (4, 5, 5), (5, 4, 4)),
    "largo": ((4, 5, 5), (5, 4, 4), (4, 5, 4)),
    "gymnopedie": ((4, 4, 3), (4, 3, 4), (3, 4, 3)),
}
UNKNOWN_SONG = ((3, 3, 3), (3, 3, 3), (3, 3, 3))
WORD = (
    "Two of us wanted this one badly. It stood just below the line, and the line was money, not music: please send us "
    "what you make next."
)


def demo_call(house: House) -> Call | None:
    """The demo's call, if it was begun."""
    with house.work.read() as uow:
        row = uow.connection.execute(select(call_table).where(call_table.c.title == TITLE)).first()
    return None if row is None else as_struct(row, Call)


def fill_the_fund(house: House) -> None:
    """Donations arrive and the fund has an account to pay from."""
    with house.work.write(people.MAKER) as uow:
        funds.open_fund(uow, people.MAKER, "Relief fund of the demo", CURRENCY, FUND_ID)
        funds.set_debtor(uow, people.MAKER, house.vault, FUND_ID, people.FUND_ACCOUNT)
        for reference, amount_minor in DONATIONS:
            funds.donate(uow, people.MAKER, FUND_ID, reference, amount_minor, CURRENCY)


def open_the_call(house: House) -> str:
    """The manager writes the call and opens it; returns its identifier."""
    call = demo_call(house)
    with house.work.write(people.MANAGER) as uow:
        if call is None:
            now = uow.clock.now().replace(microsecond=0, tzinfo=None)
            terms = NewCall(
                title=TITLE,
                summary="Songs made at home in a year without concerts, with the stories of how they came to be.",
                timezone="UTC",
                opens_at=now,
                closes_at=now + TIME_TO_SEND,
                fund_id=FUND_ID,
                reward_minor=REWARD_MINOR,
                budget_minor=BUDGET_MINOR,
                currency=CURRENCY,
                licence_version=LICENCE,
                categories=CATEGORIES,
                questions=(Question("work_lost", "Did you lose work as a musician this year?", must_be=True),),
                consents=(ConsentText("remix", "1", "Opencall may make a spatial mix of my stems and publish it."),),
            )
            call = find_call(uow, calls.create_call(uow, people.MANAGER, terms))
        if call.state is CallState.DRAFT:
            calls.open_call(uow, people.MANAGER, call.id)
    return call.id


def send_the_song(house: House, call_id: str, song: DemoSong) -> str:
    """The artist writes the draft, uploads mix and stems, and asks for the report; returns the song's identifier."""
    artist = people.contributor(song.splits[0][0])
    with house.work.read(artist) as uow:
        mine = [line.song_id for line in queries.my_submissions(uow, artist) if line.call_id == call_id]
    details = SongDetails(
        title=song.title, artist_name=song.artist_name, language=song.language, genre=song.genre, region="Europe"
    )
    with house.work.write(artist) as uow:
        song_id = mine[0] if mine else songs.start_song(uow, artist, call_id, details)
        if find_song(uow, song_id).state is not SongState.DRAFT:
            return song_id
        story = Story(text=song.story, language=song.story_language, translations=song.translations)
        songs.write_story(uow, artist, song_id, story)
        shares = [
            Person(name=name, email=people.address_of(name), part=part, basis_points=basis_points)
            for name, part, basis_points in song.splits
        ]
        songs.write_people(uow, artist, song_id, shares)
        songs.answer_questions(uow, artist, song_id, {"work_lost": True})
        songs.declare_ai(uow, artist, song_id, AiDeclaration(used=False))
        songs.give_consent(uow, artist, song_id, "remix", "1")
        there = {file.name for file in files_of(uow, song_id)}
    for path, part in ((song.mix, Part.MIX), *((stem, Part.STEM) for stem in song.stems)):
        if path.name not in there:
            _send_file(house.work, house.uploads, artist, song_id, path, part)
    with house.work.write(artist) as uow:
        reports.request_report(uow, artist, song_id)
    return song_id


def submit_the_song(house: House, song_id: str) -> None:
    """With the report read, the artist submits."""
    with house.work.read() as uow:
        song = find_song(uow, song_id)
    if song.state is SongState.DRAFT:
        artist = _artist(song)
        with house.work.write(artist) as uow:
            versions.submit_song(uow, artist, song_id)


def sent_songs(house: House, songs: tuple[DemoSong, ...]) -> dict[str, DemoSong]:
    """The demo's songs that are in its call, by song identifier."""
    call = demo_call(house)
    sent: dict[str, DemoSong] = {}
    for song in songs:
        artist = people.contributor(song.splits[0][0])
        with house.work.read(artist) as uow:
            lines = queries.my_submissions(uow, artist)
        sent.update(
            {line.song_id: song for line in lines if call and (line.call_id, line.title) == (call.id, song.title)}
        )
    return sent


def judge_and_release(house: House, keys: dict[str, str]) -> None:
    """Past the deadline: curators listen blind and score, the manager decides, and everybody is told at once.

    `keys` are the songs' folders in `fixtures/` by song identifier.
    """
    with house.work.write(people.MANAGER) as uow:
        calls.close_due_calls(uow)
    call = demo_call(house)
    if call is None or call.state is not CallState.CLOSED:
        return
    call_id = call.id
    with house.work.write(people.MANAGER) as uow:
        for curator in people.CURATORS:
            review.assign_curator(uow, people.MANAGER, call_id, curator.user_id)
    for number, curator in enumerate(people.CURATORS):
        with house.work.write(curator) as uow:
            for entry in review.listening_queue(uow, curator, call_id):
                if not entry.done:
                    points = SCORES.get(keys[entry.song_id], UNKNOWN_SONG)[number]
                    scores = dict(zip((category.key for category in CATEGORIES), points, strict=True))
                    review.send_review(uow, curator, entry.song_id, review.Review(scores=scores))
    with house.work.write(people.MANAGER) as uow:
        seed = hashlib.sha256(call_id.encode()).hexdigest()[:16]
        if find_call(uow, call_id).lottery_seed is None:
            selection.draw_lottery(uow, people.MANAGER, call_id, seed)
        for place, standing in enumerate(selection.ranking(uow, people.MANAGER, call_id)):
            wins = place < OFFERS_WANTED
            outcome = selection.Outcome.OFFER if wins else selection.Outcome.DECLINE
            selection.decide(uow, people.MANAGER, standing.song_id, outcome, "" if wins else WORD)
        outcomes.release_outcomes(uow, people.MANAGER, call_id)


def accept_the_offer(house: House, song_id: str) -> bool:
    """Everybody with a share says where it goes, and the artist accepts; False for a song without an offer."""
    with house.work.read() as uow:
        song = find_song(uow, song_id)
        offer = offers.offer_of(uow, _artist(song), song_id)
        contributors = content_of(uow, song).contributors
    if offer is None:
        return False
    if song.state is SongState.OFFERED:
        for number, one in enumerate(contributors):
            _confirm_share(house, song_id, one.name, number, one.id, one.basis_points)
        _accept(house, song, offer)
    return True


def approve_the_render(house: House, song_id: str) -> None:
    """The engineer and the artist listened, and both say yes to the very same render."""
    with house.work.read() as uow:
        song = find_song(uow, song_id)
    if song.state is not SongState.RENDERED or song.approval_sha256 is None:
        return
    with house.work.write(people.ENGINEER) as uow:
        production.approve(uow, people.ENGINEER, song_id, song.approval_sha256)
    artist = _artist(song)
    with house.work.write(artist) as uow:
        approvals.artist_approve(uow, artist, song_id, song.approval_sha256)


def publish_the_song(house: House, song_id: str) -> None:
    """The song goes public beside its story; from now on its reward is due."""
    with house.work.write(people.MANAGER) as uow:
        if find_song(uow, song_id).state is SongState.MASTERED:
            publication.publish_song(uow, people.MANAGER, song_id)


def pay_the_artists(house: House) -> Path:
    """One batch: drafted by one person, approved by two others, sent to the bank, settled by the bank's answer.

    Returns the payment file. Raises `NothingToPay`.
    """
    vault, store = house.vault, house.store
    with house.work.write(people.MAKER) as uow:
        batch = _batch_to_pay(uow)
    if batch.state is RewardState.DRAFT:
        for approver in people.APPROVERS:
            with house.work.write(approver) as uow:
                batches.approve(uow, approver, batch.id, batch.content_sha256)
    batch = bank_files.release(house.work, people.MAKER, vault, store, batch.id)
    if batch.file_sha256 is None:
        raise AssertionError("a released batch has a file")
    folder = house.settings.bank
    folder.mkdir(parents=True, exist_ok=True)
    payment_file = folder / bank_files.file_name(batch)
    with store.open(batch.file_sha256) as file:
        write_whole(payment_file, file.read(), mode=0o600)
    answer = SimulatedBank()
    answer.submit(payment_file.read_bytes())
    statement = answer.statement(people.FUND_ACCOUNT.account, house.work.clock.now(), f"STMT-{batch.id[:12]}")
    write_whole(payment_file.with_suffix(".camt053.xml"), statement, mode=0o600)
    with house.work.write(people.MAKER) as uow:
        bank.import_statement(uow, people.MAKER, vault, statement)
    return payment_file


def _send_file(work: Work, uploads: Uploads, artist: Principal, song_id: str, path: Path, part: Part) -> None:
    with path.open("rb") as file:
        announced = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        new = NewFile(name=path.name, bytes=path.stat().st_size, part=part)
        receive_file(work, uploads, artist, song_id, new, read_chunks(file), announced)


def _confirm_share(house: House, song_id: str, name: str, number: int, contributor_id: str, basis_points: int) -> None:
    person = people.contributor(name)
    with house.work.write(person) as uow:
        payee_id = payees.add_payee(uow, person, house.vault, people.account_of(name, number))
        splits.confirm_split(uow, person, song_id, contributor_id, basis_points, payee_id)


def _accept(house: House, song: Song, offer: Offer) -> None:
    artist = _artist(song)
    with house.work.write(artist) as uow:
        offers.accept_offer(uow, artist, offer.id, offer.licence_version)


def _artist(song: Song) -> Principal:
    return people.contributor(song.contributors[0].name)


def _batch_to_pay(uow: UnitOfWork) -> batches.Batch:
    """The batch that an earlier demo left on the way, or a new one."""
    known = batches.list_batches(uow)
    for state in (RewardState.DRAFT, RewardState.RELEASED):
        begun = [batch for batch in known if batch.state is state]
        if begun and (state is RewardState.DRAFT or not due_obligations(uow, FUND_ID)):
            return begun[-1]
    return batches.draft_batch(uow, people.MAKER, FUND_ID)
