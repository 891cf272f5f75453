"""Manual settlement: a table for a person who types the payments into a bank's own page.

For currencies and countries that SEPA does not reach. The answer comes back by a person, too: `bank.reconcile`.
"""

import csv
import io
from datetime import date

from rewards.money import format_amount
from rewards.rails.errors import TextMissing
from rewards.rails.guards import check_country, check_order
from rewards.rails.order import PaymentOrder, Sent

SUFFIX = ".csv"
COLUMNS = (
    "EndToEndId",
    "Name",
    "Account",
    "BIC",
    "Street",
    "Postcode",
    "Town",
    "Country",
    "Currency",
    "Amount",
    "Text",
)

# A spreadsheet runs what begins like a formula; a leading apostrophe makes it text.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write(order: PaymentOrder, sent: Sent, today: date) -> bytes:
    """UTF-8 with a header line, one line a payment, in the order that was approved."""
    check_order(order, sent)
    for transfer in order.transfers:
        for field in ("name", "account"):
            if not getattr(transfer.creditor, field).strip():
                raise TextMissing(transfer.end_to_end_id, field)
        check_country(transfer.end_to_end_id, transfer.creditor.country)

    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for transfer in order.transfers:
        party = transfer.creditor
        cells = (
            transfer.end_to_end_id,
            party.name,
            party.account,
            party.bic,
            party.street,
            party.postcode,
            party.town,
            party.country,
            transfer.currency,
            format_amount(transfer.amount_minor, transfer.currency),
            transfer.remittance,
        )
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell for cell in cells])
    return table.getvalue().encode()
