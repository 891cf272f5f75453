"""The pages of identity: sign in, sign up, the links of letters, sign out."""

from litestar import Response, Router
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery

from opencall.app.identity import account_pages, doors, people_pages
from opencall.app.identity.links import Purpose, read_link
from opencall.app.identity.sessions import LONG, Begun, Place, sign_in, sign_out
from opencall.kernel.unit_of_work import Work
from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.guards import COOKIE, secret_of
from opencall.kernel.web.pages import Visit, WorkHere, acts, go_to, local_path, page, shows


@shows("/sign-in")
def sign_in_page(request: Visit, next: FromQuery[str | None] = None) -> Response[str]:  # noqa: A002 - the address says next
    """Where a person who is signed in already is sent on."""
    target = local_path(next, "/")
    if request.user is not None:
        return go_to(request, target)
    return page(request, "identity/sign-in.html", target=target)


@acts("/sign-in")
def sign_in_form(request: Visit, work: WorkHere, data: Form) -> Response[str]:
    """Address and password, for a session."""
    fields = Fields(data)
    begun = sign_in(
        work,
        fields.needed("email", "Your address"),
        str(data.get("password", "")),
        place_of(request),
        long=fields.flag("long"),
    )
    return came_in(request, begun, local_path(fields.text("next"), "/"))


@acts("/sign-in/link")
def sign_in_link_form(request: Visit, work: WorkHere, data: Form) -> Response[str]:
    """A letter with a link in place of a password."""
    email = Fields(data).needed("email", "Your address")
    with work.write() as uow:
        doors.ask_for_link(uow, email, request.app.state.address)
    return go_to(request, "/look-into-your-mail")


@shows("/sign-up")
def sign_up_page(request: Visit) -> Response[str]:
    """A new account."""
    return page(request, "identity/sign-up.html")


@acts("/sign-up")
def sign_up_form(request: Visit, work: WorkHere, data: Form) -> Response[str]:
    """Name, address and password; the address is confirmed by a letter."""
    fields = Fields(data)
    doors.sign_up(
        work,
        fields.needed("name", "Your name"),
        fields.needed("email", "Your address"),
        str(data.get("password", "")),
        request.app.state.address,
    )
    return go_to(request, "/look-into-your-mail")


@shows("/look-into-your-mail")
def look_into_your_mail(request: Visit) -> Response[str]:
    """What a person sees after asking for any letter, whether the address has an account or not."""
    return page(request, "identity/look-into-your-mail.html", outbox=request.app.state.outbox)


@shows("/reset")
def reset_page(request: Visit) -> Response[str]:
    """The password is gone."""
    return page(request, "identity/ask-reset.html")


@acts("/reset")
def reset_form(request: Visit, work: WorkHere, data: Form) -> Response[str]:
    """A letter with a link that sets a new one."""
    email = Fields(data).needed("email", "Your address")
    with work.write() as uow:
        doors.ask_for_reset(uow, email, request.app.state.address)
    return go_to(request, "/look-into-your-mail")


@shows("/reset/{secret:str}")
def new_password_page(request: Visit, work: WorkHere, secret: FromPath[str]) -> Response[str]:
    """Where a letter's link leads."""
    with work.read() as uow:
        link = read_link(uow, secret, Purpose.RESET)
    return page(request, "identity/new-password.html", email=link.email, secret=secret)


@acts("/reset/{secret:str}")
def new_password_form(request: Visit, work: WorkHere, secret: FromPath[str], data: Form) -> Response[str]:
    """The new password; every session of the old one ends."""
    return came_in(request, doors.set_password(work, secret, str(data.get("password", "")), place_of(request)), "/")


@shows("/confirm/{secret:str}")
def confirm_page(request: Visit, work: WorkHere, secret: FromPath[str]) -> Response[str]:
    """The link of a letter to a new account."""
    return _entrance(request, work, secret)


@shows("/enter/{secret:str}")
def enter_page(request: Visit, work: WorkHere, secret: FromPath[str]) -> Response[str]:
    """The link of a letter that signs in."""
    return _entrance(request, work, secret)


@acts("/enter/{secret:str}")
def enter_form(request: Visit, work: WorkHere, secret: FromPath[str]) -> Response[str]:
    """In, by a letter's link."""
    with work.write() as uow:
        begun = doors.enter(uow, secret, place_of(request))
    return came_in(request, begun, "/")


@shows("/invitation/{secret:str}")
def invitation_page(request: Visit, work: WorkHere, secret: FromPath[str]) -> Response[str]:
    """What somebody is invited to."""
    with work.read() as uow:
        link, has_account = doors.read_invitation(uow, secret)
    return page(request, "identity/invitation.html", link=link, has_account=has_account, secret=secret)


@acts("/invitation/{secret:str}")
def invitation_form(request: Visit, work: WorkHere, secret: FromPath[str], data: Form) -> Response[str]:
    """Yes to an invitation."""
    name, password = Fields(data).text("name"), str(data.get("password", ""))
    return came_in(request, doors.take_invitation(work, secret, name, password, place_of(request)), "/")


@acts("/sign-out")
def sign_out_form(request: Visit, work: WorkHere) -> Response[str]:
    """The session of this browser ends."""
    secret, is_session = secret_of(request.headers)
    if secret is not None and is_session:
        with work.write() as uow:
            sign_out(uow, secret)
    answer = go_to(request, "/")
    answer.cookies.append(Cookie(key=COOKIE, value="", max_age=0, path="/", httponly=True, samesite="lax"))
    return answer


def _entrance(request: Visit, work: Work, secret: str) -> Response[str]:
    # A link is taken up by a button, because programs that look through mail follow links.
    with work.read() as uow:
        link = read_link(uow, secret, Purpose.CONFIRM, Purpose.SIGN_IN)
    return page(request, "identity/enter.html", link=link, secret=secret)


def came_in(request: Visit, begun: Begun, url: str) -> Response[str]:
    """The way on, with the session in a cookie that no script can read."""
    answer = go_to(request, url)
    answer.cookies.append(
        Cookie(
            key=COOKIE,
            value=begun.secret,
            path="/",
            httponly=True,
            samesite="lax",
            secure=request.app.state.is_https,
            max_age=int(LONG.total_seconds()) if begun.long else None,
        )
    )
    return answer


def place_of(request: Visit) -> Place:
    """Where the request came from."""
    return Place(request.client.host if request.client else "", request.headers.get("user-agent", ""))


router = Router(
    "/",
    route_handlers=[
        sign_in_page,
        sign_in_form,
        sign_in_link_form,
        sign_up_page,
        sign_up_form,
        look_into_your_mail,
        reset_page,
        reset_form,
        new_password_page,
        new_password_form,
        confirm_page,
        enter_page,
        enter_form,
        invitation_page,
        invitation_form,
        sign_out_form,
        *account_pages.handlers,
        *people_pages.handlers,
    ],
)
