"""The ways in: signing up, the letters that go with it, invitations. Each function is one act of a person."""

from typing import Protocol

from sqlalchemy import update

from opencall.app.identity import letters
from opencall.app.identity.errors import AlreadyInvited, Closed, Disabled, LinkUsedUp, NoAccount
from opencall.app.identity.links import Link, Purpose, make_link, read_link, use_link
from opencall.app.identity.passwords import hash_password
from opencall.app.identity.sessions import Begun, Place, begin_session, note_link_sign_in, sign_out_everywhere
from opencall.app.identity.tables import user_table
from opencall.app.identity.users import User, create_user, find_by_email, find_user, grant_role
from opencall.kernel.principal import Grant, Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork, Work


class Address(Protocol):
    """Makes a whole address of a path of ours."""

    def __call__(self, path: str) -> str: ...


def sign_up(work: Work, name: str, email: str, password: str, address: Address) -> None:
    """Make an account that waits for its address to be confirmed, and write to it.

    An address that has an account already gets a letter that says so; whoever asked sees the same page either way.
    Raises `AddressWrong`, `NameMissing`, `PasswordTooWeak`.
    """
    password_hash = hash_password(password, email)
    with work.write() as uow:
        known = find_by_email(uow, email)
        if known is None:
            create_user(uow, name, email, password_hash, confirmed=False)
        elif known.confirmed_at is None:
            # Who signed up before may have been somebody else: what they chose is good no longer.
            _choose_password(uow, known.id, password_hash)
        if known is None or known.confirmed_at is None:
            letters.send_confirmation(
                uow, name, email, address(f"/confirm/{make_link(uow, Purpose.CONFIRM, email, '')}")
            )
        else:
            letters.send_you_have_an_account(uow, known.name, email, address("/sign-in"))


def ask_for_link(uow: UnitOfWork, email: str, address: Address) -> None:
    """Write a sign-in link to an address, if it has an account; nobody is told whether it has."""
    user = find_by_email(uow, email)
    if user is not None and user.disabled_at is None:
        letters.send_sign_in_link(
            uow, user.name, user.email, address(f"/enter/{make_link(uow, Purpose.SIGN_IN, email, user.id)}")
        )


def ask_for_reset(uow: UnitOfWork, email: str, address: Address) -> None:
    """Write a link that sets a new password to an address, if it has an account; nobody is told whether it has."""
    user = find_by_email(uow, email)
    if user is not None and user.disabled_at is None:
        letters.send_reset(
            uow, user.name, user.email, address(f"/reset/{make_link(uow, Purpose.RESET, email, user.id)}")
        )


def enter(uow: UnitOfWork, secret: str, place: Place) -> Begun:
    """Come in by a letter's link, which proves the address. Raises `LinkUsedUp`, `Disabled`."""
    link = use_link(uow, secret, Purpose.CONFIRM, Purpose.SIGN_IN)
    return _come_in(uow, link.email, place)


def set_password(work: Work, secret: str, password: str, place: Place) -> Begun:
    """Set a new password by a letter's link; every session of the old one ends.

    Raises `LinkUsedUp`, `PasswordTooWeak`.
    """
    with work.read() as uow:
        email = read_link(uow, secret, Purpose.RESET).email
    password_hash = hash_password(password, email)
    with work.write() as uow:
        use_link(uow, secret, Purpose.RESET)
        user = find_by_email(uow, email)
        if user is None:
            raise LinkUsedUp
        _choose_password(uow, user.id, password_hash)
        return _come_in(uow, email, place)


def invite(
    uow: UnitOfWork, principal: Principal, email: str, role: Role, call_id: str | None, address: Address
) -> None:
    """Ask somebody to take a role, in one call or in all. Needs a manager there. Raises `AlreadyInvited`."""
    require(principal, Role.MANAGER, call_id)
    user = find_by_email(uow, email)
    if user is not None and Grant(role, call_id) in user.grants:
        raise AlreadyInvited(email, role)
    secret = make_link(uow, Purpose.INVITE, email, principal.user_id, role, call_id)
    letters.send_invitation(uow, principal.name, email, role, address(f"/invitation/{secret}"))


def enrol(
    uow: UnitOfWork, principal: Principal, name: str, email: str, role: Role, call_id: str | None
) -> tuple[User, bool]:
    """Give an address a role, and an account first if it has none; returns the account and whether it is new.

    Who makes an account vouches for its address: nobody takes it over by signing up with it. Needs a manager there.
    Raises `AddressWrong`, `NameMissing`, `Closed`.
    """
    require(principal, Role.MANAGER, call_id)
    known = find_by_email(uow, email)
    if known is not None and known.disabled_at is not None:
        raise Closed(known.email)
    user_id = known.id if known else create_user(uow, name, email, None, confirmed=True)
    grant_role(uow, principal.user_id, user_id, role, call_id)
    return find_user(uow, user_id), known is None


def way_in(uow: UnitOfWork, email: str, address: Address, *, by_mail: bool) -> str | None:
    """A link that sets a password: returned, or sent to its owner by mail and told to nobody else.

    Raises `AddressWrong`, `NoAccount`, `Closed`.
    """
    user = find_by_email(uow, email)
    if user is None:
        raise NoAccount(email)
    if user.disabled_at is not None:
        raise Closed(user.email)
    url = address(f"/reset/{make_link(uow, Purpose.RESET, user.email, user.id)}")
    if not by_mail:
        return url
    letters.send_reset(uow, user.name, user.email, url)
    return None


def read_invitation(uow: UnitOfWork, secret: str) -> tuple[Link, bool]:
    """What the link of an invitation offers, and whether its address has an account. Raises `LinkUsedUp`."""
    link = read_link(uow, secret, Purpose.INVITE)
    return link, find_by_email(uow, link.email) is not None


def take_invitation(work: Work, secret: str, name: str, password: str, place: Place) -> Begun:
    """Take up an invitation, with a new account where the address has none yet. Raises as `sign_up` does."""
    with work.read() as uow:
        link, has_account = read_invitation(uow, secret)
    password_hash = None if has_account else hash_password(password, link.email)
    with work.write() as uow:
        link = use_link(uow, secret, Purpose.INVITE)
        user = find_by_email(uow, link.email)
        user_id = user.id if user else create_user(uow, name, link.email, password_hash, confirmed=True)
        if link.role is not None:
            grant_role(uow, link.made_by, user_id, link.role, link.call_id)
        return _come_in(uow, link.email, place)


def _choose_password(uow: UnitOfWork, user_id: str, password_hash: str) -> None:
    uow.connection.execute(update(user_table).where(user_table.c.id == user_id).values(password_hash=password_hash))
    sign_out_everywhere(uow, user_id)


def _come_in(uow: UnitOfWork, email: str, place: Place) -> Begun:
    user = find_by_email(uow, email)
    if user is None:
        raise LinkUsedUp
    if user.disabled_at is not None:
        raise Disabled(user.disabled_at)
    if user.confirmed_at is None:
        uow.connection.execute(
            update(user_table).where(user_table.c.id == user.id).values(confirmed_at=uow.clock.now())
        )
    note_link_sign_in(uow, email, user.id, place)
    return begin_session(uow, user.id, place)
