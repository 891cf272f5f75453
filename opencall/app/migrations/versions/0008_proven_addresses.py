"""accounts with proven addresses only, tokens that end, and asks that are counted

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from opencall.kernel.database import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "id_asked",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("ask", sa.String(length=16), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_id_asked")),
    )
    op.create_index("ix_id_asked_ask_email_key_at", "id_asked", ["ask", "email_key", "at"], unique=False)
    op.create_index("ix_id_asked_ask_place_at", "id_asked", ["ask", "place", "at"], unique=False)
    op.create_index("ix_id_asked_at", "id_asked", ["at"], unique=False)

    op.drop_index("ix_id_sign_in_address_at", table_name="id_sign_in")
    op.drop_index("ix_id_sign_in_email_key_at", table_name="id_sign_in")
    op.create_index("ix_id_sign_in_user_id_seq", "id_sign_in", ["user_id", "seq"], unique=False)

    # Whoever made an account with an address that was never proven is let in no more; its owner comes in by a letter.
    unproven = "(SELECT id FROM id_user WHERE confirmed_at IS NULL)"
    op.execute(f"DELETE FROM id_session WHERE user_id IN {unproven}")  # noqa: S608 - our own words
    op.execute(f"DELETE FROM id_token WHERE user_id IN {unproven}")  # noqa: S608 - our own words
    op.execute("UPDATE id_user SET password_hash = NULL WHERE confirmed_at IS NULL")
    # Not as a batch, which makes the table anew: other tables point to it.
    op.drop_column("id_user", "confirmed_at")

    # Tokens had no end, and reached more than they do now: those that were made before are made anew.
    op.execute("UPDATE id_token SET expires_at = made_at")
    with op.batch_alter_table("id_token") as batch:
        batch.alter_column("expires_at", existing_type=Instant(), nullable=False)
        batch.drop_column("revoked_at")


def downgrade() -> None:
    with op.batch_alter_table("id_token") as batch:
        batch.add_column(sa.Column("revoked_at", Instant(), nullable=True))
        batch.alter_column("expires_at", existing_type=Instant(), nullable=True)
    op.add_column("id_user", sa.Column("confirmed_at", Instant(), nullable=True))
    op.execute("UPDATE id_user SET confirmed_at = created_at")
    op.drop_index("ix_id_sign_in_user_id_seq", table_name="id_sign_in")
    op.create_index("ix_id_sign_in_email_key_at", "id_sign_in", ["email_key", "at"], unique=False)
    op.create_index("ix_id_sign_in_address_at", "id_sign_in", ["address", "at"], unique=False)
    op.drop_index("ix_id_asked_at", table_name="id_asked")
    op.drop_index("ix_id_asked_ask_place_at", table_name="id_asked")
    op.drop_index("ix_id_asked_ask_email_key_at", table_name="id_asked")
    op.drop_table("id_asked")
