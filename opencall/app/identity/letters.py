"""The letters of identity. The subject says the news, the first line too."""

from opencall.kernel.mail import queue_mail
from opencall.kernel.principal import Role
from opencall.kernel.unit_of_work import UnitOfWork

_DOES = {
    Role.ARTIST: "send songs",
    Role.CURATOR: "listen to songs and score them",
    Role.ENGINEER: "mix the selected songs in 360",
    Role.MANAGER: "run the call",
    Role.FINANCE: "look after the fund and its payments",
}


def send_confirmation(uow: UnitOfWork, name: str, email: str, url: str) -> None:
    """A new account wants its address confirmed."""
    _send(
        uow,
        email,
        "Confirm your address",
        f"Hello {name},\n\nconfirm that this address is yours, and your account is ready:\n\n{url}\n\n"
        "The link is good for three days. If you did not ask for an account, do nothing: without the link "
        "it is never used.",
    )


def send_you_have_an_account(uow: UnitOfWork, name: str, email: str, url: str) -> None:
    """Somebody signed up with an address that has an account."""
    _send(
        uow,
        email,
        "You have an account already",
        f"Hello {name},\n\nsomebody, probably you, asked for an account with this address. You have one "
        f"already. Sign in here, or ask there for a link if the password is gone:\n\n{url}",
    )


def send_sign_in_link(uow: UnitOfWork, name: str, email: str, url: str) -> None:
    """A link that signs in once."""
    _send(
        uow,
        email,
        "Your sign-in link",
        f"Hello {name},\n\nthis link signs you in, once, within half an hour:\n\n{url}\n\n"
        "If you did not ask for it, do nothing.",
    )


def send_reset(uow: UnitOfWork, name: str, email: str, url: str) -> None:
    """A link that sets a new password."""
    _send(
        uow,
        email,
        "Set a new password",
        f"Hello {name},\n\nset a new password here, within two hours:\n\n{url}\n\n"
        "If you did not ask for it, do nothing: the old password stays.",
    )


def send_invitation(uow: UnitOfWork, by: str, email: str, role: Role, url: str) -> None:
    """Somebody is asked to take a role."""
    _send(
        uow,
        email,
        f"You are invited to {_DOES[role]}",
        f"Hello,\n\n{by} invites you to {_DOES[role]}. Take the invitation up here, within two weeks:\n\n{url}\n\n"
        "If you do not know what this is about, do nothing.",
    )


def _send(uow: UnitOfWork, email: str, subject: str, text: str) -> None:
    queue_mail(uow, email, subject, f"{text}\n\nOpencall\n")
