"""An artist's songs as JSON, for programs that send songs."""

from litestar import Router, get
from litestar.params import FromPath

from opencall.kernel.web.pages import Member, WorkHere
from opencall.kernel.web.refusals import may_refuse
from submissions.queries import SongLine, SongPage, my_submissions, song_page


@get("/", sync_to_thread=True, operation_id="my_submissions", responses=may_refuse())
def mine(work: WorkHere, member: Member) -> tuple[SongLine, ...]:
    """The caller's own songs, newest first."""
    with work.read(member) as uow:
        return my_submissions(uow, member)


@get("/{song_id:str}", sync_to_thread=True, operation_id="submission", responses=may_refuse())
def one(work: WorkHere, member: Member, song_id: FromPath[str]) -> SongPage:
    """A song of the caller's: words, people, files, uploads under way, the report, and what is missing."""
    with work.read(member) as uow:
        return song_page(uow, member, song_id)


router = Router("/api/submissions", route_handlers=[mine, one], tags=["submissions"])
