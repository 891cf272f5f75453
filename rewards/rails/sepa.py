"""SEPA credit transfers: an ISO 20022 pain.001.001.09 file.

`sepaxml` writes it, behind our guards; it would cut names, divide yen by a hundred and give the file random
identifiers, so whatever is random is set afterwards, the file is validated against its schema, and then read back and
compared with the order, payment by payment.
"""

from datetime import UTC, date
from functools import cache
from importlib.resources import files

from lxml import etree

from rewards.money import format_amount
from rewards.rails.errors import FileDiffers, FileInvalid
from rewards.rails.guards import check_order, check_sepa
from rewards.rails.order import Party, PaymentOrder, Sent

SCHEMA = "pain.001.001.09"
SUFFIX = ".xml"
_NAMESPACE = {"p": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}


def write(order: PaymentOrder, sent: Sent, today: date) -> bytes:
    """The bank file for `order`: the same order gives the same bytes.

    Raises an error of `rewards.rails.errors` for a defect of the order, before anything is written.
    """
    check_order(order, sent)
    check_sepa(order, today)

    written = _with_fixed_identifiers(_through_sepaxml(order), order)
    validate(written)
    _read_back(written, order)
    return written


def validate(document: bytes) -> None:
    """Raise `FileInvalid` unless `document` is valid by the schema of pain.001.001.09."""
    try:
        _schema().assertValid(etree.fromstring(document, parser=_parser()))
    except (etree.DocumentInvalid, etree.XMLSyntaxError) as invalid:
        raise FileInvalid(str(invalid)) from None


def _through_sepaxml(order: PaymentOrder) -> bytes:
    from sepaxml import SepaTransfer

    debtor = order.debtor
    config = {
        "name": debtor.name,
        "IBAN": debtor.account,
        "batch": True,
        "currency": order.currency,
        "address": _address(debtor),
    }
    if debtor.bic:
        config["BIC"] = debtor.bic
    transfer_file = SepaTransfer(config, schema=SCHEMA, clean=False)
    for transfer in order.transfers:
        payment = {
            "name": transfer.creditor.name,
            "IBAN": transfer.creditor.account,
            "amount": transfer.amount_minor,
            "currency": transfer.currency,
            "execution_date": order.execution_on,
            "description": transfer.remittance,
            "endtoend_id": transfer.end_to_end_id,
            "address": _address(transfer.creditor),
        }
        if transfer.creditor.bic:
            payment["BIC"] = transfer.creditor.bic
        transfer_file.add_payment(payment)
    exported: bytes = transfer_file.export(validate=False)
    return exported


def _with_fixed_identifiers(written: bytes, order: PaymentOrder) -> bytes:
    """Replace what the library draws at random or takes from the wall clock."""
    document = etree.fromstring(written, parser=_parser())
    created_at = order.created_at.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    for path, value in (
        (".//p:GrpHdr/p:MsgId", order.message_id),
        (".//p:GrpHdr/p:CreDtTm", created_at.isoformat() + "Z"),
        (".//p:PmtInf/p:PmtInfId", order.message_id),
    ):
        element = document.find(path, _NAMESPACE)
        if element is None:
            raise FileDiffers(path, value, "")
        element.text = value
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8")


def _read_back(written: bytes, order: PaymentOrder) -> None:
    """Raise `FileDiffers` unless the file says exactly what was ordered."""
    document = etree.fromstring(written, parser=_parser())

    def texts(path: str) -> list[str]:
        return [element.text or "" for element in document.iterfind(path, _NAMESPACE)]

    total = format_amount(order.control_sum_minor, order.currency)
    expected: dict[str, list[str]] = {
        ".//p:GrpHdr/p:MsgId": [order.message_id],
        ".//p:GrpHdr/p:NbOfTxs": [str(order.transactions)],
        ".//p:GrpHdr/p:CtrlSum": [total],
        ".//p:PmtInf/p:NbOfTxs": [str(order.transactions)],
        ".//p:PmtInf/p:CtrlSum": [total],
        ".//p:PmtInf/p:ReqdExctnDt/p:Dt": [order.execution_on.isoformat()],
        ".//p:DbtrAcct/p:Id/p:IBAN": [order.debtor.account],
        ".//p:Dbtr/p:Nm": [order.debtor.name],
        ".//p:CdtTrfTxInf/p:PmtId/p:EndToEndId": [transfer.end_to_end_id for transfer in order.transfers],
        ".//p:CdtTrfTxInf/p:Amt/p:InstdAmt": [
            format_amount(transfer.amount_minor, transfer.currency) for transfer in order.transfers
        ],
        ".//p:CdtTrfTxInf/p:Cdtr/p:Nm": [transfer.creditor.name for transfer in order.transfers],
        ".//p:CdtTrfTxInf/p:Cdtr/p:PstlAdr/p:TwnNm": [transfer.creditor.town for transfer in order.transfers],
        ".//p:CdtTrfTxInf/p:Cdtr/p:PstlAdr/p:Ctry": [transfer.creditor.country for transfer in order.transfers],
        ".//p:CdtTrfTxInf/p:CdtrAcct/p:Id/p:IBAN": [transfer.creditor.account for transfer in order.transfers],
    }
    for path, ordered in expected.items():
        found = texts(path)
        if found != ordered:
            raise FileDiffers(path, ", ".join(ordered), ", ".join(found))


def _address(party: Party) -> dict[str, str]:
    fields = {"street_name": party.street, "postcode": party.postcode, "town": party.town, "country": party.country}
    return {name: value for name, value in fields.items() if value}


@cache
def _schema() -> etree.XMLSchema:
    # The library ships the schema of ISO 20022 beside its code.
    return etree.XMLSchema(etree.fromstring((files("sepaxml") / "schemas" / f"{SCHEMA}.xsd").read_bytes()))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
