"""Mail as rows: what is queued in a transaction is sent after it, once, or again until it could be sent.

A letter that cannot be sent waits longer each time and is given up after `MAX_ATTEMPTS`; it stays in the table, where
a person can see why.
"""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog
from sqlalchemy import Column, Index, Integer, Select, String, Table, Text, func, insert, select, update

from opencall.kernel.database import Instant, metadata
from opencall.kernel.unit_of_work import UnitOfWork, Work
from opencall.kernel.whole_files import write_whole

log = structlog.get_logger()

MAX_ATTEMPTS = 8
FIRST_RETRY = timedelta(seconds=30)


class MailState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    GIVEN_UP = "given_up"


mail_table = Table(
    "ker_mail",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("recipient", String(320), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("error", Text),
    Index("ix_ker_mail_state_due_at", "state", "due_at"),
)


class MailSink(Protocol):
    """Takes a finished letter, or raises OSError when it could not."""

    def send(self, mail_id: str, message: EmailMessage) -> None: ...


class FolderSink:
    """Writes each letter as `<id>.eml` into a folder: what the demo uses, and a look at what would be sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail_id: str, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # The name is the letter's own, so sending it twice after a crash leaves one file.
        write_whole(self.folder / f"{mail_id}.eml", message.as_bytes())


def queue_mail(uow: UnitOfWork, recipient: str, subject: str, text: str) -> str:
    """Queue a letter in this transaction and return its identifier."""
    mail_id = uow.ids.new()
    now = uow.clock.now()
    uow.connection.execute(
        insert(mail_table).values(
            id=mail_id,
            recipient=recipient,
            subject=" ".join(subject.split()),
            text=text,
            state=MailState.QUEUED,
            attempts=0,
            due_at=now,
            queued_at=now,
        )
    )
    return mail_id


def due_mail(now: datetime) -> Select[Any]:
    """The letters to be sent at `now`, as a question."""
    return select(mail_table).where(mail_table.c.state == MailState.QUEUED, mail_table.c.due_at <= now)


class Backlog(msgspec.Struct, frozen=True):
    """Letters that have not gone out: how many wait, since when the oldest does, how many were given up."""

    waiting: int
    waiting_since: datetime | None
    given_up: int


def backlog(uow: UnitOfWork) -> Backlog:
    """How far the sending of letters is behind."""
    rows = uow.connection.execute(
        select(mail_table.c.state, func.count(), func.min(mail_table.c.queued_at))
        .where(mail_table.c.state.in_([MailState.QUEUED, MailState.GIVEN_UP]))
        .group_by(mail_table.c.state)
    ).all()
    found = {state: (count, oldest) for state, count, oldest in rows}
    waiting, since = found.get(MailState.QUEUED, (0, None))
    return Backlog(waiting, since, found.get(MailState.GIVEN_UP, (0, None))[0])


def send_due_mail(work: Work, sink: MailSink, sender: str, limit: int = 100) -> int:
    """Send what is due; returns how many letters went out. One transaction before and one after each letter.

    A crash between sending and noting it sends that letter again: a letter twice is better than none.
    """
    with work.read() as uow:
        due = uow.connection.execute(due_mail(uow.clock.now()).order_by(mail_table.c.due_at).limit(limit)).all()
    sent = 0
    for row in due:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, row.recipient, row.subject
        message["Date"] = format_datetime(row.queued_at)
        message["Message-ID"] = f"<{row.id}@opencall.invalid>"
        message.set_content(row.text)
        sent += _send_one(work, sink, message, row.id, row.attempts)
    return sent


def _send_one(work: Work, sink: MailSink, message: EmailMessage, mail_id: str, attempts: int) -> int:
    error: str | None = None
    try:
        sink.send(mail_id, message)
    except OSError as refused:
        error = str(refused)
        log.warning("mail_not_sent", mail_id=mail_id, attempts=attempts + 1, reason=error)
    with work.write() as uow:
        given_up = error is not None and attempts + 1 >= MAX_ATTEMPTS
        state = MailState.SENT if error is None else MailState.GIVEN_UP if given_up else MailState.QUEUED
        uow.connection.execute(
            update(mail_table)
            .where(mail_table.c.id == mail_id)
            .values(state=state, attempts=attempts + 1, error=error, due_at=uow.clock.now() + FIRST_RETRY * 2**attempts)
        )
    return 0 if error else 1
