"""Refusals of identity. None of them tells a stranger whether an address has an account."""

from datetime import datetime
from typing import ClassVar

from opencall.kernel.errors import Kind, OpencallError


class SignInRefused(OpencallError):
    """Address and password do not belong together, or there is no such account; which of the two is not said."""

    kind: ClassVar[Kind] = Kind.NOT_ALLOWED

    def __init__(self, tries_left: int) -> None:
        self.tries_left = tries_left
        left = {0: "No try is", 1: "One try is"}.get(tries_left, f"{tries_left} tries are")
        super().__init__(
            f"That password does not match this address. {left} left; then wait a little, or let us send you a link."
        )


class TooManyTries(OpencallError):
    """Too many wrong passwords in a short time, for one address or from one place."""

    kind: ClassVar[Kind] = Kind.NOT_ALLOWED
    status: ClassVar[int] = 429

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        self.headers = {"Retry-After": str(wait_s)}
        super().__init__(
            f"Too many tries. Wait {max(1, round(wait_s / 60))} minutes, or let us send you a sign-in link."
        )


class TooManyLetters(OpencallError):
    """Too many letters in a short time, for one address or from one place; whether any was sent is not said."""

    kind: ClassVar[Kind] = Kind.NOT_ALLOWED
    status: ClassVar[int] = 429

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        self.headers = {"Retry-After": str(wait_s)}
        super().__init__(
            "So many letters were asked for that no more go out now. Look for the newest one, also among the unwanted "
            f"mail; or ask again in {max(1, round(wait_s / 60))} minutes."
        )


class TooBusy(OpencallError):
    """More people send passwords at this moment than the machine can check."""

    kind: ClassVar[Kind] = Kind.NOT_ALLOWED
    status: ClassVar[int] = 503

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        self.headers = {"Retry-After": str(wait_s)}
        super().__init__("Too many people come in at this very moment. Wait a few seconds, and send it again.")


class AddressWrong(OpencallError):
    """What was typed is no mail address."""

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__(
            f"“{email}” is not a mail address: it needs one @ with something on both sides. Correct it and send again."
        )


class AddressHasTwin(OpencallError):
    """An address that another mailbox has too, once it is compared as addresses are."""

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__(
            f"“{email}” can be read as another address too. Write it in small letters, what stands behind the @ in its "
            "ASCII form (xn--…), or use another address."
        )


class NameMissing(OpencallError):
    """An account without a name."""

    def __init__(self) -> None:
        super().__init__("Tell us how to address you: the name is empty.")


class PasswordTooWeak(OpencallError):
    """A password that is guessed in no time."""

    def __init__(self, shortest: int) -> None:
        super().__init__(
            f"Choose a password of at least {shortest} characters that is neither your address "
            "nor one that everybody knows. Three unrelated words do well."
        )


class LinkUsedUp(OpencallError):
    """A link of a letter that was used, is too old, or was never ours."""

    def __init__(self) -> None:
        super().__init__("This link has been used or is too old. Ask for a new one on the sign-in page.")


class AlreadyInvited(OpencallError):
    """The person has this role already."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, email: str, role: str) -> None:
        self.email, self.role = email, role
        super().__init__(f"{email} is {role} here already; nothing was sent.")


class NoSuchUser(OpencallError):
    """Nobody has that identifier."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        super().__init__(f"There is no account {user_id}; go back to the list of people.")


class NotToYourself(OpencallError):
    """Nobody changes what they may do themselves, up or down, or closes their own account."""

    def __init__(self) -> None:
        super().__init__("You cannot do this to your own account. Ask another manager to do it.")


class LastManager(OpencallError):
    """Without this one, nobody could give roles any more."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This is the only manager left. Make somebody else a manager of every call first.")


class NoSuchToken(OpencallError):
    """The token is not among the person's own."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, token_id: str) -> None:
        self.token_id = token_id
        super().__init__("There is no such token among yours; look at the list again.")


class Disabled(OpencallError):
    """An account that a manager has closed."""

    kind: ClassVar[Kind] = Kind.NOT_ALLOWED

    def __init__(self, since: datetime) -> None:
        self.since = since
        super().__init__("This account is closed. Write to the people who run the call if that is a mistake.")


class NoAccount(OpencallError):
    """A person at the machine named an address without an account; pages never say this."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__(f"{email} has no account. Check the address, or make one with opencall people add.")


class Closed(OpencallError):
    """A person at the machine named an account that a manager closed."""

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__(
            f"The account of {email} is closed. Let a manager open it again under People, then repeat this."
        )
