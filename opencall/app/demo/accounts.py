"""The demo's people can sign in: everybody gets an account, and the roles that they play."""

from collections.abc import Iterable

from opencall.app.demo import people
from opencall.app.house import House
from opencall.app.identity.passwords import hash_password
from opencall.app.identity.users import create_user, find_by_email, grant_role
from opencall.kernel.principal import Principal, Role


def open_accounts(house: House, artists: Iterable[str]) -> None:
    """An account for everybody on the staff and for each of `artists`, by name; those that are there stay."""
    everybody = {one.email: one for one in (*people.STAFF, *map(people.contributor, artists))}
    password_hash = hash_password(people.PASSWORD, "")
    with house.work.write() as uow:
        for one in everybody.values():
            if find_by_email(uow, one.email) is None:
                create_user(uow, one.name, one.email, password_hash, user_id=one.user_id)
            for role in _roles(one):
                grant_role(uow, "demo", one.user_id, role)


def who_is_who() -> tuple[str, ...]:
    """One line a person of the staff to sign in as, and the password: for the end of the demo."""
    lines = (f"{_roles(one)[0]:>9}  {one.email}" for one in people.STAFF)
    return (*lines, f" password  {people.PASSWORD}")


def _roles(one: Principal) -> list[Role]:
    return sorted(grant.role for grant in one.grants if grant.role is not Role.ARTIST)
