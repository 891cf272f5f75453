"""Addresses and forms may hold what no row can: that is somebody's mistake, on both databases, no defect."""

import pytest

from opencall.kernel.principal import Role
from tests.site import Site

WORDS = {"NUL": "a%00b", "half a character": "%ED%A0%80", "endless": "9" * 40}


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_an_address_that_no_row_can_hold_is_not_there(site: Site, word: str) -> None:
    answers = {}
    everybody = site.enrol("Ada", Role.ARTIST, Role.CURATOR, Role.ENGINEER, Role.MANAGER, Role.FINANCE)
    for path in (
        *("/?q={}", "/?genre={}", "/?number={}", "/songs/{}", "/songs/{}/image", "/calls/{}", "/sound/{}/original"),
        *("/sound/{}/player", "/sound/{}/cover.svg", "/submissions/{}", "/submissions/{}/offer", "/desk/{}"),
        *("/desk/songs/{}", "/manage/{}", "/studio/{}", "/money/funds/{}", "/money/batches/{}", "/people/{}"),
        *("/api/uploads/{}", "/api/events?after={}", "/api/events?ago={}", "/events/{}", "/audio/songs/{}/stages"),
    ):
        answers[path] = site.browser(everybody).get(path.format(word)).status_code
    assert {path: status for path, status in answers.items() if status not in (200, 400, 403, 404)} == {}


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_a_form_that_no_row_can_hold_is_refused(site: Site, word: str) -> None:
    finance = site.browser(site.enrol("Ada", Role.FINANCE))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path, body in (
        ("/money/funds", "name={}&currency=EUR"),
        ("/money/funds", "name=A&currency={}"),
        ("/payments/payees", "name={}&account=NL91ABNA0417164300&town={}&country=NL&street={}"),
        ("/payments/payees/{}", "name=A&account=NL91ABNA0417164300&town=B&country=NL"),
        ("/money/payments/{}/reconcile", "outcome={}&reason={}"),
    ):
        answer = finance.post(path.replace("{}", word), content=body.replace("{}", word), headers=form)
        assert answer.status_code in (303, 400, 404), (path, answer.status_code)


@pytest.mark.parametrize("body", [b'{"x":' + b"[" * 200_000, b'{"comment": "\xff\xfe"}', b"{", b"[]", b"null"])
def test_a_body_that_is_no_json_is_refused(site: Site, body: bytes) -> None:
    curator = site.browser(site.enrol("Ada", Role.CURATOR))
    json = {"Content-Type": "application/json"}
    assert curator.put("/api/desk/songs/any/heard", content=body, headers=json).status_code == 400
