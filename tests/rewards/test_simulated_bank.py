from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from rewards.simulated_bank import SimulatedBank
from tests.rewards.office import DEBTOR_IBAN, Office

SCHEMA = Path(__file__).parent / "iso20022" / "camt.053.001.08.xsd"
NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize("returns", [{}, {"OC-1-1": "AC04"}])
def test_its_statements_are_valid_by_the_schema(office: Office, returns: dict[str, str]) -> None:
    office.fund()
    office.owe("song-1", 100_01, points=(5_000, 5_000))
    bank = SimulatedBank()
    assert bank.submit(office.release(office.approved()), returns) == 2
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    schema.assertValid(etree.fromstring(bank.statement(DEBTOR_IBAN, NOON)))
    schema.assertValid(etree.fromstring(SimulatedBank().statement(DEBTOR_IBAN, NOON)))


def test_asked_twice_it_tells_the_same_in_the_same_bytes(office: Office) -> None:
    office.fund()
    office.owe("song-1", 100_00)
    office.simulated.submit(office.release(office.approved()))
    assert office.simulated.statement(DEBTOR_IBAN, NOON) == office.simulated.statement(DEBTOR_IBAN, NOON)


def test_it_tells_each_account_only_its_own(office: Office) -> None:
    office.fund()
    office.owe("song-1", 100_00)
    office.simulated.submit(office.release(office.approved()))
    assert b"OC-1-1" not in office.simulated.statement("NL91ABNA0417164300", NOON)
