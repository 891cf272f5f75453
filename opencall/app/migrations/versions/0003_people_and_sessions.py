"""people and sessions

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from opencall.kernel.database import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "id_link",
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("call_id", sa.String(length=32), nullable=True),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("secret_sha256", name=op.f("pk_id_link")),
    )
    op.create_index(op.f("ix_id_link_email_key"), "id_link", ["email_key"], unique=False)
    op.create_table(
        "id_sign_in",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=300), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_id_sign_in")),
    )
    op.create_index("ix_id_sign_in_address_at", "id_sign_in", ["address", "at"], unique=False)
    op.create_index("ix_id_sign_in_email_key_at", "id_sign_in", ["email_key", "at"], unique=False)
    op.create_table(
        "id_user",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_id_user")),
        sa.UniqueConstraint("email_key", name=op.f("uq_id_user_email_key")),
    )
    op.create_table(
        "id_grant",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("granted_by", sa.String(length=64), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["id_user.id"], name=op.f("fk_id_grant_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_id_grant")),
        sa.UniqueConstraint("user_id", "role", "call_id", name=op.f("uq_id_grant_user_id_role_call_id")),
    )
    op.create_table(
        "id_session",
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("agent", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["id_user.id"], name=op.f("fk_id_session_user_id")),
        sa.PrimaryKeyConstraint("secret_sha256", name=op.f("pk_id_session")),
    )
    op.create_index(op.f("ix_id_session_expires_at"), "id_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_id_session_user_id"), "id_session", ["user_id"], unique=False)
    op.create_table(
        "id_token",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["id_user.id"], name=op.f("fk_id_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_id_token")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_id_token_secret_sha256")),
    )
    op.create_index(op.f("ix_id_token_user_id"), "id_token", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_id_token_user_id"), table_name="id_token")
    op.drop_table("id_token")
    op.drop_index(op.f("ix_id_session_user_id"), table_name="id_session")
    op.drop_index(op.f("ix_id_session_expires_at"), table_name="id_session")
    op.drop_table("id_session")
    op.drop_table("id_grant")
    op.drop_table("id_user")
    op.drop_index("ix_id_sign_in_email_key_at", table_name="id_sign_in")
    op.drop_index("ix_id_sign_in_address_at", table_name="id_sign_in")
    op.drop_table("id_sign_in")
    op.drop_index(op.f("ix_id_link_email_key"), table_name="id_link")
    op.drop_table("id_link")
