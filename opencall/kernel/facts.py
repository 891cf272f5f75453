"""What happened, kept for ever: one append-only table of facts.

A room's `facts.py` derives frozen structs from `Fact`. A fact names things by identifier, carries what another room
needs to act, and never a secret (an account number, a password): it is stored as it is.
"""

import msgspec
from sqlalchemy import JSON, BigInteger, Column, Integer, String, Table

from opencall.kernel.database import Instant, metadata


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened and cannot be undone; past tense in its name."""


fact_table = Table(
    "ker_fact",
    metadata,
    # Plain INTEGER is what makes SQLite number the rows by itself.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False, index=True),
    Column("payload", JSON, nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("recorded_at", Instant, nullable=False),
)
