"""The ways in: signing up, the letters that go with it, invitations. Each function is one act of a person."""

from typing import Protocol

from sqlalchemy import update

from opencall.app.identity import letters
from opencall.app.identity.errors import AlreadyInvited, Closed, Disabled, LinkUsedUp, NoAccount, NotToYourself
from opencall.app.identity.limits import Ask, spend, unless_busy
from opencall.app.identity.links import Link, Purpose, make_link, read_link, use_link
from opencall.app.identity.passwords import hash_password, refuse_weak
from opencall.app.identity.sessions import Begun, Place, begin_session, note_link_sign_in
from opencall.app.identity.tables import user_table
from opencall.app.identity.users import (
    User,
    checked_name,
    create_user,
    email_key,
    end_every_way_in,
    find_by_email,
    find_user,
    grant_role,
)
from opencall.kernel.principal import Grant, Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork, Work


class Address(Protocol):
    """Makes a whole address of a path of ours."""

    def __call__(self, path: str) -> str: ...


def sign_up(uow: UnitOfWork, email: str, place: Place, address: Address) -> None:
    """Write to an address that wants an account. It has one once somebody who reads that letter chose a password.

    An address that has an account gets a letter that says so, and lets its owner in; whoever asked sees the same page
    either way. Raises `AddressWrong`, `TooManyLetters`.
    """
    spend(uow, Ask.LETTER, email_key(email), place.address)
    user = find_by_email(uow, email)
    if user is None:
        letters.send_confirmation(uow, email, address(f"/confirm/{make_link(uow, Purpose.CONFIRM, email, '')}"))
    elif user.disabled_at is None:
        letters.send_you_have_an_account(uow, user.name, user.email, _sign_in_link(uow, user, address))


def ask_for_link(uow: UnitOfWork, email: str, place: Place, address: Address) -> None:
    """Write a sign-in link to an address, if it has an account; nobody is told whether it has.

    Raises `AddressWrong`, `TooManyLetters`.
    """
    spend(uow, Ask.LETTER, email_key(email), place.address)
    user = find_by_email(uow, email)
    if user is not None and user.disabled_at is None:
        letters.send_sign_in_link(uow, user.name, user.email, _sign_in_link(uow, user, address))


def ask_for_reset(uow: UnitOfWork, email: str, place: Place, address: Address) -> None:
    """Write a link that sets a new password to an address, if it has an account; nobody is told whether it has.

    Raises `AddressWrong`, `TooManyLetters`.
    """
    spend(uow, Ask.LETTER, email_key(email), place.address)
    user = find_by_email(uow, email)
    if user is not None and user.disabled_at is None:
        letters.send_reset(uow, user.name, user.email, _reset_link(uow, user, address))


def enter(uow: UnitOfWork, secret: str, place: Place) -> Begun:
    """Come in by a letter's link, which proves the address. Raises `LinkUsedUp`, `Disabled`."""
    return _come_in(uow, use_link(uow, secret, Purpose.SIGN_IN).email, place)


def set_password(work: Work, secret: str, password: str, place: Place) -> Begun:
    """Set a new password by a letter's link; sessions, tokens and links of the old one end, and its owner is told.

    Raises `LinkUsedUp`, `PasswordTooWeak`, `TooManyTries`, `TooBusy`.
    """
    with work.write() as uow:
        email = read_link(uow, secret, Purpose.RESET).email
        refuse_weak(password, email)
        asked = spend(uow, Ask.PASSWORD, email_key(email), place.address)
    with unless_busy(work, asked):
        password_hash = hash_password(password, email)
    with work.write() as uow:
        use_link(uow, secret, Purpose.RESET)
        user = find_by_email(uow, email)
        if user is None:
            raise LinkUsedUp
        uow.connection.execute(update(user_table).where(user_table.c.id == user.id).values(password_hash=password_hash))
        end_every_way_in(uow, user)
        if user.has_password:
            letters.send_password_changed(uow, user.name, user.email, uow.address("/reset"))
        return _come_in(uow, email, place)


def invite(
    uow: UnitOfWork,
    principal: Principal,
    email: str,
    role: Role,
    call_id: str | None,
    place: Place,
    address: Address,
) -> None:
    """Ask somebody to take a role, in one call or in all. Needs a manager there, who is somebody else.

    Raises `AddressWrong`, `NotToYourself`, `AlreadyInvited`, `TooManyLetters`.
    """
    require(principal, Role.MANAGER, call_id)
    user = find_by_email(uow, email)
    if user is not None and user.id == principal.user_id:
        raise NotToYourself
    if user is not None and Grant(role, call_id) in user.grants:
        raise AlreadyInvited(email, role)
    spend(uow, Ask.INVITATION, email_key(email), place.address)
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
    user_id = known.id if known else create_user(uow, name, email, None)
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
    url = _reset_link(uow, user, address)
    if not by_mail:
        return url
    letters.send_reset(uow, user.name, user.email, url)
    return None


def read_offer(uow: UnitOfWork, secret: str) -> tuple[Link, bool]:
    """What the link of a new account or of an invitation offers, and whether its address has an account.

    An invitation is worth what its sender may give at that moment. Raises `LinkUsedUp`.
    """
    link = read_link(uow, secret, Purpose.CONFIRM, Purpose.INVITE)
    if link.role is not None:
        sender = find_user(uow, link.made_by)
        if sender.disabled_at is not None or not sender.principal.may(Role.MANAGER, link.call_id):
            raise LinkUsedUp
    return link, find_by_email(uow, link.email) is not None


def take_up(work: Work, secret: str, name: str, password: str, place: Place) -> Begun:
    """Take up what a link offers: an account, where its address has none yet, and the role of an invitation.

    Raises `LinkUsedUp`, `NameMissing`, `PasswordTooWeak`, `TooManyTries`, `TooBusy`, `Disabled`.
    """
    asked = None
    with work.write() as uow:
        link, has_account = read_offer(uow, secret)
        if not has_account:
            checked_name(name)
            refuse_weak(password, link.email)
            asked = spend(uow, Ask.PASSWORD, email_key(link.email), place.address)
    password_hash = None
    if asked is not None:
        with unless_busy(work, asked):
            password_hash = hash_password(password, link.email)
    with work.write() as uow:
        link, _ = read_offer(uow, secret)
        use_link(uow, secret, link.purpose)
        user = find_by_email(uow, link.email)
        user_id = user.id if user else create_user(uow, name, link.email, password_hash)
        if link.role is not None:
            grant_role(uow, link.made_by, user_id, link.role, link.call_id)
        return _come_in(uow, link.email, place)


def _sign_in_link(uow: UnitOfWork, user: User, address: Address) -> str:
    return address(f"/enter/{make_link(uow, Purpose.SIGN_IN, user.email, user.id)}")


def _reset_link(uow: UnitOfWork, user: User, address: Address) -> str:
    return address(f"/reset/{make_link(uow, Purpose.RESET, user.email, user.id)}")


def _come_in(uow: UnitOfWork, email: str, place: Place) -> Begun:
    user = find_by_email(uow, email)
    if user is None:
        raise LinkUsedUp
    if user.disabled_at is not None:
        raise Disabled(user.disabled_at)
    note_link_sign_in(uow, email, user.id, place)
    return begin_session(uow, user.id, place)
