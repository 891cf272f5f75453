"""first tables

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from opencall.kernel.database import Instant
from rewards.append_only import statements_for

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = (
    "rew_transfer",
    "rew_approval",
    "rew_payee_version",
    "rew_statement",
    "rew_bank_entry",
)


def upgrade() -> None:
    op.create_table(
        "aud_approval",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("song_id", sa.String(length=64), nullable=False),
        sa.Column("approval_sha256", sa.String(length=64), nullable=False),
        sa.Column("party", sa.String(length=16), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_aud_approval")),
    )
    with op.batch_alter_table("aud_approval", schema=None) as batch_op:
        batch_op.create_index("ix_aud_approval_song_id", ["song_id"], unique=False)

    op.create_table(
        "aud_artifact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("song_id", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aud_artifact")),
        sa.UniqueConstraint(
            "song_id",
            "stage",
            "input_hash",
            "kind",
            "name",
            name=op.f("uq_aud_artifact_song_id_stage_input_hash_kind_name"),
        ),
    )
    with op.batch_alter_table("aud_artifact", schema=None) as batch_op:
        batch_op.create_index("ix_aud_artifact_sha256", ["sha256"], unique=False)

    op.create_table(
        "aud_progress",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("song_id", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_aud_progress")),
    )
    with op.batch_alter_table("aud_progress", schema=None) as batch_op:
        batch_op.create_index("ix_aud_progress_song_id_seq", ["song_id", "seq"], unique=False)

    op.create_table(
        "aud_song",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("uploads", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aud_song")),
    )
    op.create_table(
        "aud_stage_run",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("song_id", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("queue", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lost_leases", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=120), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("artifact_key", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("rung_at", Instant(), nullable=True),
        sa.Column("queued_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aud_stage_run")),
        sa.UniqueConstraint("song_id", "stage", "input_hash", name=op.f("uq_aud_stage_run_song_id_stage_input_hash")),
    )
    with op.batch_alter_table("aud_stage_run", schema=None) as batch_op:
        batch_op.create_index("ix_aud_stage_run_state_lease_until", ["state", "lease_until"], unique=False)

    op.create_table(
        "ker_fact",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ker_fact")),
    )
    with op.batch_alter_table("ker_fact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ker_fact_name"), ["name"], unique=False)

    op.create_table(
        "ker_mail",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("queued_at", Instant(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ker_mail")),
    )
    with op.batch_alter_table("ker_mail", schema=None) as batch_op:
        batch_op.create_index("ix_ker_mail_state_due_at", ["state", "due_at"], unique=False)

    op.create_table(
        "rew_account",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("may_be_negative", sa.Boolean(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("may_be_negative OR balance_minor >= 0", name=op.f("ck_rew_account_not_overdrawn")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_rew_account")),
        sa.UniqueConstraint("name", name=op.f("uq_rew_account_name")),
        sa.UniqueConstraint("number", "currency", name=op.f("uq_rew_account_number_currency")),
    )
    op.create_table(
        "rew_chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_rew_chain_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rew_chain")),
    )
    op.create_table(
        "rew_fund",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("debtor_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("debtor_version", sa.Integer(), nullable=False),
        sa.Column("debtor_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("debtor_account_fingerprint", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rew_fund")),
    )
    with op.batch_alter_table("rew_fund", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rew_fund_debtor_account_fingerprint"), ["debtor_account_fingerprint"], unique=False
        )

    op.create_table(
        "rew_payee",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("account_version", sa.Integer(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rew_payee")),
    )
    with op.batch_alter_table("rew_payee", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rew_payee_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "rew_statement",
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("statement_id", sa.String(length=35), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("file_sha256", name=op.f("pk_rew_statement")),
    )
    op.create_table(
        "sub_call",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("opens_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("fund_id", sa.String(length=64), nullable=False),
        sa.Column("reward_minor", sa.BigInteger(), nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("licence_version", sa.String(length=64), nullable=False),
        sa.Column("stems", sa.String(length=20), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("consents", sa.JSON(), nullable=False),
        sa.Column("quotas", sa.JSON(), nullable=False),
        sa.Column("offer_days", sa.Integer(), nullable=False),
        sa.Column("songs_per_artist", sa.Integer(), nullable=False),
        sa.Column("song_limit_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("lottery_seed", sa.Text(), nullable=True),
        sa.Column("lottery_drawn_at", Instant(), nullable=True),
        sa.Column("released_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_call")),
    )
    with op.batch_alter_table("sub_call", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sub_call_state"), ["state"], unique=False)

    op.create_table(
        "rew_bank_entry",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("end_to_end_id", sa.String(length=35), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_credit", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["rew_statement.file_sha256"], name=op.f("fk_rew_bank_entry_file_sha256")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rew_bank_entry")),
    )
    with op.batch_alter_table("rew_bank_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rew_bank_entry_end_to_end_id"), ["end_to_end_id"], unique=False)

    op.create_table(
        "rew_batch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("fund_id", sa.String(length=32), nullable=False),
        sa.Column("rail", sa.String(length=16), nullable=False),
        sa.Column("maker_id", sa.String(length=64), nullable=False),
        sa.Column("execution_on", sa.Date(), nullable=False),
        sa.Column("debtor_version", sa.Integer(), nullable=False),
        sa.Column("debtor_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("debtor_account_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("drafted_at", Instant(), nullable=False),
        sa.Column("released_at", Instant(), nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("chain_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["fund_id"], ["rew_fund.id"], name=op.f("fk_rew_batch_fund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rew_batch")),
        sa.UniqueConstraint("file_sha256", name=op.f("uq_rew_batch_file_sha256")),
    )
    op.create_table(
        "rew_call",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("fund_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["fund_id"], ["rew_fund.id"], name=op.f("fk_rew_call_fund_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_rew_call")),
    )
    op.create_table(
        "rew_donation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("fund_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=140), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["fund_id"], ["rew_fund.id"], name=op.f("fk_rew_donation_fund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rew_donation")),
        sa.UniqueConstraint("fund_id", "reference", name=op.f("uq_rew_donation_fund_id_reference")),
    )
    op.create_table(
        "rew_payee_version",
        sa.Column("payee_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("usable_from", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["payee_id"], ["rew_payee.id"], name=op.f("fk_rew_payee_version_payee_id")),
        sa.PrimaryKeyConstraint("payee_id", "version", name=op.f("pk_rew_payee_version")),
    )
    op.create_table(
        "rew_transfer",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("giving", sa.Integer(), nullable=False),
        sa.Column("taking", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reverses", sa.String(length=120), nullable=True),
        sa.Column("posted_at", Instant(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("chain_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_rew_transfer_amount_positive")),
        sa.CheckConstraint("giving <> taking", name=op.f("ck_rew_transfer_accounts_differ")),
        sa.CheckConstraint("seq > 0", name=op.f("ck_rew_transfer_seq_positive")),
        sa.ForeignKeyConstraint(
            ["giving", "currency"],
            ["rew_account.number", "rew_account.currency"],
            name=op.f("fk_rew_transfer_giving_currency"),
        ),
        sa.ForeignKeyConstraint(["reverses"], ["rew_transfer.id"], name=op.f("fk_rew_transfer_reverses")),
        sa.ForeignKeyConstraint(
            ["taking", "currency"],
            ["rew_account.number", "rew_account.currency"],
            name=op.f("fk_rew_transfer_taking_currency"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_rew_transfer")),
        sa.UniqueConstraint("id", name=op.f("uq_rew_transfer_id")),
        sa.UniqueConstraint("reverses", name=op.f("uq_rew_transfer_reverses")),
    )
    with op.batch_alter_table("rew_transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rew_transfer_subject"), ["subject"], unique=False)

    op.create_table(
        "sub_assignment",
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("curator_id", sa.String(length=64), nullable=False),
        sa.Column("assigned_by", sa.String(length=64), nullable=False),
        sa.Column("assigned_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["sub_call.id"], name=op.f("fk_sub_assignment_call_id")),
        sa.PrimaryKeyConstraint("call_id", "curator_id", name=op.f("pk_sub_assignment")),
    )
    op.create_table(
        "sub_song",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("artist_id", sa.String(length=64), nullable=False),
        sa.Column("artist_email", sa.String(length=320), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("story", sa.JSON(), nullable=True),
        sa.Column("contributors", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("ai", sa.JSON(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("waitlist_position", sa.Integer(), nullable=True),
        sa.Column("approval_sha256", sa.String(length=64), nullable=True),
        sa.Column("artist_approved_sha256", sa.String(length=64), nullable=True),
        sa.Column("slug", sa.String(length=120), nullable=True),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["sub_call.id"], name=op.f("fk_sub_song_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_song")),
        sa.UniqueConstraint("slug", name=op.f("uq_sub_song_slug")),
    )
    with op.batch_alter_table("sub_song", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sub_song_artist_id"), ["artist_id"], unique=False)
        batch_op.create_index("ix_sub_song_call_id_state", ["call_id", "state"], unique=False)

    op.create_table(
        "rew_approval",
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("approved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["rew_batch.id"], name=op.f("fk_rew_approval_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "user_id", "content_sha256", name=op.f("pk_rew_approval")),
    )
    op.create_table(
        "rew_reward",
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("promised_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["rew_call.call_id"], name=op.f("fk_rew_reward_call_id")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_rew_reward")),
    )
    op.create_table(
        "sub_confirmation",
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("contributor_id", sa.String(length=32), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("payee_id", sa.String(length=64), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_confirmation_song_id")),
        sa.PrimaryKeyConstraint("song_id", "contributor_id", name=op.f("pk_sub_confirmation")),
    )
    op.create_table(
        "sub_consent",
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("given_by", sa.String(length=64), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_consent_song_id")),
        sa.PrimaryKeyConstraint("song_id", "key", "version", name=op.f("pk_sub_consent")),
    )
    op.create_table(
        "sub_decision",
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["sub_call.id"], name=op.f("fk_sub_decision_call_id")),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_decision_song_id")),
        sa.PrimaryKeyConstraint("song_id", name=op.f("pk_sub_decision")),
    )
    with op.batch_alter_table("sub_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sub_decision_call_id"), ["call_id"], unique=False)

    op.create_table(
        "sub_file",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("safe_name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_file_song_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_file")),
        sa.UniqueConstraint("song_id", "safe_name", name=op.f("uq_sub_file_song_id_safe_name")),
    )
    op.create_table(
        "sub_history",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_history_song_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_sub_history")),
    )
    with op.batch_alter_table("sub_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sub_history_song_id"), ["song_id"], unique=False)

    op.create_table(
        "sub_offer",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("licence_version", sa.String(length=64), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("word", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["sub_call.id"], name=op.f("fk_sub_offer_call_id")),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_offer_song_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_offer")),
        sa.UniqueConstraint("song_id", name=op.f("uq_sub_offer_song_id")),
    )
    with op.batch_alter_table("sub_offer", schema=None) as batch_op:
        batch_op.create_index("ix_sub_offer_state_expires_at", ["state", "expires_at"], unique=False)

    op.create_table(
        "sub_report",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("files_sha256", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=True),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("reported_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_report_song_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_report")),
        sa.UniqueConstraint("song_id", "files_sha256", name=op.f("uq_sub_report_song_id_files_sha256")),
    )
    op.create_table(
        "sub_review",
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("curator_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("reviewed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["sub_call.id"], name=op.f("fk_sub_review_call_id")),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_review_song_id")),
        sa.PrimaryKeyConstraint("song_id", "curator_id", name=op.f("pk_sub_review")),
    )
    with op.batch_alter_table("sub_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sub_review_call_id"), ["call_id"], unique=False)

    op.create_table(
        "sub_upload",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("file_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_upload_song_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_upload")),
    )
    with op.batch_alter_table("sub_upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sub_upload_song_id"), ["song_id"], unique=False)

    op.create_table(
        "sub_version",
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_version_song_id")),
        sa.PrimaryKeyConstraint("song_id", "version", name=op.f("pk_sub_version")),
    )
    op.create_table(
        "rew_obligation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("fund_id", sa.String(length=32), nullable=False),
        sa.Column("contributor_id", sa.String(length=64), nullable=False),
        sa.Column("payee_id", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_rew_obligation_amount_positive")),
        sa.ForeignKeyConstraint(["call_id"], ["rew_call.call_id"], name=op.f("fk_rew_obligation_call_id")),
        sa.ForeignKeyConstraint(["fund_id"], ["rew_fund.id"], name=op.f("fk_rew_obligation_fund_id")),
        sa.ForeignKeyConstraint(["payee_id"], ["rew_payee.id"], name=op.f("fk_rew_obligation_payee_id")),
        sa.ForeignKeyConstraint(["reference"], ["rew_reward.reference"], name=op.f("fk_rew_obligation_reference")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rew_obligation")),
        sa.UniqueConstraint("number", name=op.f("uq_rew_obligation_number")),
    )
    with op.batch_alter_table("rew_obligation", schema=None) as batch_op:
        batch_op.create_index("ix_rew_obligation_fund_id_state", ["fund_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_rew_obligation_payee_id"), ["payee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rew_obligation_reference"), ["reference"], unique=False)

    op.create_table(
        "rew_payment",
        sa.Column("end_to_end_id", sa.String(length=35), nullable=False),
        sa.Column("obligation_id", sa.String(length=32), nullable=False),
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("payee_id", sa.String(length=32), nullable=False),
        sa.Column("payee_version", sa.Integer(), nullable=False),
        sa.Column("payee_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["rew_batch.id"], name=op.f("fk_rew_payment_batch_id")),
        sa.ForeignKeyConstraint(["obligation_id"], ["rew_obligation.id"], name=op.f("fk_rew_payment_obligation_id")),
        sa.ForeignKeyConstraint(
            ["payee_id", "payee_version"],
            ["rew_payee_version.payee_id", "rew_payee_version.version"],
            name=op.f("fk_rew_payment_payee_id_payee_version"),
        ),
        sa.PrimaryKeyConstraint("end_to_end_id", name=op.f("pk_rew_payment")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_rew_payment_batch_id_position")),
    )
    with op.batch_alter_table("rew_payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rew_payment_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rew_payment_state"), ["state"], unique=False)
        batch_op.create_index(
            "uq_rew_payment_under_way",
            ["obligation_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'returned'"),
            postgresql_where=sa.text("state <> 'returned'"),
        )

    for name in APPEND_ONLY:
        for statement in statements_for(name, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("rew_payment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_rew_payment_under_way",
            sqlite_where=sa.text("state <> 'returned'"),
            postgresql_where=sa.text("state <> 'returned'"),
        )
        batch_op.drop_index(batch_op.f("ix_rew_payment_state"))
        batch_op.drop_index(batch_op.f("ix_rew_payment_batch_id"))

    op.drop_table("rew_payment")
    with op.batch_alter_table("rew_obligation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rew_obligation_reference"))
        batch_op.drop_index(batch_op.f("ix_rew_obligation_payee_id"))
        batch_op.drop_index("ix_rew_obligation_fund_id_state")

    op.drop_table("rew_obligation")
    op.drop_table("sub_version")
    with op.batch_alter_table("sub_upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sub_upload_song_id"))

    op.drop_table("sub_upload")
    with op.batch_alter_table("sub_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sub_review_call_id"))

    op.drop_table("sub_review")
    op.drop_table("sub_report")
    with op.batch_alter_table("sub_offer", schema=None) as batch_op:
        batch_op.drop_index("ix_sub_offer_state_expires_at")

    op.drop_table("sub_offer")
    with op.batch_alter_table("sub_history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sub_history_song_id"))

    op.drop_table("sub_history")
    op.drop_table("sub_file")
    with op.batch_alter_table("sub_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sub_decision_call_id"))

    op.drop_table("sub_decision")
    op.drop_table("sub_consent")
    op.drop_table("sub_confirmation")
    op.drop_table("rew_reward")
    op.drop_table("rew_approval")
    with op.batch_alter_table("sub_song", schema=None) as batch_op:
        batch_op.drop_index("ix_sub_song_call_id_state")
        batch_op.drop_index(batch_op.f("ix_sub_song_artist_id"))

    op.drop_table("sub_song")
    op.drop_table("sub_assignment")
    with op.batch_alter_table("rew_transfer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rew_transfer_subject"))

    op.drop_table("rew_transfer")
    op.drop_table("rew_payee_version")
    op.drop_table("rew_donation")
    op.drop_table("rew_call")
    op.drop_table("rew_batch")
    with op.batch_alter_table("rew_bank_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rew_bank_entry_end_to_end_id"))

    op.drop_table("rew_bank_entry")
    with op.batch_alter_table("sub_call", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sub_call_state"))

    op.drop_table("sub_call")
    op.drop_table("rew_statement")
    with op.batch_alter_table("rew_payee", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rew_payee_owner_id"))

    op.drop_table("rew_payee")
    with op.batch_alter_table("rew_fund", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rew_fund_debtor_account_fingerprint"))

    op.drop_table("rew_fund")
    op.drop_table("rew_chain")
    op.drop_table("rew_account")
    with op.batch_alter_table("ker_mail", schema=None) as batch_op:
        batch_op.drop_index("ix_ker_mail_state_due_at")

    op.drop_table("ker_mail")
    with op.batch_alter_table("ker_fact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ker_fact_name"))

    op.drop_table("ker_fact")
    with op.batch_alter_table("aud_stage_run", schema=None) as batch_op:
        batch_op.drop_index("ix_aud_stage_run_state_lease_until")

    op.drop_table("aud_stage_run")
    op.drop_table("aud_song")
    with op.batch_alter_table("aud_progress", schema=None) as batch_op:
        batch_op.drop_index("ix_aud_progress_song_id_seq")

    op.drop_table("aud_progress")
    with op.batch_alter_table("aud_artifact", schema=None) as batch_op:
        batch_op.drop_index("ix_aud_artifact_sha256")

    op.drop_table("aud_artifact")
    with op.batch_alter_table("aud_approval", schema=None) as batch_op:
        batch_op.drop_index("ix_aud_approval_song_id")

    op.drop_table("aud_approval")
