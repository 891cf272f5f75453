"""Roles in one call and in all."""

import pytest

from opencall.kernel.principal import Grant, NotAllowed, Principal, Role, require


def test_a_role_in_one_call_says_nothing_about_another() -> None:
    curator = Principal("u1", "Ode", grants=frozenset({Grant(Role.CURATOR, "call-a")}))
    require(curator, Role.CURATOR, "call-a")
    for call_id in ("call-b", None):
        with pytest.raises(NotAllowed, match="Ode"):
            require(curator, Role.CURATOR, call_id)
    with pytest.raises(NotAllowed, match="manager"):
        require(curator, Role.MANAGER, "call-a")


def test_a_role_in_every_call_holds_in_each() -> None:
    manager = Principal("u2", "Ife", grants=frozenset({Grant(Role.MANAGER)}))
    require(manager, Role.MANAGER)
    require(manager, Role.MANAGER, "call-a")
