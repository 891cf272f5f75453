"""Batches: made by one, approved by two others who type the total, released to the bank."""

from datetime import date
from typing import Any

from litestar import Response
from litestar.params import FromPath

from opencall.kernel.errors import OpencallError
from opencall.kernel.principal import Role, require
from opencall.kernel.web.forms import Fields, FieldWrong, Form
from opencall.kernel.web.labels import LabelsHere
from opencall.kernel.web.pages import Member, StoreHere, Visit, WorkHere, acts, go_to, page, shows
from rewards import bank_files, batches, books, ledger
from rewards.errors import TotalDiffers
from rewards.funds import read_fund
from rewards.money import format_amount, read_amount
from rewards.moves import State
from rewards.web.asking import VaultHere


@shows("/money/batches/{batch_id:str}")
def batch_page(
    request: Visit, work: WorkHere, member: Member, vault: VaultHere, labels: LabelsHere, batch_id: FromPath[str]
) -> Response[str]:
    """What is paid, to whom, who said so, and what this person may do about it."""
    require(member, Role.FINANCE)
    with work.read(member) as uow:
        batch = batches.read_batch(uow, batch_id)
        lines = books.payments_in_words(uow, vault, batch)
        approvals = books.approvals_of(uow, batch)
        trouble: str | None = None
        if batch.state is State.DRAFT:
            try:
                bank_files.check_batch(uow, vault, batch)
            except OpencallError as refusal:
                trouble = str(refusal)
        facts: dict[str, Any] = {
            "batch": batch,
            "fund": read_fund(uow, batch.content.fund_id),
            "lines": lines,
            "approvals": approvals,
            "trouble": trouble,
            "names": labels.people(uow, [batch.maker_id, *(who for who, _ in approvals)]),
            "titles": labels.songs(uow, (line.reference for line in lines)),
            "head": ledger.read_head(uow),
            "waiting": books.what_waits(uow),
            "total": format_amount(batch.content.total_minor, batch.content.currency),
            "needed": batches.APPROVALS_NEEDED,
            "mine": batch.maker_id == member.user_id,
            "approved": member.user_id in batch.approved_by,
        }
    return page(request, "rewards/batch.html", **facts)


@acts("/money/funds/{fund_id:str}/batches")
def draft(request: Visit, work: WorkHere, member: Member, fund_id: FromPath[str], data: Form) -> Response[str]:
    """All that is due and may be paid, in one batch."""
    with work.write(member) as uow:
        batch = batches.draft_batch(uow, member, fund_id, rail=Fields(data).text("rail", "sepa"))
    return go_to(request, f"/money/batches/{batch.id}")


@acts("/money/batches/{batch_id:str}/approve")
def approve(request: Visit, work: WorkHere, member: Member, batch_id: FromPath[str], data: Form) -> Response[str]:
    """Yes to exactly what was shown; the total is typed, so that nobody approves with one careless press."""
    fields = Fields(data)
    with work.write(member) as uow:
        content = batches.read_batch(uow, batch_id).content
        typed = fields.needed("total", "The total")
        if read_amount(typed, content.currency) != content.total_minor:
            raise TotalDiffers(typed, format_amount(content.total_minor, content.currency))
        batches.approve(uow, member, batch_id, fields.needed("content_sha256", "What you approve"))
    return go_to(request, f"/money/batches/{batch_id}")


@acts("/money/batches/{batch_id:str}/remove")
def remove(request: Visit, work: WorkHere, member: Member, batch_id: FromPath[str], data: Form) -> Response[str]:
    """One payment out of a draft; approvals are void."""
    with work.write(member) as uow:
        batches.remove_payment(uow, member, batch_id, Fields(data).needed("payment_id", "The payment"))
    return go_to(request, f"/money/batches/{batch_id}")


@acts("/money/batches/{batch_id:str}/day")
def move_day(request: Visit, work: WorkHere, member: Member, batch_id: FromPath[str], data: Form) -> Response[str]:
    """Another day of execution; approvals are void."""
    typed = Fields(data).needed("execution_on", "The day")
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise FieldWrong("execution_on", "The day", f"a date such as 2026-02-13 is wanted, not “{typed}”") from None
    with work.write(member) as uow:
        batches.move_execution(uow, member, batch_id, day)
    return go_to(request, f"/money/batches/{batch_id}")


@acts("/money/batches/{batch_id:str}/dissolve")
def dissolve(request: Visit, work: WorkHere, member: Member, batch_id: FromPath[str]) -> Response[str]:
    """The draft is given up; all of it is due again."""
    with work.write(member) as uow:
        batches.dissolve(uow, member, batch_id)
    return go_to(request, "/money")


@acts("/money/batches/{batch_id:str}/release")
def release(
    request: Visit, work: WorkHere, member: Member, vault: VaultHere, store: StoreHere, batch_id: FromPath[str]
) -> Response[str]:
    """The file for the bank is written, checked and stored; from here on the payments are on their way."""
    require(member, Role.FINANCE)
    bank_files.release(work, member, vault, store, batch_id)
    return go_to(request, f"/money/batches/{batch_id}")


@shows("/money/batches/{batch_id:str}/file")
def download(work: WorkHere, member: Member, store: StoreHere, batch_id: FromPath[str]) -> Response[bytes]:
    """The stored file of a released batch, the same bytes every time."""
    require(member, Role.FINANCE)
    with work.read(member) as uow:
        batch = batches.read_batch(uow, batch_id)
    if batch.file_sha256 is None:
        raise FieldWrong("batch", "The file", "it exists once two people have approved and the batch is released")
    with store.open(batch.file_sha256) as file:
        raw = file.read()
    name = bank_files.file_name(batch)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(raw, media_type="application/octet-stream", headers=headers)


handlers = [batch_page, draft, approve, remove, move_day, dissolve, release, download]
