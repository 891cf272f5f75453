"""A person's own side of the money: the accounts they are paid to, and what they were promised and paid."""

from typing import Any

from litestar import Response
from litestar.params import FromPath, FromQuery

from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.labels import LabelsHere
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, local_path, page, shows
from rewards import books, payees
from rewards.statements import payee_statement
from rewards.web.asking import VaultHere, party_of


@shows("/payments")
def my_payments(
    request: Visit,
    work: WorkHere,
    member: Member,
    vault: VaultHere,
    labels: LabelsHere,
    next: FromQuery[str | None] = None,  # noqa: A002 - the address says next
) -> Response[str]:
    """My accounts and my statement."""
    with work.read(member) as uow:
        mine = books.my_payees(uow, member, vault)
        statements = [payee_statement(uow, member, one.payee_id) for one in mine]
        titles = labels.songs(uow, (line.reference for one in statements for line in one.lines))
    facts: dict[str, Any] = {
        "payees": mine,
        "statements": statements,
        "titles": titles,
        "target": local_path(next, "/payments"),
    }
    return page(request, "rewards/payments.html", now=work.clock.now(), **facts)


@shows("/payments/payees/choose")
def choose_payee(
    request: Visit, work: WorkHere, member: Member, vault: VaultHere, name: FromQuery[str] = "payee_id"
) -> Response[str]:
    """A fragment: one's own accounts to choose one from, for the pages of another room."""
    with work.read(member) as uow:
        mine = books.my_payees(uow, member, vault)
    return page(request, "rewards/choose-payee.html", payees=mine, name=name)


@acts("/payments/payees")
def add_payee(request: Visit, work: WorkHere, member: Member, vault: VaultHere, data: Form) -> Response[str]:
    """An account to be paid to."""
    fields = Fields(data)
    with work.write(member) as uow:
        payees.add_payee(uow, member, vault, party_of(fields))
    return go_to(request, local_path(fields.text("next"), "/payments"))


@acts("/payments/payees/{payee_id:str}")
def change_payee(
    request: Visit, work: WorkHere, member: Member, vault: VaultHere, payee_id: FromPath[str], data: Form
) -> Response[str]:
    """Another account in its place, which cools off first."""
    with work.write(member) as uow:
        payees.change_payee(uow, member, vault, payee_id, party_of(Fields(data)))
    return go_to(request, "/payments")


handlers = [my_payments, choose_payee, add_payee, change_payee]
