"""Ways in: signing up, letters, passwords, invitations; and what a stranger can find out."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from opencall.app.identity.limits import LIMITS, Ask
from opencall.app.identity.tables import link_table, session_table, sign_in_table, token_table, user_table
from opencall.kernel.clock import SetClock
from opencall.kernel.principal import Grant, Role
from opencall.kernel.web.guards import COOKIE
from tests.app.identity.letters import PASSWORD, letters_to, link_in, make_account
from tests.site import Site

TRIES, WINDOW = LIMITS[Ask.SIGN_IN].an_address, LIMITS[Ask.SIGN_IN].within


def test_a_new_account_is_confirmed_by_the_link_in_its_letter(site: Site) -> None:
    client = site.browser()
    answer = client.post("/sign-up", data={"email": "Ada@Example.org"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/look-into-your-mail")
    link = link_in(letters_to(site, "Ada@Example.org")[0])
    assert client.get(link).status_code == 200
    answer = client.post(link, data={"name": "Ada", "password": PASSWORD})
    assert answer.headers["location"] == "/"
    assert "httponly" in answer.headers["set-cookie"].casefold()
    assert "ada@example.org" in client.get("/account").text.casefold()


def test_looking_at_a_link_does_not_use_it_up_and_using_it_does(site: Site) -> None:
    client = site.browser()
    client.post("/sign-up", data={"email": "ada@example.org"})
    link = link_in(letters_to(site, "ada@example.org")[0])
    assert [client.get(link).status_code for _ in range(3)] == [200, 200, 200]
    chosen = {"name": "Ada", "password": PASSWORD}
    assert [client.post(link, data=chosen).status_code for _ in range(2)] == [303, 400]


def test_a_link_that_is_too_old_is_refused(site: Site, clock: SetClock) -> None:
    client = site.browser()
    client.post("/sign-up", data={"email": "ada@example.org"})
    clock.advance(timedelta(days=3, seconds=1))
    assert client.get(link_in(letters_to(site, "ada@example.org")[0])).status_code == 400


def test_signing_up_with_a_known_address_looks_the_same_and_changes_nothing(site: Site) -> None:
    email = make_account(site)
    known, unknown = (site.browser().post("/sign-up", data={"email": each}) for each in (email, "eve@example.org"))
    assert (known.status_code, dict(known.headers)) == (unknown.status_code, dict(unknown.headers))
    assert known.headers["location"] == "/look-into-your-mail"
    assert letters_to(site, email)[-1].startswith("You have an account already")
    with site.work.read() as uow:
        assert uow.connection.execute(select(user_table.c.name)).scalars().all() == ["Ada Fictive"]


@pytest.mark.parametrize("path", ["/sign-in/link", "/reset"])
def test_asking_for_a_letter_does_not_tell_whether_there_is_an_account(site: Site, path: str) -> None:
    email = make_account(site)
    known, unknown = (site.browser().post(path, data={"email": each}) for each in (email, "nobody@example.org"))
    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    assert letters_to(site, "nobody@example.org") == []


def test_the_right_password_signs_in_and_a_wrong_one_says_how_many_tries_are_left(site: Site) -> None:
    email = make_account(site)
    client = site.browser()
    wrong = client.post("/sign-in", data={"email": email, "password": "wrong"})
    assert wrong.status_code == 403
    assert "4 tries are left" in wrong.text
    right = client.post("/sign-in", data={"email": email.upper(), "password": PASSWORD, "next": "/payments"})
    assert (right.status_code, right.headers["location"]) == (303, "/payments")


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site_after_signing_in(site: Site, target: str) -> None:
    email = make_account(site)
    answer = site.browser().post("/sign-in", data={"email": email, "password": PASSWORD, "next": target})
    assert answer.headers["location"] == "/"


def test_too_many_wrong_tries_lock_the_address_for_a_while_even_for_the_right_password(
    site: Site, clock: SetClock
) -> None:
    email = make_account(site)
    client = site.browser()
    for _ in range(TRIES):
        client.post("/sign-in", data={"email": email, "password": "wrong"})
    locked = client.post("/sign-in", data={"email": email, "password": PASSWORD})
    assert (locked.status_code, locked.headers["retry-after"]) == (429, str(int(WINDOW.total_seconds())))
    clock.advance(WINDOW)
    assert client.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 303


def test_a_new_password_ends_every_session_of_the_old_one(site: Site) -> None:
    email = make_account(site)
    client = site.browser()
    client.post("/sign-in", data={"email": email, "password": PASSWORD})
    old = client.cookies[COOKIE]
    client.post("/reset", data={"email": email})
    link = link_in(letters_to(site, email)[-1])
    assert client.post(link, data={"password": "short"}).status_code == 400
    assert client.post(link, data={"password": "a better one, this"}).status_code == 303
    client.cookies.clear()
    client.cookies.set(COOKIE, old)
    assert client.get("/account").headers["location"] == "/sign-in?next=/account"
    client.cookies.clear()
    assert client.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 403
    assert client.post("/sign-in", data={"email": email, "password": "a better one, this"}).status_code == 303


def test_a_session_ends_when_its_time_is_over(site: Site, clock: SetClock) -> None:
    person = site.enrol("Ada")
    client = site.browser(person)
    assert client.get("/account").status_code == 200
    clock.advance(timedelta(hours=12))
    assert client.get("/account").status_code == 303


def test_signing_out_ends_the_session_and_not_only_the_cookie(site: Site) -> None:
    client = site.browser(site.enrol("Ada"))
    secret = client.cookies[COOKIE]
    client.post("/sign-out")
    client.cookies.set(COOKIE, secret)
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize(
    "password",
    ["short", "passwordpassword", "aaaaaaaaaaaaaaa", "ada@example.org"],
    ids=["short", "known", "same", "own"],
)
def test_a_password_that_is_guessed_in_no_time_is_refused(site: Site, password: str) -> None:
    client = site.browser()
    client.post("/sign-up", data={"email": "ada@example.org"})
    link = link_in(letters_to(site, "ada@example.org")[0])
    answer = client.post(link, data={"name": "Ada", "password": password})
    assert answer.status_code == 400
    assert "at least 10 characters" in answer.text


@pytest.mark.parametrize(
    "email", ["nobody", "@example.org", "a@b@c.de", "a b@c.de", "a@localhost", "a@b.de\nBcc: c@d.de"]
)
def test_what_is_no_mail_address_is_refused(site: Site, email: str) -> None:
    assert site.browser().post("/sign-up", data={"email": email}).status_code == 400


def test_an_invitation_makes_a_curator_of_one_call_with_a_new_account(site: Site) -> None:
    manager = site.enrol("Mara Manager", Role.MANAGER)
    site.browser(manager).post("/people/invite", data={"email": "cur@example.org", "role": "engineer"})
    link = link_in(letters_to(site, "cur@example.org")[0])
    client = site.browser()
    assert "You are invited as engineer" in client.get(link).text
    assert client.post(link, data={"name": "Cu Rator", "password": PASSWORD}).status_code == 303
    with site.work.read() as uow:
        from opencall.app.identity.users import find_by_email

        found = find_by_email(uow, "cur@example.org")
    assert found is not None
    assert found.grants == (Grant(Role.ENGINEER),)


def test_only_managers_invite_and_see_people(site: Site) -> None:
    for role in (Role.ARTIST, Role.CURATOR, Role.ENGINEER, Role.FINANCE):
        client = site.browser(site.enrol(f"Some {role}", role))
        assert client.get("/people").status_code == 403
        data = {"email": "x@example.org", "role": "manager"}
        assert client.post("/people/invite", data=data).status_code == 403
    assert letters_to(site, "x@example.org") == []


def test_a_manager_of_one_call_gives_no_role_beyond_it(site: Site) -> None:
    other = site.enrol("Other")
    client = site.browser(site.enrol("Small Manager", Grant(Role.MANAGER, "call-1")))
    assert client.post(f"/people/{other.user_id}/grant", data={"role": "manager"}).status_code == 403
    assert (
        client.post(f"/people/{other.user_id}/grant", data={"role": "curator", "call_id": "call-2"}).status_code == 403
    )


def test_a_closed_account_is_out_at_once_and_cannot_come_back(site: Site) -> None:
    email = make_account(site)
    client = site.browser()
    client.post("/sign-in", data={"email": email, "password": PASSWORD})
    assert client.get("/account").status_code == 200
    with site.work.read() as uow:
        user_id = uow.connection.execute(select(user_table.c.id).where(user_table.c.email_key == email)).scalar_one()
    site.browser(site.enrol("Mara Manager", Role.MANAGER)).post(f"/people/{user_id}/close")
    assert client.get("/account").status_code == 303
    assert client.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 403


def test_a_manager_cannot_lock_themselves_out(site: Site) -> None:
    manager = site.enrol("Mara Manager", Role.MANAGER)
    client = site.browser(manager)
    assert client.post(f"/people/{manager.user_id}/take", data={"role": "manager"}).status_code == 400
    assert client.post(f"/people/{manager.user_id}/close").status_code == 400


def test_a_token_speaks_for_its_owner_until_it_is_taken_back(site: Site) -> None:
    client = site.browser(site.enrol("Ada"))
    shown = client.post("/account/tokens", data={"name": "studio upload"}).text
    secret = re.search(r"oc_[\w-]{40,}", shown)
    assert secret is not None
    assert secret[0] not in client.get("/account").text
    script = site.browser()
    headers = {"Authorization": f"Bearer {secret[0]}"}
    assert script.get("/api/events", headers=headers).status_code == 200
    with site.work.read() as uow:
        token_id = uow.connection.execute(select(token_table.c.id)).scalar_one()
    client.post(f"/account/tokens/{token_id}/revoke")
    assert script.get("/api/events", headers=headers).status_code == 401


def test_nobody_takes_back_the_token_of_another(site: Site) -> None:
    site.browser(site.enrol("Ada")).post("/account/tokens", data={"name": "mine"})
    with site.work.read() as uow:
        token_id = uow.connection.execute(select(token_table.c.id)).scalar_one()
    assert site.browser(site.enrol("Eve")).post(f"/account/tokens/{token_id}/revoke").status_code == 404


def test_no_secret_is_kept_in_the_clear(site: Site) -> None:
    email = make_account(site)
    client = site.browser()
    client.post("/sign-in", data={"email": email, "password": PASSWORD})
    client.post("/reset", data={"email": email})
    secrets = {client.cookies[COOKIE], link_in(letters_to(site, email)[-1]).rsplit("/", 1)[1], PASSWORD}
    with site.work.read() as uow:
        for table in (user_table, session_table, link_table, sign_in_table):
            rows = uow.connection.execute(select(table)).all()
            assert rows
            kept = {str(value) for row in rows for value in row}
            assert not secrets & kept


def test_a_bearer_of_nonsense_is_nobody(site: Site) -> None:
    client = site.browser()
    for secret in ("", "x" * 5000, "é", "' OR 1=1"):
        headers = {"Authorization": f"Bearer {secret}".encode()}
        assert client.get("/api/events", headers=headers).status_code == 401
