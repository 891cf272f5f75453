"""What was written to people, and the links in it."""

import re

from sqlalchemy import select

from opencall.kernel.mail import mail_table
from tests.site import Site

PASSWORD = "three unrelated words"


def letters_to(site: Site, email: str) -> list[str]:
    """Subject and text of every letter to `email`, oldest first."""
    with site.work.read() as uow:
        rows = uow.connection.execute(
            select(mail_table.c.subject, mail_table.c.text)
            .where(mail_table.c.recipient == email)
            .order_by(mail_table.c.id)
        )
        return [f"{row.subject}\n{row.text}" for row in rows]


def link_in(letter: str) -> str:
    """The path of the link in a letter."""
    found = re.search(r"http://127\.0\.0\.1:8360(/\S+)", letter)
    assert found is not None
    return found[1]


def make_account(site: Site, email: str = "ada@example.org", name: str = "Ada Fictive") -> str:
    """An account with `PASSWORD`, made as people make one; returns its address."""
    client = site.browser()
    client.post("/sign-up", data={"email": email})
    client.post(link_in(letters_to(site, email)[-1]), data={"name": name, "password": PASSWORD})
    client.cookies.clear()
    return email
