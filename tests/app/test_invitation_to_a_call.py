"""A manager invites a curator from the page of a call, and taking the invitation up is the seat."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

from opencall.kernel.mail import FolderSink, send_due_mail
from opencall.kernel.principal import Role
from submissions import calls
from submissions.terms import Category, NewCall
from tests.site import Site

EMAIL = "curious@example.org"


def hidden_fields(page: str) -> dict[str, str]:
    (form,) = re.findall(r'<form method="post" action="/people/invite".*?</form>', page, re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', form))


def test_an_invitation_from_the_page_of_a_call_ends_in_a_seat_there(site: Site) -> None:
    manager = site.enrol("Mara", Role.MANAGER)
    opens_at = site.work.clock.now().replace(tzinfo=None)
    terms = NewCall(
        title="Quiet",
        summary="Songs.",
        timezone="UTC",
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=9),
        fund_id="f",
        reward_minor=100,
        budget_minor=200,
        currency="EUR",
        licence_version="1",
        categories=(Category("song", "The song", weight=1),),
    )
    with site.work.write(manager) as uow:
        call_id = calls.create_call(uow, manager, terms)
    at_the_desk = site.browser(manager)
    fields = hidden_fields(at_the_desk.get(f"/manage/{call_id}").text)
    assert fields == {"role": "curator", "call_id": call_id}

    answer = at_the_desk.post("/people/invite", data={**fields, "email": EMAIL}, headers={"HX-Request": "true"})
    assert "is on its way" in answer.text
    send_due_mail(site.work, FolderSink(site.house.settings.outbox), site.house.settings.mail_sender)
    (letter,) = [message_from_bytes(path.read_bytes(), policy=default) for path in site.house.settings.outbox.iterdir()]
    body = letter.get_body(("plain",))
    assert body is not None
    (link,) = set(re.findall(r"(/invitation/[\w-]{20,})", body.get_content()))
    assert "Nia Ro" not in at_the_desk.get(f"/manage/{call_id}").text
    site.browser().post(link, data={"name": "Nia Ro", "password": "one long and quiet evening"})

    assert "Nia Ro" in at_the_desk.get(f"/manage/{call_id}").text
