"""The room's tables: songs, runs, artifacts, progress and approvals."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from opencall.kernel.database import Instant, metadata

song_table = Table(
    "aud_song",
    metadata,
    # The submission's identifier: the song of one room is the submission of another.
    Column("id", String(64), primary_key=True),
    # What stages read: the artist's files, mix first, each as an `InputFile`.
    Column("uploads", JSON, nullable=False),
    # Songs of one circle are compared with one another; a song of none is compared with nothing.
    Column("circle", String(64), index=True),
    # What stages are told: {"title", "artist_name", "layouts", …}; a stage names the settings that it takes.
    Column("settings", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
)

stage_run_table = Table(
    "aud_stage_run",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("song_id", String(64), nullable=False),
    Column("stage", String(40), nullable=False),
    # The stage's version when the run was ordered: what it made is found by it, also by a later program.
    Column("version", String(40), nullable=False),
    Column("input_hash", String(64), nullable=False),
    # The inputs that `input_hash` covers, so that a run needs nothing but its row and the object store.
    Column("inputs", JSON, nullable=False),
    # Whether this is what the song is now; an older input's run is kept, and used again if its input comes back.
    Column("current", Boolean, nullable=False),
    Column("queue", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lost_leases", Integer, nullable=False),
    Column("lease_owner", String(120)),
    Column("lease_until", Instant),
    Column("fence", Integer, nullable=False),
    Column("progress", Float, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    # SHA-256 over the list of artifacts that the run produced.
    Column("artifact_key", String(64)),
    Column("error", Text),
    # When the bell was last rung for this row as it now stands; NULL: ring at once.
    Column("rung_at", Instant),
    Column("queued_at", Instant, nullable=False),
    Column("finished_at", Instant),
    UniqueConstraint("song_id", "stage", "input_hash"),
    Index("ix_aud_stage_run_state_lease_until", "state", "lease_until"),
)

# Create-only: a row is never changed; what it names by hash never changes either.
artifact_table = Table(
    "aud_artifact",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("song_id", String(64), nullable=False),
    Column("stage", String(40), nullable=False),
    # What it was made from: the run's input, narrowed to the one part (a layout) that the artifact belongs to.
    Column("input_hash", String(64), nullable=False),
    Column("part", String(40), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("details", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("song_id", "stage", "input_hash", "kind", "name"),
    Index("ix_aud_artifact_sha256", "sha256"),
)

# Append-only: an event stream replays what came after the last `seq` that a browser saw.
progress_table = Table(
    "aud_progress",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("song_id", String(64), nullable=False),
    Column("run_id", String(32), nullable=False),
    Column("stage", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    Column("error", Text),
    Column("at", Instant, nullable=False),
    Index("ix_aud_progress_song_id_seq", "song_id", "seq"),
)

# Append-only: the last word of each party counts.
approval_table = Table(
    "aud_approval",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("song_id", String(64), nullable=False),
    Column("approval_sha256", String(64), nullable=False),
    Column("party", String(16), nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("by", String(64), nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_aud_approval_song_id", "song_id"),
)
