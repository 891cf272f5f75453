"""Everybody with an account, for managers: invite, give and take roles, close an account, look at its sign-ins."""

from typing import Final

from litestar import Response
from litestar.params import FromPath, FromQuery

from opencall.app.identity import doors, sessions, users
from opencall.kernel.principal import Role, require
from opencall.kernel.web.forms import Fields, FieldWrong, Form
from opencall.kernel.web.labels import LabelsHere
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from opencall.kernel.web.slices import slice_of

PEOPLE_A_PAGE: Final = 50
INVITABLE: Final = (Role.CURATOR, Role.ENGINEER, Role.FINANCE, Role.MANAGER)


@shows("/people")
def people(
    request: Visit,
    work: WorkHere,
    member: Member,
    labels: LabelsHere,
    q: FromQuery[str] = "",
    part: FromQuery[int] = 1,
) -> Response[str]:
    """The list; `q` finds a part of a name or an address."""
    with work.read(member) as uow:
        cut = slice_of(users.count_users(uow, member, q), PEOPLE_A_PAGE, part, "/people", q=q)
        listed = users.list_users(uow, member, q, cut.size, cut.start)
        calls = labels.calls(uow, [grant.call_id for user in listed for grant in user.grants if grant.call_id])
    return page(request, "identity/people.html", people=listed, cut=cut, calls=calls, q=q, roles=INVITABLE)


@shows("/people/choose")
def choose_person(
    request: Visit, work: WorkHere, member: Member, role: FromQuery[str], name: FromQuery[str] = "user_id"
) -> Response[str]:
    """A fragment: people with a role to choose one from, for the pages of a room."""
    if not any(grant.role is Role.MANAGER for grant in member.grants):
        require(member, Role.MANAGER)
    with work.read(member) as uow:
        found = users.people_with(uow, role_of(role))
    return page(request, "identity/choose-person.html", people=found, role=role, name=name)


@shows("/people/{user_id:str}")
def person(request: Visit, work: WorkHere, member: Member, labels: LabelsHere, user_id: FromPath[str]) -> Response[str]:
    """One account: roles, state, and its latest sign-ins."""
    require(member, Role.MANAGER)
    with work.read(member) as uow:
        user = users.find_user(uow, user_id)
        tries = sessions.sign_ins_of(uow, user_id)
        calls = labels.calls(uow, [grant.call_id for grant in user.grants if grant.call_id])
    return page(request, "identity/person.html", user=user, tries=tries, calls=calls, roles=INVITABLE)


@acts("/people/invite")
def invite(request: Visit, work: WorkHere, member: Member, data: Form) -> Response[str]:
    """A letter that offers a role; the call is none for a role everywhere."""
    fields = Fields(data)
    email, role = fields.needed("email", "Address"), role_of(fields.needed("role", "Role"))
    with work.write(member) as uow:
        doors.invite(uow, member, email, role, fields.text("call_id") or None, request.app.state.address)
    if request.headers.get("hx-request") != "true":
        return go_to(request, "/people")
    return page(request, "identity/invited.html", email=email, role=role)


@acts("/people/{user_id:str}/grant")
def grant(request: Visit, work: WorkHere, member: Member, user_id: FromPath[str], data: Form) -> Response[str]:
    """A role for somebody who has an account."""
    fields = Fields(data)
    role, call_id = role_of(fields.needed("role", "Role")), fields.text("call_id") or None
    require(member, Role.MANAGER, call_id)
    with work.write(member) as uow:
        users.grant_role(uow, member.user_id, user_id, role, call_id)
    return go_to(request, f"/people/{user_id}")


@acts("/people/{user_id:str}/take")
def take(request: Visit, work: WorkHere, member: Member, user_id: FromPath[str], data: Form) -> Response[str]:
    """A role taken away."""
    fields = Fields(data)
    with work.write(member) as uow:
        role, call_id = role_of(fields.needed("role", "Role")), fields.text("call_id") or None
        users.take_role(uow, member, user_id, role, call_id)
    return go_to(request, f"/people/{user_id}")


@acts("/people/{user_id:str}/close")
def close(request: Visit, work: WorkHere, member: Member, user_id: FromPath[str]) -> Response[str]:
    """An account is closed; its sessions end at once."""
    with work.write(member) as uow:
        users.disable_user(uow, member, user_id)
    return go_to(request, f"/people/{user_id}")


@acts("/people/{user_id:str}/open")
def open_again(request: Visit, work: WorkHere, member: Member, user_id: FromPath[str]) -> Response[str]:
    """A closed account is opened again."""
    with work.write(member) as uow:
        users.open_again(uow, member, user_id)
    return go_to(request, f"/people/{user_id}")


def role_of(text: str) -> Role:
    """A role by its name. Raises `FieldWrong`."""
    try:
        return Role(text)
    except ValueError:
        raise FieldWrong("role", "Role", f"choose one of {', '.join(INVITABLE)}") from None


handlers = [people, choose_person, person, invite, grant, take, close, open_again]
