"""The tables of the room. The journal is append-only by trigger; what a row's state may become stands in `moves`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from opencall.kernel.database import Instant, metadata
from rewards.append_only import only_grows

account_table = Table(
    "rew_account",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", String(160), nullable=False, unique=True),
    Column("currency", String(3), nullable=False),
    Column("may_be_negative", Boolean, nullable=False),
    # Kept beside the journal so that a balance costs one row; the audit sums it up again.
    Column("balance_minor", BigInteger, nullable=False),
    UniqueConstraint("number", "currency"),
    CheckConstraint("may_be_negative OR balance_minor >= 0", name="not_overdrawn"),
)

# One row is a whole transfer: so much from one account to another. Its two postings, −amount and +amount, are the same
# column read twice, so they sum to zero in every currency whatever anybody writes; the composite keys hold the
# currency.
transfer_table = Table(
    "rew_transfer",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("id", String(120), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("giving", Integer, nullable=False),
    Column("taking", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("reverses", String(120), ForeignKey("rew_transfer.id"), unique=True),
    Column("posted_at", Instant, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("chain_sha256", String(64), nullable=False),
    ForeignKeyConstraint(["giving", "currency"], ["rew_account.number", "rew_account.currency"]),
    ForeignKeyConstraint(["taking", "currency"], ["rew_account.number", "rew_account.currency"]),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    CheckConstraint("giving <> taking", name="accounts_differ"),
    CheckConstraint("seq > 0", name="seq_positive"),
)

# One row: where the chain ends. Whoever posts locks it first, so that entries have one order on every database.
chain_table = Table(
    "rew_chain",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

fund_table = Table(
    "rew_fund",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("opened_at", Instant, nullable=False),
    # The account it pays from: sealed details, and a fingerprint that says whether they changed.
    Column("debtor_sealed", LargeBinary),
    Column("debtor_version", Integer, nullable=False),
    Column("debtor_fingerprint", String(64)),
    Column("debtor_account_fingerprint", String(64), index=True),
)

donation_table = Table(
    "rew_donation",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("fund_id", String(32), ForeignKey("rew_fund.id"), nullable=False),
    Column("reference", String(140), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("received_at", Instant, nullable=False),
    UniqueConstraint("fund_id", "reference"),
)

call_table = Table(
    "rew_call",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("fund_id", String(32), ForeignKey("rew_fund.id"), nullable=False),
)

payee_table = Table(
    "rew_payee",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner_id", String(64), nullable=False, index=True),
    Column("account_version", Integer, nullable=False),
    Column("added_at", Instant, nullable=False),
)

# A version is never changed: another account, name or address is another version, which cools off.
payee_version_table = Table(
    "rew_payee_version",
    metadata,
    Column("payee_id", String(32), ForeignKey("rew_payee.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("usable_from", Instant, nullable=False),
)

reward_table = Table(
    "rew_reward",
    metadata,
    Column("reference", String(64), primary_key=True),
    Column("call_id", String(64), ForeignKey("rew_call.call_id"), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("promised_at", Instant, nullable=False),
)

obligation_table = Table(
    "rew_obligation",
    metadata,
    Column("id", String(32), primary_key=True),
    # What the bank sees of it, in EndToEndIds: short, and never given twice.
    Column("number", Integer, nullable=False, unique=True),
    Column("reference", String(64), ForeignKey("rew_reward.reference"), nullable=False, index=True),
    Column("call_id", String(64), ForeignKey("rew_call.call_id"), nullable=False),
    Column("fund_id", String(32), ForeignKey("rew_fund.id"), nullable=False),
    Column("contributor_id", String(64), nullable=False),
    Column("payee_id", String(32), ForeignKey("rew_payee.id"), nullable=False, index=True),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("changed_at", Instant, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    Index("ix_rew_obligation_fund_id_state", "fund_id", "state"),
)

batch_table = Table(
    "rew_batch",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("fund_id", String(32), ForeignKey("rew_fund.id"), nullable=False),
    # What people call it: the first of its fund is batch 1.
    Column("number", Integer, nullable=False),
    Column("rail", String(16), nullable=False),
    Column("maker_id", String(64), nullable=False),
    Column("execution_on", Date, nullable=False),
    Column("debtor_version", Integer, nullable=False),
    Column("debtor_fingerprint", String(64), nullable=False),
    # Whose statements may settle it, even after the fund has taken another account.
    Column("debtor_account_fingerprint", String(64), nullable=False),
    # Raised by every edit and part of what is approved: an edit and its undoing still void an approval.
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("drafted_at", Instant, nullable=False),
    Column("released_at", Instant),
    Column("content_sha256", String(64)),
    Column("file_sha256", String(64), unique=True),
    Column("chain_sha256", String(64)),
    Index("ix_rew_batch_fund_id_number", "fund_id", "number", unique=True),
)

approval_table = Table(
    "rew_approval",
    metadata,
    Column("batch_id", String(32), ForeignKey("rew_batch.id"), primary_key=True),
    Column("user_id", String(64), primary_key=True),
    Column("content_sha256", String(64), primary_key=True),
    Column("approved_at", Instant, nullable=False),
)

payment_table = Table(
    "rew_payment",
    metadata,
    Column("end_to_end_id", String(35), primary_key=True),
    Column("obligation_id", String(32), ForeignKey("rew_obligation.id"), nullable=False),
    Column("batch_id", String(32), ForeignKey("rew_batch.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("payee_id", String(32), nullable=False),
    Column("payee_version", Integer, nullable=False),
    Column("payee_fingerprint", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("reason", String(80)),
    Column("changed_at", Instant, nullable=False),
    ForeignKeyConstraint(["payee_id", "payee_version"], ["rew_payee_version.payee_id", "rew_payee_version.version"]),
    UniqueConstraint("batch_id", "position"),
    # At most one attempt of an obligation may be under way: the second one could be paid as well.
    Index(
        "uq_rew_payment_under_way",
        "obligation_id",
        unique=True,
        sqlite_where=text("state <> 'returned'"),
        postgresql_where=text("state <> 'returned'"),
    ),
)

statement_table = Table(
    "rew_statement",
    metadata,
    Column("file_sha256", String(64), primary_key=True),
    Column("statement_id", String(35), nullable=False),
    Column("imported_at", Instant, nullable=False),
)

# Every booking of the bank that concerns us, once, whichever statement brought it.
bank_entry_table = Table(
    "rew_bank_entry",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("file_sha256", String(64), ForeignKey("rew_statement.file_sha256"), nullable=False),
    Column("end_to_end_id", String(35), nullable=False, index=True),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("is_credit", Boolean, nullable=False),
    Column("reason", String(80), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("detail", Text, nullable=False),
)

APPEND_ONLY = (transfer_table, approval_table, payee_version_table, statement_table, bank_entry_table)
for _table in APPEND_ONLY:
    only_grows(_table)
