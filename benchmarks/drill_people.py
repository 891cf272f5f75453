"""How people of the drills get in: with an account, a session that was begun for them, and a song of their own."""

from collections.abc import Sequence
from datetime import timedelta

from opencall.app.demo import people
from opencall.app.house import open_house
from opencall.app.identity.sessions import Place, begin_session
from opencall.app.identity.users import create_user, find_by_email
from opencall.app.settings import Settings
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork
from rewards import funds
from submissions import calls, songs
from submissions.material import SongDetails
from submissions.terms import Category, NewCall

LONG = timedelta(days=90)


def signed_in(uow: UnitOfWork, person: Principal) -> str:
    """The secret of a new session of `person`, who gets an account where there is none."""
    if find_by_email(uow, person.email) is None:
        create_user(uow, person.name, person.email, None, user_id=person.user_id)
    return begin_session(uow, person.user_id, Place("127.0.0.1", "the drill"), long=True).secret


def drafts_of(settings: Settings, artists: Sequence[Principal]) -> list[tuple[str, str]]:
    """A call with money of its own, and of each artist a draft in it and the secret of a session."""
    house = open_house(settings=settings)
    with house.work.write(people.MAKER) as uow:
        funds.open_fund(uow, people.MAKER, "Fund of the drill", "EUR", "drill-fund")
        funds.donate(uow, people.MAKER, "drill-fund", "gift", 1_000, "EUR")
    with house.work.write(people.MANAGER) as uow:
        now = uow.clock.now().replace(microsecond=0, tzinfo=None)
        terms = NewCall(
            title="Drill",
            summary="Songs that arrive while everything falls over.",
            timezone="UTC",
            opens_at=now,
            closes_at=now + LONG,
            fund_id="drill-fund",
            reward_minor=1_000,
            budget_minor=1_000,
            currency="EUR",
            licence_version="1",
            categories=(Category("song", "The song", weight=1),),
        )
        call_id = calls.create_call(uow, people.MANAGER, terms)
        calls.open_call(uow, people.MANAGER, call_id)
    found = []
    for artist in artists:
        with house.work.write(artist) as uow:
            secret = signed_in(uow, artist)
            details = SongDetails(title="Drill", artist_name="Drill", language="en", genre="test", region="Europe")
            found.append((songs.start_song(uow, artist, call_id, details), secret))
    house.close()
    return found
