"""Money on pages: the public sees sums, finance acts, two people approve by typing the total, artists see their own."""

import re
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import Engine

from opencall.kernel.clock import SetClock
from opencall.kernel.principal import Principal, Role
from opencall.kernel.unit_of_work import Work
from rewards import bank, books, funds, obligations, payees
from rewards.obligations import Share
from rewards.rails.order import Party
from rewards.simulated_bank import SimulatedBank
from tests.questions import questions
from tests.site import Site

ACCOUNT = {"name": "Ada Fictive", "account": "FR14 2004 1010 0505 0001 3M02 606", "town": "Lyon", "country": "FR"}
PAYER = Party(name="Relief", account="DE89370400440532013000", town="Köln", country="DE")


@pytest.fixture
def maker(site: Site) -> Principal:
    return site.enrol("Mia Maker", Role.FINANCE)


@pytest.fixture
def approvers(site: Site) -> tuple[Principal, Principal]:
    return site.enrol("Anna First", Role.FINANCE), site.enrol("Ben Second", Role.FINANCE)


@pytest.fixture
def artist(site: Site) -> Principal:
    return site.enrol("Ada Fictive")


@pytest.fixture
def fund_id(site: Site, maker: Principal) -> str:
    """A fund with 5,000.00, an account, and one reward of 1,500.01 that is due to the artist."""
    with site.work.write(maker) as uow:
        fund_id = funds.open_fund(uow, maker, "The Quiet fund", "EUR")
        funds.donate(uow, maker, fund_id, "gift 1", 500_000, "EUR")
        funds.set_debtor(uow, maker, site.house.vault, fund_id, PAYER)
        funds.allocate(uow, fund_id, "call-1", 300_000)
    return fund_id


@pytest.fixture
def due(site: Site, fund_id: str, artist: Principal) -> str:
    site.browser(artist).post("/payments/payees", data=ACCOUNT)
    with site.work.write(artist) as uow:
        (mine,) = books.my_payees(uow, artist, site.house.vault)
        obligations.encumber(uow, "call-1", "song-1", 150_001, "EUR", [Share("c-1", mine.payee_id, 10_000)])
        obligations.make_due(uow, "song-1")
    return mine.payee_id


def draft(site: Site, maker: Principal, fund_id: str) -> str:
    answer = site.browser(maker).post(f"/money/funds/{fund_id}/batches", data={"rail": "sepa"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def content_of(site: Site, person: Principal, path: str) -> str:
    found = re.search(r'name="content_sha256" value="([0-9a-f]{64})"', site.browser(person).get(path).text)
    assert found is not None
    return found[1]


def approve(site: Site, person: Principal, path: str, total: str, sha256: str) -> int:
    data = {"total": total, "content_sha256": sha256}
    return site.browser(person).post(f"{path}/approve", data=data).status_code


def test_everybody_sees_where_the_money_is_and_nobody_is_named(site: Site, fund_id: str, due: str) -> None:
    text = site.browser().get("/fund").text
    for amount in ("EUR\u00a05,000.00", "EUR\u00a01,500.01", "EUR\u00a02,000.00"):
        assert amount in text
    assert "Ada" not in text
    assert "FR14" not in text


def test_a_batch_goes_from_what_is_due_to_the_bank_by_two_people_who_type_the_total(
    site: Site, fund_id: str, due: str, maker: Principal, approvers: tuple[Principal, Principal]
) -> None:
    path = draft(site, maker, fund_id)
    sha256 = content_of(site, approvers[0], path)
    assert approve(site, approvers[0], path, "1500.00", sha256) == 400
    assert approve(site, approvers[0], path, "1,500.01", sha256) == 303
    assert site.browser(maker).post(f"{path}/release").status_code == 409
    assert approve(site, approvers[1], path, "1500.01", sha256) == 303
    assert site.browser(maker).get(f"{path}/file").status_code == 400
    assert site.browser(maker).post(f"{path}/release").status_code == 303
    file = site.browser(maker).get(f"{path}/file")
    assert b"1500.01" in file.content
    assert file.content == site.browser(approvers[0]).get(f"{path}/file").content
    assert "With the bank" in site.browser(maker).get(path).text
    assert "With the bank" in site.browser(maker).get("/money").text
    simulated = SimulatedBank()
    simulated.submit(file.content)
    answer = simulated.statement(PAYER.account, site.work.clock.now(), "S1")
    # Of this room alone: what is paid here is a song that no other room has.
    alone = Work(site.work.engine, site.work.clock, site.work.ids, lambda _uow, _fact: None)
    with alone.write(maker) as uow:
        bank.import_answer(uow, maker, site.house.vault, answer)
    for address in ("/money", path):
        text = site.browser(maker).get(address).text
        assert "Batch 1" in text
        assert "Paid" in re.findall(r'class="chip ok">.*?</svg>([^<]*)</span>', text)
        assert "With the bank" not in text


def test_the_maker_cannot_approve_and_is_told_why(
    site: Site, fund_id: str, due: str, maker: Principal, approvers: tuple[Principal, Principal]
) -> None:
    path = draft(site, maker, fund_id)
    assert "two other people have to approve it" in site.browser(maker).get(path).text
    assert approve(site, maker, path, "1500.01", content_of(site, approvers[0], path)) == 403


def test_an_edit_makes_the_page_that_was_read_too_old_to_approve(
    site: Site, fund_id: str, due: str, maker: Principal, approvers: tuple[Principal, Principal]
) -> None:
    path = draft(site, maker, fund_id)
    sha256 = content_of(site, approvers[0], path)
    approve(site, approvers[0], path, "1500.01", sha256)
    assert site.browser(maker).post(f"{path}/day", data={"execution_on": "2026-05-07"}).status_code == 303
    assert approve(site, approvers[1], path, "1500.01", sha256) == 409
    assert "No approval yet" in site.browser(maker).get(path).text


def test_only_finance_sees_the_desk_and_a_batch(site: Site, fund_id: str, due: str, maker: Principal) -> None:
    path = draft(site, maker, fund_id)
    others = [site.enrol(f"Some {role}", role) for role in Role if role is not Role.FINANCE]
    for person in others:
        for address in (
            "/money",
            f"/money/funds/{fund_id}",
            path,
            f"{path}/file",
            "/money/audit",
            "/money/books.beancount",
        ):
            assert site.browser(person).get(address).status_code == 403, (person.name, address)
        assert site.browser(person).post(f"{path}/dissolve").status_code == 403
    assert site.browser().get(path).headers["location"].startswith("/sign-in")


def test_an_account_is_shown_in_part_and_a_new_one_waits(site: Site, artist: Principal, clock: SetClock) -> None:
    client = site.browser(artist)
    client.post("/payments/payees", data=ACCOUNT)
    text = client.get("/payments").text
    assert "FR14…2606" in text
    assert "FR1420041010050500013M02606" not in text
    with site.work.read(artist) as uow:
        (mine,) = books.my_payees(uow, artist, site.house.vault)
    client.post(f"/payments/payees/{mine.payee_id}", data=ACCOUNT | {"account": "ES9121000418450200051332"})
    assert "It was changed lately" in client.get("/payments").text
    clock.advance(payees.COOLING_OFF + timedelta(seconds=1))
    with site.work.write(artist) as uow:  # sessions of twelve hours are over by then
        from opencall.app.identity.sessions import Place, begin_session
        from opencall.kernel.web.guards import COOKIE

        client.cookies.set(COOKIE, begin_session(uow, artist.user_id, Place("", "")).secret)
    assert "It was changed lately" not in client.get("/payments").text


def test_nobody_changes_the_account_of_another(site: Site, artist: Principal, due: str) -> None:
    eve = site.browser(site.enrol("Eve"))
    assert eve.post(f"/payments/payees/{due}", data=ACCOUNT | {"town": "Paris"}).status_code == 404
    assert "FR14" not in eve.get("/payments").text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("account", "FR1420041010050500013M02607", "check"),
        ("town", "", "Town"),
        ("country", "XX", "XX"),
        ("name", "", "holder"),
    ],
)
def test_an_account_that_cannot_be_paid_to_is_refused_at_once(
    site: Site, artist: Principal, field: str, value: str, says: str
) -> None:
    answer = site.browser(artist).post("/payments/payees", data=ACCOUNT | {field: value})
    assert answer.status_code == 400
    assert says in answer.text


def test_a_statement_that_is_none_is_refused_and_changes_nothing(site: Site, fund_id: str, maker: Principal) -> None:
    answer = site.browser(maker).post("/money/answers", files={"document": ("x.xml", b"<not-a-statement/>")})
    assert answer.status_code == 400
    assert "camt.053" in answer.text


def test_the_books_are_recounted_and_exported_on_request(site: Site, fund_id: str, due: str, maker: Principal) -> None:
    assert "The books balance" in site.browser(maker).get("/money/audit").text
    exported = site.browser(maker).get("/money/books.beancount")
    assert "attachment" in exported.headers["content-disposition"]
    assert "5000.00 EUR" in exported.text


def test_a_page_of_a_batch_asks_as_many_questions_for_one_payment_as_for_thirty(
    site: Site, engine: Engine, fund_id: str, maker: Principal
) -> None:
    def asked(path: str) -> int:
        with questions(engine) as sent:
            assert site.browser(maker).get(path).status_code == 200
        return len(sent)

    counted = []
    for number in (1, 30):
        artist = site.enrol(f"Artist {number}")
        with site.work.write(artist) as uow:
            for index in range(number):
                party = msgspec.structs.replace(PAYER, name=f"Payee {number}-{index}")
                payee_id = payees.add_payee(uow, artist, site.house.vault, party)
                reference = f"song-{number}-{index}"
                obligations.encumber(uow, "call-1", reference, 1_000, "EUR", [Share("c", payee_id, 10_000)])
                obligations.make_due(uow, reference)
        counted.append(asked(draft(site, maker, fund_id)))
    assert counted[0] == counted[1]
