"""room for an artist and for a whole call; the sender's word for an upload

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

GIB = 1 << 30


def upgrade() -> None:
    # Not as a batch, which makes the table anew: other tables point to it.
    for name, most in (("artist_limit_bytes", 60 * GIB), ("call_limit_bytes", 4096 * GIB)):
        op.add_column("sub_call", sa.Column(name, sa.BigInteger(), nullable=False, server_default=str(most)))
    # A call that allowed more for one song goes on doing so.
    op.execute("UPDATE sub_call SET artist_limit_bytes = song_limit_bytes WHERE song_limit_bytes > artist_limit_bytes")
    op.execute("UPDATE sub_call SET call_limit_bytes = artist_limit_bytes WHERE artist_limit_bytes > call_limit_bytes")
    if op.get_bind().dialect.name == "postgresql":  # SQLite takes a default back only with the whole table
        op.alter_column("sub_call", "artist_limit_bytes", server_default=None)
        op.alter_column("sub_call", "call_limit_bytes", server_default=None)
    with op.batch_alter_table("sub_upload") as batch:
        batch.add_column(sa.Column("key", sa.String(length=64), nullable=True))
        batch.create_unique_constraint(op.f("uq_sub_upload_song_id_key"), ["song_id", "key"])


def downgrade() -> None:
    with op.batch_alter_table("sub_upload") as batch:
        batch.drop_constraint(op.f("uq_sub_upload_song_id_key"), type_="unique")
        batch.drop_column("key")
    op.drop_column("sub_call", "call_limit_bytes")
    op.drop_column("sub_call", "artist_limit_bytes")
