"""The stream of events, as somebody meets it who means no good: too many, hostile numbers, songs of others."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from audio_pipeline.tables import progress_table
from opencall.app.identity.users import disable_user
from opencall.app.live import MOST_A_PERSON, events_for
from opencall.kernel.clock import SetClock
from opencall.kernel.ids import CountingIds
from opencall.kernel.principal import Grant, Principal, Role
from opencall.kernel.unit_of_work import UnitOfWork, Work
from tests.servers.databases import PostgresDatabase
from tests.site import Site

EVERYTHING = Principal("an-engineer", "Engine", grants=frozenset({Grant(Role.ENGINEER)}))


@pytest.fixture
def ending(site: Site) -> Site:
    """A site whose streams end after their first word."""
    site.app.state.stopping.set()
    return site


def something_happens(site: Site, song_id: str) -> None:
    with site.work.write() as uow:
        note_progress(uow, song_id)


def note_progress(uow: UnitOfWork, song_id: str) -> None:
    uow.connection.execute(
        insert(progress_table).values(
            run_id="a-run",
            song_id=song_id,
            stage="render",
            state="running",
            progress=0.5,
            at=datetime(2026, 5, 4, tzinfo=UTC),
        )
    )


def test_a_person_has_so_many_streams_and_no_more(ending: Site) -> None:
    ada, eve = ending.enrol("Ada"), ending.enrol("Eve")
    for _ in range(MOST_A_PERSON - 1):
        ending.app.state.listening.begin(ada.user_id)
    for _ in range(2):  # one that has ended makes room
        assert ending.browser(ada).get("/events").status_code == 200
    ending.app.state.listening.begin(ada.user_id)
    refused = ending.browser(ada).get("/events")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "600")
    assert ending.browser(eve).get("/events").status_code == 200


@pytest.mark.parametrize("number", [b"\xb2", b"9" * 5000, b"9" * 30, b"-1", b"1e3", b" ", b"0x10", "٣".encode(), b"7"])
def test_no_number_of_a_last_event_breaks_the_stream(ending: Site, number: bytes) -> None:
    answer = ending.browser(ending.enrol("Ada")).get("/events", headers={b"Last-Event-ID": number})
    assert answer.status_code == 200
    assert f"id: {7 if number == b'7' else 0}\nevent: ready" in answer.text.replace("\r", "")


def test_events_are_told_to_who_may_follow_the_song_and_to_nobody_whose_session_has_ended(site: Site) -> None:
    artist, engineer = site.enrol("Ada"), site.enrol("Engine", Role.ENGINEER)
    something_happens(site, "a-song-of-another")

    def told(who: Principal | None) -> list[str] | None:
        found = events_for(site.work, lambda: who, 0)
        return None if found is None else [event.song_id for event in found[0]]

    assert told(engineer) == ["a-song-of-another"]
    assert told(artist) == []
    assert told(None) is None


def test_nobody_is_asked_who_they_are_while_nothing_happens(site: Site) -> None:
    def asked() -> Principal | None:
        raise AssertionError("a question a second for nothing")

    assert events_for(site.work, asked, 0) == ((), 0)


def test_a_stream_is_for_members_and_for_browsers(site: Site) -> None:
    assert site.browser().get("/events").headers["location"] == "/sign-in?next=/events"
    ada, manager = site.enrol("Ada"), site.enrol("Mara", Role.MANAGER)
    with site.work.write() as uow:
        disable_user(uow, manager, ada.user_id)
    assert site.browser(ada).get("/events").status_code == 303


def test_no_event_appears_behind_the_back_of_a_stream_that_has_seen_a_later_one(
    postgres: PostgresDatabase, clock: SetClock
) -> None:
    """PostgreSQL numbers rows when they are written and shows them when they are committed."""
    work = Work(postgres.new(), clock, CountingIds(), lambda uow, fact: None)
    seen: list[str] = []

    def read_on(after: int) -> int:
        events, last = events_for(work, lambda: EVERYTHING, after) or ((), after)
        seen.extend(event.song_id for event in events)
        return last

    def later() -> None:
        with work.write() as uow:
            note_progress(uow, "later")

    writer = threading.Thread(target=later)
    with work.write() as uow:
        note_progress(uow, "earlier")
        writer.start()
        while writer.is_alive() and not waiting_for_a_lock(work):
            pass
        after = read_on(0)
    writer.join()
    read_on(read_on(after))
    assert seen == ["earlier", "later"]


def waiting_for_a_lock(work: Work) -> bool:
    with work.read() as uow:
        mine = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
        return bool(
            uow.connection.exec_driver_sql(f"{mine} WHERE NOT granted AND datname = current_database()").scalar()
        )
