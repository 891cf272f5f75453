"""Letters are queued in the transaction, sent after it, and tried again until they are given up."""

import time
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from opencall.kernel.clock import SetClock
from opencall.kernel.mail import FIRST_RETRY, MAX_ATTEMPTS, FolderSink, MailState, mail_table, queue_mail, send_due_mail
from opencall.kernel.unit_of_work import Work
from tests.at_once import at_once

SENDER = "Opencall <no-reply@opencall.invalid>"


class BrokenSink:
    """A mail server that refuses every letter."""

    def __init__(self) -> None:
        self.tried = 0

    def send(self, mail_id: str, message: EmailMessage) -> None:
        self.tried += 1
        raise ConnectionRefusedError("nobody answers on port 25")


class SlowSink:
    """Takes letters as slowly as a mail server on another continent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, mail_id: str, message: EmailMessage) -> None:
        time.sleep(0.05)
        self.sent.append(message["To"])


def states(work: Work) -> list[str]:
    with work.read() as uow:
        return list(uow.connection.scalars(select(mail_table.c.state)))


def test_a_letter_is_sent_once(work: Work, tmp_path: Path) -> None:
    with work.write() as uow:
        mail_id = queue_mail(uow, "ada@example.org", "Thank you\n for your song", "We have it.\n\nÀ bientôt")
    sink = FolderSink(tmp_path / "outbox")
    assert send_due_mail(work, sink, SENDER) == 1
    assert send_due_mail(work, sink, SENDER) == 0
    letter = message_from_bytes((tmp_path / "outbox" / f"{mail_id}.eml").read_bytes(), policy=default)
    assert letter["To"] == "ada@example.org"
    assert letter["Subject"] == "Thank you for your song"
    assert "À bientôt" in letter.get_content()


def test_a_letter_of_an_undone_transaction_is_never_sent(work: Work, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), work.write() as uow:
        queue_mail(uow, "ada@example.org", "You are selected", "Or are you?")
        raise ZeroDivisionError
    assert send_due_mail(work, FolderSink(tmp_path), SENDER) == 0


def test_of_many_sweeps_at_once_one_sends_the_letter(work: Work, tmp_path: Path) -> None:
    sinks = [SlowSink(), SlowSink(), SlowSink()]
    with work.write() as uow:
        queue_mail(uow, "ada@example.org", "Hello", "Are you there?")
        queue_mail(uow, "jon@example.org", "Hello", "Are you there?")
    sent = at_once([partial(send_due_mail, work, sink, SENDER) for sink in sinks])
    assert sum(number for number in sent if isinstance(number, int)) == 2
    assert sorted(letter for sink in sinks for letter in sink.sent) == ["ada@example.org", "jon@example.org"]
    assert states(work) == [MailState.SENT, MailState.SENT]


def test_a_server_that_is_away_is_asked_once_a_round(work: Work) -> None:
    with work.write() as uow:
        for name in ("ada", "jon", "eli"):
            queue_mail(uow, f"{name}@example.org", "Hello", "Are you there?")
    sink = BrokenSink()
    for tried in (1, 2, 3, 3):
        assert send_due_mail(work, sink, SENDER) == 0
        assert sink.tried == tried


def test_a_letter_whose_sender_was_killed_is_sent_by_the_next(work: Work, clock: SetClock, tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    class LastSink:
        def send(self, mail_id: str, message: EmailMessage) -> None:
            raise Killed

    with work.write() as uow:
        queue_mail(uow, "ada@example.org", "Hello", "Are you there?")
    with pytest.raises(Killed):
        send_due_mail(work, LastSink(), SENDER)
    clock.advance(FIRST_RETRY)
    assert send_due_mail(work, FolderSink(tmp_path), SENDER) == 1


def test_a_refused_letter_waits_longer_each_time_and_is_given_up_at_last(work: Work, clock: SetClock) -> None:
    with work.write() as uow:
        queue_mail(uow, "ada@example.org", "Hello", "Are you there?")
    sink = BrokenSink()
    for attempt in range(MAX_ATTEMPTS):
        assert states(work) == [MailState.QUEUED]
        assert send_due_mail(work, sink, SENDER) == 0
        assert send_due_mail(work, sink, SENDER) == 0, "not due again at once"
        assert sink.tried == attempt + 1
        clock.advance(FIRST_RETRY * 2**attempt + timedelta(seconds=1))
    assert states(work) == [MailState.GIVEN_UP]
    send_due_mail(work, sink, SENDER)
    assert sink.tried == MAX_ATTEMPTS
