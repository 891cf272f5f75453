"""An installation with a crowd in it: a call with many submitted songs, curators who have judged most of them.

Everything goes through the functions that pages call; only sound is left out, since pages never look into it.
"""

import hashlib
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from opencall.app.house import House, bring_up_to_date, open_house
from opencall.app.identity.users import create_user, find_by_email, grant_role
from opencall.app.settings import settings_of
from opencall.kernel.clock import SetClock
from opencall.kernel.object_store import StoredObject
from opencall.kernel.principal import Principal, Role
from opencall.kernel.unit_of_work import UnitOfWork, Work
from rewards import funds
from submissions import calls, files, reports, review, songs, versions
from submissions.files import NewFile
from submissions.material import AiDeclaration, Part, Person, SongDetails, Story, files_sha256
from submissions.rows import files_of
from submissions.terms import Category, NewCall, Quota, QuotaField

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
GENRES = ("folk", "pop", "jazz", "electronic", "classical")
LANGUAGES = ("en", "pt", "de", "yo", "zxx")


def crowd(home: Path, number_of_songs: int, curators: int = 5) -> tuple[House, dict[str, Principal], str]:
    """A home with the crowd, its people by role (`artist` is the first of many), and the call's identifier."""
    chance = random.Random(number_of_songs)
    settings = settings_of(home, {})
    bring_up_to_date(settings)
    opened = open_house(settings=settings)
    clock = SetClock(BEGAN)
    work = Work(opened.engine, clock, opened.work.ids, lambda _uow, _fact: None)
    people: dict[str, Principal] = {}
    with work.write() as uow:
        for role in (Role.MANAGER, Role.ENGINEER, Role.FINANCE):
            people[role] = _person(uow, f"Some {role}", role)
        judges = [_person(uow, f"Curator {n}", Role.CURATOR) for n in range(curators)]
        people[Role.CURATOR] = judges[0]
    finance, manager = people[Role.FINANCE], people[Role.MANAGER]
    with work.write(finance) as uow:
        fund_id = funds.open_fund(uow, finance, "A fund for many", "EUR")
        funds.donate(uow, finance, fund_id, "gift", 100_000_000, "EUR")
    with work.write(manager) as uow:
        call_id = calls.create_call(uow, manager, _terms(fund_id))
        calls.open_call(uow, manager, call_id)
    song_ids = []
    for first in range(0, number_of_songs, 100):
        with work.write() as uow:
            for n in range(first, min(first + 100, number_of_songs)):
                artist = _person(uow, f"Artist {n}")
                people.setdefault(Role.ARTIST, artist)
                song_ids.append(_song(uow, artist, call_id, n, chance))
    clock.advance(timedelta(days=40))
    with work.write() as uow:
        calls.close_due_calls(uow)
    for judge in judges:
        with work.write(manager) as uow:
            review.assign_curator(uow, manager, call_id, judge.user_id)
        with work.write(judge) as uow:
            for song_id in song_ids:
                if chance.random() < 0.6:
                    scores = {"song": chance.randint(1, 5), "story": chance.randint(1, 5)}
                    review.send_review(uow, judge, song_id, review.Review(scores=scores, comment="Stays."))
    return opened, people, call_id


def _person(uow: UnitOfWork, name: str, *roles: Role) -> Principal:
    email = f"{name.casefold().replace(' ', '.')}@example.org"
    user_id = create_user(uow, name, email, None, confirmed=True)
    for role in roles:
        grant_role(uow, "crowd", user_id, role)
    found = find_by_email(uow, email)
    if found is None:
        raise AssertionError("somebody who was just made is there")
    return found.principal


def _terms(fund_id: str) -> NewCall:
    return NewCall(
        title="Many songs",
        summary="As many as came.",
        timezone="Europe/Berlin",
        opens_at=datetime(2026, 3, 1, 9),  # noqa: DTZ001 - clock times of a call carry no zone
        closes_at=datetime(2026, 4, 1, 23, 59),  # noqa: DTZ001 - as above
        fund_id=fund_id,
        reward_minor=150_000,
        budget_minor=75_000_000,
        currency="EUR",
        licence_version="1",
        categories=(Category("song", "The song itself", 3), Category("story", "The story behind it", 2)),
        quotas=(Quota(QuotaField.LANGUAGE, "yo", at_least=2),),
    )


def _song(uow: UnitOfWork, artist: Principal, call_id: str, n: int, chance: random.Random) -> str:
    details = SongDetails(
        title=f"Song number {n}",
        artist_name=artist.name,
        language=chance.choice(LANGUAGES),
        genre=chance.choice(GENRES),
        region="Europe",
    )
    song_id = songs.start_song(uow, artist, call_id, details)
    songs.write_story(uow, artist, song_id, Story(text="How it came to be. " * 40, language="en"))
    songs.write_people(
        uow, artist, song_id, [Person(name=artist.name, email=artist.email, part="all", basis_points=10_000)]
    )
    songs.declare_ai(uow, artist, song_id, AiDeclaration(used=False))
    for part, name in ((Part.MIX, "mix.wav"), (Part.STEM, "voice.wav"), (Part.STEM, "guitar.wav")):
        upload = files.begin_upload(uow, artist, song_id, NewFile(name=name, bytes=1000, part=part))
        sha256 = hashlib.sha256(f"{n} {name}".encode()).hexdigest()
        files.finish_upload(uow, artist, upload.id, StoredObject(sha256, 1000))
    there = files_of(uow, song_id)
    mix = next(file.sha256 for file in there if file.part is Part.MIX)
    heard = files_sha256(mix, [file.sha256 for file in there if file.part is Part.STEM])
    reports.request_report(uow, artist, song_id)
    report = reports.ListeningReport(
        files_sha256=heard, verdict=reports.Verdict.ACCEPT, findings={"files": [], "stems": None}
    )
    reports.record_report(uow, song_id, report)
    versions.submit_song(uow, artist, song_id)
    return song_id
