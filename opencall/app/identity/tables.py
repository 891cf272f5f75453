"""The tables of identity. Of a secret (session, link, token) only the SHA-256 is kept: a backup lets nobody in."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from opencall.kernel.database import Instant, metadata

ID = String(32)
SHA256 = String(64)
ADDRESS = String(320)

user_table = Table(
    "id_user",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(200), nullable=False),
    # As it was typed; `email_key` is what must be unique.
    Column("email", ADDRESS, nullable=False),
    Column("email_key", ADDRESS, nullable=False, unique=True),
    # Null for somebody who only ever signs in by links. An account begins with a letter that reached its address.
    Column("password_hash", Text),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

grant_table = Table(
    "id_grant",
    metadata,
    Column("id", ID, primary_key=True),
    Column("user_id", ID, ForeignKey("id_user.id"), nullable=False),
    Column("role", String(16), nullable=False),
    # Empty: in every call.
    Column("call_id", String(32), nullable=False),
    Column("granted_by", String(64), nullable=False),
    Column("granted_at", Instant, nullable=False),
    UniqueConstraint("user_id", "role", "call_id"),
)

session_table = Table(
    "id_session",
    metadata,
    Column("secret_sha256", SHA256, primary_key=True),
    Column("user_id", ID, ForeignKey("id_user.id"), nullable=False, index=True),
    Column("begun_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("agent", String(300), nullable=False),
)

# A letter's link: it confirms an address, signs in, sets a new password, or brings an invitation. Good once.
link_table = Table(
    "id_link",
    metadata,
    Column("secret_sha256", SHA256, primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("email", ADDRESS, nullable=False),
    Column("email_key", ADDRESS, nullable=False, index=True),
    Column("role", String(16)),
    Column("call_id", String(32)),
    Column("made_by", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

token_table = Table(
    "id_token",
    metadata,
    Column("id", ID, primary_key=True),
    Column("secret_sha256", SHA256, nullable=False, unique=True),
    Column("user_id", ID, ForeignKey("id_user.id"), nullable=False, index=True),
    Column("name", String(120), nullable=False),
    Column("made_at", Instant, nullable=False),
    # Taken back: a moment that has come.
    Column("expires_at", Instant, nullable=False),
)

# Append-only: every try to sign in, right or wrong, for its person and for managers to look at.
sign_in_table = Table(
    "id_sign_in",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("email_key", ADDRESS, nullable=False),
    Column("user_id", ID),
    Column("how", String(16), nullable=False),
    Column("outcome", String(24), nullable=False),
    Column("address", String(64), nullable=False),
    Column("agent", String(300), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_id_sign_in_user_id_seq", "user_id", "seq"),
)

# What was asked for lately by people whom nobody knows yet: counted to limit it, dropped when it counts no more.
asked_table = Table(
    "id_asked",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("ask", String(16), nullable=False),
    Column("email_key", ADDRESS, nullable=False),
    Column("place", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_id_asked_ask_email_key_at", "ask", "email_key", "at"),
    Index("ix_id_asked_ask_place_at", "ask", "place", "at"),
    Index("ix_id_asked_at", "at"),
)
