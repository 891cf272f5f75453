"""Reading camt.053, the bank's statement (ISO 20022, versions 02 to 14 alike in what is read here). Pure.

A statement is somebody else's file: no entity is expanded, no document type is accepted, nothing is fetched.
"""

from decimal import Decimal, InvalidOperation

import msgspec
from lxml import etree

from rewards.errors import CurrencyUnknown, CurrencyWithoutMinorUnit, StatementUnreadable
from rewards.money import exponent_of

MAX_BYTES = 50 * 1024 * 1024
_PREFIX = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."


class Booking(msgspec.Struct, frozen=True):
    """One booked transaction. `is_credit`: money came in. `reason`: ISO 20022 code of a return, or empty.

    `bank_reference` is what the bank calls the booking; `position` counts the transactions below it.
    """

    end_to_end_id: str
    amount_minor: int
    currency: str
    is_credit: bool
    reason: str
    bank_reference: str
    booked_on: str
    position: int


class Statement(msgspec.Struct, frozen=True):
    """One statement of one account."""

    id: str
    account: str
    bookings: tuple[Booking, ...]


def read_statements(document: bytes) -> tuple[Statement, ...]:
    """The statements in a camt.053 file; only what is booked, not what is pending. Raises `StatementUnreadable`."""
    if len(document) > MAX_BYTES:
        raise StatementUnreadable(f"{len(document)} bytes, more than {MAX_BYTES}")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser=parser)
    except etree.XMLSyntaxError as broken:
        raise StatementUnreadable(f"not well-formed: {broken.msg}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise StatementUnreadable("it brings a document type of its own")
    name = etree.QName(root)
    if name.localname != "Document" or not (name.namespace or "").startswith(_PREFIX):
        raise StatementUnreadable(f"the root is {root.tag}")

    found = [_statement(_Node(element, name.namespace or "")) for element in root.iter(f"{{{name.namespace}}}Stmt")]
    if not found:
        raise StatementUnreadable("it holds no statement")
    return tuple(found)


class _Node:
    """An element and its namespace, so that paths read like the standard's."""

    def __init__(self, element: etree._Element, namespace: str) -> None:
        self._element, self._namespaces = element, {"c": namespace}

    def all(self, path: str) -> "list[_Node]":
        qualified = "/".join(f"c:{step}" for step in path.split("/"))
        namespace = self._namespaces["c"]
        return [_Node(each, namespace) for each in self._element.iterfind(qualified, self._namespaces)]

    def text(self, path: str) -> str:
        return next((node._element.text or "" for node in self.all(path)), "").strip()

    def attribute(self, name: str) -> str:
        return str(self._element.get(name, ""))

    @property
    def own_text(self) -> str:
        return (self._element.text or "").strip()


def _statement(node: _Node) -> Statement:
    statement_id, account = node.text("Id"), node.text("Acct/Id/IBAN") or node.text("Acct/Id/Othr/Id")
    if not statement_id or not account:
        raise StatementUnreadable("a statement without identifier or account")
    bookings: list[Booking] = []
    for entry in node.all("Ntry"):
        # The status is a choice with a code below it since version 08, plain text before.
        if (entry.text("Sts/Cd") or entry.text("Sts")) == "BOOK":
            bookings += _bookings(entry)
    return Statement(statement_id, account, tuple(bookings))


def _bookings(entry: _Node) -> list[Booking]:
    transactions = entry.all("NtryDtls/TxDtls")
    bookings = []
    for position, transaction in enumerate(transactions, start=1):
        end_to_end_id = transaction.text("Refs/EndToEndId")
        if not end_to_end_id:
            continue
        amounts = transaction.all("Amt") or transaction.all("AmtDtls/TxAmt/Amt")
        if not amounts and len(transactions) == 1:
            amounts = entry.all("Amt")
        if not amounts:
            raise StatementUnreadable(f"no amount for {end_to_end_id}")
        amount_minor, currency = _amount(amounts[0])
        bookings.append(
            Booking(
                end_to_end_id=end_to_end_id,
                amount_minor=amount_minor,
                currency=currency,
                is_credit=(transaction.text("CdtDbtInd") or entry.text("CdtDbtInd")) == "CRDT",
                reason=transaction.text("RtrInf/Rsn/Cd") or transaction.text("RtrInf/Rsn/Prtry"),
                bank_reference=transaction.text("Refs/AcctSvcrRef")
                or entry.text("AcctSvcrRef")
                or entry.text("NtryRef"),
                booked_on=entry.text("BookgDt/Dt") or entry.text("BookgDt/DtTm"),
                position=position,
            )
        )
    return bookings


def _amount(node: _Node) -> tuple[int, str]:
    """Banks write fewer or more zeros than the exponent wants; a fraction of a minor unit is refused."""
    currency = node.attribute("Ccy")
    try:
        scaled = Decimal(node.own_text).scaleb(exponent_of(currency))
    except (InvalidOperation, CurrencyUnknown, CurrencyWithoutMinorUnit) as wrong:
        raise StatementUnreadable(f"the amount {node.own_text!r} {currency}: {wrong}") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise StatementUnreadable(f"the amount {node.own_text!r} {currency} is no whole number of minor units")
    return int(scaled), currency
