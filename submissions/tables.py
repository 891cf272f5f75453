"""The tables of this room. Text that people wrote is kept as they wrote it; JSON columns hold the structs of
`terms` and `material`."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from opencall.kernel.database import Instant, metadata

ID = String(32)
SHA256 = String(64)
STATE = String(20)
PERSON = String(64)

call_table = Table(
    "sub_call",
    metadata,
    Column("id", ID, primary_key=True),
    Column("state", STATE, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("opens_at", Instant, nullable=False),
    Column("closes_at", Instant, nullable=False),
    Column("fund_id", String(64), nullable=False),
    Column("reward_minor", BigInteger, nullable=False),
    Column("budget_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("licence_version", String(64), nullable=False),
    Column("stems", STATE, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("questions", JSON, nullable=False),
    Column("consents", JSON, nullable=False),
    Column("quotas", JSON, nullable=False),
    Column("offer_days", Integer, nullable=False),
    Column("songs_per_artist", Integer, nullable=False),
    Column("song_limit_bytes", BigInteger, nullable=False),
    Column("artist_limit_bytes", BigInteger, nullable=False),
    Column("call_limit_bytes", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("lottery_seed", Text),
    Column("lottery_drawn_at", Instant),
    Column("released_at", Instant),
)

song_table = Table(
    "sub_song",
    metadata,
    Column("id", ID, primary_key=True),
    Column("call_id", ID, ForeignKey("sub_call.id"), nullable=False),
    Column("state", STATE, nullable=False),
    Column("artist_id", PERSON, nullable=False, index=True),
    Column("artist_email", String(320), nullable=False),
    Column("details", JSON, nullable=False),
    Column("story", JSON),
    Column("contributors", JSON, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("ai", JSON),
    # The version that curators hear; 0 before the first submission.
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("waitlist_position", Integer),
    Column("approval_sha256", SHA256),
    Column("artist_approved_sha256", SHA256),
    # The render that can be heard was made of the stereo mix alone.
    Column("is_upmix", Boolean, nullable=False, server_default=false()),
    Column("slug", String(120), unique=True),
    Column("published_at", Instant),
    Column("paid_at", Instant),
    Index("ix_sub_song_call_id_state", "call_id", "state"),
)

version_table = Table(
    "sub_version",
    metadata,
    Column("song_id", ID, ForeignKey("sub_song.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    # The very bytes that were hashed, so that anybody can hash them again.
    Column("content", Text, nullable=False),
    Column("sha256", SHA256, nullable=False),
    Column("submitted_at", Instant, nullable=False),
)

consent_table = Table(
    "sub_consent",
    metadata,
    Column("song_id", ID, ForeignKey("sub_song.id"), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("text_sha256", SHA256, nullable=False),
    Column("given_by", PERSON, nullable=False),
    Column("given_at", Instant, nullable=False),
)

upload_table = Table(
    "sub_upload",
    metadata,
    Column("id", ID, primary_key=True),
    Column("song_id", ID, ForeignKey("sub_song.id"), nullable=False, index=True),
    Column("part", STATE, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(40), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("replaces", ID),
    # What its sender says that the whole file hashes to, if they knew when they began.
    Column("sha256", SHA256),
    # The sender's own word for this announcement, so that saying it twice is saying it once.
    Column("key", String(64)),
    Column("begun_at", Instant, nullable=False),
    # Set when the upload has become a file.
    Column("file_id", ID),
    UniqueConstraint("song_id", "key"),
)

file_table = Table(
    "sub_file",
    metadata,
    Column("id", ID, primary_key=True),
    Column("song_id", ID, ForeignKey("sub_song.id"), nullable=False),
    Column("part", STATE, nullable=False),
    Column("name", Text, nullable=False),
    Column("safe_name", String(120), nullable=False),
    Column("role", String(40), nullable=False),
    Column("sha256", SHA256, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("received_at", Instant, nullable=False),
    UniqueConstraint("song_id", "safe_name"),
)

report_table = Table(
    "sub_report",
    metadata,
    Column("id", ID, primary_key=True),
    Column("song_id", ID, ForeignKey("sub_song.id"), nullable=False),
    Column("files_sha256", SHA256, nullable=False),
    Column("verdict", STATE),
    Column("findings", JSON),
    Column("requested_at", Instant, nullable=False),
    Column("reported_at", Instant),
    UniqueConstraint("song_id", "files_sha256"),
)

assignment_table = Table(
    "sub_assignment",
    metadata,
    Column("call_id", ID, ForeignKey("sub_call.id"), primary_key=True),
    Column("curator_id", PERSON, primary_key=True),
    Column("assigned_by", PERSON, nullable=False),
    Column("assigned_at", Instant, nullable=False),
)

review_table = Table(
    "sub_review",
    metadata,
    Column("song_id", ID, ForeignKey("sub_song.id"), primary_key=True),
    Column("curator_id", PERSON, primary_key=True),
    Column("call_id", ID, ForeignKey("sub_call.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    # Null when the curator abstained; then `reason` says why.
    Column("scores", JSON),
    Column("comment", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("conflict", Boolean, nullable=False),
    Column("reviewed_at", Instant, nullable=False),
)

heard_table = Table(
    "sub_heard",
    metadata,
    Column("song_id", ID, ForeignKey("sub_song.id"), primary_key=True),
    Column("curator_id", PERSON, primary_key=True),
    Column("call_id", ID, ForeignKey("sub_call.id"), nullable=False, index=True),
    # Pairs of seconds, in order and apart from each other.
    Column("ranges", JSON, nullable=False),
    Column("length_s", Float, nullable=False),
    Column("heard_s", Float, nullable=False),
    # What was scored and said so far, and not sent yet.
    Column("draft", JSON, nullable=False),
    Column("noted_at", Instant, nullable=False),
)

decision_table = Table(
    "sub_decision",
    metadata,
    Column("song_id", ID, ForeignKey("sub_song.id"), primary_key=True),
    Column("call_id", ID, ForeignKey("sub_call.id"), nullable=False, index=True),
    Column("outcome", STATE, nullable=False),
    Column("word", Text, nullable=False),
    Column("decided_by", PERSON, nullable=False),
    Column("decided_at", Instant, nullable=False),
)

offer_table = Table(
    "sub_offer",
    metadata,
    Column("id", ID, primary_key=True),
    # One offer a song: a song that declined or let it lapse does not come back.
    Column("song_id", ID, ForeignKey("sub_song.id"), nullable=False, unique=True),
    Column("call_id", ID, ForeignKey("sub_call.id"), nullable=False),
    Column("state", STATE, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("licence_version", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("word", Text, nullable=False),
    Index("ix_sub_offer_state_expires_at", "state", "expires_at"),
)

confirmation_table = Table(
    "sub_confirmation",
    metadata,
    Column("song_id", ID, ForeignKey("sub_song.id"), primary_key=True),
    Column("contributor_id", ID, primary_key=True),
    # What was agreed to: a share that changes afterwards is no longer confirmed.
    Column("basis_points", Integer, nullable=False),
    Column("payee_id", String(64), nullable=False),
    Column("confirmed_by", PERSON, nullable=False),
    Column("confirmed_at", Instant, nullable=False),
)

history_table = Table(
    "sub_history",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("song_id", ID, ForeignKey("sub_song.id"), nullable=False, index=True),
    Column("event", STATE, nullable=False),
    Column("state", STATE, nullable=False),
    Column("note", Text, nullable=False),
    Column("actor_id", PERSON, nullable=False),
    Column("at", Instant, nullable=False),
)
