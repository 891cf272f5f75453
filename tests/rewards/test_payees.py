from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import insert, select

from opencall.kernel.principal import NotYours
from rewards import funds, payees
from rewards.errors import KeyMalformed, PayeeNotFound, SealBroken, VaultKeyWrong
from rewards.payees import COOLING_OFF
from rewards.rails.errors import (
    AddressIncomplete,
    BicOfAnotherCountry,
    CharacterOutsideSepa,
    IbanInvalid,
    PaymentRefused,
    TextMissing,
    TextTooLong,
)
from rewards.rails.order import Party
from rewards.rails.sepa_text import ALLOWED, to_sepa_letters
from rewards.tables import payee_version_table
from rewards.vault import Vault
from tests.rewards.office import IBANS, Office, artist_details, person


def test_what_is_sealed_opens_only_where_it_belongs_and_only_unaltered() -> None:
    vault = Vault(Vault.new_key())
    sealed = vault.seal(b"NL91ABNA0417164300", "payee a")
    assert vault.open(sealed, "payee a") == b"NL91ABNA0417164300"
    assert vault.seal(b"NL91ABNA0417164300", "payee a") != sealed
    with pytest.raises(SealBroken):
        vault.open(sealed, "payee b")
    for position in (8, 20, len(sealed) - 1):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(SealBroken):
            vault.open(bytes(altered), "payee a")
    with pytest.raises(SealBroken):
        vault.open(sealed[:10], "payee a")


def test_a_new_key_seals_while_the_older_one_still_opens() -> None:
    old_key, new_key = Vault.new_key(), Vault.new_key()
    sealed = Vault(old_key).seal(b"secret", "x")
    rotated = Vault(new_key, older=(old_key,))
    assert rotated.open(sealed, "x") == b"secret"
    assert rotated.key_id != Vault(old_key).key_id
    assert rotated.fingerprint(b"secret") == Vault(old_key).fingerprint(b"secret")
    with pytest.raises(VaultKeyWrong):
        Vault(new_key).open(sealed, "x")
    with pytest.raises(KeyMalformed):
        Vault(b"short")


def test_details_moved_to_another_payee_do_not_open(office: Office) -> None:
    mine = office.payee(0)
    with office.work.write() as uow:
        sealed = uow.connection.execute(select(payee_version_table).where(payee_version_table.c.payee_id == mine)).one()
        uow.connection.execute(insert(payee_version_table).values(**(sealed._asdict() | {"version": 2})))
        with pytest.raises(SealBroken):
            payees.unseal(uow, office.vault, mine, 2)


def test_the_same_details_again_are_the_same_payee(office: Office) -> None:
    assert office.payee(0) == office.payee(0)
    assert office.payee(0) != office.payee(1)


def test_only_the_owner_changes_a_payee_and_finance_sees_it_masked(office: Office) -> None:
    payee_id = office.payee(0)
    with office.work.write() as uow:
        for other in (office.maker, person("stranger")):
            with pytest.raises(NotYours):
                payees.change_payee(uow, other, office.vault, payee_id, artist_details(1))
        assert payees.summary(uow, office.maker, office.vault, payee_id).account_masked == "NL91…4300"
        with pytest.raises(NotYours):
            payees.summary(uow, person("stranger"), office.vault, payee_id)
        with pytest.raises(PayeeNotFound):
            payees.change_payee(uow, office.artist, office.vault, "nobody", artist_details(1))


def test_the_first_account_is_usable_at_once_and_each_change_cools_off_even_back_to_it(office: Office) -> None:
    payee_id = office.payee(0)
    with office.work.write() as uow:
        first = payees.current_version(uow, payee_id)
        assert first.usable_from == office.clock.now()
        assert payees.change_payee(uow, office.artist, office.vault, payee_id, artist_details(0)) == first
        payees.change_payee(uow, office.artist, office.vault, payee_id, artist_details(1))
    office.clock.advance(timedelta(hours=1))
    with office.work.write() as uow:
        back = payees.change_payee(uow, office.artist, office.vault, payee_id, artist_details(0))
    assert (back.version, back.usable_from) == (3, office.clock.now() + COOLING_OFF)
    assert back.fingerprint == first.fingerprint


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"account": "NL92ABNA0417164300"}, IbanInvalid),
        ({"account": "0417164300", "country": "NL"}, IbanInvalid),
        ({"account": " "}, TextMissing),
        ({"name": ""}, TextMissing),
        ({"name": "李小龙"}, CharacterOutsideSepa),
        ({"name": "A" * 71}, TextTooLong),
        ({"town": ""}, AddressIncomplete),
        ({"country": ""}, AddressIncomplete),
        ({"bic": "COBADEFFXXX"}, BicOfAnotherCountry),
    ],
)
def test_details_that_cannot_be_paid_to_are_refused_when_they_are_entered(
    office: Office, changes: dict[str, str], refusal: type[PaymentRefused]
) -> None:
    with pytest.raises(refusal), office.work.write() as uow:
        payees.add_payee(uow, office.artist, office.vault, msgspec.structs.replace(artist_details(0), **changes))


def test_an_account_in_a_country_without_ibans_is_kept_as_it_is() -> None:
    clean = payees.checked(Party(name="Keiko Sato", account="0009-1234567", town="Osaka", country="jp"))
    assert (clean.account, clean.country) == ("0009-1234567", "JP")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Zoë Größe", "Zoe Grosse"),
        ("Łukasz Żak", "Lukasz Zak"),
        ("Ø. Ærø & Søn", "O. Aero + Son"),
        ("D’Angelo “Dee”", "D'Angelo 'Dee'"),
        ("Nguyễn  Thị", "Nguyen Thi"),
    ],
)
def test_names_are_written_in_the_letters_of_the_bank(name: str, written: str) -> None:
    assert set(to_sepa_letters(name)) <= ALLOWED
    assert to_sepa_letters(name) == written


def test_a_debtor_is_sealed_and_versioned(office: Office) -> None:
    office.fund()
    with office.work.write() as uow:
        before = funds.list_funds(uow)[0]
        same = funds.unseal_debtor(uow, office.vault, before.id)
        funds.set_debtor(uow, office.maker, office.vault, before.id, same)
        assert funds.read_fund(uow, before.id) == before
        funds.set_debtor(uow, office.maker, office.vault, before.id, msgspec.structs.replace(same, account=IBANS[3]))
        assert funds.read_fund(uow, before.id).debtor_version == before.debtor_version + 1
