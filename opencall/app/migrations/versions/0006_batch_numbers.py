"""a number for each batch of a fund, as people call it

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added in place: payments point to this table, so it cannot be made anew.
    op.add_column("rew_batch", sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
    batch = sa.table("rew_batch", *(sa.column(name) for name in ("id", "fund_id", "drafted_at", "number")))
    connection = op.get_bind()
    last: dict[str, int] = {}
    for row in connection.execute(sa.select(batch).order_by(batch.c.drafted_at, batch.c.id)).all():
        last[row.fund_id] = last.get(row.fund_id, 0) + 1
        connection.execute(sa.update(batch).where(batch.c.id == row.id).values(number=last[row.fund_id]))
    op.create_index(op.f("ix_rew_batch_fund_id_number"), "rew_batch", ["fund_id", "number"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_rew_batch_fund_id_number"), table_name="rew_batch")
    op.drop_column("rew_batch", "number")
