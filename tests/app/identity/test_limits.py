"""How often a stranger may ask for what costs something: letters, tries at a password, hashes."""

import re
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from itertools import cycle

import pytest
from sqlalchemy import select

from opencall.app.identity import limits, passwords
from opencall.app.identity.errors import SignInRefused, TooManyTries
from opencall.app.identity.limits import LIMITS, Ask, network_of, spend
from opencall.app.identity.links import GOOD_FOR, Purpose
from opencall.app.identity.sessions import Place, sign_in
from opencall.app.identity.tables import asked_table, sign_in_table, user_table
from opencall.kernel.clock import SetClock
from opencall.kernel.principal import Role
from tests.app.identity.letters import PASSWORD, letters_to, make_account
from tests.at_once import at_once
from tests.site import Site

LETTERS, TRIES = LIMITS[Ask.LETTER], LIMITS[Ask.SIGN_IN]
FORMS = ("/sign-up", "/sign-in/link", "/reset")


def without_numbers(text: str) -> str:
    return re.sub(r"\d+", "", text)


def test_an_address_gets_so_many_letters_and_no_more_whichever_form_asks(site: Site, clock: SetClock) -> None:
    email = make_account(site)
    clock.advance(LETTERS.within)
    before = len(letters_to(site, email))
    asked = [form for form, _ in zip(cycle(FORMS), range(LETTERS.an_address), strict=False)]
    assert {site.browser().post(form, data={"email": email}).status_code for form in asked} == {303}
    for form in FORMS:
        refused = site.browser().post(form, data={"email": email.upper()})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, str(int(LETTERS.within.total_seconds())))
    assert len(letters_to(site, email)) == before + LETTERS.an_address
    clock.advance(LETTERS.within)
    assert site.browser().post("/reset", data={"email": email}).status_code == 303


def test_whoever_is_told_to_wait_learns_nothing_about_accounts(site: Site, clock: SetClock) -> None:
    known = make_account(site)
    clock.advance(LETTERS.within)
    answers: list[list[tuple[int, str]]] = []
    for email in (known, "nobody@example.org"):
        given = [site.browser().post("/reset", data={"email": email}) for _ in range(LETTERS.an_address + 1)]
        answers.append([(one.status_code, without_numbers(one.text)) for one in given])
    assert answers[0] == answers[1]
    assert letters_to(site, "nobody@example.org") == []


def test_a_place_asks_for_so_many_letters_whoever_they_go_to(site: Site) -> None:
    asked = [site.browser().post("/reset", data={"email": f"a{n}@example.org"}) for n in range(LETTERS.a_place + 1)]
    assert [one.status_code for one in asked] == [303] * LETTERS.a_place + [429]


def test_no_letter_is_refused_to_somebody_who_has_no_good_link() -> None:
    """Else a stranger could keep somebody out: the last letter that was let through must still let its owner in."""
    assert [purpose for purpose in Purpose if GOOD_FOR[purpose] < LETTERS.within] == []


def test_a_letter_to_a_known_address_lets_its_owner_in_whichever_form_asked_for_it(site: Site) -> None:
    email = make_account(site)
    for form in FORMS:
        site.browser().post(form, data={"email": email})
    found = [re.findall(r"/(enter|reset)/[\w-]{43}", letter) for letter in letters_to(site, email)[1:]]
    assert found == [["enter"], ["enter"], ["reset"]]


def test_nobody_is_flooded_with_invitations(site: Site) -> None:
    client, most = site.browser(site.enrol("Mara", Role.MANAGER)), LIMITS[Ask.INVITATION].an_address
    invitation = {"email": "cur@example.org", "role": "curator"}
    asked = [client.post("/people/invite", data=invitation).status_code for _ in range(most + 1)]
    assert asked == [303] * most + [429]
    assert len(letters_to(site, "cur@example.org")) == most


def test_many_tries_at_once_are_no_more_than_the_limit_lets_through(site: Site) -> None:
    email = make_account(site)
    attempt = partial(sign_in, site.work, email, "wrong, all of them", Place("192.0.2.1", ""))
    outcomes = [type(one) for one in at_once([attempt] * (TRIES.an_address + 5))]
    assert sorted(outcomes, key=str) == [SignInRefused] * TRIES.an_address + [TooManyTries] * 5
    with site.work.read() as uow:
        tries = uow.connection.scalars(select(sign_in_table.c.outcome).where(sign_in_table.c.how == "password"))
        assert tries.all() == ["wrong"] * TRIES.an_address


def test_who_knows_the_password_signs_in_as_often_as_they_like(site: Site) -> None:
    email = make_account(site)
    for _ in range(TRIES.an_address + 1):
        assert site.browser().post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 303


def test_a_password_that_was_changed_while_it_was_checked_lets_nobody_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = make_account(site)

    def changed_meanwhile(_hash: str | None, _password: str) -> bool:
        with site.work.write() as uow:
            uow.connection.execute(user_table.update().values(password_hash="another one"))
        return True

    monkeypatch.setattr("opencall.app.identity.sessions.is_right", changed_meanwhile)
    with pytest.raises(SignInRefused):
        sign_in(site.work, email, PASSWORD, Place("192.0.2.1", ""))


def test_who_comes_while_all_hashes_are_taken_is_sent_away_and_not_kept_waiting(site: Site) -> None:
    client, data = site.browser(), {"email": "ada@example.org", "password": "whatever it is"}
    with ExitStack() as full:
        for _ in range(passwords.INSIDE):
            assert passwords._inside.acquire(blocking=False)
            full.callback(passwords._inside.release)
        # Who is told to come again has not used up a try, however often.
        for _ in range(TRIES.an_address + 1):
            busy = client.post("/sign-in", data=data)
            assert (busy.status_code, busy.headers["retry-after"]) == (503, "5")
        assert client.get("/sign-in").status_code == 200
    assert client.post("/sign-in", data=data).status_code == 403


def test_signing_up_computes_no_hash(site: Site) -> None:
    """It costs a letter, which is counted; a password is chosen by who reads it."""
    with ExitStack() as full:
        for _ in range(passwords.INSIDE):
            passwords._inside.acquire()
            full.callback(passwords._inside.release)
        assert site.browser().post("/sign-up", data={"email": "ada@example.org"}).status_code == 303


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a word " * 20, ("a word " * 20)[:64]),
    ],
)
def test_a_place_is_what_one_household_is_given(address: str, place: str) -> None:
    assert network_of(address) == place


def test_another_address_of_the_same_network_is_the_same_place(site: Site) -> None:
    with site.work.write() as uow:
        for n in range(TRIES.a_place):
            spend(uow, Ask.SIGN_IN, f"a{n}@example.org", f"2001:db8::{n + 1:x}")
        with pytest.raises(TooManyTries):
            spend(uow, Ask.SIGN_IN, "b@example.org", "2001:db8::ffff")
        spend(uow, Ask.SIGN_IN, "b@example.org", "2001:db8:0:1::1")


def test_what_no_limit_counts_any_more_is_forgotten(site: Site, clock: SetClock) -> None:
    for wait in (timedelta(0), timedelta(seconds=1)):
        clock.advance(wait)
        site.browser().post("/reset", data={"email": "ada@example.org"})
    clock.advance(limits.LONGEST - timedelta(seconds=1))
    with site.work.write() as uow:
        assert uow.connection.execute(limits.old_asks(clock.now())).all() != []
        limits.forget_old_asks(uow)
    with site.work.read() as uow:
        assert uow.connection.execute(limits.old_asks(clock.now())).all() == []
        kept = uow.connection.scalars(select(asked_table.c.at)).all()
    assert kept == [clock.now() - limits.LONGEST + timedelta(seconds=1)]
