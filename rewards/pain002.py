"""Reading pain.002, the bank's report on a file that it was sent (ISO 20022, versions 03 to 14). Pure.

It says which payments were rejected before any money moved. An acceptance in it settles nothing: only a booking does.
"""

import msgspec
from lxml import etree

from rewards.errors import ReportUnreadable

MAX_BYTES = 50 * 1024 * 1024
_PREFIX = "urn:iso:std:iso:20022:tech:xsd:pain.002.001."


class Rejection(msgspec.Struct, frozen=True):
    """One rejected payment, or with an empty `end_to_end_id` all of the file. `reason`: ISO 20022 code, as AC01."""

    end_to_end_id: str
    reason: str


class Report(msgspec.Struct, frozen=True):
    """What the bank says about the file with the MsgId `message_id`."""

    message_id: str
    rejections: tuple[Rejection, ...]


def read_report(document: bytes) -> Report:
    """The rejections in a pain.002 file. Raises `ReportUnreadable`."""
    if len(document) > MAX_BYTES:
        raise ReportUnreadable(f"{len(document)} bytes, more than {MAX_BYTES}")
    try:
        root = etree.fromstring(
            document, parser=etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        )
    except etree.XMLSyntaxError as broken:
        raise ReportUnreadable(f"not well-formed: {broken.msg}") from None
    name = etree.QName(root)
    namespaces = {"p": name.namespace or ""}
    if root.getroottree().docinfo.internalDTD is not None or not namespaces["p"].startswith(_PREFIX):
        raise ReportUnreadable(f"the root is {root.tag}")
    message_id = _text(root, ".//p:OrgnlGrpInfAndSts/p:OrgnlMsgId", namespaces)
    if not message_id:
        raise ReportUnreadable("it does not name the file that it reports on")

    rejections = []
    group = root.find(".//p:OrgnlGrpInfAndSts", namespaces)
    blocks = [(each, "p:PmtInfSts") for each in root.iterfind(".//p:OrgnlPmtInfAndSts", namespaces)]
    if group is not None:
        blocks.append((group, "p:GrpSts"))
    # Our files have one payment block, so a rejected block is a rejected file.
    for block, status in blocks:
        if _text(block, status, namespaces) == "RJCT":
            rejections.append(Rejection("", _reason(block, namespaces)))
    for transaction in root.iterfind(".//p:TxInfAndSts", namespaces):
        if _text(transaction, "p:TxSts", namespaces) == "RJCT":
            end_to_end_id = _text(transaction, "p:OrgnlEndToEndId", namespaces)
            if not end_to_end_id:
                raise ReportUnreadable("it rejects a payment without naming it")
            rejections.append(Rejection(end_to_end_id, _reason(transaction, namespaces)))
    return Report(message_id, tuple(rejections))


def is_report(document: bytes) -> bool:
    """Whether `document` calls itself a pain.002; what it then says is for `read_report` to judge."""
    return _PREFIX.encode() in document[:4096]


def _text(element: etree._Element, path: str, namespaces: dict[str, str]) -> str:
    return (element.findtext(path, namespaces=namespaces) or "").strip()


def _reason(element: etree._Element, namespaces: dict[str, str]) -> str:
    reason = "p:StsRsnInf/p:Rsn/p:"
    return _text(element, f"{reason}Cd", namespaces) or _text(element, f"{reason}Prtry", namespaces) or "UNKNOWN"
