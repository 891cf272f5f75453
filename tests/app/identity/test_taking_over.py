"""What somebody tries who wants another one's account, role or token; and what ends when it has to."""

import logging
import re
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import select, update

from opencall.app.identity import doors, tokens, users
from opencall.app.identity.errors import LastManager, LinkUsedUp, NotToYourself
from opencall.app.identity.limits import LIMITS, Ask, spend
from opencall.app.identity.sessions import Place, begin_session, sign_ins_of, who_is
from opencall.app.identity.tables import link_table, user_table
from opencall.app.logs import log_to_stderr
from opencall.kernel.clock import SetClock
from opencall.kernel.mail import FolderSink, mail_table, send_due_mail
from opencall.kernel.principal import Grant, Principal, Role
from opencall.kernel.web.guards import COOKIE
from submissions.errors import PersonWrong
from submissions.material import Person
from submissions.songs import _refuse_wrong_people
from tests.app.identity.letters import PASSWORD, letters_to, link_in, make_account
from tests.servers.databases import SqliteFile
from tests.site import Site

NEW = "a better one, this"
HERE = Place("192.0.2.1", "")


@pytest.fixture
def database(sqlite: SqliteFile) -> SqliteFile:
    """What differs between databases is tried at the doors and at the limits."""
    return sqlite


def token_of(site: Site, person: Principal) -> str:
    with site.work.write() as uow:
        return tokens.make_token(uow, person, "a script")


def by(site: Site, secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def signed_in(site: Site, email: str) -> Principal:
    site.browser().post("/sign-in", data={"email": email, "password": PASSWORD})
    with site.work.read() as uow:
        found = users.find_by_email(uow, email)
    assert found is not None
    return found.principal


def ask(site: Site, form: str, email: str) -> str:
    site.browser().post(form, data={"email": email})
    return link_in(letters_to(site, email)[-1])


def test_an_address_has_no_account_before_somebody_has_read_its_letter(site: Site) -> None:
    client = site.browser()
    client.post("/sign-up", data={"name": "Eve", "email": "cfo@example.org", "password": PASSWORD})
    with site.work.read() as uow:
        assert uow.connection.execute(select(user_table)).all() == []
    assert client.post("/sign-in", data={"email": "cfo@example.org", "password": PASSWORD}).status_code == 403


def test_who_signed_up_with_an_address_before_has_nothing_of_its_invitation(site: Site) -> None:
    site.browser().post("/sign-up", data={"name": "Eve", "email": "cfo@example.org", "password": PASSWORD})
    manager = site.enrol("Mara Manager", Role.MANAGER)
    site.browser(manager).post("/people/invite", data={"email": "cfo@example.org", "role": "finance"})
    link = link_in(letters_to(site, "cfo@example.org")[-1])
    client = site.browser()
    assert client.post(link, data={"name": "Fina", "password": NEW}).status_code == 303
    client.cookies.clear()
    assert client.post("/sign-in", data={"email": "cfo@example.org", "password": PASSWORD}).status_code == 403


def test_a_letter_to_a_stranger_carries_no_word_of_who_asked_for_it(site: Site) -> None:
    words = "Your account is closed, see evil.example"
    site.browser().post("/sign-up", data={"name": words, "email": "ada@example.org", "password": PASSWORD})
    assert "evil.example" not in letters_to(site, "ada@example.org")[0]


@pytest.mark.parametrize("twin", ["ann@straße.example", "Ann@ﬁne.example", "ANN@\u212ailn.example", "ann@İ.example"])
def test_an_address_that_reads_as_another_ones_is_nobodys(site: Site, twin: str) -> None:
    """Whose mailbox is strasse.example would confirm the shares of somebody at straße.example."""
    answer = site.browser().post("/sign-up", data={"email": twin})
    assert (answer.status_code, "ASCII form" in answer.text) == (400, True)
    with pytest.raises(PersonWrong, match="ASCII form"):
        _refuse_wrong_people([Person(name="Ann", email=twin, part="voice", basis_points=10_000)])


def test_an_address_beyond_ascii_that_reads_as_itself_alone_counts(site: Site) -> None:
    assert site.browser().post("/sign-up", data={"email": "ANN@köln.example"}).status_code == 303
    assert users.email_key("ANN@köln.example") == "ann@köln.example" == "ANN@köln.example".casefold()


def test_of_two_letters_to_one_address_the_second_makes_no_second_account(site: Site) -> None:
    links = [ask(site, "/sign-up", "ada@example.org") for _ in range(2)]
    client = site.browser()
    assert client.post(links[0], data={"name": "Ada", "password": PASSWORD}).status_code == 303
    assert "It has an account" in client.get(links[1]).text
    client.post(links[1], data={"name": "Eve", "password": NEW})
    client.cookies.clear()
    assert client.post("/sign-in", data={"email": "ada@example.org", "password": NEW}).status_code == 403
    assert client.post("/sign-in", data={"email": "ada@example.org", "password": PASSWORD}).status_code == 303


def test_a_new_password_ends_tokens_and_every_link_under_way(site: Site) -> None:
    email = make_account(site)
    token = token_of(site, signed_in(site, email))
    links = [ask(site, form, email) for form in ("/reset", "/reset", "/sign-in/link")]
    client = site.browser()
    client.cookies.clear()
    assert client.get("/api/events", headers=by(site, token)).status_code == 200
    assert client.post(links[0], data={"password": NEW}).status_code == 303
    client.cookies.clear()
    assert client.get("/api/events", headers=by(site, token)).status_code == 401
    assert [client.post(link, data={"password": "one more of them"}).status_code for link in links] == [400] * 3


def test_the_owner_is_told_of_a_new_password(site: Site) -> None:
    email = make_account(site)
    site.browser().post(ask(site, "/reset", email), data={"password": NEW})
    assert letters_to(site, email)[-1].startswith("Your password was changed\n")


def test_a_letters_link_works_for_what_it_was_written_for_alone(site: Site) -> None:
    email = make_account(site)
    reset, enter = ask(site, "/reset", email), ask(site, "/sign-in/link", email)
    confirm = ask(site, "/sign-up", "new@example.org")
    secrets = {link: link.rsplit("/", 1)[1] for link in (reset, enter, confirm)}
    client = site.browser()
    data = {"name": "Eve", "password": NEW}
    for link, secret in secrets.items():
        others = {"/reset/", "/enter/", "/confirm/", "/invitation/"} - {link.removesuffix(secret), "/invitation/"}
        assert {client.post(other + secret, data=data).status_code for other in others} == {400}


def test_tries_at_a_new_password_are_counted(site: Site, clock: SetClock) -> None:
    link = ask(site, "/sign-up", "ada@example.org")
    weak, strong = ({"name": "Ada", "password": password} for password in ("short", PASSWORD))
    for _ in range(LIMITS[Ask.PASSWORD].an_address):
        assert site.browser().post(link, data=weak).status_code == 400, "a weak one costs nothing"
        with site.work.write() as uow:
            spend(uow, Ask.PASSWORD, "ada@example.org", "192.0.2.1")
    assert site.browser().post(link, data=strong).status_code == 429
    clock.advance(LIMITS[Ask.PASSWORD].within)
    assert site.browser().post(link, data=strong).status_code == 303


def test_a_closed_account_keeps_nothing_that_is_good_again_when_it_is_opened(site: Site) -> None:
    email = make_account(site)
    person = signed_in(site, email)
    token, link = token_of(site, person), ask(site, "/sign-in/link", email)
    manager = site.browser(site.enrol("Mara Manager", Role.MANAGER))
    for act in ("close", "open"):
        assert manager.post(f"/people/{person.user_id}/{act}").status_code == 303
    client = site.browser()
    client.cookies.clear()
    assert client.get("/api/events", headers=by(site, token)).status_code == 401
    assert client.post(link).status_code == 400


def test_the_right_password_of_a_closed_account_is_no_sign_in(site: Site) -> None:
    email = make_account(site)
    person = signed_in(site, email)
    site.browser(site.enrol("Mara Manager", Role.MANAGER)).post(f"/people/{person.user_id}/close")
    site.browser().post("/sign-in", data={"email": email, "password": PASSWORD})
    with site.work.read() as uow:
        assert sign_ins_of(uow, person.user_id)[0].outcome == "closed"


# Roles


def test_nobody_gives_themselves_a_role(site: Site) -> None:
    manager = site.enrol("Mara Manager", Role.MANAGER)
    small = site.enrol("Small Manager", Grant(Role.MANAGER, "call-1"))
    for person, call_id in ((manager, ""), (small, "call-1")):
        client, data = site.browser(person), {"role": "finance", "call_id": call_id}
        assert client.post(f"/people/{person.user_id}/grant", data=data).status_code == 400
        assert client.post("/people/invite", data={"email": person.email, **data}).status_code == 400
        with site.work.read() as uow:
            assert Role.FINANCE not in {grant.role for grant in users.find_user(uow, person.user_id).grants}


def test_two_managers_cannot_take_the_last_role_of_manager_from_each_other(site: Site) -> None:
    """Each still acts with what was known before the other acted, as two requests of one moment do."""
    first, second = site.enrol("First", Role.MANAGER), site.enrol("Second", Role.MANAGER)
    with site.work.write() as uow:
        users.take_role(uow, first, second.user_id, Role.MANAGER)
    for act in (users.take_role, lambda uow, who, user_id, _role: users.disable_user(uow, who, user_id)):
        with pytest.raises(LastManager), site.work.write() as uow:
            act(uow, second, first.user_id, Role.MANAGER)
    with site.work.read() as uow:
        assert [user.name for user in users.people_with(uow, Role.MANAGER)] == ["First"]


def test_an_invitation_is_worth_what_its_sender_may_give_when_it_is_taken_up(site: Site) -> None:
    leaving, staying = site.enrol("Leaving", Role.MANAGER), site.enrol("Staying", Role.MANAGER)
    site.browser(leaving).post("/people/invite", data={"email": "own.second@example.org", "role": "manager"})
    link = link_in(letters_to(site, "own.second@example.org")[0])
    assert site.browser().get(link).status_code == 200
    site.browser(staying).post(f"/people/{leaving.user_id}/take", data={"role": "manager"})
    assert site.browser().get(link).status_code == 400
    assert site.browser().post(link, data={"name": "Second", "password": NEW}).status_code == 400


def test_an_invitation_that_was_kept_does_not_bring_back_a_role_that_was_taken(site: Site) -> None:
    email = make_account(site)
    person = signed_in(site, email)
    manager = site.browser(site.enrol("Mara Manager", Role.MANAGER))
    for _ in range(2):
        manager.post("/people/invite", data={"email": email, "role": "finance"})
    used, kept = (link_in(letter) for letter in letters_to(site, email)[-2:])
    site.browser().post(used)
    manager.post(f"/people/{person.user_id}/take", data={"role": "finance"})
    assert site.browser().post(kept).status_code == 400


def test_a_role_is_gone_from_sessions_and_tokens_at_once(site: Site) -> None:
    person = site.enrol("Gone", Role.MANAGER)
    token = token_of(site, person)
    client = site.browser(person)
    assert client.get("/people").status_code == 200
    site.browser(site.enrol("Mara Manager", Role.MANAGER)).post(
        f"/people/{person.user_id}/take", data={"role": "manager"}
    )
    assert client.get("/people").status_code == 403
    found = who_is(site.work, token, False)
    assert found is not None
    assert not found.may(Role.MANAGER)


# Tokens and sessions


def test_a_token_makes_no_tokens_and_reaches_no_page(site: Site) -> None:
    manager = site.enrol("Mara Manager", Role.MANAGER)
    headers, client = by(site, token_of(site, manager)), site.browser()
    data = {"name": "another", "email": "x@example.org", "role": "manager"}
    for path in ("/account/tokens", "/account/name", "/people/invite", "/account/sign-out-everywhere"):
        assert client.post(path, headers=headers, data=data).headers["location"].startswith("/sign-in")
    for path in ("/account", "/people", "/money"):
        assert client.get(path, headers=headers).headers["location"].startswith("/sign-in")
    with site.work.read() as uow:
        assert len(tokens.tokens_of(uow, manager)) == 1


def test_a_token_is_no_session_and_a_session_is_no_token(site: Site) -> None:
    person = site.enrol("Ada")
    token = token_of(site, person)
    session = site.browser(person).cookies[COOKIE]
    client = site.browser()
    assert client.get("/account", headers={"Cookie": f"{COOKIE}={token}"}).status_code == 303
    assert client.get("/api/events", headers=by(site, session)).status_code == 401


def test_a_token_ends_after_a_year(site: Site, clock: SetClock) -> None:
    person = site.enrol("Ada")
    token = token_of(site, person)
    clock.advance(tokens.GOOD_FOR - timedelta(seconds=1))
    assert who_is(site.work, token, False) == person
    clock.advance(timedelta(seconds=1))
    assert who_is(site.work, token, False) is None
    with site.work.read() as uow:
        assert tokens.tokens_of(uow, person) == ()


def test_signing_in_never_goes_on_with_a_secret_that_was_there_before(site: Site) -> None:
    email = make_account(site)
    client = site.browser()
    client.cookies.set(COOKIE, "planted-by-somebody")
    client.post("/sign-in", data={"email": email, "password": PASSWORD})
    assert who_is(site.work, client.cookies.get(COOKIE, domain="testserver.local") or "", True) is not None
    assert who_is(site.work, "planted-by-somebody", True) is None


# What is kept of secrets


def test_a_letter_that_is_sent_leaves_its_link_with_its_reader_alone(site: Site) -> None:
    link = ask(site, "/sign-up", "ada@example.org")
    outbox = site.house.settings.outbox
    send_due_mail(site.work, FolderSink(outbox), site.house.settings.mail_sender)
    assert any(link in letter.read_text().replace("=\n", "") for letter in outbox.iterdir())
    with site.work.read() as uow:
        rows = uow.connection.execute(select(mail_table)).all() + uow.connection.execute(select(link_table)).all()
    assert [row for row in rows if link.rsplit("/", 1)[1] in str(row)] == []


def test_what_breaks_tells_the_log_no_secret(
    site: Site, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    link = ask(site, "/reset", make_account(site))
    with site.work.write() as uow:
        link_table.drop(uow.connection)
    monkeypatch.setattr(logging.getLogger("httpx"), "disabled", True)  # the visitor's own words
    log_to_stderr()
    try:
        answers = [site.browser().get(link), site.browser().post("/sign-up", data={"email": "eve@example.org"})]
    finally:
        structlog.reset_defaults()
    assert [answer.status_code for answer in answers] == [500, 500]
    told = capfd.readouterr().err
    assert told.count("request_failed") == 2
    assert "/reset/{secret}" in told
    assert link.rsplit("/", 1)[1] not in told
    assert "eve@example.org" not in told


def test_a_link_whose_sender_is_gone_is_refused_by_name(site: Site) -> None:
    manager, other = site.enrol("Mara Manager", Role.MANAGER), site.enrol("Other", Role.MANAGER)
    with site.work.write() as uow:
        doors.invite(uow, manager, "x@example.org", Role.CURATOR, None, HERE, lambda path: path)
        users.disable_user(uow, other, manager.user_id)
        with pytest.raises(NotToYourself):
            users.disable_user(uow, other, other.user_id)
    (secret,) = re.findall(r"/invitation/(\S+)", letters_to(site, "x@example.org")[0])
    with site.work.read() as uow, pytest.raises(LinkUsedUp):
        doors.read_offer(uow, secret)


def test_a_session_of_another_is_not_guessed_by_its_hash(site: Site) -> None:
    """What a backup shows lets nobody in."""
    person = site.enrol("Ada")
    with site.work.write() as uow:
        secret = begin_session(uow, person.user_id, HERE).secret
    assert who_is(site.work, users.sha256_of(secret), True) is None
    assert who_is(site.work, secret, True) == person


def test_nobody_takes_a_role_from_themselves(site: Site) -> None:
    manager = site.enrol("Mara Manager", Role.MANAGER, Role.FINANCE)
    for role in (Role.MANAGER, Role.FINANCE):
        with site.work.write() as uow, pytest.raises(NotToYourself):
            users.take_role(uow, manager, manager.user_id, role)


def test_an_account_whose_address_would_be_refused_today_can_be_closed(site: Site) -> None:
    manager, other = site.enrol("Mara Manager", Role.MANAGER), site.enrol("Other", Role.CURATOR)
    with site.work.write() as uow:
        old = {"email": "other@straße.example", "email_key": "other@strasse.example"}
        uow.connection.execute(update(user_table).where(user_table.c.id == other.user_id).values(old))
        users.take_role(uow, manager, other.user_id, Role.CURATOR)
        users.disable_user(uow, manager, other.user_id)
        assert users.find_user(uow, other.user_id).disabled_at is not None
