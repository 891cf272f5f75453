"""What the machine is doing: what runs, what waits, and what stands still until somebody has looked."""

from typing import Final

from litestar import Response
from litestar.params import FromPath

from audio_pipeline import production
from audio_pipeline.queue import runs_now
from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, local_path, page, shows


@shows("/runs")
def runs_page(request: Visit, work: WorkHere, member: Member) -> Response[str]:
    """The queue."""
    with work.read(member) as uow:
        now = runs_now(uow, member)
        at = uow.clock.now()
    return page(request, "audio/runs.html", runs=now, at=at)


@shows("/runs/now")
def runs_fragment(request: Visit, work: WorkHere, member: Member) -> Response[str]:
    """The same, for a page that is open already."""
    with work.read(member) as uow:
        now = runs_now(uow, member)
        at = uow.clock.now()
    return page(request, "audio/runs-now.html", runs=now, at=at)


@acts("/runs/{run_id:str}/again")
def again_form(request: Visit, work: WorkHere, member: Member, run_id: FromPath[str], data: Form) -> Response[str]:
    """Somebody has looked: the run is queued again."""
    with work.write(member) as uow:
        production.run_again(uow, member, run_id)
    return go_to(request, local_path(Fields(data).text("back"), "/runs"))


@acts("/runs/{run_id:str}/stop")
def stop_form(request: Visit, work: WorkHere, member: Member, run_id: FromPath[str], data: Form) -> Response[str]:
    """The run is not wanted any more."""
    with work.write(member) as uow:
        production.stop_run(uow, member, run_id)
    return go_to(request, local_path(Fields(data).text("back"), "/runs"))


handlers: Final = (runs_page, runs_fragment, again_form, stop_form)
