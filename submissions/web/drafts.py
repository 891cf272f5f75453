"""A song while it may change: each section saves by itself, and says what is still missing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response
from litestar.params import FromPath

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork
from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from submissions import songs
from submissions.calls import collecting_call
from submissions.errors import CallCannot, DeadlinePast, NotOpenYet, SongCannot
from submissions.files import LARGEST_FILE_BYTES, recast_file, remove_file
from submissions.moves import next_song_state
from submissions.queries import SongPage, song_page
from submissions.receiving import drop_upload
from submissions.reports import request_report
from submissions.rows import own_song
from submissions.states import SongEvent, SongState
from submissions.terms import StemsDue
from submissions.versions import submit_song
from submissions.web import mine
from submissions.web.draft_forms import (
    answers_of,
    cast_of,
    declaration_of,
    details_of,
    people_of,
    percent_of,
    story_of,
)
from submissions.web.languages import LANGUAGES
from submissions.web.roles import ROLES
from submissions.web.uploads import UploadsHere

# The steps, in the order of the page, and what of `missing` belongs to each.
STEPS: Final = {"song": "Song", "story": "Story", "files": "Files", "people": "People and shares", "rights": "Rights"}
PLACES: Final = {
    "TitleMissing": "song",
    "StoryMissing": "story",
    "MixMissing": "files",
    "StemsMissing": "files",
    "ReportMissing": "files",
    "ReportPending": "files",
    "ReportRejects": "files",
    "SplitsMissing": "people",
    "SplitsNotWhole": "people",
    "AnswersMissing": "rights",
    "NotEligible": "rights",
    "AiDeclarationMissing": "rights",
    "ConsentsMissing": "rights",
}


@dataclass(frozen=True)
class Lack:
    """Something that is missing, and the section where it is mended."""

    step: str
    sentence: str


@shows("/submissions/{song_id:str}")
def song(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """A draft to write in; and of a song that was sent, or may not be changed any more, how it stands."""
    with work.read(member) as uow:
        found = song_page(uow, member, song_id)
        if found.song.state is SongState.DRAFT and _is_open(uow, found, SongEvent.EDIT):
            return page(request, "submissions/draft.html", **_facts(found))
    return mine.show_status(request, work, member, song_id)


@shows("/submissions/{song_id:str}/edit")
def edit(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """The song to write in, sent or not, while the call is open."""
    with work.read(member) as uow:
        found = song_page(uow, member, song_id)
        if _is_open(uow, found, SongEvent.EDIT):
            return page(request, "submissions/draft.html", **_facts(found))
        only_stems = _is_open(uow, found, SongEvent.ADD_STEMS)
    return go_to(request, f"/submissions/{song_id}/files" if only_stems else f"/submissions/{song_id}")


@shows("/submissions/{song_id:str}/files")
def files(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """The files alone: where stems come in that a call wants after selection only."""
    with work.read(member) as uow:
        found = song_page(uow, member, song_id)
        if not _is_open(uow, found, SongEvent.ADD_STEMS):
            return go_to(request, f"/submissions/{song_id}")
        return page(request, "submissions/stems.html", **_facts(found))


@shows("/submissions/{song_id:str}/received")
def received(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """What changed by files that came in: a fragment."""
    with work.read(member) as uow:
        own_song(uow, member, song_id)
    return show_saved(request, work, member, song_id, saved=False)


def _saves(path: str, write: Callable[[UnitOfWork, Principal, str, Fields], object]) -> Any:
    """A handler that keeps a section and shows that it did."""

    def save(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form) -> Response[str]:
        with work.write(member) as uow:
            write(uow, member, song_id, Fields(data))
        return show_saved(request, work, member, song_id, step=path)

    save.__name__ = f"save_{path}"
    return acts(f"/submissions/{{song_id:str}}/{path}")(save)


def _write_details(uow: UnitOfWork, member: Principal, song_id: str, fields: Fields) -> None:
    fields.needed("title", "Title of the song")
    songs.write_details(uow, member, song_id, details_of(fields))


def _write_story(uow: UnitOfWork, member: Principal, song_id: str, fields: Fields) -> None:
    kept = own_song(uow, member, song_id).story
    songs.write_story(uow, member, song_id, story_of(fields, kept.image if kept else None))


def _write_people(uow: UnitOfWork, member: Principal, song_id: str, fields: Fields) -> None:
    songs.write_people(uow, member, song_id, people_of(fields))


def _write_rights(uow: UnitOfWork, member: Principal, song_id: str, fields: Fields) -> None:
    """Answers, declaration and consents stand in one form."""
    _, call = songs.editable_song(uow, member, song_id)
    songs.answer_questions(uow, member, song_id, answers_of(fields, call.questions))
    declaration = declaration_of(fields)
    if declaration is not None:
        songs.declare_ai(uow, member, song_id, declaration)
    for consent in call.consents:
        if fields.flag(f"consent-{consent.key}"):
            songs.give_consent(uow, member, song_id, consent.key, fields.text(f"consent-{consent.key}"))


@acts("/submissions/{song_id:str}/files/{file_id:str}")
def recast(
    request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], file_id: FromPath[str], data: Form
) -> Response[str]:
    """What a file is: the mix, or a stem with a role."""
    part, role = cast_of(Fields(data).text("cast"))
    with work.write(member) as uow:
        recast_file(uow, member, song_id, file_id, part, role)
    return show_saved(request, work, member, song_id, step="files")


@acts("/submissions/{song_id:str}/files/{file_id:str}/remove")
def remove(
    request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], file_id: FromPath[str]
) -> Response[str]:
    """A file leaves the song."""
    with work.write(member) as uow:
        remove_file(uow, member, song_id, file_id)
    return show_saved(request, work, member, song_id, step="files")


@acts("/submissions/{song_id:str}/uploads/{upload_id:str}/drop")
def drop(
    request: Visit,
    work: WorkHere,
    uploads: UploadsHere,
    member: Member,
    song_id: FromPath[str],
    upload_id: FromPath[str],
) -> Response[str]:
    """An upload that stopped half-way is wanted no longer."""
    drop_upload(work, uploads, member, upload_id)
    return go_to(request, _back_to(song_id, "files"))


@acts("/submissions/{song_id:str}/ask-report")
def ask_report(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """The machine listens to the files."""
    with work.write(member) as uow:
        request_report(uow, member, song_id)
    return show_saved(request, work, member, song_id, step="files")


@acts("/submissions/{song_id:str}/submit")
def submit(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """The song is sent as it is now."""
    with work.write(member) as uow:
        submit_song(uow, member, song_id)
    return go_to(request, f"/submissions/{song_id}")


def show_saved(
    request: Visit,
    work: WorkHere,
    member: Principal,
    song_id: str,
    *,
    step: str = "",
    saved: bool = True,
    picture: bool = False,
) -> Response[str]:
    """The parts of the page that show how far the song is; without scripts, the page again."""
    if request.headers.get("hx-request") != "true":
        return go_to(request, _back_to(song_id, step))
    with work.read(member) as uow:
        found = song_page(uow, member, song_id)
        facts = _facts(found) | {"saved_at": uow.clock.now() if saved else None, "picture": picture}
        return page(request, "submissions/draft-saved.html", **facts)


def _back_to(song_id: str, step: str) -> str:
    return f"/submissions/{song_id}/edit#{ {'details': 'song'}.get(step, step) }"


def _is_open(uow: UnitOfWork, found: SongPage, event: SongEvent) -> bool:
    """Whether `event` may happen to the song at this moment."""
    try:
        next_song_state(found.song, event)
        if found.song.state is SongState.OFFERED:
            return found.call.stems is StemsDue.AFTER_SELECTION
        collecting_call(uow, found.call.id)
    except (SongCannot, DeadlinePast, NotOpenYet, CallCannot):
        return False
    return True


def _facts(found: SongPage) -> dict[str, Any]:
    """What the templates of a draft are filled with."""
    lacks = [Lack(PLACES[refusal.code], refusal.sentence) for refusal in found.missing]
    story = found.song.story
    return {
        "found": found,
        "song": found.song,
        "call": found.call,
        "steps": STEPS,
        "lacks": lacks,
        "lacking": {lack.step for lack in lacks},
        "words": len(story.text.split()) if story else 0,
        "given": {(consent.key, consent.version): consent for consent in found.consents},
        "languages": LANGUAGES,
        "roles": ROLES,
        "percent_of": percent_of,
        "largest_bytes": LARGEST_FILE_BYTES,
        "stems_now": found.song.state is SongState.OFFERED or found.call.stems is StemsDue.AT_SUBMISSION,
    }


handlers: Final = (
    song,
    edit,
    files,
    received,
    _saves("details", _write_details),
    _saves("story", _write_story),
    _saves("people", _write_people),
    _saves("rights", _write_rights),
    recast,
    remove,
    drop,
    ask_report,
    submit,
)
