"""Where the money is, for everybody; and the desk of those who look after it."""

from typing import Annotated, Any, TypeAlias

from litestar import Response
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import BodyKwarg, FromPath, FromQuery

from opencall.kernel.principal import Role, require
from opencall.kernel.web.forms import Fields, FieldWrong, Form
from opencall.kernel.web.labels import LabelsHere
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from rewards import bank, beancount, books, funds, ledger, payments
from rewards.audit import audit
from rewards.money import read_amount
from rewards.web.asking import VaultHere, party_of

Files: TypeAlias = Annotated[dict[str, Any], BodyKwarg(media_type=RequestEncodingType.MULTI_PART)]


@shows("/fund")
def public_fund(request: Visit, work: WorkHere, labels: LabelsHere) -> Response[str]:
    """What came in, what is promised and what was paid, for everybody; nobody is named."""
    with work.read() as uow:
        every = [books.fund_books(uow, fund.id) for fund in funds.list_funds(uow)]
        titles = labels.calls(uow, (call.call_id for one in every for call in one.calls))
        head = ledger.read_head(uow)
    return page(request, "rewards/fund.html", funds=every, titles=titles, head=head, at=work.clock.now())


@shows("/money")
def desk(request: Visit, work: WorkHere, member: Member, labels: LabelsHere) -> Response[str]:
    """What waits for somebody in finance, the batches, and the funds."""
    require(member, Role.FINANCE)
    with work.read(member) as uow:
        every = [books.fund_books(uow, fund.id) for fund in funds.list_funds(uow)]
        batches = books.batches_in_short(uow)
        names = labels.people(uow, (batch.maker_id for batch in batches))
        facts: dict[str, Any] = {
            "funds": every,
            "batches": batches,
            "names": names,
            "fund_names": {one.fund.id: one.fund.name for one in every},
            "waiting": books.what_waits(uow),
            "statements": books.statements_known(uow),
            "head": ledger.read_head(uow),
        }
    return page(request, "rewards/desk.html", **facts)


@shows("/money/funds/choose")
def choose_fund(request: Visit, work: WorkHere, member: Member, name: FromQuery[str] = "fund_id") -> Response[str]:
    """A fragment: the funds to choose one from, for the pages of another room."""
    if not member.may(Role.FINANCE):
        require(member, Role.MANAGER)
    with work.read(member) as uow:
        listed = [books.fund_books(uow, fund.id) for fund in funds.list_funds(uow)]
    return page(request, "rewards/choose-fund.html", funds=listed, name=name)


@shows("/money/funds/{fund_id:str}")
def fund_page(
    request: Visit, work: WorkHere, member: Member, labels: LabelsHere, fund_id: FromPath[str]
) -> Response[str]:
    """One fund: where its money is, how it came and went, and what can be done with it."""
    require(member, Role.FINANCE)
    with work.read(member) as uow:
        one = books.fund_books(uow, fund_id)
        months = books.months_of(uow, fund_id)
        facts: dict[str, Any] = {
            "one": one,
            "titles": labels.calls(uow, (call.call_id for call in one.calls)),
            "months": months,
            "chart": books.chart(months),
            "donations": books.donations_of(uow, fund_id),
            "head": ledger.read_head(uow),
        }
    return page(request, "rewards/fund-desk.html", **facts)


@acts("/money/funds")
def open_fund(request: Visit, work: WorkHere, member: Member, data: Form) -> Response[str]:
    """A new fund."""
    fields = Fields(data)
    name, currency = fields.needed("name", "Name"), fields.needed("currency", "Currency").upper()
    with work.write(member) as uow:
        fund_id = funds.open_fund(uow, member, name, currency)
    return go_to(request, f"/money/funds/{fund_id}")


@acts("/money/funds/{fund_id:str}/donations")
def record_donation(
    request: Visit, work: WorkHere, member: Member, fund_id: FromPath[str], data: Form
) -> Response[str]:
    """A donation that arrived; the same reference twice is the same donation."""
    fields = Fields(data)
    with work.write(member) as uow:
        currency = funds.read_fund(uow, fund_id).currency
        amount_minor = read_amount(fields.needed("amount", "Amount"), currency)
        funds.donate(uow, member, fund_id, fields.needed("reference", "Reference"), amount_minor, currency)
    return go_to(request, f"/money/funds/{fund_id}")


@acts("/money/funds/{fund_id:str}/account")
def set_account(
    request: Visit, work: WorkHere, member: Member, vault: VaultHere, fund_id: FromPath[str], data: Form
) -> Response[str]:
    """The account that a fund pays from."""
    details = party_of(Fields(data))
    with work.write(member) as uow:
        funds.set_debtor(uow, member, vault, fund_id, details)
    return go_to(request, f"/money/funds/{fund_id}")


@acts("/money/answers")
def import_answer(request: Visit, work: WorkHere, member: Member, vault: VaultHere, data: Files) -> Response[str]:
    """The bank's answer (pain.002, camt.053), as the bank gave it; the same file twice changes nothing."""
    require(member, Role.FINANCE)
    document = data.get("document")
    if not isinstance(document, UploadFile):
        raise FieldWrong("document", "The bank's file", "choose the XML file that the bank gave you")
    raw = document.file.read()
    with work.write(member) as uow:
        imported = bank.import_answer(uow, member, vault, raw)
    return page(request, "rewards/imported.html", imported=imported, file_name=document.filename)


@acts("/money/payments/{payment_id:str}/reconcile")
def reconcile(request: Visit, work: WorkHere, member: Member, payment_id: FromPath[str], data: Form) -> Response[str]:
    """What became of a payment whose outcome was unknown, as the bank told a person."""
    fields = Fields(data)
    outcome = fields.needed("outcome", "What the bank says")
    reason = fields.needed("reason", "Where you have it from")
    with work.write(member) as uow:
        payments.reconcile(uow, member, payment_id, credited=outcome == "credited", reason=reason)
    return go_to(request, "/money")


@shows("/money/audit")
def audit_page(request: Visit, work: WorkHere, member: Member) -> Response[str]:
    """The books, recounted from the first entry to the last."""
    require(member, Role.FINANCE)
    with work.read(member) as uow:
        report = audit(uow)
    return page(request, "rewards/audit.html", report=report, at=work.clock.now())


@shows("/money/books.beancount")
def export_books(work: WorkHere, member: Member) -> Response[str]:
    """The whole journal for another book-keeper's program."""
    require(member, Role.FINANCE)
    with work.read(member) as uow:
        text = "".join(f"{line}\n" for line in beancount.export_beancount(uow))
    return Response(
        text, media_type="text/plain", headers={"Content-Disposition": 'attachment; filename="opencall.beancount"'}
    )


handlers = [
    public_fund,
    desk,
    choose_fund,
    fund_page,
    open_fund,
    record_donation,
    set_account,
    import_answer,
    reconcile,
    audit_page,
    export_books,
]
