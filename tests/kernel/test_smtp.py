"""Letters through a real mail server: taken, refused for good, refused for now, not reached."""

import ssl
from urllib.parse import quote

import pytest
from sqlalchemy import select

from opencall.kernel.clock import SetClock
from opencall.kernel.mail import FIRST_RETRY, MAX_ATTEMPTS, MailState, mail_table, queue_mail, send_due_mail
from opencall.kernel.smtp import SmtpSink, SmtpUrlWrong
from opencall.kernel.unit_of_work import Work
from tests.servers.smtp import PASSWORD, USER, certified, free_port, post_office

SENDER = "Opencall <post@opencall.example>"
SECRET = f"{USER}:{quote(PASSWORD, safe='')}@"


def queue(work: Work, recipient: str = "ada@example.org", html: str | None = None) -> None:
    with work.write() as uow:
        queue_mail(uow, recipient, "Thank you – merci", "We have your song.\n\nÀ bientôt", html)


def letters(work: Work) -> list[tuple[str, int, str | None]]:
    with work.read() as uow:
        rows = uow.connection.execute(select(mail_table).order_by(mail_table.c.id)).all()
    return [(row.state, row.attempts, row.error) for row in rows]


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context, and that of a client who trusts it."""
    return certified(tmp_path_factory.mktemp("certificate"))


def test_a_letter_arrives_with_its_text_and_its_page(work: Work) -> None:
    with post_office() as office:
        queue(work, html="<p>We have your song.</p><p>À bientôt</p>")
        queue(work, "jon@example.org")
        assert send_due_mail(work, SmtpSink(f"smtp://127.0.0.1:{office.port}"), SENDER) == 2
    assert letters(work) == [(MailState.SENT, 1, None)] * 2
    assert office.recipients == ["ada@example.org", "jon@example.org"]
    both, plain = office.letters
    assert (both["Subject"], both["From"], both["To"]) == ("Thank you – merci", SENDER, "ada@example.org")
    assert both.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in both.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().splitlines() for part in both.iter_parts()] == [
        ["We have your song.", "", "À bientôt"],
        ["<p>We have your song.</p><p>À bientôt</p>"],
    ]
    assert plain.get_content_type() == "text/plain"


@pytest.mark.parametrize("at_once", [True, False], ids=["smtps", "starttls"])
def test_credentials_travel_encrypted(work: Work, trust: tuple[ssl.SSLContext, ssl.SSLContext], at_once: bool) -> None:
    server, client = trust
    with post_office(
        tls=server if at_once else None, starttls=None if at_once else server, wants_password=True
    ) as office:
        queue(work)
        scheme = "smtps" if at_once else "smtp"
        sink = SmtpSink(f"{scheme}://{SECRET}127.0.0.1:{office.port}", client)
        assert send_due_mail(work, sink, SENDER) == 1
    assert (office.encrypted, office.authenticated) == ([True], [True])


def test_a_server_without_tls_is_not_told_the_password(work: Work) -> None:
    with post_office() as office:
        queue(work)
        assert send_due_mail(work, SmtpSink(f"smtp://{SECRET}127.0.0.1:{office.port}"), SENDER) == 0
    ((state, _, error),) = letters(work)
    assert state == MailState.QUEUED
    assert error is not None
    assert "offers no TLS" in error
    assert PASSWORD not in error


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
    work: Work, trust: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    with post_office(starttls=trust[0]) as office:
        queue(work)
        assert send_due_mail(work, SmtpSink(f"smtp://127.0.0.1:{office.port}"), SENDER) == 0
    assert office.letters == []
    ((state, _, error),) = letters(work)
    assert state == MailState.QUEUED
    assert "CERTIFICATE_VERIFY_FAILED" in (error or "").upper()


def test_a_wrong_password_holds_letters_up_and_gives_none_of_them_up(
    work: Work, trust: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    with post_office(tls=trust[0], wants_password=True) as office:
        queue(work)
        send_due_mail(work, SmtpSink(f"smtps://{USER}:wrong@127.0.0.1:{office.port}", trust[1]), SENDER)
    ((state, _, error),) = letters(work)
    assert state == MailState.QUEUED
    assert "535" in (error or "")


@pytest.mark.parametrize("where", ["recipient", "content"])
def test_what_is_refused_for_good_is_given_up_with_the_servers_reason(work: Work, where: str) -> None:
    with post_office() as office:
        if where == "recipient":
            office.refuses["ada@example.org"] = "550 5.1.1 There is no Ada here"
        else:
            office.answer = "554 5.7.1 There is no Ada here"
        queue(work)
        assert send_due_mail(work, SmtpSink(f"smtp://127.0.0.1:{office.port}"), SENDER) == 0
    ((state, attempts, error),) = letters(work)
    assert (state, attempts) == (MailState.GIVEN_UP, 1)
    assert "There is no Ada here" in (error or "")


def test_an_address_that_cannot_stand_in_a_letter_is_given_up_and_holds_nobody_up(work: Work) -> None:
    with post_office() as office:
        queue(work, "ada@example.org\nBcc: everybody@example.org")
        queue(work, "jon@example.org")
        assert send_due_mail(work, SmtpSink(f"smtp://127.0.0.1:{office.port}"), SENDER) == 1
    assert [state for state, _, _ in letters(work)] == [MailState.GIVEN_UP, MailState.SENT]
    assert office.recipients == ["jon@example.org"]


def test_a_refusal_for_now_is_tried_again_until_it_is_taken(work: Work, clock: SetClock) -> None:
    with post_office() as office:
        sink = SmtpSink(f"smtp://127.0.0.1:{office.port}")
        office.refuses["ada@example.org"] = "451 4.7.1 Come back in a minute"
        queue(work)
        assert send_due_mail(work, sink, SENDER) == 0
        assert letters(work) == [(MailState.QUEUED, 1, "451 4.7.1 Come back in a minute")]
        office.refuses.clear()
        assert send_due_mail(work, sink, SENDER) == 0, "not due yet"
        clock.advance(FIRST_RETRY)
        assert send_due_mail(work, sink, SENDER) == 1
    assert letters(work) == [(MailState.SENT, 2, None)]


def test_a_closed_port_is_tried_again_and_given_up_in_the_end(work: Work, clock: SetClock) -> None:
    sink = SmtpSink(f"smtp://127.0.0.1:{free_port()}")
    queue(work)
    for attempt in range(MAX_ATTEMPTS):
        assert letters(work)[0][:2] == (MailState.QUEUED, attempt)
        assert send_due_mail(work, sink, SENDER) == 0
        clock.advance(FIRST_RETRY * 2**attempt)
    ((state, attempts, error),) = letters(work)
    assert (state, attempts) == (MailState.GIVEN_UP, MAX_ATTEMPTS)
    assert "could not be reached: Connection refused" in (error or "")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://mail.example.org", "neither smtp:// nor smtps://"),
        ("mail.example.org:25", "neither smtp:// nor smtps://"),
        ("smtp://", "not a host"),
        ("smtp://mail.example.org/path", "not a host"),
        ("smtp://mail.example.org:post", "[Pp]ort"),
        ("smtp://user@mail.example.org", "a user without a password"),
        ("smtp://user:pa/ss@mail.example.org", "%40"),
    ],
)
def test_a_url_that_names_no_server_is_refused_without_repeating_it(url: str, why: str) -> None:
    with pytest.raises(SmtpUrlWrong, match=why) as refusal:
        SmtpSink(url)
    assert "pa/ss" not in str(refusal.value)
