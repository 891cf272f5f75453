"""what songs are as music, and which of them are one recording

Revision ID: 0011
Revises: 0010
"""

import json

import sqlalchemy as sa
from alembic import op

from opencall.kernel.database import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_version = sa.table(
    "sub_version", sa.column("song_id"), sa.column("version"), sa.column("content"), sa.column("report_id")
)
_report = sa.table(
    "sub_report", sa.column("id"), sa.column("song_id"), sa.column("files_sha256"), sa.column("mix_sha256")
)
_file = sa.table("sub_file", sa.column("song_id"), sa.column("part"), sa.column("sha256"))


def upgrade() -> None:
    op.add_column("aud_song", sa.Column("circle", sa.String(length=64), nullable=True))
    op.create_index("ix_aud_song_circle", "aud_song", ["circle"], unique=False)

    op.add_column("sub_report", sa.Column("mix_sha256", sa.String(length=64), nullable=True))
    op.add_column("sub_report", sa.Column("music", sa.JSON(), nullable=True))
    op.add_column("sub_version", sa.Column("report_id", sa.String(length=32), nullable=True))
    _fill()
    with op.batch_alter_table("sub_report") as batch:
        batch.alter_column("mix_sha256", existing_type=sa.String(length=64), nullable=False)
    with op.batch_alter_table("sub_version") as batch:
        batch.alter_column("report_id", existing_type=sa.String(length=32), nullable=False)
        batch.create_foreign_key(op.f("fk_sub_version_report_id_sub_report"), "sub_report", ["report_id"], ["id"])

    op.create_table(
        "sub_same",
        sa.Column("song_id", sa.String(length=32), nullable=False),
        sa.Column("mix_sha256", sa.String(length=64), nullable=False),
        sa.Column("other_id", sa.String(length=32), nullable=False),
        sa.Column("other_mix_sha256", sa.String(length=64), nullable=False),
        sa.Column("bit_error", sa.Float(), nullable=False),
        sa.Column("common_s", sa.Float(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["sub_song.id"], name=op.f("fk_sub_same_other_id_sub_song")),
        sa.ForeignKeyConstraint(["song_id"], ["sub_song.id"], name=op.f("fk_sub_same_song_id_sub_song")),
        sa.PrimaryKeyConstraint("song_id", "mix_sha256", "other_id", "other_mix_sha256", name=op.f("pk_sub_same")),
    )
    op.create_index("ix_sub_same_other_id", "sub_same", ["other_id"], unique=False)


def _fill() -> None:
    """A version says in its content which report it rests on, and which mix; a draft's mix is its present one."""
    connection = op.get_bind()
    mixes = {row.song_id: row.sha256 for row in connection.execute(sa.select(_file).where(_file.c.part == "mix"))}
    heard = {}
    for row in connection.execute(sa.select(_version.c.song_id, _version.c.version, _version.c.content)).all():
        content = json.loads(row.content)
        heard[content["report_id"]] = next((file["sha256"] for file in content["files"] if file["part"] == "mix"), "")
        connection.execute(
            sa.update(_version)
            .where(_version.c.song_id == row.song_id, _version.c.version == row.version)
            .values(report_id=content["report_id"])
        )
    for report in connection.execute(sa.select(_report.c.id, _report.c.song_id)).all():
        mix_sha256 = heard.get(report.id, mixes.get(report.song_id, ""))
        connection.execute(sa.update(_report).where(_report.c.id == report.id).values(mix_sha256=mix_sha256))


def downgrade() -> None:
    op.drop_index("ix_sub_same_other_id", table_name="sub_same")
    op.drop_table("sub_same")
    with op.batch_alter_table("sub_version") as batch:
        batch.drop_constraint(op.f("fk_sub_version_report_id_sub_report"), type_="foreignkey")
        batch.drop_column("report_id")
    with op.batch_alter_table("sub_report") as batch:
        batch.drop_column("music")
        batch.drop_column("mix_sha256")
    op.drop_index("ix_aud_song_circle", table_name="aud_song")
    op.drop_column("aud_song", "circle")
