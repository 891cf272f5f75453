import re
from collections import Counter
from decimal import Decimal

from rewards.beancount import beancount_account, export_beancount
from rewards.ledger import read_head
from tests.rewards.office import Office


def test_the_books_print_every_transfer_balanced_with_its_end_to_end_id_and_the_head(office: Office) -> None:
    office.fund()
    office.owe("song-1", 100_00)
    office.answer({"OC-1-1": "AC04"}, office.release(office.approved()))
    office.answer(None, office.release(office.approved()), statement_id="S2")
    with office.work.read() as uow:
        lines = list(export_beancount(uow))
        head = read_head(uow)

    opened = {line.split()[2] for line in lines if " open " in line}
    sums: Counter[str] = Counter()
    for line in lines:
        if matched := re.fullmatch(r"  (\S+:\S+)  (-?\d+\.\d\d) EUR", line):
            assert matched[1] in opened
            sums[matched[1].rpartition(":")[2]] += Decimal(matched[2])
    assert sum(sums.values()) == 0
    assert (sums["Donors"], sums["Paid"], sums["Available"]) == (Decimal("-1000.00"), Decimal(100), Decimal(400))
    assert lines.count('  end-to-end-id: "OC-1-1"') == 3  # sent, debited, returned
    assert lines.count('  end-to-end-id: "OC-1-2"') == 2
    assert lines[-1] == f"; chain head: entry {head.seq} {head.sha256}"


def test_account_names_are_what_beancount_accepts() -> None:
    assert beancount_account("fund/ab12/call/my call_1/in_transit") == "Assets:Fund:Ab12:Call:My-call-1:In-transit"
    assert beancount_account("fund/ab12/donors") == "Income:Fund:Ab12:Donors"
    assert beancount_account("fund/-x/call/9/paid") == "Expenses:Fund:X-x:Call:9:Paid"


def test_empty_books_print_an_empty_file(office: Office) -> None:
    with office.work.read() as uow:
        assert list(export_beancount(uow)) == ['option "title" "Opencall rewards"', "", "; chain head: entry 0"]
