"""Whatever crashes, and however often anything is said again: the same books, and each artist paid once."""

import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from opencall.kernel.clock import SetClock
from opencall.kernel.database import make_engine, metadata
from opencall.kernel.ids import CountingIds
from opencall.kernel.object_store import FolderStore, StoredObject
from opencall.kernel.unit_of_work import UnitOfWork, Work
from rewards import audit, bank, bank_files, batches, funds, payees
from rewards.batches import Batch
from rewards.errors import AccountChanged, MoveNotAllowed
from rewards.ledger import read_entries
from rewards.moves import State
from rewards.obligations import Share, encumber, make_due
from rewards.rails.order import Party
from tests.rewards.office import CALL, DEBTOR_IBAN, FUND, Office, artist_details

SONGS = {"song-1": 100_01, "song-2": 250_00, "song-3": 99_99}
BOUNCES = {"OC-2-1": "AC04"}

Command = Callable[[Office, UnitOfWork], object]


class Killed(BaseException):
    """The process ends here: not an error that anybody could catch and go on."""


def commands() -> list[Command]:
    """Everything that is done to the books, in order; each is said by somebody who may say it again."""
    debtor = Party(name="Opencall gGmbH", account=DEBTOR_IBAN, town="Berlin", country="DE")

    def promise(reference: str) -> Command:
        def command(office: Office, uow: UnitOfWork) -> object:
            people = [payees.add_payee(uow, office.artist, office.vault, artist_details(index)) for index in range(2)]
            shares = [Share(f"c{index}", payee_id, 5_000) for index, payee_id in enumerate(people)]
            return encumber(uow, CALL, reference, SONGS[reference], "EUR", shares)

        return command

    def approve(number: int) -> list[Command]:
        return [
            lambda o, u: batches.approve(u, o.first, f"b{number}", batches.read_batch(u, f"b{number}").content_sha256),
            lambda o, u: batches.approve(u, o.second, f"b{number}", batches.read_batch(u, f"b{number}").content_sha256),
        ]

    def pay(number: int) -> list[Command]:
        def send(office: Office, uow: UnitOfWork) -> object:
            released = batches.read_batch(uow, f"b{number}")
            with office.store.open(released.file_sha256 or "") as file:
                return office.simulated.submit(file.read(), BOUNCES)

        def answer(office: Office, uow: UnitOfWork) -> object:
            document = office.simulated.statement(DEBTOR_IBAN, office.clock.now(), f"S{number}")
            return bank.import_statement(uow, office.maker, office.vault, document)

        return [
            lambda o, u: batches.draft_batch(u, o.maker, FUND, batch_id=f"b{number}"),
            *approve(number),
            lambda o, u: release(o, u, f"b{number}"),
            send,
            answer,
        ]

    return [
        lambda o, u: funds.open_fund(u, o.maker, "City", "EUR", fund_id=FUND),
        lambda o, u: funds.set_debtor(u, o.maker, o.vault, FUND, debtor),
        *[lambda o, u, n=n: funds.donate(u, o.maker, FUND, f"gift {n}", 200_00, "EUR") for n in range(4)],
        lambda o, u: funds.allocate(u, FUND, CALL, 700_00),
        *[promise(reference) for reference in SONGS],
        *[lambda o, u, r=r: make_due(u, r) for r in SONGS],
        *pay(1),
        *pay(2),
    ]


def release(office: Office, uow: UnitOfWork, batch_id: str) -> object:
    """As `bank_files.release`, in one unit of work that may be killed before its end."""
    batch = batches.read_batch(uow, batch_id)
    if batch.state is State.RELEASED:
        return batch
    file = bank_files.write_file(uow, office.vault, batch)
    return bank_files.send(uow, office.vault, file, office.store.put([file.content]))


def run(office: Office, chance: random.Random | None) -> None:
    """Say every command; with `chance`, some are killed before their commit, and all may be said again at any time."""
    script = commands()
    for index, command in enumerate(script):
        if chance is not None and chance.random() < 0.4:
            with pytest.raises(Killed), office.work.write() as uow:
                command(office, uow)
                raise Killed
        with office.work.write() as uow:
            command(office, uow)
        while chance is not None and chance.random() < 0.4:
            said_again = script[chance.randrange(index + 1)]
            try:
                with office.work.write() as uow:
                    said_again(office, uow)
            except MoveNotAllowed:
                pass  # an approval that comes again after the release


def books(office: Office) -> tuple[object, ...]:
    with office.work.read() as uow:
        assert audit.audit(uow, office.store).findings == ()
        transfers = [
            (each.transfer.kind, each.transfer.giving, each.transfer.taking, each.transfer.amount_minor)
            for each in read_entries(uow)
        ]
        return transfers, audit.fund_totals(uow, FUND), sorted(office.simulated.executed)


def calm_office(folder: Path, clock: SetClock) -> Office:
    """Beside the one of the fixtures, which is on each database in turn: this one is on SQLite."""
    folder.mkdir()
    engine = make_engine(f"sqlite+pysqlite:///{folder / 'opencall.db'}")
    work = Work(engine, clock, CountingIds(), lambda uow, fact: None)
    with work.write() as uow:
        metadata.create_all(uow.connection)
    return Office(work, FolderStore(folder / "objects"), clock)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_crashes_and_repetitions_leave_the_books_of_an_undisturbed_run(
    office: Office, tmp_path: Path, clock: SetClock, seed: int
) -> None:
    calm = calm_office(tmp_path / "calm", clock)
    run(calm, None)
    run(office, random.Random(seed))

    assert books(office) == books(calm)
    _, totals, executed = books(calm)
    assert totals == audit.FundTotals("EUR", 2, 800_00, 700_00, sum(SONGS.values()), balanced=True)
    assert executed == ["OC-1-1", "OC-2-1", "OC-2-2", "OC-3-1", "OC-4-1", "OC-5-1", "OC-6-1"]


def test_a_crash_after_the_file_is_stored_sends_nothing_and_the_next_try_releases(office: Office) -> None:
    office.fund()
    office.owe("song-1", 100_00)
    batch = office.approved()
    with pytest.raises(Killed), office.work.write() as uow:
        release(office, uow, batch.id)
        raise Killed
    with office.work.read() as uow:
        assert batches.read_batch(uow, batch.id) == batch
    assert office.answer(None, office.release(batch)).settled == ("OC-1-1",)


class StoreThatIsVisited(FolderStore):
    """A store in front of which somebody else does something before it takes a file."""

    def __init__(self, root: Path, visit: Callable[[], None]) -> None:
        super().__init__(root)
        self.visit = visit
        self.last_put = ""

    def put(self, chunks: Iterable[bytes], expected_sha256: str | None = None) -> StoredObject:
        self.visit()
        stored = super().put(chunks, expected_sha256)
        self.last_put = stored.sha256
        return stored


def test_nobody_waits_for_the_store_while_a_file_is_put_there(office: Office) -> None:
    office.fund()
    office.owe("song-1", 100_00)
    batch = office.approved()

    def give() -> None:
        with office.work.write() as uow:
            funds.donate(uow, office.maker, FUND, "gift that came in between", 1_00, "EUR")

    store = StoreThatIsVisited(office.store.root, give)
    bank_files.release(office.work, office.maker, office.vault, store, batch.id)
    assert office.answer(None, office.release(batch)).settled == ("OC-1-1",)


def test_two_who_release_at_once_send_one_file(office: Office) -> None:
    office.fund()
    office.owe("song-1", 100_00)
    batch = office.approved()
    first: list[Batch] = []

    def be_first() -> None:
        office.clock.advance(timedelta(seconds=1))  # so that the two files are two
        first.append(bank_files.release(office.work, office.maker, office.vault, office.store, batch.id))

    store = StoreThatIsVisited(office.store.root, be_first)
    second = bank_files.release(office.work, office.maker, office.vault, store, batch.id)
    assert [second] == first
    assert store.last_put != second.file_sha256


def test_a_file_counts_only_if_the_batch_still_says_the_same(office: Office) -> None:
    office.fund()
    office.owe("song-1", 100_00)
    batch = office.approved()

    def change_account() -> None:
        with office.work.write() as uow:
            payee_id = batch.content.lines[0].payee_id
            payees.change_payee(uow, office.artist, office.vault, payee_id, artist_details(1))

    store = StoreThatIsVisited(office.store.root, change_account)
    with pytest.raises(AccountChanged):
        bank_files.release(office.work, office.maker, office.vault, store, batch.id)
    with office.work.read() as uow:
        assert batches.read_batch(uow, batch.id).state is State.DRAFT
