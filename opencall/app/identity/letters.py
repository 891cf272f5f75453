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


def send_confirmation(uow: UnitOfWork, email: str, url: str) -> None:
    """Somebody wants an account. Nothing that they typed but the address stands in it: it may be a stranger's."""
    letter = Letter(
        subject="Confirm your address",
        news="Confirm that this address is yours, and choose how you sign in.",
        action=Action("Confirm the address", url),
        more=(
            "The link is good for three days. If you did not ask for an account, do nothing: there is none without it.",
        ),
    )
    _send(uow, email, letter)


def send_you_have_an_account(uow: UnitOfWork, name: str, email: str, url: str) -> None:
    """Somebody signed up with an address that has an account; the link lets its owner in."""
    letter = Letter(
        subject="You have an account already",
        news=f"{name}, you have an account with this address already.",
        paragraphs=(
            "Somebody, probably you, asked for a new one. This link signs you in to the one you have, once, within "
            "half an hour.",
        ),
        action=Action("Sign in", url),
        more=("If you did not ask for it, do nothing.",),
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


def send_password_changed(uow: UnitOfWork, name: str, email: str, url: str) -> None:
    """The password was set anew: whoever did not do that has to know."""
    letter = Letter(
        subject="Your password was changed",
        news=f"{name}, your password was changed just now.",
        paragraphs=("Wherever you were signed in you are signed out, and tokens for scripts have ended.",),
        action=Action("Set another one", url),
        more=("If it was you, do nothing. If it was not, set another one, and look after your mailbox.",),
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
