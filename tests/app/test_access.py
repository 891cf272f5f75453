"""Who may see and do what: every address of the application, asked by everybody.

A line of the table is a method, an address with what stands in its places (names of `tests/app/access.py`), who is let
in, and what the others are told: `refused` (403) says that it is not theirs to do, `hidden` (404) does not even say
that it is there. Nobody in particular is sent to sign in, or told of nothing.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest
from litestar.routes import HTTPRoute

from tests.app.access import UNFINISHED, Answer, Everything
from tests.some_pictures import PNG

MEMBERS = (
    "artist",
    "another",  # an artist with no song here
    "player",  # who has a share of each song
    "curator",
    "unseated",  # a curator who hears no call
    "engineer",
    "manager",
    "elsewhere",  # a manager of one call, the one of that name
    "maker",  # of the batch, in finance
    "finance",
)
GROUPS = {
    "everybody": ("nobody", *MEMBERS),
    "members": MEMBERS,
    "managers": ("manager", "elsewhere"),
    "curators": ("curator", "unseated"),
    "studio": ("engineer", "manager"),
    "office": ("maker", "finance"),
}
TOLD = {"refused": 403, "hidden": 404}

TABLE = """
GET / | everybody
GET /songs/{slug:slug} | everybody
GET /feed.xml | everybody
GET /calls | everybody
GET /calls/{call_id:open,reviewed,answered} | everybody
GET /calls/{call_id:planned} | manager | hidden
GET /fund | everybody
GET /health | everybody
GET /health/page | everybody
GET /health/metrics | everybody
GET /static/{version:v}/{name:opencall.css} | everybody
GET /api/openapi.json | everybody

GET /sign-in | everybody
POST /sign-in | everybody
POST /sign-in/link | everybody
GET /sign-up | everybody
POST /sign-up | everybody
GET /look-into-your-mail | everybody
GET /reset | everybody
POST /reset | everybody
GET /reset/{secret:reset_link} | everybody
POST /reset/{secret:reset_link} | everybody
GET /confirm/{secret:confirm_link} | everybody
POST /confirm/{secret:confirm_link} | everybody
GET /enter/{secret:enter_link} | everybody
POST /enter/{secret:enter_link} | everybody
GET /invitation/{secret:invitation_link} | everybody
POST /invitation/{secret:invitation_link} | everybody
POST /sign-out | everybody
GET /account | members
POST /account/name | members
POST /account/password | members
POST /account/sign-out-everywhere | members
POST /account/tokens | members
POST /account/tokens/{token_id:token}/revoke | artist | hidden
GET /people | manager | refused
GET /people/choose | managers | refused
POST /people/invite | manager | refused
GET /people/{user_id:somebody} | manager | refused
POST /people/{user_id:somebody}/grant | manager | refused
POST /people/{user_id:somebody}/take | manager | refused
POST /people/{user_id:somebody}/close | manager | refused
POST /people/{user_id:somebody}/open | manager | refused

POST /calls/{call_id:open}/start | members
POST /calls/{call_id:planned}/start | manager | hidden
GET /submissions | members
GET /api/submissions | members
GET /submissions/{song_id:draft,submitted,offered,rendered,published} | artist | hidden
GET /api/submissions/{song_id:draft,submitted,published} | artist | hidden
GET /submissions/{song_id:draft,submitted}/edit | artist | hidden
GET /submissions/{song_id:draft,submitted}/files | artist | hidden
GET /submissions/{song_id:draft,submitted}/received | artist | hidden
GET /submissions/{song_id:draft,submitted,published}/report | artist | hidden
GET /submissions/{song_id:draft,submitted,published}/report/panel | artist | hidden
GET /submissions/{song_id:draft,submitted}/picture | artist | hidden
GET /submissions/{song_id:offered}/offer | artist | hidden
GET /submissions/{song_id:rendered,published}/render | artist | hidden
POST /submissions/{song_id:draft}/details | artist | hidden
POST /submissions/{song_id:draft}/story | artist | hidden
POST /submissions/{song_id:draft}/people | artist | hidden
POST /submissions/{song_id:draft}/rights | artist | hidden
POST /submissions/{song_id:draft}/picture | artist | hidden
POST /submissions/{song_id:draft}/picture/remove | artist | hidden
POST /submissions/{song_id:draft}/files/{file_id:file} | artist | hidden
POST /submissions/{song_id:draft}/files/{file_id:file}/remove | artist | hidden
POST /submissions/{song_id:draft}/uploads/{upload_id:upload}/drop | artist | hidden
POST /submissions/{song_id:draft}/ask-report | artist | hidden
POST /submissions/{song_id:draft}/report | artist | hidden
POST /submissions/{song_id:draft}/report/roles/{file_id:stem} | artist | hidden
POST /submissions/{song_id:draft}/submit | artist | hidden
POST /submissions/{song_id:submitted}/withdraw | artist | hidden
POST /submissions/{song_id:published}/take-down | artist manager | refused
POST /submissions/{song_id:offered}/offer/accept | artist | hidden
POST /submissions/{song_id:offered}/offer/decline | artist | hidden
POST /submissions/{song_id:offered}/offer/remind/{contributor_id:share} | artist | hidden
POST /submissions/{song_id:rendered}/render/approve | artist | hidden
POST /submissions/{song_id:rendered}/render/send-back | artist | hidden
GET /shares | members
POST /shares/{song_id:offered}/{contributor_id:share} | player | hidden
POST /api/uploads | artist | hidden
GET HEAD PATCH DELETE /api/uploads/{upload_id:upload} | artist | hidden

GET /desk | curators | refused
GET /desk/{call_id:reviewed} | curator | refused
GET /desk/{call_id:reviewed}/next | curator | refused
GET /desk/songs/{song_id:submitted} | curator | refused
POST /desk/songs/{song_id:submitted}/review | curator | refused
POST /desk/songs/{song_id:submitted}/abstain | curator | refused
PUT /api/desk/songs/{song_id:submitted}/heard | curator | refused

GET /manage | managers | refused
GET POST /manage/new | manager | refused
GET /manage/{call_id:open,reviewed,answered,planned} | manager | refused
GET /manage/{call_id:elsewhere} | managers | refused
GET /manage/{call_id:planned}/edit | manager | refused
POST /manage/{call_id:planned}/edit | manager | refused
GET /manage/{call_id:open,planned}/preview | manager | refused
GET /manage/{call_id:open,reviewed}/songs | manager | refused
POST /manage/{call_id:planned}/open | manager | refused
POST /manage/{call_id:open}/close | manager | refused
POST /manage/{call_id:reviewed}/curators | manager | refused
POST /manage/{call_id:reviewed}/curators/{curator_id:cleo}/release | manager | refused
POST /manage/{call_id:reviewed}/curators/{curator_id:cleo}/remind | manager | refused
GET /manage/{call_id:reviewed,answered}/selection | manager | refused
POST /manage/{call_id:reviewed}/selection/fill | manager | refused
POST /manage/{call_id:reviewed}/selection/lottery | manager | refused
POST /manage/{call_id:reviewed}/selection/mark | manager | refused
GET /manage/{call_id:reviewed}/selection/words | manager | refused
GET /manage/{call_id:reviewed}/release | manager | refused
POST /manage/{call_id:reviewed}/release | manager | refused
GET /manage/songs/{song_id:submitted,offered,rendered,published} | manager | refused
POST /manage/songs/{song_id:submitted}/decide | manager | refused
POST /manage/songs/{song_id:published}/publish | manager | refused
POST /manage/songs/{song_id:published}/take-down | manager | refused

GET /studio | studio | refused
GET /studio/{song_id:rendered,published} | studio | refused
GET /studio/{song_id:rendered}/now | studio | refused
GET /studio/{song_id:rendered}/files | studio | refused
GET /studio/{song_id:rendered}/scene.json | studio | refused
POST /studio/{song_id:rendered}/approve | engineer | refused
POST /studio/{song_id:rendered}/scene | engineer | refused
GET /runs | studio | refused
GET /runs/now | studio | refused
POST /runs/{run_id:run}/again | studio | refused
POST /runs/{run_id:run}/stop | studio | refused
GET /api/runs | studio | refused
GET /api/renders/{song_id:rendered,published} | studio | refused

GET HEAD /sound/{song_id:draft}/original | artist | hidden
GET HEAD /sound/{song_id:submitted}/original | artist curator manager | hidden
GET HEAD /sound/{song_id:rendered}/original | artist studio | hidden
GET HEAD /sound/{song_id:published}/original | everybody
GET HEAD /sound/{song_id:draft}/cover.svg | artist | hidden
GET HEAD /sound/{song_id:submitted}/cover.svg | artist manager | hidden
GET HEAD /sound/{song_id:rendered}/cover.svg | artist studio | hidden
GET HEAD /sound/{song_id:published}/cover.svg | everybody
GET HEAD /sound/{song_id:rendered}/render | artist studio | hidden
GET HEAD /sound/{song_id:published}/render | everybody
GET HEAD /sound/{song_id:draft,submitted}/uploads/{name:mix.wav} | artist | hidden
GET HEAD /sound/{song_id:rendered,published}/uploads/{name:mix.wav} | artist studio | hidden
GET HEAD /sound/{song_id:rendered,published}/stems/{name:voice.wav} | artist studio | hidden
GET HEAD /sound/{song_id:rendered,published}/renders/{name:salt.0+2+0.wav} | artist studio | hidden
GET HEAD /sound/{song_id:published}/masters/{name:salt.adm-360.wav,manifest.json} | artist studio | hidden
GET /sound/{song_id:draft}/player | artist | hidden
GET /sound/{song_id:submitted}/player | artist curator manager | hidden
GET /sound/{song_id:rendered}/player | artist studio | hidden
GET /sound/{song_id:published}/player | everybody
GET /sound/{song_id:submitted}/peaks/{what:original} | artist curator manager | hidden
GET /sound/{song_id:rendered}/peaks/{what:original,render} | artist studio | hidden
GET /sound/{song_id:published}/peaks/{what:original,render} | everybody
GET /sound/{song_id:rendered}/where | artist studio | hidden
GET /sound/{song_id:published}/where | everybody
GET /audio/songs/{song_id:draft,submitted}/stages | artist | hidden
GET /audio/songs/{song_id:draft,submitted}/inspecting | artist | hidden
GET /audio/songs/{song_id:rendered,published}/stages | artist studio | hidden
GET /events | members
GET /api/events | members
GET /songs/{slug:slug}/image | everybody

GET /money | office | refused
POST /money/answers | office | refused
GET /money/audit | office | refused
GET /money/books.beancount | office | refused
POST /money/funds | office | refused
GET /money/funds/choose | office manager | refused
GET /money/funds/{fund_id:fund} | office | refused
POST /money/funds/{fund_id:fund}/account | office | refused
POST /money/funds/{fund_id:fund}/batches | office | refused
POST /money/funds/{fund_id:fund}/donations | office | refused
GET /money/batches/{batch_id:batch,released} | office | refused
GET /money/batches/{batch_id:released}/file | office | refused
POST /money/batches/{batch_id:batch}/approve | finance | refused
POST /money/batches/{batch_id:batch}/day | maker | refused
POST /money/batches/{batch_id:batch}/dissolve | office | refused
POST /money/batches/{batch_id:batch}/release | office | refused
POST /money/batches/{batch_id:batch}/remove | maker | refused
POST /money/payments/{payment_id:payment}/reconcile | office | refused
GET /payments | members
POST /payments/payees | members
GET /payments/payees/choose | members
POST /payments/payees/{payee_id:payee} | artist | hidden
"""

# Nothing of ours: the framework's way to say that there is no such address, and our own.
_NO_ADDRESS = {("GET", "/api"), ("GET", "/api/{path}"), ("GET", "/{anything}")}

_ACCOUNT = {"name": "Zoë", "account": "NL91ABNA0417164300", "town": "Köln", "country": "DE"}
_CALL = {
    "title": "Another",
    "timezone": "Europe/Berlin",
    "opens_at": "2026-08-01T09:00",
    "closes_at": "2026-09-01T09:00",
    "fund_id": "fund-1",
    "currency": "EUR",
    "reward": "1500",
    "budget": "3000",
    "licence_version": "3",
    "offer_days": "14",
    "songs_per_artist": "1",
    "song_limit_gib": "1",
    "artist_limit_gib": "1",
    "call_limit_gib": "1",
}
# What is sent, where an empty form would be refused before anybody asks who sent it.
FORMS: dict[str, dict[str, str]] = {
    "/account/name": {"name": "Another"},
    "/account/tokens": {"name": "a script"},
    "/people/invite": {"email": "new@example.org", "role": "finance"},
    "/people/{user_id}/grant": {"role": "finance"},
    "/people/{user_id}/take": {"role": "finance"},
    "/calls/{call_id}/start": {"title": "A", "artist_name": "B", "language": "en", "genre": "folk"},
    "/submissions/{song_id}/details": {"title": "Taken"},
    "/submissions/{song_id}/story": {"text": "Not mine.", "language": "en"},
    "/submissions/{song_id}/rights": {"ai": "yes"},
    "/submissions/{song_id}/files/{file_id}": {"cast": "stem"},
    "/submissions/{song_id}/offer/accept": {"licence_version": "3"},
    "/submissions/{song_id}/offer/decline": {"word": "no"},
    "/submissions/{song_id}/render/approve": {"approval_sha256": "a" * 64},
    "/submissions/{song_id}/render/send-back": {"comment": "Louder."},
    "/submissions/{song_id}/take-down": {"reason": "It is over."},
    "/shares/{song_id}/{contributor_id}": {"basis_points": "3333", "payee-{share}": "a payee"},
    "/desk/songs/{song_id}/review": {"score-stays": "3", "score-care": "3"},
    "/desk/songs/{song_id}/abstain": {"reason": "I know them."},
    "/manage/new": _CALL,
    "/manage/{call_id}/edit": _CALL,
    "/manage/{call_id}/curators": {"curator_id": "{cleo}"},
    "/manage/{call_id}/selection/fill": {"offers": "1", "waiting": "0"},
    "/manage/{call_id}/selection/lottery": {"seed": "42"},
    "/manage/{call_id}/selection/mark": {"song": "{submitted}", "outcome": "offer"},
    "/manage/{call_id}/release": {"typed": "1"},
    "/manage/songs/{song_id}/decide": {"outcome": "offer"},
    "/manage/songs/{song_id}/take-down": {"reason": "It is over."},
    "/studio/{song_id}/approve": {"approval_sha256": "a" * 64},
    "/money/funds": {"name": "Another", "currency": "EUR"},
    "/money/funds/{fund_id}/account": _ACCOUNT,
    "/money/funds/{fund_id}/donations": {"amount": "10.00", "reference": "a gift"},
    "/money/batches/{batch_id}/approve": {"total": "100.00", "content_sha256": "{batch_sha256}"},
    "/money/batches/{batch_id}/day": {"execution_on": "2026-07-20"},
    "/money/batches/{batch_id}/remove": {"payment_id": "{draft_payment}"},
    "/money/payments/{payment_id}/reconcile": {"outcome": "credited", "reason": "They called."},
    "/payments/payees": _ACCOUNT,
    "/payments/payees/{payee_id}": _ACCOUNT,
}
FILES = {
    "/submissions/{song_id}/picture": ("picture", "a.png", PNG),
    "/studio/{song_id}/scene": ("scene", "scene.json", b"{}"),
    "/money/answers": ("document", "camt.xml", b"<Document/>"),
}
QUERIES = {"/people/choose": {"role": "curator"}}


class Line(NamedTuple):
    method: str
    route: str
    things: tuple[tuple[str, str], ...]
    let_in: frozenset[str]
    others: int

    def __str__(self) -> str:
        return f"{self.method} {self.route} {' '.join(thing for _, thing in self.things)}".strip()


def lines_of(table: str) -> Iterator[Line]:
    """Every line for every method and every thing that it names."""
    for text in filter(None, table.splitlines()):
        asked, who, *told = (part.strip() for part in text.split("|"))
        *methods, address = asked.split()
        places = re.findall(r"{(\w+):([^}]+)}", address)
        route = re.sub(r"{(\w+):[^}]+}", r"{\1}", address)
        let_in = frozenset(one for word in who.split() for one in GROUPS.get(word, (word,)))
        for method, *things in product(methods, *(names.split(",") for _, names in places)):
            pairs = tuple((place, thing) for (place, _), thing in zip(places, things, strict=True))
            yield Line(method, route, pairs, let_in, TOLD[told[0]] if told else 401)


LINES = tuple(lines_of(TABLE))


def test_every_address_stands_in_the_table(every: Everything) -> None:
    served = {
        (method, route.path_format)
        for route in every.site.app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    }
    assert served == {(line.method, line.route) for line in LINES} | _NO_ADDRESS


@pytest.mark.parametrize("line", LINES, ids=str)
def test_nobody_sees_or_does_what_is_not_theirs(every: Everything, line: Line) -> None:
    wrong = []
    # Those who may not come first, so that they meet everything as it is.
    for who in sorted(GROUPS["everybody"], key=lambda one: one in line.let_in):
        answer = ask(every, line, who)
        if who in line.let_in:
            right = is_let_in(line, answer)
        else:
            right = is_turned_away(line, who, answer) and not every.has_changed()
        if every.has_changed():
            every.put_back()
        if not right:
            wrong.append(f"{who}: {answer}")
    assert wrong == []


def test_a_stranger_to_the_table_is_found_out(every: Everything) -> None:
    """The cases can fail: what an artist may is not what their neighbour may."""
    mine = next(line for line in LINES if line.route == "/submissions/{song_id}")
    for_all = mine._replace(let_in=frozenset(GROUPS["everybody"]))
    assert not is_let_in(for_all, ask(every, for_all, "another"))
    for_none = mine._replace(let_in=frozenset())
    assert not is_turned_away(for_none, "artist", ask(every, for_none, "artist"))


def test_a_draft_is_its_artists_alone(every: Everything) -> None:
    looks = [line for line in LINES if line.method == "GET" and line.route != "/events"]
    in_call = next(line for line in looks if line.route == "/manage/{call_id}/songs")
    readers = {
        (who, str(line))
        for line, who in product(looks, GROUPS["everybody"])
        if UNFINISHED in ask(every, line, who).text
    }
    assert {who for who, _ in readers} == {"artist"}
    assert UNFINISHED not in ask(every, in_call, "manager", params={"only": "draft"}).text


def ask(every: Everything, line: Line, who: str, **options: Any) -> Answer:
    names = {place: every.things.get(thing, thing) for place, thing in line.things}
    options.setdefault("params", QUERIES.get(line.route))
    if line.route in FILES and line.method == "POST":
        field, name, content = FILES[line.route]
        options["files"] = {field: (name, content)}
        options["data"] = {"alt": "A picture."}
    elif line.method == "POST":
        form = FORMS.get(line.route, {})
        options["data"] = {key.format(**every.things): value.format(**every.things) for key, value in form.items()}
        options["headers"] = {"Content-Type": "application/x-www-form-urlencoded"}
    elif line.method == "PUT":
        options["json"] = {"ranges": [[0, 10]], "length_s": 200}
    elif line.method == "PATCH":
        options["content"] = b"RIFF"
    if line.route.startswith("/api/uploads"):
        options["headers"] = every.tus_headers()
    return every.ask(who, line.method, line.route.format(**names), **options)


def is_let_in(line: Line, answer: Answer) -> bool:
    """A page, or a refusal that is about what was sent; a look always ends with something to see."""
    if line.route == "/health":
        return answer.status in (200, 503)  # it says how the house is, and nothing runs in this one
    if answer.status in (401, 403, 404) or answer.status >= 500 or answer.where.startswith("/sign-in?"):
        return False
    return line.method not in ("GET", "HEAD") or answer.status < 400


def is_turned_away(line: Line, who: str, answer: Answer) -> bool:
    if who == "nobody" and line.others != answer.status:
        is_api = line.route.startswith("/api/")
        return answer.status == 401 if is_api else answer.status == 303 and answer.where.startswith("/sign-in?")
    return answer.status == line.others
