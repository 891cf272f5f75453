"""Who is paid, and where: sealed, versioned, and slow to change.

Name, address and account are one sealed version. A change makes the next version, which may not be paid to for
`COOLING_OFF`: long enough for the person to read the letter about it, if it was not they who made it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import insert, select, update

from opencall.kernel.principal import NotYours, Principal, Role
from opencall.kernel.unit_of_work import UnitOfWork
from rewards.errors import LostRace, PayeeNotFound
from rewards.rails.errors import IbanInvalid, IbanOutsideSepa, TextMissing
from rewards.rails.guards import check_bic, check_country, check_iban, check_text, uses_ibans
from rewards.rails.order import Party
from rewards.rails.sepa_text import to_sepa_letters
from rewards.tables import payee_table, payee_version_table
from rewards.vault import Vault

COOLING_OFF = timedelta(hours=72)


class Version(msgspec.Struct, frozen=True):
    """The account of a payee that counts now, without what is secret."""

    payee_id: str
    version: int
    fingerprint: str
    usable_from: datetime


class PayeeSummary(msgspec.Struct, frozen=True):
    """What its owner and finance see: the account only in part."""

    payee_id: str
    version: int
    name: str
    town: str
    country: str
    account_masked: str
    usable_from: datetime


def add_payee(uow: UnitOfWork, principal: Principal, vault: Vault, details: Party) -> str:
    """Keep somebody's payment details, sealed; returns the payee's identifier.

    The first account may be paid to at once. Names and address are transliterated to the letters of SEPA. The same
    details of the same owner again are the same payee. Raises what `checked` raises.
    """
    details = checked(details)
    fingerprint = vault.fingerprint(msgspec.json.encode(details))
    same = uow.connection.execute(
        select(payee_table.c.id)
        .join(payee_version_table, payee_table.c.id == payee_version_table.c.payee_id)
        .where(
            payee_table.c.owner_id == principal.user_id,
            payee_version_table.c.version == payee_table.c.account_version,
            payee_version_table.c.fingerprint == fingerprint,
        )
    ).scalar_one_or_none()
    if same is not None:
        return str(same)

    payee_id = uow.ids.new()
    now = uow.clock.now()
    uow.connection.execute(
        insert(payee_table).values(id=payee_id, owner_id=principal.user_id, account_version=1, added_at=now)
    )
    _add_version(uow, vault, payee_id, 1, details, usable_from=now)
    return payee_id


def change_payee(uow: UnitOfWork, principal: Principal, vault: Vault, payee_id: str, details: Party) -> Version:
    """Replace the details of one's own payee. The new version cools off, were it only the old account once more.

    The same details as now change nothing. Raises `PayeeNotFound`, `NotYours`, `LostRace` and what `checked` raises.
    """
    row = uow.connection.execute(select(payee_table).where(payee_table.c.id == payee_id)).one_or_none()
    if row is None:
        raise PayeeNotFound(payee_id)
    if row.owner_id != principal.user_id:
        raise NotYours("payee", payee_id)
    details = checked(details)
    now_valid = current_version(uow, payee_id)
    if now_valid.fingerprint == vault.fingerprint(msgspec.json.encode(details)):
        return now_valid

    version = now_valid.version + 1
    moved = uow.connection.execute(
        update(payee_table)
        .where(payee_table.c.id == payee_id, payee_table.c.account_version == now_valid.version)
        .values(account_version=version)
    )
    if moved.rowcount != 1:
        raise LostRace("payee", payee_id, f"at version {now_valid.version}")
    _add_version(uow, vault, payee_id, version, details, usable_from=uow.clock.now() + COOLING_OFF)
    return current_version(uow, payee_id)


def current_version(uow: UnitOfWork, payee_id: str) -> Version:
    """The version that counts. Raises `PayeeNotFound`."""
    found = current_versions(uow, [payee_id])
    if payee_id not in found:
        raise PayeeNotFound(payee_id)
    return found[payee_id]


def current_versions(uow: UnitOfWork, payee_ids: list[str]) -> dict[str, Version]:
    """The versions that count, by payee; unknown payees are left out."""
    rows = uow.connection.execute(
        select(
            payee_version_table.c.payee_id,
            payee_version_table.c.version,
            payee_version_table.c.fingerprint,
            payee_version_table.c.usable_from,
        )
        .join(payee_table, payee_table.c.id == payee_version_table.c.payee_id)
        .where(
            payee_table.c.id.in_(sorted(set(payee_ids))),
            payee_version_table.c.version == payee_table.c.account_version,
        )
    )
    return {row.payee_id: Version(row.payee_id, row.version, row.fingerprint, row.usable_from) for row in rows}


def summary(uow: UnitOfWork, principal: Principal, vault: Vault, payee_id: str) -> PayeeSummary:
    """For its owner or finance. Raises `PayeeNotFound`, `NotYours`."""
    owner = uow.connection.execute(
        select(payee_table.c.owner_id).where(payee_table.c.id == payee_id)
    ).scalar_one_or_none()
    if owner is None:
        raise PayeeNotFound(payee_id)
    if owner != principal.user_id and not principal.may(Role.FINANCE):
        raise NotYours("payee", payee_id)
    version = current_version(uow, payee_id)
    party = unseal(uow, vault, payee_id, version.version)
    return PayeeSummary(
        payee_id,
        version.version,
        party.name,
        party.town,
        party.country,
        masked(party.account),
        usable_from=version.usable_from,
    )


def masked(account: str) -> str:
    """An account as it may be shown: enough to know one's own by, too little to pay to."""
    return f"{account[:4]}…{account[-4:]}" if len(account) >= 12 else "…"


def unseal(uow: UnitOfWork, vault: Vault, payee_id: str, version: int) -> Party:
    """The details of one version, in the clear. Raises `PayeeNotFound`, `VaultKeyWrong`, `SealBroken`."""
    sealed = uow.connection.execute(
        select(payee_version_table.c.sealed).where(
            payee_version_table.c.payee_id == payee_id, payee_version_table.c.version == version
        )
    ).scalar_one_or_none()
    if sealed is None:
        raise PayeeNotFound(payee_id)
    return msgspec.json.decode(vault.open(sealed, _belongs_to(payee_id, version)), type=Party)


def unseal_many(uow: UnitOfWork, vault: Vault, wanted: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Party]:
    """The details of many versions, `(payee_id, version)`, in one query. Raises as `unseal` does."""
    rows = uow.connection.execute(
        select(payee_version_table.c.payee_id, payee_version_table.c.version, payee_version_table.c.sealed).where(
            payee_version_table.c.payee_id.in_(sorted({payee_id for payee_id, _ in wanted}))
        )
    )
    sealed = {(row.payee_id, row.version): row.sealed for row in rows}
    absent = [payee_id for payee_id, version in wanted if (payee_id, version) not in sealed]
    if absent:
        raise PayeeNotFound(absent[0])
    return {
        (payee_id, version): msgspec.json.decode(
            vault.open(sealed[payee_id, version], _belongs_to(payee_id, version)), type=Party
        )
        for payee_id, version in wanted
    }


def checked(details: Party) -> Party:
    """`details` as a bank writes them: blanks out of the account, letters of SEPA in the texts.

    Raises `TextMissing`, `AddressIncomplete`, `TextTooLong`, `CharacterOutsideSepa`, `CountryUnknown`, `BicInvalid`,
    `BicOfAnotherCountry`, and `IbanInvalid` where the account is an IBAN or ought to be one.
    """
    account = "".join(details.account.split()).upper()
    clean = Party(
        name=to_sepa_letters(details.name),
        account=account,
        town=to_sepa_letters(details.town),
        country=details.country.strip().upper(),
        street=to_sepa_letters(details.street),
        postcode=to_sepa_letters(details.postcode),
        bic="".join(details.bic.split()).upper(),
    )
    check_text("payee", clean)
    check_country("payee", clean.country)
    if not account:
        raise TextMissing("payee", "account")
    if uses_ibans(account[:2]) and account[2:4].isdigit():
        try:
            country = check_iban("payee", account)
        except IbanOutsideSepa as outside:
            # A good IBAN that only another rail reaches.
            country = outside.country
        if clean.bic:
            check_bic("payee", clean.bic, country)
    elif uses_ibans(clean.country):
        raise IbanInvalid("payee", f"accounts in {clean.country} have an IBAN")
    return clean


def _add_version(
    uow: UnitOfWork, vault: Vault, payee_id: str, version: int, details: Party, usable_from: datetime
) -> None:
    plain = msgspec.json.encode(details)
    uow.connection.execute(
        insert(payee_version_table).values(
            payee_id=payee_id,
            version=version,
            sealed=vault.seal(plain, _belongs_to(payee_id, version)),
            fingerprint=vault.fingerprint(plain),
            added_at=uow.clock.now(),
            usable_from=usable_from,
        )
    )


def _belongs_to(payee_id: str, version: int) -> str:
    return f"payee {payee_id} version {version}"
