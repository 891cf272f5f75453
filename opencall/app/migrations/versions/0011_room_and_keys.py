"""room for an artist and for a whole call; the sender's word for an upload

Revision ID: 0011
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

GIB = 1 << 30


def upgrade() -> None:
    with op.batch_alter_table("sub_call") as batch:
        batch.add_column(sa.Column("artist_limit_bytes", sa.BigInteger(), nullable=False, server_default=str(60 * GIB)))
        batch.add_column(sa.Column("call_limit_bytes", sa.BigInteger(), nullable=False, server_default=str(4096 * GIB)))
    # A call that allowed more for one song goes on doing so.
    op.execute("UPDATE sub_call SET artist_limit_bytes = song_limit_bytes WHERE song_limit_bytes > artist_limit_bytes")
    op.execute("UPDATE sub_call SET call_limit_bytes = artist_limit_bytes WHERE artist_limit_bytes > call_limit_bytes")
    with op.batch_alter_table("sub_call") as batch:
        batch.alter_column("artist_limit_bytes", server_default=None)
        batch.alter_column("call_limit_bytes", server_default=None)
    with op.batch_alter_table("sub_upload") as batch:
        batch.add_column(sa.Column("key", sa.String(length=64), nullable=True))
        batch.create_unique_constraint(op.f("uq_sub_upload_song_id_key"), ["song_id", "key"])


def downgrade() -> None:
    with op.batch_alter_table("sub_upload") as batch:
        batch.drop_constraint(op.f("uq_sub_upload_song_id_key"), type_="unique")
        batch.drop_column("key")
    with op.batch_alter_table("sub_call") as batch:
        batch.drop_column("call_limit_bytes")
        batch.drop_column("artist_limit_bytes")
