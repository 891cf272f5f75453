"""A bank for demonstrations and tests: takes pain.001 files, answers with camt.053 statements.

It reads and writes XML by itself and shares no code with the rails, so that it can disagree with them. Like a careful
bank it executes an EndToEndId once; a real one promises no such thing.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from lxml import etree

CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


class Executed(msgspec.Struct, frozen=True):
    """A payment that the bank made; `return_reason` is the ISO 20022 code with which it came back, or empty."""

    end_to_end_id: str
    message_id: str
    debtor_iban: str
    amount: str
    currency: str
    return_reason: str


class SimulatedBank:
    """Keeps in memory what it executed. `statement` tells it all; asked twice at the same time, in the same bytes."""

    def __init__(self) -> None:
        self.executed: dict[str, Executed] = {}
        self.duplicates = 0

    def submit(self, pain001: bytes, returns: Mapping[str, str] | None = None) -> int:
        """Execute a pain.001 file; `returns` maps EndToEndIds to the reason for which they bounce, for instance AC04.

        Returns how many payments were new; those known by their EndToEndId are counted in `duplicates`.
        """
        document = etree.fromstring(pain001, parser=etree.XMLParser(resolve_entities=False, no_network=True))
        namespaces = {"p": etree.QName(document).namespace or ""}

        def text(element: etree._Element, path: str) -> str:
            return element.findtext(path, namespaces=namespaces) or ""

        before = len(self.executed)
        message_id = text(document, ".//p:GrpHdr/p:MsgId")
        for payment in document.iterfind(".//p:PmtInf", namespaces):
            for transfer in payment.iterfind("p:CdtTrfTxInf", namespaces):
                end_to_end_id = text(transfer, "p:PmtId/p:EndToEndId")
                if end_to_end_id in self.executed:
                    self.duplicates += 1
                    continue
                amount = transfer.find("p:Amt/p:InstdAmt", namespaces)
                assert amount is not None  # noqa: S101 - the schema demands it, and the rail validated
                self.executed[end_to_end_id] = Executed(
                    end_to_end_id=end_to_end_id,
                    message_id=message_id,
                    debtor_iban=text(payment, "p:DbtrAcct/p:Id/p:IBAN"),
                    amount=amount.text or "",
                    currency=str(amount.get("Ccy", "")),
                    return_reason=(returns or {}).get(end_to_end_id, ""),
                )
        return len(self.executed) - before

    def statement(self, iban: str, at: datetime, statement_id: str = "STMT-1") -> bytes:
        """A camt.053.001.08 statement of the account `iban`: a debit for each payment, a credit for each return."""
        payments = [each for each in self.executed.values() if each.debtor_iban == iban]
        moment = at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
        root = etree.Element(f"{{{CAMT}}}Document", nsmap={None: CAMT})  # type: ignore[dict-item] # the default prefix
        message = _add(root, "BkToCstmrStmt")
        header = _add(message, "GrpHdr")
        _add(header, "MsgId", statement_id)
        _add(header, "CreDtTm", moment)
        statement = _add(message, "Stmt")
        _add(statement, "Id", statement_id)
        _add(statement, "CreDtTm", moment)
        _add(_add(_add(statement, "Acct"), "Id"), "IBAN", iban)
        currency = payments[0].currency if payments else "EUR"
        paid = sum((Decimal(each.amount) for each in payments if not each.return_reason), Decimal(0))
        # Opened with what is needed, so that the account closes at zero.
        for code, amount in (("OPBD", paid), ("CLBD", Decimal(0))):
            _add_balance(statement, code, amount, currency, moment[:10])
        for number, payment in enumerate(payments, start=1):
            _add_entry(statement, payment, f"BK{number:08d}D", moment[:10], is_credit=False)
            if payment.return_reason:
                _add_entry(statement, payment, f"BK{number:08d}R", moment[:10], is_credit=True)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add_balance(statement: etree._Element, code: str, amount: Decimal, currency: str, day: str) -> None:
    balance = _add(statement, "Bal")
    _add(_add(_add(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _add(balance, "Amt", str(amount)).set("Ccy", currency)
    _add(balance, "CdtDbtInd", "CRDT")
    _add(_add(balance, "Dt"), "Dt", day)


def _add_entry(statement: etree._Element, payment: Executed, reference: str, day: str, *, is_credit: bool) -> None:
    direction = "CRDT" if is_credit else "DBIT"
    entry = _add(statement, "Ntry")
    _add(entry, "Amt", payment.amount).set("Ccy", payment.currency)
    _add(entry, "CdtDbtInd", direction)
    _add(_add(entry, "Sts"), "Cd", "BOOK")
    _add(_add(entry, "BookgDt"), "Dt", day)
    _add(_add(entry, "ValDt"), "Dt", day)
    _add(entry, "AcctSvcrRef", reference)
    code = _add(_add(entry, "BkTxCd"), "Domn")
    _add(code, "Cd", "PMNT")
    family = _add(code, "Fmly")
    # Issued SEPA credit transfer, and its return.
    _add(family, "Cd", "ICDT")
    _add(family, "SubFmlyCd", "RRTN" if is_credit else "ESCT")
    details = _add(_add(entry, "NtryDtls"), "TxDtls")
    references = _add(details, "Refs")
    _add(references, "MsgId", payment.message_id)
    _add(references, "AcctSvcrRef", reference)
    _add(references, "EndToEndId", payment.end_to_end_id)
    _add(details, "Amt", payment.amount).set("Ccy", payment.currency)
    _add(details, "CdtDbtInd", direction)
    if is_credit:
        _add(_add(_add(details, "RtrInf"), "Rsn"), "Cd", payment.return_reason)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{CAMT}}}{name}")
    element.text = text
    return element
