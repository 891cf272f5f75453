"""Who is acting, and what they may do.

Domain functions take a `Principal` and refuse by themselves; a page that hides a button is a courtesy, not a guard.
"""

from enum import StrEnum
from typing import ClassVar

import msgspec

from opencall.kernel.errors import Kind, OpencallError


class Role(StrEnum):
    """What a person may be, in one call or in all of them."""

    ARTIST = "artist"
    CURATOR = "curator"
    ENGINEER = "engineer"
    MANAGER = "manager"
    FINANCE = "finance"


class Grant(msgspec.Struct, frozen=True):
    """A role in one call; `call_id` None means in every call."""

    role: Role
    call_id: str | None = None


class Principal(msgspec.Struct, frozen=True):
    """A signed-in person, or the machine itself."""

    user_id: str
    name: str
    email: str = ""
    grants: frozenset[Grant] = frozenset()
    is_machine: bool = False

    def may(self, role: Role, call_id: str | None = None) -> bool:
        """Whether this principal has `role`, in `call_id` or in every call."""
        return Grant(role) in self.grants or (call_id is not None and Grant(role, call_id) in self.grants)


MACHINE = Principal(user_id="machine", name="Opencall", is_machine=True)


class NotAllowed(OpencallError):
    """The principal lacks the role that the act needs."""

    kind: ClassVar[Kind] = Kind.NOT_ALLOWED

    def __init__(self, principal: Principal, role: Role) -> None:
        self.user_id, self.role = principal.user_id, role
        super().__init__(
            f"This needs the role {role}, which {principal.name} does not have; ask a manager to grant it."
        )


class NotYours(OpencallError):
    """The object belongs to somebody else. Says no more than that."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, what: str, identifier: str) -> None:
        self.what, self.identifier = what, identifier
        super().__init__(f"There is no {what} {identifier} among yours; check the address, or sign in as its owner.")


def require(principal: Principal, role: Role, call_id: str | None = None) -> None:
    """Refuse with `NotAllowed` unless `principal` has `role` (in `call_id`, where one is given)."""
    if not principal.may(role, call_id):
        raise NotAllowed(principal, role)
