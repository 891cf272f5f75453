"""How much the journal costs: transfers a second, against the same rows inserted with nothing around them.

Run from the project's root: `python -m benchmarks.bench_ledger [TRANSFERS]`. Both write to SQLite (WAL, full sync) in
transactions of a thousand. The ratio carries to another machine; the rates do not.
"""

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from opencall.kernel.clock import SetClock
from opencall.kernel.database import make_engine, metadata
from opencall.kernel.ids import CountingIds
from opencall.kernel.unit_of_work import Work
from rewards.audit import recount_journal
from rewards.journal import Transfer
from rewards.ledger import BATCH, Account, open_accounts, post
from rewards.tables import account_table, chain_table, transfer_table

POTS = 100


def main(transfers: int) -> None:
    chance = random.Random(1)
    wanted = [
        Transfer(f"t{n}", "test", "source", f"pot {chance.randrange(POTS)}", "EUR", chance.randrange(1, 10_000))
        for n in range(transfers)
    ]
    batches = [wanted[start : start + BATCH] for start in range(0, transfers, BATCH)]
    with tempfile.TemporaryDirectory() as folder:
        plain = _plain_inserts(make_engine(f"sqlite:///{Path(folder) / 'plain.db'}"), batches)
        work = Work(
            make_engine(f"sqlite:///{Path(folder) / 'ledger.db'}"),
            SetClock(datetime(2026, 1, 1, tzinfo=UTC)),
            CountingIds(),
            lambda uow, fact: None,
        )
        posted = _posted(work, batches)
        verified = _verified(work)
    print(f"plain inserts            {transfers / plain:10,.0f} rows/s")
    print(f"journal                  {transfers / posted:10,.0f} transfers/s   {posted / plain:.2f} × the time")
    print(f"chain and sums verified  {transfers / verified:10,.0f} transfers/s")


def _plain_inserts(engine: Engine, batches: Sequence[Sequence[Transfer]]) -> float:
    """Seconds for the same data in a table without keys, triggers, balances or chain."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (id TEXT PRIMARY KEY, giving TEXT, taking TEXT, amount INTEGER)"))
    began = time.perf_counter()
    for batch in batches:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            connection.execute(
                text("INSERT INTO t VALUES (:id, :giving, :taking, :amount)"),
                [{"id": t.id, "giving": t.giving, "taking": t.taking, "amount": t.amount_minor} for t in batch],
            )
    return time.perf_counter() - began


def _posted(work: Work, batches: Sequence[Sequence[Transfer]]) -> float:
    """Seconds for posting: replays looked up, refusals checked, content hashed and chained, balances kept."""
    with work.write() as uow:
        metadata.create_all(uow.connection, tables=[account_table, chain_table, transfer_table])
        pots = [Account(f"pot {number}", "EUR") for number in range(POTS)]
        open_accounts(uow, [Account("source", "EUR", may_be_negative=True), *pots])
    began = time.perf_counter()
    for batch in batches:
        with work.write() as uow:
            post(uow, batch)
    return time.perf_counter() - began


def _verified(work: Work) -> float:
    """Seconds for walking the whole chain and summing every account."""
    began = time.perf_counter()
    with work.read() as uow:
        assert recount_journal(uow).findings == []
    return time.perf_counter() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
