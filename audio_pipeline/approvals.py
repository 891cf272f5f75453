"""Who has said yes to what: an approval names the hash of everything that can be heard.

The hash covers the scene, the stems, the renderer's version and the HRTF. When any of them changes, the hash
changes, and what was approved no longer is.
"""

from enum import StrEnum

from sqlalchemy import insert, select

from audio_pipeline.pipeline import Inputs, digest
from audio_pipeline.tables import approval_table
from opencall.kernel.unit_of_work import UnitOfWork


class Party(StrEnum):
    """Both have to approve before a master is made."""

    ENGINEER = "engineer"
    ARTIST = "artist"


def approval_sha256(render_inputs: Inputs, renderer_version: str) -> str:
    """SHA-256 (hex) of what a render sounds like: scene, stems, renderer and HRTF; not of its list of layouts."""
    scene = [file.sha256 for file in render_inputs.of_kind("scene")]
    stems = sorted((file.name, file.sha256) for file in render_inputs.of_kind("stem"))
    return digest([scene, stems, renderer_version, render_inputs.params.get("hrtf")])


def note(uow: UnitOfWork, song_id: str, approval: str, party: Party, by: str, *, approved: bool, comment: str) -> None:
    """Append one party's word; the last one counts."""
    uow.connection.execute(
        insert(approval_table).values(
            song_id=song_id,
            approval_sha256=approval,
            party=party,
            approved=approved,
            by=by,
            comment=comment,
            at=uow.clock.now(),
        )
    )


def approved_by_all(uow: UnitOfWork, song_id: str, approval: str) -> bool:
    """Whether the last word of every party is a yes to exactly this."""
    rows = uow.connection.execute(
        select(approval_table).where(approval_table.c.song_id == song_id).order_by(approval_table.c.seq)
    )
    last = {row.party: row.approved and row.approval_sha256 == approval for row in rows}
    return all(last.get(party, False) for party in Party)
