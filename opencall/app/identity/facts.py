"""What happened to people's roles, as the rooms hear of it."""

from opencall.kernel.facts import Fact


class RoleGranted(Fact, frozen=True, kw_only=True):
    """Somebody may act in a role from now on; `call_id` None means in every call."""

    user_id: str
    role: str
    call_id: str | None


class RoleTaken(Fact, frozen=True, kw_only=True):
    """Somebody has the role no longer."""

    user_id: str
    role: str
    call_id: str | None
