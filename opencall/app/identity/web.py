"""The pages of identity: sign in, sign up, the links of letters, sign out."""

from litestar import Response, Router
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery

from opencall.app.identity import account_pages, doors, people_pages
from opencall.app.identity.links import Purpose, read_link
from opencall.app.identity.places import place_of
from opencall.app.identity.sessions import LONG, Begun, sign_in, sign_out
from opencall.kernel.unit_of_work import Work
from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.guards import cookie_name, secret_of
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
        doors.ask_for_link(uow, email, place_of(request), request.app.state.address)
    return go_to(request, "/look-into-your-mail")


@shows("/sign-up")
def sign_up_page(request: Visit) -> Response[str]:
    """A new account."""
    return page(request, "identity/sign-up.html")


@acts("/sign-up")
def sign_up_form(request: Visit, work: WorkHere, data: Form) -> Response[str]:
    """An address; name and password are asked for where the letter to it leads."""
    email = Fields(data).needed("email", "Your address")
    with work.write() as uow:
        doors.sign_up(uow, email, place_of(request), request.app.state.address)
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
        doors.ask_for_reset(uow, email, place_of(request), request.app.state.address)
    return go_to(request, "/look-into-your-mail")


@shows("/reset/{secret:str}")
def new_password_page(request: Visit, work: WorkHere, secret: FromPath[str]) -> Response[str]:
    """Where a letter's link leads."""
    with work.read() as uow:
        link = read_link(uow, secret, Purpose.RESET)
    return page(request, "identity/new-password.html", kept=False, email=link.email, secret=secret)


@acts("/reset/{secret:str}")
def new_password_form(request: Visit, work: WorkHere, secret: FromPath[str], data: Form) -> Response[str]:
    """The new password; every session of the old one ends."""
    return came_in(request, doors.set_password(work, secret, str(data.get("password", "")), place_of(request)), "/")


@shows("/enter/{secret:str}")
def enter_page(request: Visit, work: WorkHere, secret: FromPath[str]) -> Response[str]:
    """The link of a letter that signs in. A button takes it up: programs that look through mail follow links."""
    with work.read() as uow:
        link = read_link(uow, secret, Purpose.SIGN_IN)
    return page(request, "identity/enter.html", kept=False, link=link, secret=secret)


@acts("/enter/{secret:str}")
def enter_form(request: Visit, work: WorkHere, secret: FromPath[str]) -> Response[str]:
    """In, by a letter's link."""
    with work.write() as uow:
        begun = doors.enter(uow, secret, place_of(request))
    return came_in(request, begun, "/")


@shows("/confirm/{secret:str}")
def confirm_page(request: Visit, work: WorkHere, secret: FromPath[str]) -> Response[str]:
    """The link of a letter to an address that wants an account."""
    return _offer(request, work, secret)


@acts("/confirm/{secret:str}")
def confirm_form(request: Visit, work: WorkHere, secret: FromPath[str], data: Form) -> Response[str]:
    """The account, with the name and the password of whoever reads the letter."""
    return _take_up(request, work, secret, data)


@shows("/invitation/{secret:str}")
def invitation_page(request: Visit, work: WorkHere, secret: FromPath[str]) -> Response[str]:
    """What somebody is invited to."""
    return _offer(request, work, secret)


@acts("/invitation/{secret:str}")
def invitation_form(request: Visit, work: WorkHere, secret: FromPath[str], data: Form) -> Response[str]:
    """Yes to an invitation."""
    return _take_up(request, work, secret, data)


@acts("/sign-out")
def sign_out_form(request: Visit, work: WorkHere) -> Response[str]:
    """The session of this browser ends."""
    is_https = request.app.state.is_https
    secret, is_session = secret_of(request.headers, is_https)
    if secret is not None and is_session:
        with work.write() as uow:
            sign_out(uow, secret)
    answer = go_to(request, "/")
    answer.cookies.append(_cookie(is_https, "", max_age=0))
    return answer


def _offer(request: Visit, work: Work, secret: str) -> Response[str]:
    with work.read() as uow:
        link, has_account = doors.read_offer(uow, secret)
    action = request.url.path
    return page(request, "identity/take-up.html", kept=False, link=link, has_account=has_account, action=action)


def _take_up(request: Visit, work: Work, secret: str, data: Form) -> Response[str]:
    name, password = Fields(data).text("name"), str(data.get("password", ""))
    return came_in(request, doors.take_up(work, secret, name, password, place_of(request)), "/")


def came_in(request: Visit, begun: Begun, url: str) -> Response[str]:
    """The way on, with the session in a cookie that no script can read."""
    answer = go_to(request, url)
    max_age = int(LONG.total_seconds()) if begun.long else None
    answer.cookies.append(_cookie(request.app.state.is_https, begun.secret, max_age))
    return answer


def _cookie(is_https: bool, value: str, max_age: int | None) -> Cookie:
    return Cookie(
        key=cookie_name(is_https),
        value=value,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https,
        max_age=max_age,
    )


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
        enter_page,
        enter_form,
        confirm_page,
        confirm_form,
        invitation_page,
        invitation_form,
        sign_out_form,
        *account_pages.handlers,
        *people_pages.handlers,
    ],
)
