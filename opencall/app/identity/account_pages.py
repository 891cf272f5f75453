"""A person's own account: name, password, sessions, tokens, and who tried to get in."""

from litestar import Response
from litestar.params import FromPath

from opencall.app.identity import doors, sessions, tokens, users
from opencall.app.identity.places import place_of
from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows


@shows("/account")
def account(request: Visit, work: WorkHere, member: Member) -> Response[str]:
    """All that is kept of an account."""
    return _account(request, work, member)


@acts("/account/name")
def rename(request: Visit, work: WorkHere, member: Member, data: Form) -> Response[str]:
    """Another name."""
    with work.write(member) as uow:
        users.rename(uow, member, Fields(data).needed("name", "Your name"))
    return go_to(request, "/account")


@acts("/account/password")
def ask_for_password(request: Visit, work: WorkHere, member: Member) -> Response[str]:
    """A letter with a link that sets a new password: who sits at the keyboard may be somebody else."""
    with work.write(member) as uow:
        doors.ask_for_reset(uow, member.email, place_of(request), request.app.state.address)
    return go_to(request, "/look-into-your-mail")


@acts("/account/sign-out-everywhere")
def sign_out_everywhere(request: Visit, work: WorkHere, member: Member) -> Response[str]:
    """Every session ends, this one too."""
    with work.write(member) as uow:
        sessions.sign_out_everywhere(uow, member.user_id)
    return go_to(request, "/sign-in")


@acts("/account/tokens")
def make_token(request: Visit, work: WorkHere, member: Member, data: Form) -> Response[str]:
    """A token for a script; its secret is shown on the page that follows, and never again."""
    name = Fields(data).needed("name", "What it is for")
    with work.write(member) as uow:
        secret = tokens.make_token(uow, member, name)
    return _account(request, work, member, secret=secret)


@acts("/account/tokens/{token_id:str}/revoke")
def revoke_token(request: Visit, work: WorkHere, member: Member, token_id: FromPath[str]) -> Response[str]:
    """A token is good no longer."""
    with work.write(member) as uow:
        tokens.revoke_token(uow, member, token_id)
    return go_to(request, "/account")


def _account(request: Visit, work: WorkHere, member: Member, secret: str | None = None) -> Response[str]:
    with work.read(member) as uow:
        user = users.find_user(uow, member.user_id)
        listed = tokens.tokens_of(uow, member)
        tries = sessions.sign_ins_of(uow, member.user_id)
    kept = secret is None
    return page(request, "identity/account.html", kept=kept, user=user, tokens=listed, tries=tries, secret=secret)


handlers = [account, rename, ask_for_password, sign_out_everywhere, make_token, revoke_token]
