"""how much of a song a curator has heard

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from opencall.kernel.database import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sub_heard",
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("curator_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("ranges", sa.JSON(), nullable=False),
        sa.Column("length_s", sa.Float(), nullable=False),
        sa.Column("heard_s", sa.Float(), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["sub_call.id"], name=op.f("fk_sub_heard_call_id")),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_heard_song_id")),
        sa.PrimaryKeyConstraint("song_id", "curator_id", name=op.f("pk_sub_heard")),
    )
    op.create_index(op.f("ix_sub_heard_call_id"), "sub_heard", ["call_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sub_heard_call_id"), table_name="sub_heard")
    op.drop_table("sub_heard")
