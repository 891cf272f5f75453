"""the version of the stage that a run was ordered with, so that its files are found after the next one

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What runs were made with when this revision was written; the files of still older ones are made anew when asked for.
UNTIL_NOW = {
    "inspect": "1",
    "normalise": "1",
    "listen": "1",
    "compose": "2",
    "render": "1.1",
    "audition": "1",
    "master": "2",
}


def upgrade() -> None:
    op.add_column("aud_stage_run", sa.Column("version", sa.String(length=40), nullable=False, server_default=""))
    run = sa.table("aud_stage_run", sa.column("stage"), sa.column("version"))
    for stage, version in UNTIL_NOW.items():
        op.execute(sa.update(run).where(run.c.stage == stage).values(version=version))


def downgrade() -> None:
    op.drop_column("aud_stage_run", "version")
