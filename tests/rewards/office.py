"""An office of finance: four people, a vault, and the steps from a donation to a bank's answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from opencall.kernel.clock import SetClock
from opencall.kernel.object_store import FolderStore
from opencall.kernel.principal import Grant, Principal, Role
from opencall.kernel.unit_of_work import Work
from rewards import bank, bank_files, batches, funds, obligations, payees
from rewards.batches import Batch
from rewards.obligations import Obligation, Share
from rewards.rails.order import Party
from rewards.simulated_bank import SimulatedBank
from rewards.vault import Vault

# Published examples of valid accounts, from SWIFT's IBAN registry.
DEBTOR_IBAN = "DE89370400440532013000"
IBANS = ("NL91ABNA0417164300", "FR1420041010050500013M02606", "AT611904300234573201", "BE68539007547034")

FUND = "f0000000000000000000000000000001"
CALL = "ca110000000000000000000000000001"


def person(user_id: str, *roles: Role) -> Principal:
    return Principal(user_id=user_id, name=user_id.title(), grants=frozenset(Grant(role) for role in roles))


def artist_details(index: int = 0) -> Party:
    return Party(name=f"Zoë Artist {index}", account=IBANS[index], town="Köln", country="DE")


@dataclass
class Office:
    """Real collaborators, and one method a step."""

    work: Work
    store: FolderStore
    clock: SetClock
    vault: Vault = field(default_factory=lambda: Vault(bytes(range(32))))
    maker: Principal = field(default_factory=lambda: person("maker", Role.FINANCE))
    first: Principal = field(default_factory=lambda: person("first", Role.FINANCE))
    second: Principal = field(default_factory=lambda: person("second", Role.FINANCE))
    artist: Principal = field(default_factory=lambda: person("artist", Role.ARTIST))
    simulated: SimulatedBank = field(default_factory=SimulatedBank)

    def fund(self, received_minor: int = 1_000_00, budget_minor: int = 600_00, currency: str = "EUR") -> None:
        with self.work.write() as uow:
            funds.open_fund(uow, self.maker, "Sound of the city", currency, fund_id=FUND)
            debtor = Party(name="Opencall gGmbH", account=DEBTOR_IBAN, town="Berlin", country="DE")
            funds.set_debtor(uow, self.maker, self.vault, FUND, debtor)
            funds.donate(uow, self.maker, FUND, "gift 1", received_minor, currency)
            funds.allocate(uow, FUND, CALL, budget_minor)

    def payee(self, index: int = 0) -> str:
        with self.work.write() as uow:
            return payees.add_payee(uow, self.artist, self.vault, artist_details(index))

    def promise(self, reference: str, amount_minor: int, points: Sequence[int] = (10_000,)) -> list[Obligation]:
        payee_ids = [self.payee(index) for index in range(len(points))]
        shares = [Share(f"c{i}", payee_ids[i], points[i]) for i in range(len(points))]
        with self.work.write() as uow:
            return obligations.encumber(uow, CALL, reference, amount_minor, "EUR", shares)

    def owe(self, reference: str, amount_minor: int, points: Sequence[int] = (10_000,)) -> list[Obligation]:
        self.promise(reference, amount_minor, points)
        with self.work.write() as uow:
            return obligations.make_due(uow, reference)

    def draft(self) -> Batch:
        with self.work.write() as uow:
            return batches.draft_batch(uow, self.maker, FUND)

    def approved(self) -> Batch:
        batch = self.draft()
        for approver in (self.first, self.second):
            with self.work.write() as uow:
                batch = batches.approve(uow, approver, batch.id, batch.content_sha256)
        return batch

    def release(self, batch: Batch) -> bytes:
        released = bank_files.release(self.work, self.maker, self.vault, self.store, batch.id)
        with self.store.open(released.file_sha256 or "") as file:
            return file.read()

    def answer(self, returns: dict[str, str] | None = None, *files: bytes, statement_id: str = "S1") -> bank.Imported:
        for file in files:
            self.simulated.submit(file, returns)
        document = self.simulated.statement(DEBTOR_IBAN, self.clock.now(), statement_id)
        with self.work.write() as uow:
            return bank.import_statement(uow, self.maker, self.vault, document)
