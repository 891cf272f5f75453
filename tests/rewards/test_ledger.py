"""Refusals in the order in which they win, replays, reversals, and what the database holds by itself."""

from dataclasses import dataclass
from functools import partial

import msgspec
import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

import rewards.tables
from opencall.kernel.unit_of_work import Work
from rewards.audit import recount_journal
from rewards.errors import (
    AccountConflict,
    AccountNotFound,
    AccountsMustDiffer,
    AlreadyReversed,
    CurrenciesDiffer,
    Overdrawn,
    RewardsError,
    TransferAmountNotPositive,
    TransferAmountTooLarge,
    TransferConflict,
    TransferNotFound,
)
from rewards.journal import GENESIS_SHA256, MAX_AMOUNT_MINOR, Transfer
from rewards.ledger import Account, balance, balances, find, open_accounts, post, read_entries, read_head, reverse
from rewards.tables import APPEND_ONLY, transfer_table
from tests.at_once import at_once


def transfer(**changes: object) -> Transfer:
    usual = Transfer("t", "test", giving="source", taking="pot", currency="EUR", amount_minor=100)
    return msgspec.structs.replace(usual, **changes)


@pytest.fixture
def books(work: Work) -> Work:
    with work.write() as uow:
        open_accounts(
            uow,
            [
                Account("source", "EUR", may_be_negative=True),
                Account("pot", "EUR"),
                Account("other pot", "EUR"),
                Account("yen", "JPY"),
            ],
        )
    return work


@dataclass
class Case:
    """`changes` make a transfer wrong in several ways at once; `wins` is the refusal that must come first."""

    changes: dict[str, object]
    wins: type[RewardsError]


LADDER = [
    Case({"amount_minor": 0, "giving": "pot", "currency": "JPY"}, TransferAmountNotPositive),
    Case({"amount_minor": -5, "giving": "nowhere"}, TransferAmountNotPositive),
    Case({"amount_minor": MAX_AMOUNT_MINOR + 1, "giving": "pot"}, TransferAmountTooLarge),
    Case({"giving": "nowhere", "taking": "nowhere"}, AccountsMustDiffer),
    Case({"giving": "nowhere", "currency": "JPY"}, AccountNotFound),
    Case({"taking": "nowhere", "currency": "JPY"}, AccountNotFound),
    Case({"taking": "yen", "reverses": "nothing"}, CurrenciesDiffer),
    Case({"currency": "JPY"}, CurrenciesDiffer),
    Case({"giving": "pot", "taking": "source", "reverses": "nothing"}, TransferNotFound),
    Case({"giving": "pot", "taking": "other pot", "amount_minor": 101}, Overdrawn),
]


@pytest.mark.parametrize("case", LADDER, ids=lambda case: f"{case.wins.__name__}-{len(case.changes)}")
def test_the_first_refusal_of_the_ladder_wins_and_nothing_is_written(books: Work, case: Case) -> None:
    with pytest.raises(case.wins), books.write() as uow:
        post(uow, [transfer(id="fine"), transfer(**{"id": "wrong", **case.changes})])
    with books.read() as uow:
        assert read_head(uow).seq == 0
        assert balance(uow, "source") == 0


def test_a_replay_returns_the_original_and_writes_nothing(books: Work) -> None:
    with books.write() as uow:
        (original,) = post(uow, [transfer()])
    with books.write() as uow:
        replays = post(uow, [transfer(), transfer()])
        assert replays == [original, original]
        assert read_head(uow).seq == 1
        assert balance(uow, "pot") == 100


def test_a_known_identifier_with_other_content_is_refused_even_if_that_content_is_wrong(books: Work) -> None:
    with books.write() as uow:
        post(uow, [transfer()])
    for change in ({"amount_minor": 101}, {"taking": "other pot"}, {"subject": "x"}, {"amount_minor": -1}):
        with pytest.raises(TransferConflict), books.write() as uow:
            post(uow, [transfer(**change)])


def test_an_account_may_be_filled_and_emptied_in_one_post_but_not_the_other_way_round(books: Work) -> None:
    filling = transfer(id="in")
    emptying = transfer(id="out", giving="pot", taking="other pot")
    with pytest.raises(Overdrawn), books.write() as uow:
        post(uow, [emptying, filling])
    with books.write() as uow:
        post(uow, [filling, emptying])
        assert (balance(uow, "pot"), balance(uow, "other pot")) == (0, 100)


def test_a_reversal_posts_the_mirror_once(books: Work) -> None:
    with books.write() as uow:
        post(uow, [transfer(subject="gift")])
        mirrored = reverse(uow, "t").transfer
        assert (mirrored.giving, mirrored.taking, mirrored.reverses) == ("pot", "source", "t")
        assert (mirrored.amount_minor, mirrored.subject) == (100, "gift")
        assert balance(uow, "pot") == 0
    with books.write() as uow:
        reverse(uow, "t")
        assert read_head(uow).seq == 2
    with pytest.raises(AlreadyReversed), books.write() as uow:
        post(uow, [transfer(id="again", reverses="t")])
    with pytest.raises(AlreadyReversed), books.write() as uow:
        reverse(uow, "reversal/t")
    with pytest.raises(TransferNotFound), books.write() as uow:
        reverse(uow, "unknown")


def test_more_than_a_batch_is_posted_in_order(books: Work) -> None:
    with books.write() as uow:
        entries = post(uow, [transfer(id=f"t{number}", amount_minor=1) for number in range(2_500)])
        assert [entry.seq for entry in entries] == list(range(1, 2_501))
        assert balance(uow, "pot") == 2_500
        assert list(read_entries(uow)) == entries
        assert find(uow, "t1234") == entries[1_234]
        assert recount_journal(uow).findings == []


def test_each_entry_is_chained_to_the_one_before(books: Work) -> None:
    with books.read() as uow:
        assert read_head(uow).sha256 == GENESIS_SHA256
    with books.write() as uow:
        first, second = post(uow, [transfer(id="a"), transfer(id="b")])
        assert len({GENESIS_SHA256, first.chain_sha256, second.chain_sha256}) == 3
        assert read_head(uow).sha256 == second.chain_sha256


def test_an_account_is_opened_once_and_never_as_another(books: Work) -> None:
    with books.write() as uow:
        open_accounts(uow, [Account("pot", "EUR"), Account("third", "EUR")])
        assert balance(uow, "third") == 0
    with pytest.raises(AccountConflict), books.write() as uow:
        open_accounts(uow, [Account("pot", "JPY")])


def test_what_many_post_at_once_stands_in_one_unbroken_chain(books: Work) -> None:
    def clerk(name: int) -> None:
        for number in range(10):
            with books.write() as uow:
                post(uow, [transfer(id=f"{name}/{number}", amount_minor=1), transfer(id=f"{number}", amount_minor=1)])

    assert at_once([partial(clerk, name) for name in range(5)]) == [None] * 5
    with books.read() as uow:
        assert [entry.seq for entry in read_entries(uow)] == list(range(1, 61))  # what all of them sent is there once
        assert balance(uow, "pot") == 60
        assert recount_journal(uow).findings == []


def test_the_last_money_is_spent_once_by_whoever_comes_first(books: Work) -> None:
    def spend(number: int) -> None:
        with books.write() as uow:
            post(uow, [transfer(id=f"spent/{number}", giving="pot", taking="other pot", amount_minor=40)])

    with books.write() as uow:
        post(uow, [transfer()])
    spent = at_once([partial(spend, number) for number in range(5)])
    assert sorted(type(each).__name__ for each in spent) == ["NoneType"] * 2 + ["Overdrawn"] * 3
    with books.read() as uow:
        assert (balance(uow, "pot"), balance(uow, "other pot")) == (20, 80)


def test_accounts_that_many_open_at_once_are_opened_once(books: Work) -> None:
    def open_some(first: int) -> None:
        with books.write() as uow:
            open_accounts(uow, [Account(f"call {number}", "EUR") for number in range(first, first + 3)])

    assert at_once([partial(open_some, first) for first in range(5)]) == [None] * 5
    with books.read() as uow:
        assert set(balances(uow, [f"call {number}" for number in range(7)]).values()) == {0}


@pytest.mark.parametrize("table", APPEND_ONLY, ids=lambda table: table.name)
def test_the_database_has_triggers_against_changing_what_only_grows(books: Work, table: rewards.tables.Table) -> None:
    asked, verbs = {
        "sqlite": ("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table", ("update", "delete")),
        "postgresql": (
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = CAST(:table AS regclass)",
            ("change", "truncate"),
        ),
    }[books.engine.dialect.name]
    with books.read() as uow:
        triggers = uow.connection.execute(text(asked), {"table": table.name}).scalars()
        assert set(triggers) == {f"{table.name}_no_{verb}" for verb in verbs}


@pytest.mark.parametrize("statement", ["UPDATE rew_transfer SET amount_minor = 1", "DELETE FROM rew_transfer"])
def test_the_database_refuses_to_change_or_delete_a_transfer(books: Work, statement: str) -> None:
    with books.write() as uow:
        post(uow, [transfer()])
    with pytest.raises(IntegrityError, match="append-only"), books.write() as uow:
        uow.connection.execute(text(statement))


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        ({"amount_minor": 0}, "amount_positive"),
        ({"amount_minor": -1}, "amount_positive"),
        ({"taking": 1}, "accounts_differ"),
        ({"currency": "JPY"}, "(?i)foreign key"),
        ({"taking": 4}, "(?i)foreign key"),
        ({"taking": 99}, "(?i)foreign key"),
    ],
)
def test_the_database_itself_refuses_a_row_that_would_not_balance(
    books: Work, wrong: dict[str, object], check: str
) -> None:
    row = {
        "seq": 1,
        "id": "by hand",
        "kind": "test",
        "subject": "",
        "giving": 1,
        "taking": 2,
        "currency": "EUR",
        "amount_minor": 1,
        "content_sha256": "",
        "chain_sha256": "",
    }
    with pytest.raises(IntegrityError, match=check), books.write() as uow:
        uow.connection.execute(insert(transfer_table).values(**(row | {"posted_at": uow.clock.now()} | wrong)))


def test_the_database_itself_refuses_an_overdrawn_account(books: Work) -> None:
    with pytest.raises(IntegrityError, match="not_overdrawn"), books.write() as uow:
        uow.connection.execute(text("UPDATE rew_account SET balance_minor = -1 WHERE name = 'pot'"))
