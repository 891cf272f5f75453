"""Mail as rows: what is queued in a transaction is sent after it, once, or again until it could be sent.

A letter that cannot be sent waits longer each time and is given up after `MAX_ATTEMPTS`, or at once when it was refused
for good; its row stays in the table, where a person can see why. Its words do not: a link that lets somebody in may
stand among them, and of secrets nothing is kept.
"""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog
from sqlalchemy import Column, Index, Integer, Row, Select, String, Table, Text, func, insert, select, update

from opencall.kernel.database import Instant, metadata
from opencall.kernel.letter import Letter, as_html, as_text
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
    # The same letter as a page, for those who read it so.
    Column("html", Text),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("error", Text),
    Index("ix_ker_mail_state_due_at", "state", "due_at"),
)


class LetterNotSent(OSError):
    """Nobody took the letter this time; `str` says why."""


class LetterRefused(Exception):
    """Nobody will ever take this letter: there is no such address, or it is too long. `str` says why."""


class MailSink(Protocol):
    """Takes a finished letter. Raises OSError when it could not, and `LetterRefused` when it never will."""

    def send(self, mail_id: str, message: EmailMessage) -> None: ...


class FolderSink:
    """Writes each letter as `<id>.eml` into a folder: what the demo uses, and a look at what would be sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail_id: str, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # The name is the letter's own, so sending it twice after a crash leaves one file.
        write_whole(self.folder / f"{mail_id}.eml", message.as_bytes())


def queue_mail(uow: UnitOfWork, recipient: str, subject: str, text: str, html: str | None = None) -> str:
    """Queue a letter in this transaction and return its identifier; `html` is the same letter as a page."""
    mail_id = uow.ids.new()
    now = uow.clock.now()
    uow.connection.execute(
        insert(mail_table).values(
            id=mail_id,
            recipient=recipient,
            subject=" ".join(subject.split()),
            text=text,
            html=html,
            state=MailState.QUEUED,
            attempts=0,
            due_at=now,
            queued_at=now,
        )
    )
    return mail_id


def queue_letter(uow: UnitOfWork, recipient: str, letter: Letter) -> str:
    """Queue `letter` in this transaction and return its identifier."""
    return queue_mail(uow, recipient, letter.subject_line, as_text(letter), as_html(letter))


def was_queued_since(uow: UnitOfWork, recipient: str, subject: str, since: datetime) -> bool:
    """Whether a letter of this subject to this person was queued at `since` or later."""
    found = uow.connection.execute(
        select(mail_table.c.id)
        .where(
            mail_table.c.recipient == recipient,
            mail_table.c.subject == " ".join(subject.split()),
            mail_table.c.queued_at >= since,
        )
        .limit(1)
    )
    return found.first() is not None


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

    Whoever sends takes a letter first, so that of many sweeps one sends it. A crash between sending and noting it
    sends that letter again: a letter twice is better than none. The first one that nobody takes ends the round: a
    server that is away need not be asked for each letter, least of all by one who waits for its answer.
    """
    with work.read() as uow:
        due = uow.connection.execute(
            due_mail(uow.clock.now()).order_by(mail_table.c.due_at, mail_table.c.id).limit(limit)
        ).all()
    sent = 0
    for row in due:
        if not _take(work, row):
            continue
        state, error = _try(sink, row, sender)
        with work.write() as uow:
            letter = update(mail_table).where(mail_table.c.id == row.id, mail_table.c.attempts == row.attempts + 1)
            words = {} if state is MailState.QUEUED else {"text": "", "html": None}
            uow.connection.execute(letter.values(state=state, error=error, **words))
        sent += state is MailState.SENT
        if state is MailState.QUEUED:
            break
    return sent


def _take(work: Work, row: Row[Any]) -> bool:
    """Note the attempt, and when the next one is due if nothing is heard of this one; False if another sweep did."""
    with work.write() as uow:
        due_at = uow.clock.now() + FIRST_RETRY * 2**row.attempts
        taken = uow.connection.execute(
            update(mail_table)
            .where(mail_table.c.id == row.id, mail_table.c.attempts == row.attempts)
            .where(mail_table.c.state == MailState.QUEUED)
            .values(attempts=row.attempts + 1, due_at=due_at)
        )
    return taken.rowcount == 1


def _try(sink: MailSink, row: Row[Any], sender: str) -> tuple[MailState, str | None]:
    """What became of the letter, and why it was not sent."""
    told = log.bind(mail_id=row.id, attempts=row.attempts + 1)
    try:
        sink.send(row.id, _letter(row, sender))
    except LetterRefused as refused:
        told.warning("mail_refused", reason=str(refused))
        return MailState.GIVEN_UP, str(refused)
    except OSError as failed:
        told.warning("mail_not_sent", reason=str(failed))
        return MailState.GIVEN_UP if row.attempts + 1 >= MAX_ATTEMPTS else MailState.QUEUED, str(failed)
    return MailState.SENT, None


def _letter(row: Row[Any], sender: str) -> EmailMessage:
    message = EmailMessage()
    try:
        message["From"], message["To"], message["Subject"] = sender, row.recipient, row.subject
    except ValueError as wrong:  # a line break in an address: such a letter would stop the queue for ever
        raise LetterRefused(f"The address cannot stand in a letter: {wrong}") from wrong
    message["Date"] = format_datetime(row.queued_at)
    message["Message-ID"] = f"<{row.id}@opencall.invalid>"
    message.set_content(row.text)
    if row.html is not None:
        message.add_alternative(row.html, subtype="html")
    return message
