"""A song that is sent without a browser, by the functions that pages call."""

import hashlib
import time
from pathlib import Path

from opencall.app.identity.users import create_user, find_by_email
from opencall.kernel.object_store import read_chunks
from opencall.kernel.principal import Principal
from submissions import reports, songs, versions
from submissions.files import NewFile
from submissions.material import AiDeclaration, Part, SongDetails, Story
from submissions.material import Person as Contributor
from submissions.queries import song_page
from submissions.receiving import receive_file
from submissions.rows import find_call
from tests.browser.story import Person
from tests.living import Living


def account(living: Living, person: Person) -> Principal:
    """That person, with an account if there was none."""
    with living.house.work.write() as uow:
        if find_by_email(uow, person.email) is None:
            create_user(uow, person.name, person.email, None)
        found = find_by_email(uow, person.email)
    assert found is not None
    return found.principal


def draft(living: Living, folder: Path, person: Person, call_id: str) -> str:
    """A whole draft with its files, in the folder `folder` as `small_demo` writes it; returns the song's identifier."""
    artist, work = account(living, person), living.house.work
    with work.write(artist) as uow:
        call = find_call(uow, call_id)
        details = SongDetails(title="Second Wind", artist_name=person.name, language="en", genre="rock")
        song_id = songs.start_song(uow, artist, call_id, details)
        songs.write_story(uow, artist, song_id, Story(text="Nobody asked for more.", language="en"))
        share = Contributor(name=person.name, email=person.email, part="everything", basis_points=10_000)
        songs.write_people(uow, artist, song_id, [share])
        songs.answer_questions(uow, artist, song_id, {question.key: True for question in call.questions})
        songs.declare_ai(uow, artist, song_id, AiDeclaration(used=False))
        for consent in call.consents:
            songs.give_consent(uow, artist, song_id, consent.key, consent.version)
    for path in (folder / "mix.wav", *sorted((folder / "stems").iterdir())):
        new = NewFile(name=path.name, bytes=path.stat().st_size, part=Part.MIX if path.stem == "mix" else Part.STEM)
        with path.open("rb") as file:
            announced = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            receive_file(work, living.house.uploads, artist, song_id, new, read_chunks(file), announced)
    return song_id


def send(living: Living, folder: Path, person: Person, call_id: str) -> None:
    """The song, sent to the call once its report is there."""
    work = living.house.work
    song_id = draft(living, folder, person, call_id)
    artist = account(living, person)
    with work.write(artist) as uow:
        reports.request_report(uow, artist, song_id)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with work.read(artist) as uow:
            report = song_page(uow, artist, song_id).report
        if report is not None and report.reported_at is not None:
            break
        time.sleep(0.1)
    with work.write(artist) as uow:
        versions.submit_song(uow, artist, song_id)
