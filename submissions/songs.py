"""A song while its artist writes it: details, story, people, answers, consents, declaration.

All of it may change until the deadline, submitted or not; curators hear what was submitted last.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import func, insert, select, update

from opencall.kernel.mailbox import mailbox_key
from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.calls import collecting_call
from submissions.errors import (
    AnswerWrong,
    ChangedMeanwhile,
    PersonWrong,
    TooManySongs,
    UnknownConsent,
    UnknownQuestion,
)
from submissions.material import (
    WHOLE_BASIS_POINTS,
    AiDeclaration,
    ConsentGiven,
    Contributor,
    Image,
    Person,
    SongDetails,
    Story,
)
from submissions.moves import next_song_state
from submissions.plain_text import LONGEST_LINE, refuse_unfit
from submissions.rows import Call, Song, own_song
from submissions.states import SongEvent, SongState
from submissions.tables import consent_table, song_table

# A curator's page has a story in all its languages; of a picture it has one sentence.
LONGEST_STORY: Final = 60_000
LONGEST_ALT: Final = 1000


def start_song(uow: UnitOfWork, principal: Principal, call_id: str, details: SongDetails) -> str:
    """Begin a draft and return the song's identifier. Needs an artist and an open call. Raises `TooManySongs`."""
    require(principal, Role.ARTIST, call_id)
    call = collecting_call(uow, call_id)
    _refuse_unfit_details(details)
    living = uow.connection.execute(
        select(func.count())
        .select_from(song_table)
        .where(
            song_table.c.call_id == call_id,
            song_table.c.artist_id == principal.user_id,
            song_table.c.state != SongState.WITHDRAWN,
        )
    ).scalar_one()
    if living >= call.songs_per_artist:
        raise TooManySongs(call.songs_per_artist)

    song_id = uow.ids.new()
    uow.connection.execute(
        insert(song_table).values(
            id=song_id,
            call_id=call_id,
            state=SongState.DRAFT,
            artist_id=principal.user_id,
            artist_email=principal.email,
            details=msgspec.to_builtins(details),
            contributors=[],
            answers={},
            version=0,
            created_at=uow.clock.now(),
        )
    )
    return song_id


def write_details(uow: UnitOfWork, principal: Principal, song_id: str, details: SongDetails) -> None:
    """Title, artist, language, genre, region."""
    song, _ = editable_song(uow, principal, song_id)
    _refuse_unfit_details(details)

    _keep(uow, song, details=msgspec.to_builtins(details))


def write_story(uow: UnitOfWork, principal: Principal, song_id: str, story: Story) -> None:
    """The story and its translations, in Markdown as it was typed."""
    song, _ = editable_song(uow, principal, song_id)
    refuse_unfit("name of a language", story.language, *story.translations, longest=LONGEST_LINE)
    refuse_unfit("story", story.text, *story.translations.values())
    refuse_unfit(
        "story with its translations", "".join((story.text, *story.translations.values())), longest=LONGEST_STORY
    )
    if story.image is not None:
        refuse_unfit("description of the image", story.image.alt, longest=LONGEST_ALT)

    _keep(uow, song, story=msgspec.to_builtins(story))


def write_picture(uow: UnitOfWork, principal: Principal, song_id: str, image: Image | None) -> None:
    """The picture of the story, or none; the words stay as they are."""
    song, _ = editable_song(uow, principal, song_id)
    if image is not None:
        refuse_unfit("description of the image", image.alt, longest=LONGEST_ALT)
    story = song.story or Story("", "und")

    _keep(uow, song, story=msgspec.to_builtins(msgspec.structs.replace(story, image=image)))


def write_people(
    uow: UnitOfWork, principal: Principal, song_id: str, people: Sequence[Person]
) -> tuple[Contributor, ...]:
    """Everybody who made the song, and their shares; these have to be whole when the song is sent, not before.

    A person keeps the identifier, and with an unchanged share the confirmation, for as long as the address stays.
    Raises `PersonWrong`.
    """
    song, _ = editable_song(uow, principal, song_id)
    _refuse_wrong_people(people)
    known = {contributor.email.casefold(): contributor.id for contributor in song.contributors}
    contributors = tuple(
        Contributor(
            id=known.get(person.email.casefold()) or uow.ids.new(),
            name=person.name,
            email=person.email,
            part=person.part,
            basis_points=person.basis_points,
        )
        for person in people
    )

    _keep(uow, song, contributors=msgspec.to_builtins(contributors))
    return contributors


def answer_questions(uow: UnitOfWork, principal: Principal, song_id: str, answers: Mapping[str, bool | str]) -> None:
    """Answers by key of the question; those not named keep what they have. Raises `UnknownQuestion`, `AnswerWrong`."""
    song, call = editable_song(uow, principal, song_id)
    questions = {question.key: question for question in call.questions}
    for key, answer in answers.items():
        question = questions.get(key)
        if question is None:
            raise UnknownQuestion(key)
        if isinstance(answer, bool) != (question.must_be is not None):
            raise AnswerWrong(key, "a yes or a no" if question.must_be is not None else "some words")
        refuse_unfit("answer", str(answer))

    _keep(uow, song, answers=song.answers | dict(answers))


def declare_ai(uow: UnitOfWork, principal: Principal, song_id: str, declaration: AiDeclaration) -> None:
    """Whether AI made any part, and which."""
    song, _ = editable_song(uow, principal, song_id)
    refuse_unfit("declaration", declaration.description)

    _keep(uow, song, ai=msgspec.to_builtins(declaration))


def give_consent(uow: UnitOfWork, principal: Principal, song_id: str, key: str, version: str) -> None:
    """Agree to a text of the call, in the version that was read. Giving it twice is giving it once."""
    song, call = editable_song(uow, principal, song_id)
    text = next((consent.text for consent in call.consents if (consent.key, consent.version) == (key, version)), None)
    if text is None:
        raise UnknownConsent(key, version)
    if any((given.key, given.version) == (key, version) for given in consents_of(uow, song_id)):
        return

    uow.connection.execute(
        insert(consent_table).values(
            song_id=song.id,
            key=key,
            version=version,
            text=text,
            text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            given_by=principal.user_id,
            given_at=uow.clock.now(),
        )
    )


def consents_of(uow: UnitOfWork, song_id: str) -> tuple[ConsentGiven, ...]:
    """What the artist agreed to, by key."""
    rows = uow.connection.execute(
        select(consent_table)
        .where(consent_table.c.song_id == song_id)
        .order_by(consent_table.c.key, consent_table.c.version)
    )
    return tuple(ConsentGiven(row.key, row.version, row.text_sha256, row.given_at.isoformat()) for row in rows)


def editable_song(uow: UnitOfWork, principal: Principal, song_id: str) -> tuple[Song, Call]:
    """The song and its call, if `principal` owns the song and may write in it now. Raises what says why not."""
    song = own_song(uow, principal, song_id)
    next_song_state(song, SongEvent.EDIT)
    return song, collecting_call(uow, song.call_id)


def _keep(uow: UnitOfWork, song: Song, **columns: object) -> None:
    kept = uow.connection.execute(
        update(song_table).where(song_table.c.id == song.id, song_table.c.state == song.state).values(**columns)
    )
    if kept.rowcount != 1:
        raise ChangedMeanwhile("song", song.id)


def _refuse_unfit_details(details: SongDetails) -> None:
    for field, line in (
        ("title", details.title),
        ("artist's name", details.artist_name),
        ("language", details.language),
        ("genre", details.genre),
        ("region", details.region),
    ):
        refuse_unfit(field, line, longest=LONGEST_LINE)


def _refuse_wrong_people(people: Sequence[Person]) -> None:
    seen: set[str] = set()
    for person in people:
        refuse_unfit("line of a person", person.name, person.email, person.part, longest=LONGEST_LINE)
        if not person.name.strip():
            raise PersonWrong(person.name, "it has no name")
        if person.email.count("@") != 1 or not all(person.email.split("@")) or " " in person.email:
            raise PersonWrong(person.name, "its mail address is none")
        if mailbox_key(person.email) is None:
            raise PersonWrong(person.name, "its mail address can be read as another one; write its ASCII form (xn--…)")
        if person.email.casefold() in seen:
            raise PersonWrong(person.name, "somebody else in the list has the same mail address")
        if not 0 <= person.basis_points <= WHOLE_BASIS_POINTS:
            raise PersonWrong(person.name, "a share is from 0 to 100 %")
        seen.add(person.email.casefold())
