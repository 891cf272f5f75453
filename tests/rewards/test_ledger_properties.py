"""The ledger against a model of it: a state machine, and a hundred thousand random operations."""

import random
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule
from sqlalchemy import text

from opencall.kernel.clock import SetClock
from opencall.kernel.database import make_engine, metadata
from opencall.kernel.ids import CountingIds
from opencall.kernel.unit_of_work import Work
from rewards.audit import audit, recount_journal
from rewards.errors import Overdrawn, TransferConflict
from rewards.journal import Transfer
from rewards.ledger import Account, balances, open_accounts, post, read_head, reverse
from rewards.tables import account_table, chain_table, transfer_table

ACCOUNTS = [Account("source", "EUR", may_be_negative=True), *(Account(f"pot {n}", "EUR") for n in range(3))]
NAMES = [account.name for account in ACCOUNTS]


class LedgerMachine(RuleBasedStateMachine):
    """Random posts, replays, conflicts and reversals; the model is a dictionary of balances."""

    posted = Bundle("posted")

    def __init__(self) -> None:
        super().__init__()
        self.engine = make_engine("sqlite+pysqlite:///:memory:")
        self.work = Work(self.engine, SetClock(datetime(2026, 1, 1, tzinfo=UTC)), CountingIds(), lambda uow, fact: None)
        with self.work.write() as uow:
            metadata.create_all(uow.connection, tables=[account_table, chain_table, transfer_table])
            open_accounts(uow, ACCOUNTS)
        self.model = dict.fromkeys(NAMES, 0)
        self.entries = 0
        self.reversed: set[str] = set()
        self.number = count()

    def teardown(self) -> None:
        self.engine.dispose()

    @rule(
        target=posted,
        moves=st.lists(
            st.tuples(st.permutations(NAMES).map(lambda names: names[:2]), st.integers(1, 1000)), min_size=1, max_size=5
        ),
    )
    def post_some(self, moves: list[tuple[list[str], int]]) -> object:
        transfers = [
            Transfer(f"t{next(self.number)}", "test", giving, taking, "EUR", amount)
            for (giving, taking), amount in moves
        ]
        after = dict(self.model)
        overdraws = False
        for each in transfers:
            after[each.giving] -= each.amount_minor
            after[each.taking] += each.amount_minor
            overdraws = overdraws or (each.giving != "source" and after[each.giving] < 0)
        if overdraws:
            with pytest.raises(Overdrawn), self.work.write() as uow:
                post(uow, transfers)
            return multiple()
        with self.work.write() as uow:
            post(uow, transfers)
        self.model = after
        self.entries += len(transfers)
        return multiple(*transfers)

    @rule(transfer=posted)
    def replay(self, transfer: Transfer) -> None:
        with self.work.write() as uow:
            (entry,) = post(uow, [transfer])
        assert entry.transfer == transfer

    @rule(transfer=posted, change=st.integers(1, 9))
    def conflict(self, transfer: Transfer, change: int) -> None:
        other = Transfer(transfer.id, "test", transfer.giving, transfer.taking, "EUR", transfer.amount_minor + change)
        with pytest.raises(TransferConflict), self.work.write() as uow:
            post(uow, [other])

    @rule(transfer=posted)
    def take_back(self, transfer: Transfer) -> None:
        already = transfer.id in self.reversed
        if not already and transfer.taking != "source" and self.model[transfer.taking] < transfer.amount_minor:
            with pytest.raises(Overdrawn), self.work.write() as uow:
                reverse(uow, transfer.id)
            return
        with self.work.write() as uow:
            reverse(uow, transfer.id)
        if already:
            return  # a replay
        self.reversed.add(transfer.id)
        self.model[transfer.taking] -= transfer.amount_minor
        self.model[transfer.giving] += transfer.amount_minor
        self.entries += 1

    @invariant()
    def books_agree_with_the_model(self) -> None:
        with self.work.read() as uow:
            recount = recount_journal(uow)
            assert balances(uow, NAMES) == self.model
            assert {name: recount.balances_minor.get(name, 0) for name in NAMES} == self.model
            assert recount.findings == []
            assert read_head(uow).seq == self.entries
        assert sum(self.model.values()) == 0


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=20, stateful_step_count=15)


def test_a_hundred_thousand_random_operations_keep_every_invariant(work: Work) -> None:
    chance = random.Random(11)
    pots = [f"pot {number}" for number in range(40)]
    with work.write() as uow:
        open_accounts(uow, [Account("source", "EUR", may_be_negative=True), *(Account(pot, "EUR") for pot in pots)])
    model = dict.fromkeys(["source", *pots], 0)
    seen: list[Transfer] = []
    reversed_ids: set[str] = set()
    operations = entries = refused = 0
    while operations < 100_000:
        batch: list[Transfer] = []
        after = dict(model)
        fresh: list[Transfer] = []
        for _ in range(chance.randrange(1, 1001)):
            kind = chance.random()
            if kind < 0.08 and seen:
                batch.append(chance.choice(seen))
                continue
            if kind < 0.12 and seen:
                original = chance.choice(seen)
                if original.reverses or original.id in reversed_ids or after[original.taking] < original.amount_minor:
                    continue
                one = Transfer(
                    f"reversal/{original.id}", "reversal", original.taking, original.giving, "EUR",
                    original.amount_minor, reverses=original.id,
                )  # fmt: skip
                reversed_ids.add(original.id)
            else:
                giving = "source" if kind < 0.6 else chance.choice(pots)
                taking = (
                    pots[(pots.index(giving) + chance.randrange(1, 40)) % 40] if giving in pots else chance.choice(pots)
                )
                amount = chance.randrange(1, 10_000) if giving == "source" else after[giving] // 3
                if amount == 0:
                    continue
                one = Transfer(f"t{operations + len(batch)}", "test", giving, taking, "EUR", amount)
            batch.append(one)
            fresh.append(one)
            after[one.giving] -= one.amount_minor
            after[one.taking] += one.amount_minor
        operations += len(batch)
        if chance.random() < 0.15 and seen:
            poison = chance.choice(
                [
                    Transfer("poison", "test", pots[0], pots[1], "EUR", after[pots[0]] + 1),
                    Transfer(seen[0].id, "test", "source", pots[0], "EUR", 10**9),
                ]
            )
            with pytest.raises((Overdrawn, TransferConflict)), work.write() as uow:
                post(uow, [*batch, poison])
            refused += 1
            reversed_ids -= {each.reverses for each in fresh if each.reverses}
            continue
        with work.write() as uow:
            post(uow, batch)
        model = after
        seen += fresh
        entries += len(fresh)

    with work.read() as uow:
        assert balances(uow, list(model)) == model
        assert sum(model.values()) == 0
        assert min(value for name, value in model.items() if name != "source") >= 0
        assert read_head(uow).seq == entries
        posted = uow.connection.execute(text("SELECT id FROM rew_transfer ORDER BY seq")).scalars()
        assert list(posted) == [each.id for each in seen]
        assert audit(uow).ok
    assert refused > 10
