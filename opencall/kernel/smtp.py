"""Letters to a mail server, one connection a letter."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from opencall.kernel.errors import OpencallError
from opencall.kernel.mail import LetterNotSent, LetterRefused

TIMEOUT_S: Final = 20.0
_PORTS: Final = {"smtp": 587, "smtps": 465}


class SmtpUrlWrong(OpencallError):
    """The URL names no mail server. It is not repeated, as there may be a password in it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"OPENCALL_SMTP_URL cannot be used: {why}. Write smtp://user:password@host:587, or smtps:// for a server "
            "that speaks TLS from the start; a character such as @ in the password is written %40."
        )


class SmtpSink:
    """Sends through the server at `url`: `smtp://…`, which turns to TLS when the server offers it, or `smtps://…`.

    Credentials never travel in the clear: with `user:password@` in the URL, a server without TLS is refused.
    """

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        """`tls` takes the place of the system's own trust. Raises `SmtpUrlWrong`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as wrong:
            raise SmtpUrlWrong(str(wrong)) from None
        if parts.scheme not in _PORTS:
            raise SmtpUrlWrong("it begins with neither smtp:// nor smtps://")
        if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise SmtpUrlWrong("it is not a host with its port alone")
        if (parts.username is None) != (parts.password is None):
            raise SmtpUrlWrong("it has a user without a password, or the other way round")
        self._host, self._port = parts.hostname, port or _PORTS[parts.scheme]
        self._tls_at_once = parts.scheme == "smtps"
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._tls = tls or ssl.create_default_context()

    def send(self, mail_id: str, message: EmailMessage) -> None:
        try:
            server = self._connected()
            try:
                self._hand_over(server, message)
            finally:
                with suppress(OSError):  # whatever it answers to a farewell, it has the letter or has refused it
                    server.quit()
                server.close()
        except LetterNotSent:
            raise
        except smtplib.SMTPServerDisconnected as gone:
            raise LetterNotSent(f"{self._where} hung up: {gone}") from gone
        except smtplib.SMTPException as refused:
            raise LetterNotSent(f"{self._where} refused: {_words(refused)}") from refused
        except OSError as away:
            raise LetterNotSent(f"{self._where} could not be reached: {away.strerror or away}") from away

    @property
    def _where(self) -> str:
        return f"{self._host}:{self._port}"

    def _connected(self) -> smtplib.SMTP:
        if self._tls_at_once:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_S, context=self._tls)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)
        try:
            self._make_safe(server)
        except BaseException:
            server.close()
            raise
        return server

    def _make_safe(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if not self._tls_at_once and server.has_extn("starttls"):
            server.starttls(context=self._tls)
            server.ehlo()
        elif not self._tls_at_once and self._user:
            raise LetterNotSent(f"{self._where} offers no TLS, and the password must not travel without")
        if self._user:
            server.login(self._user, self._password)

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        """Refused for good is only what concerns this letter: that the server dislikes us or our sender may pass."""
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = next(iter(refused.recipients.values()))
            raise _refusal(code, words) from refused
        except smtplib.SMTPDataError as refused:
            raise _refusal(refused.smtp_code, refused.smtp_error) from refused
        except smtplib.SMTPNotSupportedError as refused:
            raise LetterRefused(f"{self._where} takes no address with such letters: {refused}") from refused


def _refusal(code: int, words: bytes | str) -> LetterNotSent | LetterRefused:
    said = f"{code} {_text(words)}"
    return LetterRefused(said) if code >= 500 else LetterNotSent(said)  # RFC 5321, 4.2.1: permanent


def _words(refused: smtplib.SMTPException) -> str:
    if isinstance(refused, smtplib.SMTPResponseException):
        return f"{refused.smtp_code} {_text(refused.smtp_error)}"
    return str(refused)


def _text(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())
