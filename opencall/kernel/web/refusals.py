"""Refusals as answers: a page for people, a sentence into the form for a form, JSON for scripts."""

import secrets
from typing import Any, Final
from urllib.parse import quote

import msgspec
import structlog
from litestar import Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.status_codes import HTTP_401_UNAUTHORIZED, HTTP_500_INTERNAL_SERVER_ERROR

from opencall.kernel.errors import Kind, OpencallError
from opencall.kernel.web.guards import NotSignedIn
from opencall.kernel.web.pages import Visit, go_to, page

log = structlog.get_logger()

STATUS: Final = {Kind.BAD_INPUT: 400, Kind.NOT_ALLOWED: 403, Kind.NOT_FOUND: 404, Kind.CONFLICT: 409}
_TITLES: Final = {
    400: "That does not work as it is",
    401: "Sign in first",
    403: "This is not yours to do",
    404: "There is nothing at this address",
    405: "This address cannot do that",
    409: "Something changed meanwhile",
    413: "That is too large",
    429: "Too much of it",
    500: "Something broke on our side",
    503: "One moment",
}


def refused(request: Visit, refusal: OpencallError) -> Response[Any]:
    """The answer to a refusal that a person or a script caused."""
    status = STATUS[refusal.kind]
    if isinstance(refusal, NotSignedIn):
        if _wants_json(request):
            return _answer(request, HTTP_401_UNAUTHORIZED, refusal.code, str(refusal))
        target = request.url.path if request.method == "GET" else "/"
        return go_to(request, f"/sign-in?next={quote(target, safe='/')}")
    headers = getattr(refusal, "headers", None)
    answer = _answer(request, getattr(refusal, "status", status), refusal.code, str(refusal))
    if headers:
        answer.headers.update(headers)
    return answer


def not_served(request: Visit, refusal: HTTPException) -> Response[Any]:
    """What the framework itself refuses: no such route, a wrong method, a body that is no form."""
    status = refusal.status_code
    if status >= HTTP_500_INTERNAL_SERVER_ERROR:
        return broken(request, refusal)
    detail = {
        404: "The address may have lost a letter on its way to you, or what was here was taken down.",
        405: "This address takes other kinds of requests.",
        413: "What was sent is larger than this form takes.",
    }.get(status, refusal.detail)
    if status == 400 and _wants_json(request) and refusal.extra:
        detail = f"{detail}: {refusal.extra}"
    answer = _answer(request, status, type(refusal).__name__, detail)
    answer.headers.update(refusal.headers or {})
    return answer


def broken(request: Visit, failure: Exception) -> Response[Any]:
    """A defect of ours: said plainly, with a number that finds the place in the log and says nothing about anybody."""
    number = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"
    # The address as its handler names it: what stands in its places may be the secret of a letter's link.
    path = request.scope.get("path_template", "")
    log.error("request_failed", number=number, path=path, method=request.method, exc_info=failure)
    sentence = "Nothing that you did is lost that was saved before. Try again in a moment."
    return _answer(request, HTTP_500_INTERNAL_SERVER_ERROR, "Broken", sentence, number)


def _wants_json(request: Visit) -> bool:
    return request.url.path.startswith("/api/") or request.headers.get("accept", "").startswith("application/json")


def _answer(request: Visit, status: int, code: str, sentence: str, number: str | None = None) -> Response[Any]:
    if _wants_json(request):
        error = {"code": code, "message": sentence} | ({"number": number} if number else {})
        return Response({"error": error}, status_code=status, media_type=MediaType.JSON)
    template = "kernel/refusal.html" if request.headers.get("hx-request") == "true" else "kernel/error.html"
    return page(
        request,
        template,
        status=status,
        code=status,
        title=_TITLES.get(status, _TITLES[400]),
        sentence=sentence,
        number=number,
    )


class Refused(msgspec.Struct, frozen=True):
    """What was refused: `code` is the refusal's name, for programs; `message` says what to do, for people.

    `number` finds a defect of ours in the log.
    """

    code: str
    message: str
    number: str | msgspec.UnsetType = msgspec.UNSET


class Refusal(msgspec.Struct, frozen=True):
    """The body of every answer that is a refusal."""

    error: Refused


def may_refuse(*statuses: int) -> dict[int, ResponseSpec]:
    """What the description of a handler for programs says of refusals: those that all have, and `statuses`."""
    return {
        status: ResponseSpec(Refusal, generate_examples=False, description=_TITLES.get(status, "Refused"))
        for status in (400, 401, 403, 404, 409, *statuses)
    }
