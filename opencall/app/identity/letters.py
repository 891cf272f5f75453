"""The letters of identity. The subject says the news, the first line too."""

from opencall.kernel.letter import Action, Letter
from opencall.kernel.mail import queue_letter
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
    letter = Letter(
        subject="Confirm your address",
        news=f"{name}, confirm that this address is yours, and your account is ready.",
        action=Action("Confirm the address", url),
        more=(
            "The link is good for three days. If you did not ask for an account, do nothing: without the link it is "
            "never used.",
        ),
    )
    _send(uow, email, letter)


def send_you_have_an_account(uow: UnitOfWork, name: str, email: str, url: str) -> None:
    """Somebody signed up with an address that has an account."""
    letter = Letter(
        subject="You have an account already",
        news=f"{name}, you have an account with this address already.",
        paragraphs=(
            "Somebody, probably you, asked for a new one. Sign in instead, or ask there for a link if the password is "
            "gone.",
        ),
        action=Action("Sign in", url),
    )
    _send(uow, email, letter)


def send_sign_in_link(uow: UnitOfWork, name: str, email: str, url: str) -> None:
    """A link that signs in once."""
    letter = Letter(
        subject="Your sign-in link",
        news=f"{name}, this link signs you in, once, within half an hour.",
        action=Action("Sign in", url),
        more=("If you did not ask for it, do nothing.",),
    )
    _send(uow, email, letter)


def send_reset(uow: UnitOfWork, name: str, email: str, url: str) -> None:
    """A link that sets a new password."""
    letter = Letter(
        subject="Set a new password",
        news=f"{name}, set a new password here, within two hours.",
        action=Action("Set a new password", url),
        more=("If you did not ask for it, do nothing: the old password stays.",),
    )
    _send(uow, email, letter)


def send_invitation(uow: UnitOfWork, by: str, email: str, role: Role, url: str) -> None:
    """Somebody is asked to take a role."""
    letter = Letter(
        subject=f"You are invited to {_DOES[role]}",
        news=f"{by} invites you to {_DOES[role]}.",
        action=Action("Take the invitation up", url),
        more=("The link is good for two weeks. If you do not know what this is about, do nothing.",),
    )
    _send(uow, email, letter)


def _send(uow: UnitOfWork, email: str, letter: Letter) -> None:
    queue_letter(uow, email, letter)
