"""What a transfer is, and how the journal chains one to the next. Pure: nothing here reads or writes.

The chain: `chain[n] = SHA-256(chain[n−1] ‖ seq ‖ posted_at ‖ SHA-256(content))`, as text lines in UTF-8. The content is
JSON of a fixed field order. Whoever keeps one printed chain head can prove that nothing before it was altered.
"""

import hashlib
from datetime import UTC, datetime

import msgspec

GENESIS_SHA256 = "0" * 64
"""What the first entry is chained to."""

MAX_AMOUNT_MINOR = 10**15
"""The most one transfer moves: a million of these still fit into 64 bits."""


class Transfer(msgspec.Struct, frozen=True):
    """So much from one account to another; never changed once posted.

    `id` is the caller's and makes a replay harmless. `subject` is the identifier of what the money is for (a donation,
    an obligation, an EndToEndId). No field holds a person's name.
    """

    id: str
    kind: str
    giving: str
    taking: str
    currency: str
    amount_minor: int
    subject: str = ""
    reverses: str | None = None


class Entry(msgspec.Struct, frozen=True):
    """A posted transfer: its place in the chain."""

    transfer: Transfer
    seq: int
    posted_at: datetime
    content_sha256: str
    chain_sha256: str


_encoder = msgspec.json.Encoder()


def content_sha256(transfer: Transfer) -> str:
    """SHA-256 (hex) of what was said, without when and where in the chain: two equal ones are a replay."""
    # A tuple, because its order is fixed here and not by the order of the struct's fields.
    content = (
        transfer.id,
        transfer.kind,
        transfer.giving,
        transfer.taking,
        transfer.currency,
        transfer.amount_minor,
        transfer.subject,
        transfer.reverses,
    )
    return hashlib.sha256(_encoder.encode(content)).hexdigest()


def chained(previous_sha256: str, seq: int, posted_at: datetime, content: str) -> str:
    """SHA-256 (hex) of an entry whose content has the hash `content`, standing after `previous_sha256`."""
    moment = posted_at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(f"{previous_sha256}\n{seq}\n{moment}\n{content}".encode()).hexdigest()


def mirror(transfer: Transfer, reversal_id: str) -> Transfer:
    """The transfer that takes `transfer` back."""
    return Transfer(
        id=reversal_id,
        kind="reversal",
        giving=transfer.taking,
        taking=transfer.giving,
        currency=transfer.currency,
        amount_minor=transfer.amount_minor,
        subject=transfer.subject,
        reverses=transfer.id,
    )
